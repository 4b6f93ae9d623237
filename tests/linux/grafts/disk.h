/* SPDX-License-Identifier: MIT */
/* What a disk has read since boot, for the programs that measure grafts. They define _GNU_SOURCE. */
#ifndef GRAFTS_DISK_H
#define GRAFTS_DISK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cost {
	unsigned long requests, sectors;
};

/* Returns what the disk with that name in /proc/diskstats has read; exits if there is none. */
static struct cost cost_so_far(const char *disk)
{
	FILE *file = fopen("/proc/diskstats", "r");
	char line[256], name[64];
	struct cost cost;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*u %*u %63s %lu %*u %lu", name, &cost.requests, &cost.sectors) ==
			    3 &&
		    !strcmp(name, disk)) {
			fclose(file);
			return cost;
		}
	fprintf(stderr, "%s: there is no disk %s\n", program_invocation_short_name, disk);
	exit(3);
}

#endif /* GRAFTS_DISK_H */
