// SPDX-License-Identifier: MIT
/*
 * Injects faults into grafts while the kernel asks them about real work, and judges. Runs as root in
 * the guest, in the folder that plan.h describes:
 *
 *	inject                      one fault after another, each in a plugin that is loaded for it
 *	inject soak SECONDS ROUNDS  all plugins at once for so long, half of them with faults; see soak.h
 *	inject aborts COUNT SEED    aborted transactions, with readers; see aborts.h
 *
 * Claims: whatever is wrong with a plugin, the work's results are right where the kernel decided, and
 * contents are right always; other plugins, this process and the kernel are what they were; and
 * nothing of the plugin is left when it was unloaded: no plugin, graft, map, page of the monitor or of
 * the machine. Without a fault each plugin does its work. Cannot tell: what the kernel's and the
 * monitor's logs say; the caller looks at them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aborts.h"
#include "../free_pages.h"
#include "accounts.h"
#include "judge.h"
#include "soak.h"

#define LOST_PAGES 512 /* of the machine, between the first injections and the last */
#define SETTLED	   200 /* injections until the kernel's own caches have what they need */
#define CANARIES   16  /* injections between two looks at the canaries */

static struct row rows[ROWS_MAX];

static enum outcome inject(struct row *row, const struct plugin *plugin, uint32_t seed)
{
	enum outcome outcome;

	load_plugin(plugin);
	row->work->begin(&row->seat);
	row->work->run(&row->seat, seed);
	outcome = judge(&row->seat);
	unload_plugin(plugin->name);
	if (row->work->end)
		row->work->end(&row->seat);
	check_accounts(true);
	return outcome;
}

/* Without a fault: each plugin is asked, and all its answers are taken. */
static void rehearse(unsigned int nr)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < 3; j++)
			if (inject(&rows[i], &rows[i].plugin, j * 7) != UNNOTICED)
				fail("%s does not do its work without a fault", rows[i].name);
		if (rows[i].seat.graft && !graft_of(rows[i].seat.graft).asked)
			fail("%s was not asked", rows[i].name);
		printf("%s: %llu questions\n", rows[i].name, graft_of(rows[i].seat.graft).asked);
	}
}

/* Injects what the plan says, one fault after another. */
static void inject_all(void)
{
	struct injection injection;
	unsigned int done = 0;
	long free_first = 0, lost;
	struct plugin plugin;

	while (next_injection(&injection)) {
		struct row *row = &rows[injection.row];

		name_injection(injection.seed);
		plugin = row->plugin;
		plugin.image = injected(&row->plugin, &injection);
		count_outcome(&injection, inject(row, &plugin, injection.seed));
		if (!(++done % CANARIES))
			check_canaries();
		if (done == SETTLED)
			free_first = free_pages();
	}
	check_canaries();
	lost = done > SETTLED ? free_first - free_pages() : 0;
	if (lost > LOST_PAGES)
		fail("%ld pages are lost", lost);
	print_outcomes();
	print_audit();
	printf("lost %ld\ndone %u\n", lost, done);
}

int main(int argc, char **argv)
{
	unsigned int nr, i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	device_open();
	nr = read_rows(rows);
	if (argc == 4 && !strcmp(argv[1], "soak")) {
		soak(rows, nr, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "aborts")) {
		aborts(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
		return 0;
	}
	for (i = 0; i < nr; i++)
		rows[i].work->open(&rows[i].seat);
	accounts_open("canary.plg");
	rehearse(nr);
	inject_all();
	return 0;
}
