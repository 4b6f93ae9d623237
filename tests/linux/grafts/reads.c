/* SPDX-License-Identifier: MIT */
/*
 * Reads the pages of a file once each, in the order of a pattern, and tells what that cost:
 *
 *	reads FILE PATTERN DISK
 *
 * FILE: each page begins with its number, as 32 bits. PATTERN: sequential, backward,
 * ladder (three of every four pages), stride4, stride16 (all pages p with p % 4 or p % 16 == 0, then
 * those with 1, ...), permutation, random (with repetition); DISK: a name in /proc/diskstats. Prints
 * one line: pages read, wrong pages, disk requests, KiB read from the disk, and pages that
 * were not in the page cache when they were read.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096u

static uint32_t random_state = 12345;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)random_state * below) >> 32);
}

static uint32_t order(const char *pattern, uint32_t pages, uint32_t *to)
{
	uint32_t nr = 0, step = 1, i, start;

	if (!strcmp(pattern, "stride4"))
		step = 4;
	if (!strcmp(pattern, "stride16"))
		step = 16;
	if (!strcmp(pattern, "stride4") || !strcmp(pattern, "stride16")) {
		for (i = 0; i < pages; i += step)
			to[nr++] = i;
		return nr;
	}
	if (!strcmp(pattern, "ladder")) {
		for (i = 0; i < pages; i++)
			if (i % 4 != 3)
				to[nr++] = i;
		return nr;
	}
	for (i = 0; i < pages; i++)
		to[nr++] = !strcmp(pattern, "backward") ? pages - 1 - i : i;
	if (!strcmp(pattern, "random"))
		for (i = 0; i < pages; i++)
			to[i] = draw(pages);
	if (!strcmp(pattern, "permutation"))
		for (i = pages - 1; i; i--) {
			uint32_t other = draw(i + 1), kept = to[i];

			to[i] = to[other];
			to[other] = kept;
		}
	(void)start;
	return nr;
}

static void disk(const char *name, unsigned long *requests, unsigned long *sectors)
{
	FILE *file = fopen("/proc/diskstats", "r");
	char line[256], device[64];
	unsigned long merged;

	*requests = *sectors = 0;
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*u %*u %63s %lu %lu %lu", device, requests, &merged, sectors) ==
			    4 &&
		    !strcmp(device, name))
			break;
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	unsigned long before[2], after[2];
	uint32_t pages, nr, i, wrong = 0, missing = 0, *to, word[PAGE / 4];
	unsigned char *map, present;
	struct stat stat;
	int fd;

	if (argc < 4)
		return 2;
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &stat))
		return 3;
	pages = stat.st_size / PAGE;
	to = malloc(pages * sizeof(*to));
	map = mmap(NULL, stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (!to || map == MAP_FAILED)
		return 3;
	nr = order(argv[2], pages, to);
	if (argc > 4) { /* only write the order, for a graft that follows a list */
		fwrite(to, sizeof(*to), nr, stdout);
		return 0;
	}
	disk(argv[3], &before[0], &before[1]);
	for (i = 0; i < nr; i++) {
		if (mincore(map + (size_t)to[i] * PAGE, PAGE, &present) || !(present & 1))
			missing++;
		if (pread(fd, word, PAGE, (off_t)to[i] * PAGE) != PAGE || word[0] != to[i])
			wrong++;
	}
	disk(argv[3], &after[0], &after[1]);
	printf("%s pages %u wrong %u requests %lu KiB %lu missing %u\n", argv[2], nr, wrong,
	       after[0] - before[0], (after[1] - before[1]) / 2, missing);
	return wrong != 0;
}
