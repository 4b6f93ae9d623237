// SPDX-License-Identifier: MIT
/*
 * Memory map, modules and command lines of a boot loader, with any contents but valid pointers.
 * The monitor either prints one sentence, or every page that it takes for free memory is RAM,
 * has no other owner and is counted once, and its options are within their ranges.
 */
#include <setjmp.h>

#include "target.h"

#include "../../../hv/boot/multiboot.c"
#include <hv/dev.h>
#include <hv/trace.h>

#define MONITOR_END 0x150000u /* where the Makefile puts hv_end */

enum loglevel loglevel;
bool trace_on, trace_at_exit;
u32 max_mfn;

static jmp_buf refused;

void cannot_boot(const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	REQUIRE(vsnprintf(line, sizeof(line), fmt, ap) < (int)sizeof(line));
	va_end(ap);
	REQUIRE(line[0]); /* the sentence quotes the command line unchanged */
	longjmp(refused, 1);
}

void console_options(const char *value)
{
	REQUIRE(!strcmp(value, "com1") || !strcmp(value, "debugcon") || !strcmp(value, "both"));
}

/* ---- frames that are no RAM ---- */

#define FRAMES (RAM_TOP / PAGE_SIZE)
static struct range io[256]; /* of frames */
static u32 io_nr;

/* Each is told once, in ascending order. */
void frame_add_io(mfn_t mfn, u32 nr)
{
	REQUIRE(mfn < max_mfn && nr && nr <= max_mfn - mfn);
	REQUIRE(!io_nr || mfn >= io[io_nr - 1].end);
	REQUIRE(io_nr < ARRAY_SIZE(io));
	io[io_nr++] = (struct range){ mfn, mfn + nr };
}

static bool is_io(u32 page)
{
	u32 i;

	for (i = 0; i < io_nr; i++)
		if (page >= io[i].start && page < io[i].end)
			return true;
	return false;
}

/* ---- the expected result, from the definitions ---- */

/* Does the entry cover all of the page, or any of it? */
static bool covers(const struct e820entry *e, u32 page, bool all)
{
	u64 at = (u64)page * PAGE_SIZE, last = at + PAGE_SIZE - 1;
	u64 end = e->size - 1 > ~e->addr ? ~0ull : e->addr + e->size - 1; /* its last byte */

	if (!e->size)
		return false;
	return all ? e->addr <= at && end >= last : e->addr <= last && end >= at;
}

static bool in_pages(u32 page, u32 start, u32 end)
{
	return page >= start / PAGE_SIZE && page < PFN_UP((u64)end);
}

static bool may_be_free(u32 page)
{
	bool any = false;
	u32 i;

	for (i = 0; i < firmware_map_nr; i++) {
		if (firmware_map[i].type != E820_RAM && covers(&firmware_map[i], page, false))
			return false;
		any |= firmware_map[i].type == E820_RAM && covers(&firmware_map[i], page, true);
	}
	for (i = 0; i < ARRAY_SIZE(modules); i++)
		if (in_pages(page, modules[i].start, modules[i].start + modules[i].size))
			return false;
	return any && page >= LOW_RAM_END / PAGE_SIZE && page < FRAMES &&
	       !in_pages(page, HV_LOAD_PHYS, MONITOR_END);
}

static bool is_free(u32 page)
{
	u32 i, hits = 0;

	for (i = 0; i < ranges_nr; i++)
		hits += page >= ranges[i].start / PAGE_SIZE && page < ranges[i].end / PAGE_SIZE;
	REQUIRE(hits <= 1);
	return hits;
}

static u32 edges[1024], edges_nr;

static void edge(u64 address)
{
	s32 i;

	for (i = -1; i <= 1; i++)
		if (edges_nr < ARRAY_SIZE(edges))
			edges[edges_nr++] = (u32)MIN(address / PAGE_SIZE, 0x100000u) + (u32)i;
}

static void find_edges(void)
{
	u32 i;

	edges_nr = 0;
	edge(LOW_RAM_END);
	edge(MONITOR_END);
	edge(RAM_TOP);
	for (i = 0; i < firmware_map_nr; i++) {
		edge(firmware_map[i].addr);
		edge(firmware_map[i].addr + firmware_map[i].size);
	}
	for (i = 0; i < ARRAY_SIZE(modules); i++) {
		edge(modules[i].start);
		edge(modules[i].start + modules[i].size);
	}
}

static void check_list(void)
{
	u32 i;

	REQUIRE(ranges_nr && ranges_nr <= RANGES_MAX);
	for (i = 0; i < ranges_nr; i++) {
		REQUIRE(ranges[i].start < ranges[i].end);
		REQUIRE(!(ranges[i].start % PAGE_SIZE) && !(ranges[i].end % PAGE_SIZE));
		REQUIRE(!i || ranges[i - 1].end <= ranges[i].start);
	}
}

static void check_free(void)
{
	u32 i;

	check_list();
	for (i = 0; i < edges_nr; i++)
		if (edges[i] < 0x100000)
			REQUIRE(is_free(edges[i]) == may_be_free(edges[i]));
}

/* ---- what follows the scan ---- */

static bool is_ram(u32 page)
{
	u32 i;

	for (i = 0; i < firmware_map_nr; i++)
		if (firmware_map[i].type == E820_RAM && covers(&firmware_map[i], page, true))
			return true;
	return false;
}

static void check_io(void)
{
	u32 i, page;

	io_nr = 0;
	max_mfn = ranges[ranges_nr - 1].end / PAGE_SIZE;
	for (i = 0; i < ARRAY_SIZE(modules); i++)
		max_mfn = MAX(max_mfn, PFN_UP(modules[i].start + modules[i].size));
	REQUIRE(max_mfn <= FRAMES);
	memory_mark_io();
	for (i = 0; i < edges_nr; i++) {
		page = edges[i];
		if (page >= max_mfn)
			continue;
		REQUIRE(is_io(page) == (page < LOW_RAM_END / PAGE_SIZE || !is_ram(page)));
	}
}

static void check_e820(void)
{
	u64 ram = 0, told = 0;
	u32 i;

	guest_e820_nr = 0;
	memory_make_e820(true, 0);
	REQUIRE(guest_e820_nr <= RANGES_MAX + 64 + 2);
	for (i = 0; i < ranges_nr; i++)
		ram += ranges[i].end - ranges[i].start;
	for (i = 0; i < guest_e820_nr; i++)
		told += guest_e820[i].type == E820_RAM ? guest_e820[i].size : 0;
	REQUIRE(ram == told);
	guest_e820_nr = 0;
	memory_make_e820(false, 77);
	REQUIRE(guest_e820_nr == 1 && guest_e820[0].size == 77 * PAGE_SIZE);
}

static u64 free_bytes(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < ranges_nr; i++)
		sum += ranges[i].end - ranges[i].start;
	return sum;
}

static void check_alloc(struct input *in)
{
	u32 n, size, at, page;
	u64 before;

	for (n = 0; n < 8 && ranges_nr; n++) {
		size = take16(in) * (n % 2 ? 4099u : 1u) + 1;
		before = free_bytes();
		at = ranges_alloc(size);
		size = ROUND_UP(size, PAGE_SIZE);
		REQUIRE(free_bytes() == before - (at ? size : 0));
		if (!at)
			continue;
		REQUIRE(!(at % PAGE_SIZE));
		for (page = at / PAGE_SIZE; page < (at + size) / PAGE_SIZE; page += 1 + page % 61)
			REQUIRE(!is_free(page) && may_be_free(page));
		REQUIRE(may_be_free((at + size) / PAGE_SIZE - 1));
		if (ranges_nr)
			check_list();
	}
}

static void check_options(void)
{
	REQUIRE(strlen(monitor_cmdline) < 512 && strlen(kernel_cmdline) < 1024);
	options_parse(monitor_cmdline);
	REQUIRE(option_tick_hz >= 20 && option_tick_hz <= 4000);
	REQUIRE(!option_guest_mem_mib ||
		(option_guest_mem_mib >= 8 && option_guest_mem_mib <= 4096));
	REQUIRE(option_plugin_mode <= MODE_UNGUARDED && option_crash <= CRASH_STACK);
	REQUIRE(loglevel <= LOG_DEBUG && (trace_on || !trace_at_exit));
}

/* ---- the loader ---- */

/* A string in memory of its own, so that the sanitizer sees a read behind it. */
static char *take_string(struct input *in)
{
	const void *end = memchr(in->at, 0, (size_t)(in->end - in->at));
	size_t len = (size_t)((end ? (const u8 *)end : in->end) - in->at);
	char *copy = malloc(len + 1);

	memcpy(copy, in->at, len);
	copy[len] = 0;
	in->at += len + !!end;
	return copy;
}

static void reset(void)
{
	ranges_nr = firmware_map_nr = guest_e820_nr = 0;
	memset(modules, 0, sizeof(modules));
	monitor_cmdline[0] = kernel_cmdline[0] = 0;
	option_tick_hz = 250;
	option_guest_mem_mib = 0;
	option_plugin_mode = MODE_AUTO;
	option_crash = CRASH_NO;
	loglevel = LOG_INFO;
	trace_on = trace_at_exit = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct input in;
	static void *owned[6];
	static struct mbi *mbi;
	static struct mb_module *mods;
	u32 odd, i, nr, length;

	in = (struct input){ data, data + size };
	reset();
	owned[0] = mbi = calloc(1, sizeof(*mbi));
	odd = take8(&in);
	mbi->flags = HAS_CMDLINE | HAS_MODULES | HAS_MMAP | HAS_LOADER;
	for (i = 1; i < 5; i++)
		if (odd >> i & 1)
			mbi->flags &= ~(1u << (i < 3 ? i + 1 : i == 3 ? 6 : 9));
	nr = take8(&in) % 4;
	owned[1] = mods = calloc(nr ? nr : 1, sizeof(*mods));
	mbi->mods_addr = (u32)mods;
	mbi->mods_count = nr;
	mbi->mem_upper = take32(&in);
	for (i = 0; i < nr; i++) {
		mods[i].start = take32(&in);
		mods[i].end = take32(&in);
	}
	length = take16(&in) % 2048;
	owned[2] = malloc(length + 1);
	take_bytes(&in, owned[2], length);
	/* What ends with the map ends where the sanitizer looks. */
	owned[2] = realloc(owned[2], length ? length : 1);
	mbi->mmap_addr = (u32)owned[2];
	mbi->mmap_length = length;
	mbi->boot_loader_name = (u32)(owned[3] = take_string(&in));
	mbi->cmdline = (u32)(owned[4] = take_string(&in));
	owned[5] = take_string(&in);
	if (nr && odd & 0x20)
		mods[0].string = (u32)owned[5];
	if (!setjmp(refused)) {
		multiboot_scan(odd & 0x80 ? 0x36d76289 : LOADER_MAGIC, (u32)mbi);
		find_edges();
		check_free();
		check_io();
		check_e820();
		check_alloc(&in);
		check_options();
	}
	for (i = 0; i < ARRAY_SIZE(owned); i++)
		free(owned[i]);
	return 0;
}
