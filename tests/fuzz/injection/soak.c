// SPDX-License-Identifier: MIT
/* See soak.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../free_pages.h"
#include "accounts.h"
#include "judge.h"
#include "soak.h"

#define SEATS_MAX  (2 * ROWS_MAX)
#define LOST_PAGES 512
#define SETTLED	   20 /* rounds until the kernel's own caches have what they need */
#define TOLD_EACH  60 /* seconds between two lines of progress */

static struct place {
	struct row *row;
	struct seat seat;
	bool fails;	 /* its plugin has a fault */
	bool alternates; /* a plugin with a fault and one without take turns */
} places[SEATS_MAX];

static unsigned int nr_places, counts[OUTCOMES];

static unsigned long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (unsigned long)time.tv_sec;
}

static void add_place(struct row *row, bool fails)
{
	struct place *place = &places[nr_places++];

	place->row = row;
	place->fails = fails;
	place->alternates = row->work->alone;
	snprintf(place->seat.plugin, sizeof(place->seat.plugin), "%.20s%s", row->name,
		 fails ? "-fails" : "");
	row->work->open(&place->seat);
}

/* The next injection of the plan for the row. */
static void next_for(const struct row *rows, const struct row *row, struct injection *injection)
{
	bool again = false;

	for (;;) {
		if (next_injection(injection)) {
			if (&rows[injection->row] == row)
				return;
		} else if (again) {
			fail("the plan has no fault for %s", row->name);
		} else {
			rewind_plan();
			again = true;
		}
	}
}

static void begin(const struct row *rows, struct place *place)
{
	struct plugin plugin = place->row->plugin;
	struct injection injection;

	plugin.name = place->seat.plugin;
	if (place->fails) {
		next_for(rows, place->row, &injection);
		name_injection(injection.seed);
		plugin.image = injected(&place->row->plugin, &injection);
	}
	load_plugin(&plugin);
	place->row->work->begin(&place->seat);
}

static void end(struct place *place)
{
	unload_plugin(place->seat.plugin);
	if (place->row->work->end)
		place->row->work->end(&place->seat);
}

static void go_round(const struct row *rows, unsigned long round)
{
	enum outcome outcome;
	struct place *place;

	for (place = places; place < places + nr_places; place++) {
		place->row->work->run(&place->seat, (uint32_t)round * 7);
		outcome = judge(&place->seat);
		if (!place->fails && outcome != UNNOTICED)
			fail("%s has no fault, and was not well: %s", place->seat.plugin,
			     outcome_names[outcome]);
		if (place->fails)
			counts[outcome]++;
		if (!place->fails && !place->alternates)
			continue;
		end(place);
		place->fails ^= place->alternates;
		begin(rows, place);
	}
}

static void tell(unsigned long round, unsigned long began)
{
	unsigned int i;

	printf("%lu s, %lu rounds; of those with a fault", now() - began, round);
	for (i = 0; i < OUTCOMES; i++)
		printf(", %u %s", counts[i], outcome_names[i]);
	printf("\n");
}

void soak(struct row *rows, unsigned int nr, unsigned long seconds, unsigned long rounds)
{
	unsigned long began = now(), told = began, round;
	long free_first = 0, lost;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		add_place(&rows[i], false);
		if (!rows[i].work->alone)
			add_place(&rows[i], true);
	}
	accounts_open("canary.plg");
	for (i = 0; i < nr_places; i++)
		begin(rows, &places[i]);
	printf("%u plugins\n", nr_places);
	for (round = 1; seconds ? now() - began < seconds : round <= rounds; round++) {
		go_round(rows, round);
		check_canaries();
		if (round == SETTLED)
			free_first = free_pages();
		if (now() - told >= TOLD_EACH) {
			told = now();
			tell(round, began);
		}
	}
	lost = round > SETTLED ? free_first - free_pages() : 0;
	for (i = 0; i < nr_places; i++)
		end(&places[i]);
	check_accounts(true);
	tell(round - 1, began);
	if (lost > LOST_PAGES)
		fail("%ld pages are lost", lost);
	print_accounts();
	print_audit();
	printf("lost %ld\ndone %lu\n", lost, round - 1);
}
