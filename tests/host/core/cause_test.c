// SPDX-License-Identifier: MIT
/*
 * The author's mistake that a fault report derives from a fault record.
 *
 * Claims: each mistake in the table has its own words, whether the engine reports the
 * mistake as a general protection fault or as a page fault. A record that only resembles
 * a mistake gets no words. No record and no instruction, random ones included, is read
 * past its end or gives words that are too long. Cannot tell: what engines report.
 */
#include "../check.h"
#include "report/cause.h"
#include "fake_monitor.h"

#define TEXT_LIMIT 0x1fffu
#define RODATA	   0x2000u
#define DATA	   0x3000u
#define HEAP	   0x4000u
#define GUARD	   0x6000u
#define STACK	   0x7000u
#define STACK_END  0xb000u

#define AT    PLUGIN_FAULT_ADDRESS
#define IN    PLUGIN_FAULT_IN_LIMIT
#define WRITE PLUGIN_FAULT_WRITE
#define FETCH PLUGIN_FAULT_FETCH

static const struct mistake {
	const char *words; /* NULL: none */
	uint32_t vector, error_code, flags, address, eip, esp;
	char code[8];
} mistakes[] = {
	/* A frame larger than the stack: call, with ESP wrapped; a probe, with ESP in the guard. */
	{ "its stack of 16 KiB is full", 12, 0, AT | WRITE, 0xfffffacc, 0x1020, 0xfffffad0,
	  "\xe8" },
	{ "its stack of 16 KiB is full", 14, 2, AT | WRITE, 0xfffffacc, 0x1020, 0xfffffad0,
	  "\xe8" },
	{ "its stack of 16 KiB is full", 14, 6, AT | IN | WRITE, 0x6ff8, 0x1020, 0x6ff8, "\x83" },
	/* Recursion: a push at the end of the stack, by 4 bytes and by 32. */
	{ "its stack of 16 KiB is full", 14, 6, AT | IN | WRITE, 0x6ffc, 0x1020, STACK, "\x55" },
	{ "its stack of 16 KiB is full", 14, 6, AT | IN | WRITE, 0x6fe4, 0x1020, 0x7004, "\x60" },
	/* ESP in the heap: a stack that the plugin made, to which PLUGIN_STACK() does not apply. */
	{ NULL, 14, 7, AT | IN | WRITE, 0x1000, 0x1020, 0x4800, "\x89\x03" },
	{ "its heap ends at 0x6000", 14, 6, AT | IN | WRITE, GUARD, 0x1020, 0xaf00, "\x89\x03" },
	{ "a null pointer", 14, 6, AT | IN, 0, 0x1020, 0xaf00, "\x8b\x03" },
	{ "a null pointer", 14, 6, AT | IN, 0xfff, 0x1020, 0xaf00, "\x8b\x03" },
	{ NULL, 14, 7, AT | IN | WRITE, RODATA, 0x1020, 0xaf00, "\x89\x03" },
	{ NULL, 14, 6, AT | WRITE, 0xc0100000, 0x1020, 0xaf00, "\x89\x03" },
	/* Three reads of %gs:0x14, as either exception; then other uses of %gs, %fs and %cs. */
	{ "canary at %gs:0x14", 13, 0, AT | IN, 0x14, 0x1020, 0xaf00, "\x65\xa1\x14\0\0\0" },
	{ "canary at %gs:0x14", 14, 4, AT, 0xf0000014, 0x1020, 0xaf00, "\x65\x8b\x0d\x14\0\0\0" },
	{ "canary at %gs:0x14", 14, 4, AT, 0xf0000014, 0x1020, 0xaf00, "\x65\x2b\x15\x14\0\0\0" },
	{ "it has no %gs", 13, 0, 0, 0, 0x1020, 0xaf00, "\x65\xa1\0\0\0\0" },
	{ "it has no %gs", 14, 4, AT, 0xf0000004, 0x1020, 0xaf00, "\x65\x8b\x40\x14" },
	{ "it has no %fs", 13, 0, 0, 0, 0x1020, 0xaf00, "\x66\x64\xa1\x14\0\0\0" },
	{ "through %cs", 13, 0, AT | IN, 0x1000, 0x1020, 0xaf00, "\x2e\xa1\0\x10\0\0" },
	{ NULL, 13, 0, 0, 0, 0x1020, 0xaf00, "\x2e\x74\x10" },
	/* Instructions that a plugin may not use. */
	{ "int $0x80, a system call of Linux", 13, 0x402, 0, 0, 0x1020, 0xaf00, "\xcd\x80" },
	{ "int $0x21: ", 13, 0x10a, 0, 0, 0x1020, 0xaf00, "\xcd\x21" },
	{ "system calls", 13, 0, 0, 0, 0x1020, 0xaf00, "\x0f\x34" },
	{ "system calls", 6, 0, 0, 0, 0x1020, 0xaf00, "\x0f\x05" },
	{ "a privileged instruction", 13, 0, 0, 0, 0x1020, 0xaf00, "\xf4" },
	{ "a privileged instruction", 13, 0, 0, 0, 0x1020, 0xaf00, "\x0f\x22\xc0" },
	{ "a privileged instruction", 13, 0, 0, 0, 0x1020, 0xaf00, "\x66\xef" },
	{ "AVX", 6, 0, 0, 0, 0x1020, 0xaf00, "\xc5\xf8\x77" },
	{ NULL, 6, 0, 0, 0, 0x1020, 0xaf00, "\x0f\x0b" },
	{ NULL, 13, 0x28, 0, 0, 0x1020, 0xaf00, "\x8e\xd8" },
	{ NULL, 0, 0, 0, 0, 0x1020, 0xaf00, "\xf7\xf1" },
	/* A call to where no code is. EIP is at the call (segment mode) or at the target. */
	{ "code on its stack", 13, 0, AT | FETCH, 0xaf80, 0x1020, 0xaf00, "\xff\xd0" },
	{ "code on its stack", 14, 0x15, AT | FETCH, 0xaf80, 0xaf80, 0xaf00, "" },
	{ "code in its data", 14, 0x15, AT | FETCH, 0x4000, 0x4000, 0xaf00, "" },
	{ "a null pointer to a function", 14, 0x14, AT | FETCH, 0, 0, 0xaf00, "" },
	{ NULL, 14, 0x14, AT | FETCH, 0xc0100000, 0xc0100000, 0xaf00, "" },
};

static struct core_symbol chk_fail = { .offset = 0x1100, .size = 2 };
static struct core_symbols symbols = { .nr = 1, .table = &chk_fail, .names = "__stack_chk_fail" };
static struct core_lines lines;

static struct core_fault_context context_of(const char *code)
{
	struct core_fault_context context = { .plugin = "p",
					      .symbols = &symbols,
					      .lines = &lines,
					      .text_limit = TEXT_LIMIT,
					      .data_limit = STACK_END - 1,
					      .data = DATA,
					      .stack = STACK,
					      .stack_end = STACK_END,
					      .heap_pages = (GUARD - HEAP) / 4096,
					      .code_size = CORE_CODE_SIZE };

	if (*code)
		memcpy(context.code, code, 7);
	else
		context.code_size = 0;
	return context;
}

static void table(void)
{
	size_t i;

	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const struct mistake *m = &mistakes[i];
		struct plugin_fault fault = { .status = PLUGIN_STATUS_FAULT,
					      .vector = m->vector,
					      .error_code = m->error_code,
					      .flags = m->flags,
					      .address = m->address,
					      .eip = m->eip,
					      .esp = m->esp };
		struct core_fault_context context = context_of(m->code);
		char text[CORE_CAUSE_SIZE] = "", line[CORE_FAULT_LINE_SIZE];
		bool found = core_fault_cause(text, sizeof(text), &fault, &context);

		if (found != !!m->words || (found && !strstr(text, m->words))) {
			fprintf(stderr, "mistake %zu: \"%s\", not \"%s\"\n", i, text,
				m->words ? m->words : "");
			exit(1);
		}
		checks++;
		core_fault_line(line, sizeof(line), &fault, &context);
		CHECK(!found || strstr(line, text));
		context.stack_end = 0;
		CHECK(!core_fault_cause(text, sizeof(text), &fault, &context));
	}
}

/* A ud2 in the SDK's __stack_chk_fail(), called by a function whose canary has changed. */
static void canary(void)
{
	struct plugin_fault fault = { .vector = 6, .eip = 0x1100, .esp = 0xaf00 };
	struct core_fault_context context = context_of("\x0f\x0b\0\0\0\0");
	char text[CORE_CAUSE_SIZE];

	CHECK(core_fault_cause(text, sizeof(text), &fault, &context));
	CHECK(strstr(text, "a canary was overwritten"));
	fault.eip = 0x1102;
	CHECK(!core_fault_cause(text, sizeof(text), &fault, &context));
}

/* Random records: the line is terminated and always has the place at its end. */
static void random_records(void)
{
	char line[CORE_FAULT_LINE_SIZE];
	uint32_t i, n;

	srand(1);
	for (i = 0; i < 200000; i++) {
		struct plugin_fault fault;
		struct core_fault_context context = context_of("");

		for (n = 0; n < sizeof(fault); n++)
			((uint8_t *)&fault)[n] = (uint8_t)rand();
		fault.status = PLUGIN_STATUS_FAULT;
		fault.vector %= 20;
		fault.flags &= 15;
		if (i % 2)
			fault.esp &= 0xffff, fault.eip &= 0xffff, fault.address &= 0xffff;
		context.code_size = (uint32_t)rand() % (CORE_CODE_SIZE + 1);
		for (n = 0; n < context.code_size; n++)
			context.code[n] = (uint8_t)rand();
		if (i % 3)
			context.code[0] = "\x65\x64\x2e\x0f\xcd\xa1"[i % 6];
		CHECK(core_fault_line(line, sizeof(line), &fault, &context) == (int)strlen(line));
		CHECK(strstr(line, "; at "));
	}
}

int main(void)
{
	table();
	canary();
	random_records();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
