/* SPDX-License-Identifier: MIT */
/*
 * An eviction policy of plugin-sdk/examples/evict, linked to this program, against the kernel's two
 * lists of file pages, which are played, with room for MEMORY pages.
 *
 *	evict_test_POLICY PATTERN
 *	evict_test_evict_bad VARIANT
 *
 * prints what the policy has cost in the second half of this pattern: pages that were read, pages
 * that were read from the disk, and lookups that missed; and of all the pattern the questions, and the
 * instructions of the longest question. A bad answer ends the program with a failure: the kernel
 * would refuse it. With a variant of evict_bad.c: prints why the kernel has to refuse the answer.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <ringfence/point_list.h>

#include "../host/check.h"

#define PAGES	   4096u
#define MEMORY	   1024u
#define READ_AHEAD 32u
#define NR_INNER   455u

unsigned char plugin_heap[1 << 20] __attribute__((aligned(4096)));

uint32_t evict(struct evict_window *window, uint32_t nr, uint32_t least, uint32_t active,
	       uint32_t inactive, uint32_t group);
/* Entries that only evict_bad.c and btree.c have. */
uint32_t choose(uint32_t number) __attribute__((weak));
uint32_t inner(const char *list, uint32_t bytes, uint32_t file) __attribute__((weak));

/* evict_bad.c is not asked for its variant that requests a service. */
int32_t plugin_service(uint32_t number, const uint32_t args[4], uint32_t *value)
{
	(void)number, (void)args, (void)value;
	abort();
}

enum list { NONE, INACTIVE, ACTIVE, LISTS };

static struct evict_window window;
static struct {
	enum list on;
	int referenced, was_active;
	uint32_t newer, older; /* of the list, whose head is the page PAGES + list */
} pages[PAGES + LISTS];
static uint32_t length[LISTS], share;
static struct {
	uint32_t read, disk, lookups;
} cost;
static uint32_t questions;
static volatile unsigned long steps, longest;

static void count_step(int signal)
{
	(void)signal;
	steps++;
}

static void take(uint32_t page)
{
	length[pages[page].on]--;
	pages[page].on = NONE;
	pages[pages[page].newer].older = pages[page].older;
	pages[pages[page].older].newer = pages[page].newer;
}

/* Puts the page on the list as its newest. */
static void put(uint32_t page, enum list list)
{
	uint32_t head = PAGES + list;

	pages[page].on = list;
	pages[page].newer = head;
	pages[page].older = pages[head].older;
	pages[pages[head].older].newer = page;
	pages[head].older = page;
	length[list]++;
}

static uint32_t oldest(enum list list)
{
	return pages[PAGES + list].newer;
}

/*
 * Asks the policy. To count the instructions, the processor traps behind each; that takes its time,
 * so of many questions only some are counted.
 */
static uint32_t ask(uint32_t nr, uint32_t least)
{
	uint32_t value;

	questions++;
	steps = 0;
#ifdef COUNT_INSTRUCTIONS
	if (questions <= 100 || questions % 64 == 0)
		__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq" : : : "memory", "cc");
#endif
	value = evict(&window, nr, least, length[ACTIVE], length[INACTIVE], 2);
#ifdef COUNT_INSTRUCTIONS
	__asm__ volatile("pushfq; andl $~0x100, (%%rsp); popfq" : : : "memory", "cc");
#endif
	if (steps > longest)
		longest = steps;
	return value;
}

/* Says what is wrong with the answer; NULL: nothing. */
static const char *refusal(uint32_t value, uint32_t nr, uint32_t least)
{
	uint32_t seen = 0, i;

	if (value == EVICT_DEFAULT)
		return NULL;
	if (value < least)
		return "too few victims";
	if (value > nr)
		return "too many victims";
	if (window.inactive_share > EVICT_SHARE_MAX)
		return "long share";
	for (i = 0; i < nr; i++) {
		if (window.order[i] >= nr)
			return "no candidate";
		if (seen & 1u << window.order[i])
			return "twice";
		seen |= 1u << window.order[i];
	}
	return NULL;
}

/* Offers the oldest pages of the inactive list. Returns how many were dropped. */
static uint32_t shrink_inactive(void)
{
	uint32_t offered[EVICT_CANDIDATES], nr, least, i, value;
	const char *why;

	for (nr = 0; nr < EVICT_CANDIDATES && length[INACTIVE]; nr++) {
		uint32_t page = oldest(INACTIVE);

		take(page);
		offered[nr] = page;
		window.candidates[nr] = (struct evict_candidate){
			7, 9, page,
			(pages[page].referenced ? EVICT_REFERENCED : 0) |
				(pages[page].was_active ? EVICT_WAS_ACTIVE : 0)
		};
	}
	if (!nr)
		return 0;
	least = (nr + 7) / 8;
	value = ask(nr, least);
	why = refusal(value, nr, least);
	CHECK(!why, "%s", why);
	share = value == EVICT_DEFAULT ? 0 : window.inactive_share;
	if (value == EVICT_DEFAULT)
		return nr;
	for (i = value; i < nr; i++) {
		pages[offered[window.order[i]]].referenced = 0;
		put(offered[window.order[i]], ACTIVE);
	}
	return value;
}

static void shrink_active(void)
{
	uint32_t low = share ? (length[ACTIVE] + length[INACTIVE]) * share / 256 : length[ACTIVE],
		 i;

	for (i = 0; i < EVICT_CANDIDATES && length[INACTIVE] < low && length[ACTIVE]; i++) {
		uint32_t page = oldest(ACTIVE);

		take(page);
		pages[page].was_active = 1;
		put(page, INACTIVE);
	}
}

static void reclaim(void)
{
	uint32_t dropped = 0;

	while (dropped < EVICT_CANDIDATES) {
		dropped += shrink_inactive();
		shrink_active();
	}
}

/* Reads the page from the disk. */
static void read_in(uint32_t page)
{
	if (pages[page].on != NONE)
		return;
	if (length[ACTIVE] + length[INACTIVE] == MEMORY)
		reclaim();
	pages[page].referenced = pages[page].was_active = 0;
	put(page, INACTIVE);
	cost.disk++;
}

/* A process reads the page, and @ahead pages that it will read next. */
static void read_page(uint32_t page, uint32_t ahead)
{
	int missed = pages[page].on == NONE;
	uint32_t i;

	cost.read++;
	cost.lookups += missed && !ahead;
	for (i = 0; missed && i <= ahead && page + i < PAGES; i++)
		read_in(page + i);
	if (!pages[page].referenced) {
		pages[page].referenced = 1;
	} else if (pages[page].on == INACTIVE) {
		take(page);
		pages[page].referenced = 0;
		put(page, ACTIVE);
	}
}

static uint32_t draw(uint32_t below)
{
	static uint32_t state = 12345;

	state = state * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)state * below) >> 32);
}

static void begin_second_half(void)
{
	memset(&cost, 0, sizeof(cost));
}

/* A search through 1.3 times as many pages as memory has, @passes times; from page @first on. */
static void search(uint32_t first, uint32_t passes)
{
	uint32_t nr = MEMORY * 13 / 10, i;

	for (i = 0; i < passes * nr; i++) {
		if (i == passes / 2 * nr)
			begin_second_half();
		read_page(first + i % nr, READ_AHEAD - 1 - i % nr % READ_AHEAD);
	}
}

/* Lookups, most of them of few pages, and a scan of more than memory each @each lookups. */
static void look_up(uint32_t nr, uint32_t each)
{
	uint32_t page, scale, i, j;

	for (i = 0; i < nr; i++) {
		if (i == nr / 2)
			begin_second_half();
		for (scale = PAGES; scale > 16 && draw(4); scale /= 2)
			;
		page = draw(scale) * 2654435761u % PAGES;
		read_page(page, 0);
		if (i % each == each - 1)
			for (j = 0; j < MEMORY * 3 / 2; j++)
				read_page(PAGES / 4 + j, READ_AHEAD - 1 - j % READ_AHEAD);
	}
}

/* Hands over a list of the pages from 0 to @nr - 1, with what is no number of a page between them. */
static void name_inner_pages(uint32_t nr)
{
	static const char odd[] = "4294967296\n-99999999999999999999, 1048576 x\n";
	uint32_t bytes = sizeof(odd) - 1, i;
	char *list;

	CHECK(inner && !inner("", 0, 9) && inner("7", 1, 9) == 1);
	list = malloc(bytes + nr * 5);
	memcpy(list, odd, bytes);
	for (i = 0; i < nr; i++)
		bytes += (uint32_t)sprintf(list + bytes, "%s%u", i ? "\n" : "", i);
	list = realloc(list, bytes); /* whose last number ends with it */
	CHECK(list && inner(list, bytes, 9) == nr);
	free(list);
}

/* Lookups in a tree whose inner pages, the first NR_INNER, have eight leaves each. */
static void descend(uint32_t nr)
{
	uint32_t leaf, i;

	for (i = 0; i < nr; i++) {
		leaf = draw(PAGES - NR_INNER);
		read_page(leaf / 8 % NR_INNER, 0);
		read_page(NR_INNER + leaf, 0);
	}
}

static void run(const char *pattern)
{
	uint32_t i;

	if (!strcmp(pattern, "search")) {
		search(0, 10);
	} else if (!strcmp(pattern, "other-search")) { /* after one of other files */
		search(0, 5);
		search(PAGES / 2, 20);
	} else if (!strcmp(pattern, "lookups")) {
		look_up(40000, 40000);
	} else if (!strcmp(pattern, "lookups-and-scans")) {
		look_up(40000, 2000);
	} else if (!strcmp(pattern, "tree")) {
		descend(4000);
	} else if (!strcmp(pattern, "known-tree")) {
		name_inner_pages(NR_INNER);
		descend(4000);
	} else if (!strcmp(pattern, "lying-list")) {
		name_inner_pages(PAGES);
		look_up(40000, 2000);
	} else {
		CHECK(!strcmp(pattern, "once"), "%s", pattern);
		for (i = 0; i < PAGES; i++)
			read_page(i, READ_AHEAD - 1 - i % READ_AHEAD);
	}
}

/* The answer to a question of eight pages. */
static const char *bad_answer(const char *variant)
{
	CHECK(choose(strtoul(variant, NULL, 0)) == 1);
	return refusal(evict(&window, 8, 1, 100, 100, 2), 8, 1);
}

int main(int argc, char **argv)
{
	uint32_t list;

	signal(SIGTRAP, count_step);
	if (argc < 2)
		return 2;
	if (choose) {
		const char *why = bad_answer(argv[1]);

		printf("%s\nTest result: SUCCESS\n", why ? why : "good");
		return 0;
	}
	for (list = 0; list < LISTS; list++)
		pages[PAGES + list].newer = pages[PAGES + list].older = PAGES + list;
	run(argv[1]);
	printf("read %u disk %u lookups %u questions %u longest %lu\n", cost.read, cost.disk,
	       cost.lookups, questions, longest);
	printf("Test result: SUCCESS\n");
	return 0;
}
