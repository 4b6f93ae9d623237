// SPDX-License-Identifier: MIT
/*
 * The fault record. For a branch whose target is in memory the monitor reads the target
 * only if it lies in the plugin. The rate limit of the log.
 *
 * The plugin is the last one in the region. Behind the region memory is mapped here, with
 * present entries, so that only the check of the plugin's size prevents a read there.
 *
 * Cannot tell: what the CPU reports; guests/plugin-escape does.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/plugin.h>
#include <hv/plugin_slot.h>
#include <hv/printk.h>

#include "check.h"
#include "fake_cpu.h"

#define PAGES  5u /* page 0, text, data, guard, stack */
#define TEXT   PLUGIN_TEXT_BASE
#define DATA   0x2000u
#define END    (PAGES * PAGE_SIZE)
#define TARGET 0x12345678u

/* ---- the rest of the monitor ---- */

static pte_t entries[PAGES + 2];
u32 plugin_mode = PLUGIN_MODE_SEGMENT;
enum loglevel loglevel = LOG_INFO;
static u64 now;
static u32 lines;
static char said[256];

u64 system_time(void)
{
	return now;
}

void printk(enum loglevel level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	vsnprintf(said, sizeof(said), fmt, args);
	va_end(args);
	lines++;
}

/* ---- the plugin ---- */

static struct plugin p;
static u8 *memory; /* the plugin's offset 0 */

/* A fault, and the tick after it, by which the log is told. */
static void record(struct plugin *stopped, const struct regs *r, u32 status)
{
	u32 before = lines;

	fault_record(stopped, r, status);
	CHECK(lines == before);
	fault_log();
}

static void record_killed(struct plugin *killed, const struct regs *r)
{
	u32 before = lines;

	fault_record_killed(killed, r);
	CHECK(lines == before);
	fault_log();
}

static void make(void)
{
	u32 i;

	memset(&p, 0, sizeof(p));
	p.handle = PLUGINS_MAX + 7;
	p.first = REGION_PAGES - PAGES;
	p.text_size = PAGE_SIZE;
	p.end = p.stack_end = END;
	p.budget_us = 1000;
	p.pages = entries;
	for (i = 1; i < PAGES + 2; i++)
		entries[i] = i == 3 ? 0 : PTE_P;
	memory = (u8 *)plugin_base(&p); /* above a 32-bit program's libraries */
	if (mmap(memory, END + 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != memory) {
		printf("the plugins' region cannot be mapped here\n");
		exit(1);
	}
}

/* The record of #GP at `jmp *address`. */
static const struct plugin_fault *jump(u32 address)
{
	struct regs r = { .eip = TEXT, .vector = VEC_GP, .eflags = 2 };

	memory[TEXT] = 0xff;
	memory[TEXT + 1] = 0x25;
	memcpy(memory + TEXT + 2, &address, 4);
	record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags & PLUGIN_FAULT_ADDRESS, "no address for a jump through %x", address);
	return &p.fault;
}

static void target_at(u32 address, bool can_be_read)
{
	const struct plugin_fault *f;
	u32 target = TARGET;

	if (address < END + PAGE_SIZE)
		memcpy(memory + address, &target, 4);
	f = jump(address);
	CHECK(!!(f->flags & PLUGIN_FAULT_FETCH) == can_be_read, "through %x: flags %x", address,
	      f->flags);
	CHECK(f->address == (can_be_read ? TARGET : address), "through %x: %x", address,
	      f->address);
}

static void targets(void)
{
	target_at(DATA, true);
	target_at(DATA + PAGE_SIZE - 4, true);
	target_at(DATA + PAGE_SIZE - 3, false); /* crosses into the guard page */
	target_at(DATA + PAGE_SIZE, false);
	target_at(DATA + 2 * PAGE_SIZE - 1, false); /* begins in the guard page */
	target_at(DATA + 2 * PAGE_SIZE, true);
	target_at(END - 4, true);
	target_at(END - 3, false); /* the rest lies behind the region */
	target_at(END - 1, false);
	target_at(END, false);
	target_at(END + 16, false);
	target_at(0xfffffffe, false);
	target_at(0, false); /* page 0 is never there */
}

/* The last byte of the segment is within the limit, the next one is not. */
static void limits(void)
{
	struct regs r = { .eip = TEXT + PAGE_SIZE, .vector = VEC_GP, .eflags = 2 };

	CHECK(jump(END - 1)->flags & PLUGIN_FAULT_IN_LIMIT);
	CHECK(!(jump(END)->flags & PLUGIN_FAULT_IN_LIMIT));
	record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == (PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH));
	CHECK(p.fault.address == TEXT + PAGE_SIZE);
	r.eip--; /* the last byte: an instruction that is cut off */
	memory[r.eip] = 0x8b;
	record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == 0);
	r.error_code = 8; /* a selector: no address */
	r.eip = TEXT;
	record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == 0);
	r.error_code = 0;
	r.eflags |= EFLAGS_VM;
	record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == 0);
	r.eflags = 2;
	r.vector = VEC_UD;
	record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == 0);
}

/* Accesses stopped by a limit, and page faults: the record and the line of each kind. */
static void kinds(void)
{
	static const struct {
		u8 code[8];
		u32 vector, error, cr2, flags, address;
		const char *says;
	} rows[] = {
		{ { 0xa1, 0, 0x50 },
		  VEC_GP,
		  0,
		  0,
		  PLUGIN_FAULT_ADDRESS,
		  END,
		  "read of 0x5000, limit 0x4fff" },
		{ { 0xa3, 0, 0x50 },
		  VEC_GP,
		  0,
		  0,
		  PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_WRITE,
		  END,
		  "write of 0x5000, limit 0x4fff" },
		{ { 0xa1, 0, 0x50 }, VEC_SS, 0, 0, PLUGIN_FAULT_ADDRESS, END, "#SS at 0x1000" },
		{ { 0xe9, 0xfb, 0xff, 0, 0 },
		  VEC_GP,
		  0,
		  0,
		  PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH,
		  TEXT + 0x10000,
		  "fetch of 0x11000, limit 0x1fff" },
		{ { 0xa1, 0, 0x50 }, VEC_NP, 0, 0, 0, 0, "#NP at 0x1000, error 0; stopped" },
		{ { 0xa1, 0, 0x50 }, VEC_GP, 8, 0, 0, 0, "#GP at 0x1000, error 0x8; stopped" },
		{ { 0xa1, 0x10, 0x20 },
		  VEC_GP,
		  0,
		  0,
		  PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_IN_LIMIT,
		  DATA + 0x10,
		  "read of 0x2010, limit 0x4fff" },
		{ { 0xf4 }, VEC_GP, 0, 0, 0, 0, "#GP at 0x1000, error 0; stopped" },
		{ { 0 },
		  VEC_PF,
		  4,
		  DATA,
		  PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_IN_LIMIT,
		  DATA,
		  "read of 0x2000, limit 0x4fff" },
		{ { 0 },
		  VEC_PF,
		  6,
		  END,
		  PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_WRITE,
		  END,
		  "write of 0x5000, limit 0x4fff" },
		{ { 0 },
		  VEC_PF,
		  0x14,
		  TEXT + PAGE_SIZE - 1,
		  PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH | PLUGIN_FAULT_IN_LIMIT,
		  TEXT + PAGE_SIZE - 1,
		  "fetch of 0x1fff, limit 0x1fff" },
		{ { 0 },
		  VEC_PF,
		  0x16,
		  TEXT + PAGE_SIZE,
		  PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH,
		  TEXT + PAGE_SIZE,
		  "fetch of 0x2000, limit 0x1fff" },
		{ { 0 }, VEC_XM, 0, 0, 0, 0, "#XM at 0x1000" },
		{ { 0 }, VEC_XM + 1, 0, 0, 0, 0, "exception at 0x1000" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct regs r = { .eip = TEXT,
				  .vector = rows[i].vector,
				  .error_code = rows[i].error,
				  .eflags = 2 };

		now += 100 * 1000000000ull;
		jump(END); /* logs how many lines were left out */
		memcpy(memory + TEXT, rows[i].code, 8);
		cpu.cr[2] = rows[i].cr2 + plugin_base(&p);
		lines = 0;
		record(&p, &r, PLUGIN_STATUS_FAULT);
		CHECK(p.fault.flags == rows[i].flags, "row %u: flags %x", i, p.fault.flags);
		CHECK(p.fault.address == rows[i].address, "row %u: %x", i, p.fault.address);
		CHECK(p.fault.vector == rows[i].vector && p.fault.error_code == rows[i].error);
		CHECK(lines == 1 && strstr(said, rows[i].says), "row %u: %s", i, said);
		/* Without status FAULT the record has no address, whatever the vector. */
		record(&p, &r, PLUGIN_STATUS_TIMEOUT);
		CHECK(!p.fault.flags && p.fault.status == PLUGIN_STATUS_TIMEOUT, "row %u", i);
		CHECK(strstr(said, "past its budget of 1000 us at 0x1000; stopped"), "%s", said);
		r.eax = 99;
		record(&p, &r, PLUGIN_STATUS_FORBIDDEN);
		CHECK(!p.fault.flags && p.fault.status == PLUGIN_STATUS_FORBIDDEN, "row %u", i);
		CHECK(strstr(said, "service 99, which it may not have, at 0x1000; stopped"), "%s",
		      said);
	}
}

/* A branch at the end of text, complete and cut off; and one without a memory operand. */
static void last_instruction(void)
{
	static const u8 code[] = { 0xff, 0x25, 0, 0x20, 0, 0 }; /* jmp *0x2000 */
	struct regs r = { .vector = VEC_GP, .eflags = 2 };
	u32 target = TARGET, cut;

	memcpy(memory + DATA, &target, 4);
	for (cut = 0; cut < sizeof(code); cut++) {
		r.eip = DATA - (u32)sizeof(code) + cut;
		memset(memory + DATA - 16, 0x90, 16);
		memcpy(memory + r.eip, code, sizeof(code) - cut);
		memory[DATA - 1] = cut ? memory[DATA - 1] : 0;
		record(&p, &r, PLUGIN_STATUS_FAULT);
		CHECK(!!p.fault.flags == !cut, "cut by %u: flags %x", cut, p.fault.flags);
	}
	CHECK(jump(END + 8)->address == END + 8);
}

/* The record of a killed plugin has the registers of its paused call, or zeroes. */
static void kills(void)
{
	static const struct regs r = {
		.eip = TEXT + 5, .vector = VEC_PF, .error_code = 6, .cs = 0x12345, .eax = 7
	};

	now += 100 * 1000000000ull;
	jump(END);
	lines = 0;
	p.fs = 11;
	p.gs = 12;
	p.calls = 13;
	record_killed(&p, &r);
	CHECK(p.fault.status == PLUGIN_STATUS_KILLED && p.fault.vector == PLUGIN_VECTOR_KILLED);
	CHECK(!p.fault.error_code && p.fault.eip == TEXT + 5 && p.fault.eax == 7);
	CHECK(p.fault.cs == 0x2345 && p.fault.fs == 11 && p.fault.gs == 12 && p.fault.call == 13);
	CHECK(lines == 1 && strstr(said, "plugin 7: killed at 0x1005"), "%s", said);
	record_killed(&p, NULL);
	CHECK(p.fault.status == PLUGIN_STATUS_KILLED && p.fault.vector == PLUGIN_VECTOR_KILLED);
	CHECK(!p.fault.eip && !p.fault.fs && !p.fault.gs && !p.fault.cs && lines == 2);
	while (lines < 7)
		record_killed(&p, NULL);
	record_killed(&p, NULL);
	CHECK(lines == 7, "%u lines", lines); /* the eighth was the jump */
}

/* The log takes eight lines at once, then one a second, and says how many were left out. */
static void logging(void)
{
	u32 i;

	now += 100 * 1000000000ull;
	jump(END); /* logs how many lines were left out so far */
	now += 100 * 1000000000ull;
	lines = 0;
	for (i = 0; i < 20; i++)
		jump(END);
	CHECK(lines == 8, "%u lines", lines);
	now += 1000000000;
	jump(END);
	CHECK(lines == 10, "%u lines", lines); /* with one about lines left out */
	jump(END);
	CHECK(lines == 10, "%u lines", lines);
	/* The second to wait counts from the last line logged, not from lines refused since. */
	now += 600000000;
	jump(END);
	CHECK(lines == 10, "%u lines", lines);
	now += 400000000;
	jump(END);
	CHECK(lines == 12, "%u lines", lines);
	lines = 10;
	now += 2000000000;
	for (i = 0; i < 20; i++)
		jump(END);
	CHECK(lines == 12, "%u lines", lines);
	now += 100 * 1000000000ull;
	jump(END);
	/* The host's printf writes %#x of 0 without the prefix. */
	CHECK(strstr(said, "plugin 7: #GP at 0x1000, error 0"), "%s", said);
	CHECK(strstr(said, ", read of 0x5000, limit 0x4fff; stopped"), "%s", said);
}

/* Eight lines at most wait for a tick. */
static void many_before_a_tick(void)
{
	static const struct regs r = { .eip = TEXT };
	u32 i;

	now += 100 * 1000000000ull;
	jump(END); /* logs how many lines were left out so far */
	now += 100 * 1000000000ull;
	lines = 0;
	for (i = 0; i < 10; i++)
		fault_record_killed(&p, &r);
	CHECK(!lines);
	fault_log();
	CHECK(lines == 9 && strstr(said, "plugin 7: killed"), "%u lines, %s", lines, said);
	fault_log();
	CHECK(lines == 9);
}

int main(void)
{
	fake_cpu_init();
	make();
	targets();
	limits();
	logging();
	kinds();
	last_instruction();
	kills();
	many_before_a_tick();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
