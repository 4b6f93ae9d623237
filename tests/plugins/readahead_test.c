/* SPDX-License-Identifier: MIT */
/*
 * A read-ahead policy of plugin-sdk/examples/readahead, linked to this program, against a page
 * cache that is played: a file of 4,096 pages, nothing of it in memory, read page by page.
 *
 *	readahead_test_POLICY PATTERN
 *	readahead_test_bad VARIANT
 *
 * prints what the policy has cost in this pattern: pages that were asked for, missed, read from
 * the disk, and read from the disk but never asked for; requests of the disk; reads that waited for
 * a request made less than LATENCY reads before; questions; and instructions of the longest
 * question. A bad plan ends the program with a failure: the kernel would refuse it. With a variant
 * of bad.c: prints why the kernel has to refuse the plan.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <ringfence/point_list.h>

#include "../host/check.h"

#define PAGES	4096u
#define LATENCY 8u

unsigned char plugin_heap[1 << 20] __attribute__((aligned(4096)));

uint32_t readahead(struct readahead_window *window, uint32_t page, uint32_t nr, uint32_t file_pages,
		   uint32_t file, uint32_t reason);
/* Entries that only list.c and only bad.c have. */
uint32_t set(const uint32_t *pages, uint32_t bytes) __attribute__((weak));
uint32_t choose(uint32_t number) __attribute__((weak));

/* bad.c is not asked for its variant that requests a service. */
int32_t plugin_service(uint32_t number, const uint32_t args[4], uint32_t *value)
{
	(void)number, (void)args, (void)value;
	abort();
}

static struct readahead_window window;
static struct {
	int cached, marked, wanted;
	uint32_t since; /* read that made the request */
} pages[PAGES];
static struct {
	uint32_t wanted, missed, read, unused, requests, late, questions;
} cost;
static uint32_t clock_reads;
static volatile unsigned long steps, longest;

static void count_step(int signal)
{
	(void)signal;
	steps++;
}

/*
 * Asks the policy. To count the instructions, the processor traps behind each; that takes its time,
 * so of many questions only some are counted.
 */
static uint32_t ask(uint32_t page, uint32_t nr, uint32_t reason)
{
	uint32_t value;

	cost.questions++;
	steps = 0;
#ifdef COUNT_INSTRUCTIONS
	if (cost.questions <= 100 || cost.questions % 64 == 0)
		__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq" : : : "memory", "cc");
#endif
	value = readahead(&window, page, nr, PAGES, 7, reason);
#ifdef COUNT_INSTRUCTIONS
	__asm__ volatile("pushfq; andl $~0x100, (%%rsp); popfq" : : : "memory", "cc");
#endif
	if (steps > longest)
		longest = steps;
	return value;
}

static void read_range(uint32_t first, uint32_t nr, uint32_t mark)
{
	uint32_t i, reading = 0;

	for (i = 0; i < nr; i++) {
		if (!pages[first + i].cached) {
			pages[first + i].cached = 1;
			pages[first + i].marked = i == mark;
			pages[first + i].since = clock_reads;
			cost.read++;
			cost.requests += !reading;
		}
		reading = pages[first + i].since == clock_reads;
	}
}

/* Says what is wrong with the plan; NULL: nothing. */
static const char *refusal(uint32_t value)
{
	uint32_t sum = 0, i;

	if (value == READAHEAD_DEFAULT)
		return NULL;
	if (value > READAHEAD_RANGES)
		return "too many ranges";
	for (i = 0; i < value; i++) {
		const struct readahead_range *range = &window.ranges[i];

		if (!range->nr)
			return "empty range";
		if (range->nr > READAHEAD_PAGES - sum)
			return "too many pages";
		if (range->first >= PAGES || range->nr > PAGES - range->first)
			return "behind the file";
		if (range->mark >= range->nr && range->mark != READAHEAD_NO_MARK)
			return "mark outside";
		sum += range->nr;
	}
	return NULL;
}

/* The kernel's own read-ahead is not played: with READAHEAD_DEFAULT nothing is read ahead. */
static void carry_out(uint32_t value)
{
	const char *why = refusal(value);
	uint32_t i;

	CHECK(!why, "%s", why);
	for (i = 0; value != READAHEAD_DEFAULT && i < value; i++)
		read_range(window.ranges[i].first, window.ranges[i].nr, window.ranges[i].mark);
}

/* A process reads pages page to page + nr - 1 in one call, as far as they are in the file. */
static void read_pages(uint32_t page, uint32_t nr)
{
	uint32_t end = nr < PAGES - page ? page + nr : PAGES;

	for (; page < end; page++) {
		clock_reads++;
		cost.wanted++;
		if (!pages[page].cached) {
			cost.missed++;
			carry_out(ask(page, end - page, READAHEAD_MISSED));
			read_range(page, end - page, READAHEAD_NO_MARK);
		} else if (!pages[page].wanted && clock_reads - pages[page].since < LATENCY &&
			   pages[page].since + nr <= clock_reads) {
			cost.late++;
		}
		pages[page].wanted = 1;
		if (pages[page].marked) {
			pages[page].marked = 0;
			carry_out(ask(page, end - page, READAHEAD_MARKED));
		}
	}
}

static uint32_t draw(uint32_t below)
{
	static uint32_t state = 12345;

	state = state * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)state * below) >> 32);
}

/* Writes the order in which pages are read; returns how many. */
static uint32_t order(const char *pattern, uint32_t *to)
{
	uint32_t step = 1, nr = 0, start, i;

	if (sscanf(pattern, "stride%u", &step) == 1 || sscanf(pattern, "columns%u", &step) == 1) {
		for (start = 0; start < (pattern[0] == 's' ? 1 : step); start++)
			for (i = start; i < PAGES; i += step)
				to[nr++] = i;
		return nr;
	}
	if (!strcmp(pattern, "mixed")) { /* forward, backward, and in strides, in turn */
		for (i = 0; i < PAGES / 4; i++) {
			to[nr++] = i;
			to[nr++] = PAGES / 2 - 1 - i;
			to[nr++] = PAGES / 2 + 2 * i;
		}
		return nr;
	}
	for (i = 0; i < PAGES; i++)
		to[nr++] = !strcmp(pattern, "backward") ? PAGES - 1 - i :
			   !strcmp(pattern, "random")	? draw(PAGES) :
							  i;
	if (!strcmp(pattern, "permutation") || !strcmp(pattern, "evicted"))
		for (i = PAGES - 1; i; i--) {
			uint32_t other = draw(i + 1), kept = to[i];

			to[i] = to[other];
			to[other] = kept;
		}
	if (!strcmp(pattern, "chunks") || !strcmp(pattern, "records"))
		for (i = nr = 0; i < PAGES; i += pattern[0] == 'c' ? 16 : 5)
			to[nr++] = i;
	if (!strcmp(pattern, "ladder"))
		for (i = nr = 0; i < PAGES; i++)
			if (i % 4 != 3)
				to[nr++] = i;
	return nr;
}

/* All pages are taken from memory, as if other files were read. */
static void evict(void)
{
	uint32_t i;

	for (i = 0; i < PAGES; i++)
		pages[i].cached = pages[i].marked = 0;
}

/* Hands over the list of all pages of the reads, with others in it that are not in the file. */
static void set_list(const uint32_t *to, uint32_t nr, uint32_t size)
{
	static uint32_t list[2 * PAGES];
	uint32_t length = 0, i, page;

	for (i = 0; i < nr; i++) {
		if (i % 100 == 50)
			list[length++] = PAGES + i;
		for (page = to[i]; page < PAGES && page < to[i] + size; page++)
			list[length++] = page;
	}
	CHECK(set(list, length * 4) == length);
}

int main(int argc, char **argv)
{
	static uint32_t to[PAGES];
	uint32_t nr, i, size = 1, kept = UINT32_MAX;

	signal(SIGTRAP, count_step);
	if (argc < 2)
		return 2;
	if (choose) {
		const char *why;

		CHECK(choose(strtoul(argv[1], NULL, 0)) == 1);
		why = refusal(readahead(&window, 0, 1, PAGES, 7, READAHEAD_MISSED));
		printf("%s\nTest result: SUCCESS\n", why ? why : "good");
		return 0;
	}
	if (!strcmp(argv[1], "chunks")) /* sequential, 16 pages a read */
		size = 16;
	if (!strcmp(argv[1], "records")) /* three pages of every five, in one read */
		size = 3;
	if (!strcmp(argv[1], "evicted")) /* a permutation */
		kept = 500;
	nr = order(argv[1], to);
	if (set)
		set_list(to, nr, size);
	for (i = 0; i < nr; i++) {
		if (i % kept == kept - 1)
			evict();
		read_pages(to[i], size);
	}
	for (i = 0; i < PAGES; i++)
		cost.unused += pages[i].cached && !pages[i].wanted;
	printf("wanted %u missed %u read %u unused %u requests %u late %u questions %u longest %lu\n",
	       cost.wanted, cost.missed, cost.read, cost.unused, cost.requests, cost.late,
	       cost.questions, longest);
	printf("Test result: SUCCESS\n");
	return 0;
}
