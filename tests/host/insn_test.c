// SPDX-License-Identifier: MIT
/*
 * insn_access(): the code that the assembler makes of a list of instructions, against the
 * address and kind listed with each; and every sequence of three first bytes, cut off at
 * every length: the function must not read outside and must return.
 *
 * insn_map_test.c has every opcode. A wrong answer only makes a fault report misleading.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/insn.h>

#define LIMIT 0x6000u

/* Registers of all cases. */
static const struct regs r = {
	.eax = 0x100,
	.ecx = 0x20,
	.edx = 0x3000,
	.ebx = 0x7000,
	.esp = 0x5f00,
	.ebp = 0x5e00,
	.esi = 0x3100,
	.edi = 0x9000,
	.eip = 0x1040,
};

#define NONE (-1)
/* clang-format off */
/* X: one access; B: a branch that reads its target, of so many bytes. */
#define CASES(X, B)                                                  \
	X("movl (%ebx), %eax", INSN_READ, 0x7000)                    \
	X("movl %eax, (%ebx)", INSN_WRITE, 0x7000)                   \
	X("movb $1, 0x1234(%ebx)", INSN_WRITE, 0x8234)               \
	X("movl -4(%ebx,%ecx,8), %eax", INSN_READ, 0x70fc)           \
	X("addl %eax, 0xc0000000(,%ecx,4)", INSN_WRITE, 0xc0000080)  \
	X("cmpl %eax, (%edi)", INSN_READ, 0x9000)                    \
	X("cmpl $5, (%edi)", INSN_READ, 0x9000)                      \
	X("orl $5, (%edi)", INSN_WRITE, 0x9000)                      \
	X("testl %eax, (%edi)", INSN_READ, 0x9000)                   \
	X("xchgl %eax, (%edi)", INSN_WRITE, 0x9000)                  \
	X("notl (%edi)", INSN_WRITE, 0x9000)                         \
	X("mull (%edi)", INSN_READ, 0x9000)                          \
	X("incl (%edi)", INSN_WRITE, 0x9000)                         \
	X("shll %cl, (%edi)", INSN_WRITE, 0x9000)                    \
	X("imull $3, (%edi), %eax", INSN_READ, 0x9000)               \
	X("leal (%edi), %eax", NONE, 0)                              \
	X("movl %eax, %ebx", NONE, 0)                                \
	X("movl 0x6000, %eax", INSN_READ, 0x6000)                    \
	X("movl %eax, 0x6000", INSN_WRITE, 0x6000)                   \
	X("movl 0x6000, %ebx", INSN_READ, 0x6000)                    \
	X("movw %ds, (%edi)", INSN_WRITE, 0x9000)                    \
	X("movw (%edi), %es", INSN_READ, 0x9000)                     \
	X("popl (%edi)", INSN_WRITE, 0x9000)                         \
	X("ldsl (%edi), %eax", INSN_READ, 0x9000)                    \
	X("bound %eax, (%edi)", INSN_READ, 0x9000)                   \
	X("xlat", INSN_READ, 0x7000)                                 \
	X("movsl", INSN_WRITE, 0x9000)                               \
	X("rep movsb", INSN_WRITE, 0x9000)                           \
	X("stosl", INSN_WRITE, 0x9000)                               \
	X("lodsb", INSN_READ, 0x3100)                                \
	X("scasb", INSN_READ, 0x9000)                                \
	X("cmpsl", INSN_READ, 0x9000)                                \
	X("pushl %eax", INSN_WRITE, 0x5efc)                          \
	X("pushw %ax", INSN_WRITE, 0x5efe)                           \
	X("pushl (%edx)", INSN_READ, 0x3000)            \
	X("pushl (%edi)", INSN_READ, 0x9000)                         \
	X("pushl $1", INSN_WRITE, 0x5efc)                            \
	X("pusha", INSN_WRITE, 0x5ee0)                               \
	X("pushf", INSN_WRITE, 0x5efc)                               \
	X("popl %eax", INSN_READ, 0x5f00)                            \
	X("popa", INSN_READ, 0x5f00)                                 \
	B("ret", 4, 0x5f00)                                          \
	B("ret $8", 4, 0x5f00)                                       \
	B("retw", 2, 0x5f00)                                         \
	X("lret", INSN_READ, 0x5f00)                                 \
	X("iret", INSN_READ, 0x5f00)                                 \
	X("leave", INSN_READ, 0x5e00)                                \
	X("enter $8, $0", INSN_WRITE, 0x5efc)                        \
	X("call .+0x10000", INSN_FETCH, 0x11040)                     \
	X("jmp .+0x10000", INSN_FETCH, 0x11040)                      \
	X("jmp .+0x10", INSN_FETCH, 0x1050)                          \
	X("jne .-0x8000", INSN_FETCH, 0xffff9040)                    \
	X("loop .-8", INSN_FETCH, 0x1038)                            \
	X("jmp *%ebx", INSN_FETCH, 0x7000)                           \
	X("call *%edi", INSN_FETCH, 0x9000)                          \
	X("call *%edx", INSN_FETCH, 0x3000)                          \
	X("call .+0x1000", INSN_FETCH, 0x2040)                       \
	B("jmp *(%edi)", 4, 0x9000)                                  \
	B("jmp *(%edx)", 4, 0x3000)                                  \
	B("call *0x10(%edi)", 4, 0x9010)                             \
	B("jmpw *(%edx)", 2, 0x3000)                                 \
	X("ljmp *(%edx)", INSN_READ, 0x3000)                         \
	X("lcall *(%edx)", INSN_READ, 0x3000)                        \
	X("fldl (%edi)", INSN_READ, 0x9000)                          \
	X("fstps (%edi)", INSN_WRITE, 0x9000)                        \
	X("fstpl (%edi)", INSN_WRITE, 0x9000)                        \
	X("fistpl (%edi)", INSN_WRITE, 0x9000)                       \
	X("fnstcw (%edi)", INSN_WRITE, 0x9000)                       \
	X("fxsave (%edi)", INSN_WRITE, 0x9000)                       \
	X("fxrstor (%edi)", INSN_READ, 0x9000)                       \
	X("movups (%edi), %xmm0", INSN_READ, 0x9000)                 \
	X("movups %xmm0, (%edi)", INSN_WRITE, 0x9000)                \
	X("movd %xmm0, (%edi)", INSN_WRITE, 0x9000)                  \
	X("pxor (%edi), %xmm0", INSN_READ, 0x9000)                   \
	X("movzbl (%edi), %eax", INSN_READ, 0x9000)                  \
	X("setne (%edi)", INSN_WRITE, 0x9000)                        \
	X("cmovne (%edi), %eax", INSN_READ, 0x9000)                  \
	X("btsl %eax, (%edi)", INSN_WRITE, 0x9000)                   \
	X("btl %eax, (%edi)", INSN_READ, 0x9000)                     \
	X("lock cmpxchgl %eax, (%edi)", INSN_WRITE, 0x9000)          \
	X("lock cmpxchg8b (%edi)", INSN_WRITE, 0x9000)               \
	X("lock xaddl %eax, (%edi)", INSN_WRITE, 0x9000)             \
	X("movl %fs:8(%edi), %eax", INSN_READ, 0x9008)               \
	X("movw $1, %ss:(%edi)", INSN_WRITE, 0x9000)                 \
	X("movl 0x12(%bx,%si), %eax", INSN_READ, 0xa112)             \
	X("movl (%bx,%di), %eax", INSN_READ, 0)                      \
	X("movl (%bp,%si), %eax", INSN_READ, 0x8f00)                 \
	X("movl 0x1234(%bp,%di), %eax", INSN_READ, 0x34)             \
	X("movl (%si), %eax", INSN_READ, 0x3100)                     \
	X("movl -1(%di), %eax", INSN_READ, 0x8fff)                   \
	X("movl (%bp), %eax", INSN_READ, 0x5e00)                     \
	X("movl 0x1234(%bp), %eax", INSN_READ, 0x7034)               \
	X("movl (%bx), %eax", INSN_READ, 0x7000)                     \
	X("addr16 movl %ecx, 0x1234", INSN_WRITE, 0x1234)            \
	X("movl (%ecx), %eax", INSN_READ, 0x20)                      \
	X("movl -1(%ebp), %eax", INSN_READ, 0x5dff)                  \
	X("movl 0x10000(%ebp), %eax", INSN_READ, 0x15e00)            \
	X("movl (%esp), %eax", INSN_READ, 0x5f00)                    \
	X("movl 4(%esp), %eax", INSN_READ, 0x5f04)                   \
	X("movl (%ebp,%ecx,4), %eax", INSN_READ, 0x5e80)             \
	X("movl 0x10000(%ebp,%ecx), %eax", INSN_READ, 0x15e20)       \
	X("movl (%ecx,%ebp,2), %eax", INSN_READ, 0xbc20)             \
	X("movl 0x1234, %eax; nop", INSN_READ, 0x1234)               \
	X("nop", NONE, 0)                                            \
	X("hlt", NONE, 0)                                            \
	X("cpuid", NONE, 0)

/* clang-format on */

struct test {
	const char *text;
	const unsigned char *code, *end;
	int kind;
	unsigned int address, target_size;
};

#define CODE(text, kind, address)                                          \
	"771: " text "\n772:\n .pushsection .data.rel.ro.places, \"aw\"\n" \
	".long 771b, 772b\n.popsection\n"
asm(".pushsection .rodata\n.pushsection .data.rel.ro.places, \"aw\"\nplaces:\n.popsection\n" CASES(
	CODE, CODE) ".popsection\n");
extern const unsigned char *const places[][2];

#define ROW(text, kind, address)	   { text, NULL, NULL, kind, address, 0 },
#define BRANCH(text, target_size, address) { text, NULL, NULL, INSN_READ, address, target_size },
static struct test tests[] = { CASES(ROW, BRANCH) };

static int one(const struct test *t, const struct regs *regs)
{
	struct insn_access a = { .target_size = 77 };
	bool found = insn_access(t->code, (u32)(t->end - t->code), regs, LIMIT, &a);

	if (!found && t->kind == NONE)
		return 0;
	if (found && t->kind == (int)a.kind && t->address == a.address &&
	    t->target_size == a.target_size)
		return 0;
	printf("%s: found %d, kind %d, address %#x; want kind %d, %#x\n", t->text, found, a.kind,
	       a.address, t->kind, t->address);
	return 1;
}

/* Without room for the push of a call, the push is what fails, whatever the target. */
static unsigned int without_stack(const struct test *all, size_t nr)
{
	struct regs full = r;
	unsigned int bad = 0, calls = 0;
	size_t i;

	full.esp = LIMIT + 2;
	for (i = 0; i < nr; i++) {
		struct test t = all[i];

		if (strncmp(t.text, "call", 4))
			continue;
		calls++;
		t.address = LIMIT - 2;
		t.kind = INSN_WRITE;
		t.target_size = 0;
		/* This call reads its target from outside the limit, and fails there first. */
		if (strcmp(t.text, "call *0x10(%edi)"))
			bad += one(&t, &full);
	}
	return bad + !calls;
}

int main(void)
{
	unsigned int i, n, len, bad = 0, cut = 0;
	struct insn_access a;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tests[i].code = places[i][0];
		tests[i].end = places[i][1];
		bad += one(&tests[i], &r);
		/* Cut off anywhere, so that sanitizers detect a read past the end. */
		for (len = 0; len + 1 < (u32)(tests[i].end - tests[i].code); len++) {
			unsigned char *part = malloc(len + 1);

			memcpy(part, tests[i].code, len);
			insn_access(part, len, &r, LIMIT, &a);
			free(part);
		}
	}
	bad += without_stack(tests, sizeof(tests) / sizeof(tests[0]));
	for (n = 0; !bad && n < 1 << 24; n++) {
		unsigned char bytes[15] = { n & 255, n >> 8 & 255, n >> 16, n * 7, n >> 3 };

		insn_access(bytes, 1 + n % 15, &r, LIMIT, &a);
		cut++;
	}
	printf("%zu instructions, %u beginnings\n", sizeof(tests) / sizeof(tests[0]), cut);
	printf("Test result: %s\n", bad ? "FAILURE" : "SUCCESS");
	return bad != 0;
}
