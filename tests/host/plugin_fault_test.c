// SPDX-License-Identifier: MIT
/*
 * What the fault record says of a branch whose target lies in memory: the
 * monitor reads the target for the report where it lies in the plugin, and
 * nowhere else; and how many faults are logged.
 *
 * The plugin is the last one of the region, and what lies behind the region is
 * mapped here, with an entry that says so: only the plugin's own size keeps the
 * monitor from reading it.
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
#include <hv/plugin_slot.h>
#include <hv/printk.h>

#include "check.h"

#define PAGES  5u /* page 0, text, data, guard, stack */
#define TEXT   PLUGIN_TEXT_BASE
#define DATA   0x2000u
#define END    (PAGES * PAGE_SIZE)
#define TARGET 0x12345678u

/* ---- the rest of the monitor ---- */

static pte_t entries[REGION_PAGES + 2];
pte_t *region_pte = entries;
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
static u8 *memory; /* its offset 0 */

static void make(void)
{
	u32 i;

	memset(&p, 0, sizeof(p));
	p.handle = 4096 + 7;
	p.first = REGION_PAGES - PAGES;
	p.text_size = PAGE_SIZE;
	p.end = p.stack_end = END;
	p.budget_us = 1000;
	memset(entries, 0, sizeof(entries));
	for (i = 1; i < PAGES + 2; i++)
		entries[p.first + i] = i == 3 ? 0 : PTE_P;
	memory = (u8 *)region_address(&p); /* above a 32-bit program's libraries */
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
	fault_record(&p, &r, PLUGIN_STATUS_FAULT);
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
	target_at(DATA + PAGE_SIZE - 3, false); /* half on the guard */
	target_at(DATA + PAGE_SIZE, false);
	target_at(DATA + 2 * PAGE_SIZE - 1, false); /* begins on it */
	target_at(DATA + 2 * PAGE_SIZE, true);
	target_at(END - 4, true);
	target_at(END - 3, false); /* the rest lies behind the region */
	target_at(END - 1, false);
	target_at(END, false);
	target_at(END + 16, false);
	target_at(0xfffffffe, false);
	target_at(0, false); /* page 0 is never there */
}

/* An address is within the limit up to the last byte. */
static void limits(void)
{
	struct regs r = { .eip = TEXT + PAGE_SIZE, .vector = VEC_GP, .eflags = 2 };

	CHECK(jump(END - 1)->flags & PLUGIN_FAULT_IN_LIMIT);
	CHECK(!(jump(END)->flags & PLUGIN_FAULT_IN_LIMIT));
	fault_record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == (PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH));
	CHECK(p.fault.address == TEXT + PAGE_SIZE);
	r.eip--; /* the last byte: an instruction that is cut off */
	memory[r.eip] = 0x8b;
	fault_record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == 0);
	r.error_code = 8; /* a selector: no address */
	r.eip = TEXT;
	fault_record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == 0);
	r.error_code = 0;
	r.eflags |= EFLAGS_VM;
	fault_record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == 0);
	r.eflags = 2;
	r.vector = VEC_UD;
	fault_record(&p, &r, PLUGIN_STATUS_FAULT);
	CHECK(p.fault.flags == 0);
}

/* Eight at once and one a second; then how many were left out. */
static void logging(void)
{
	u32 i;

	now += 100 * 1000000000ull;
	jump(END); /* says how many of those above were left out */
	now += 100 * 1000000000ull;
	lines = 0;
	for (i = 0; i < 20; i++)
		jump(END);
	CHECK(lines == 8, "%u lines", lines);
	now += 1000000000;
	jump(END);
	CHECK(lines == 10, "%u lines", lines); /* and one about those left out */
	jump(END);
	CHECK(lines == 10, "%u lines", lines);
	now += 2000000000;
	for (i = 0; i < 20; i++)
		jump(END);
	CHECK(lines == 13, "%u lines", lines);
	now += 100 * 1000000000ull;
	jump(END);
	/* The host's printf writes %#x of 0 without the prefix. */
	CHECK(strstr(said, "plugin 7: #GP at 0x1000, error 0"), "%s", said);
	CHECK(strstr(said, ", read of 0x5000, limit 0x4fff; stopped"), "%s", said);
}

int main(void)
{
	make();
	targets();
	limits();
	logging();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
