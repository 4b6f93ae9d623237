/* SPDX-License-Identifier: MIT */
/*
 * Reads NR_READS pages of a file, one after the other in the order of a pattern:
 *
 *	reads FILE PATTERN DISK		reads, and prints what it has cost
 *	reads FILE PATTERN		prints the order: the page numbers, 32 bits each
 *
 * Each page of FILE begins with its number, 32 bits; DISK is the disk's name in /proc/diskstats.
 * Prints "pages N wrong N requests N KiB N": pages read, pages with wrong contents, and the
 * disk's read requests and KiB read meanwhile.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

#define PAGE	 4096u
#define NR_READS 4096u

static uint32_t order[NR_READS];

/* A pseudo-random number below @below, the same sequence in each run. */
static uint32_t draw(uint32_t below)
{
	static uint32_t state = 12345;

	state = state * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)state * below) >> 32);
}

static void set_sequential(uint32_t pages)
{
	(void)pages;
	for (uint32_t i = 0; i < NR_READS; i++)
		order[i] = i;
}

static void set_backward(uint32_t pages)
{
	for (uint32_t i = 0; i < NR_READS; i++)
		order[i] = pages - 1 - i;
}

/* Three of every four pages. */
static void set_ladder(uint32_t pages)
{
	(void)pages;
	for (uint32_t i = 0; i < NR_READS; i++)
		order[i] = i / 3 * 4 + i % 3;
}

/* Pages 0, step, 2 * step, ... to the end of the file, then 1, 1 + step, ... */
static void set_stride(uint32_t pages, uint32_t step)
{
	for (uint32_t i = 0; i < NR_READS; i++)
		order[i] = i * step % pages + i * step / pages;
}

static void set_stride4(uint32_t pages)
{
	set_stride(pages, 4);
}

static void set_stride16(uint32_t pages)
{
	set_stride(pages, 16);
}

static void set_random(uint32_t pages)
{
	for (uint32_t i = 0; i < NR_READS; i++)
		order[i] = draw(pages);
}

/* Different pages from all over the file, in random order. */
static void set_permutation(uint32_t pages)
{
	uint32_t *all = malloc(pages * sizeof(*all)), i, other;

	if (!all)
		exit(3);
	for (i = 0; i < pages; i++)
		all[i] = i;
	for (i = 0; i < NR_READS; i++) {
		other = i + draw(pages - i);
		order[i] = all[other];
		all[other] = all[i];
	}
	free(all);
}

static const struct pattern {
	const char *name;
	void (*set)(uint32_t pages);
} patterns[] = {
	{ "sequential", set_sequential },   { "backward", set_backward }, { "ladder", set_ladder },
	{ "stride4", set_stride4 },	    { "stride16", set_stride16 }, { "random", set_random },
	{ "permutation", set_permutation },
};

static int set_order(const char *name, uint32_t pages)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (!strcmp(patterns[i].name, name)) {
			patterns[i].set(pages);
			return 1;
		}
	return 0;
}

/* Reads all pages; returns how many could not be read or have wrong contents. */
static uint32_t read_all(int fd)
{
	uint32_t wrong = 0, words[PAGE / 4], i;

	for (i = 0; i < NR_READS; i++) {
		words[0] = ~order[i];
		if (pread(fd, words, PAGE, (off_t)order[i] * PAGE) != PAGE || words[0] != order[i])
			wrong++;
	}
	return wrong;
}

int main(int argc, char **argv)
{
	struct cost before, after;
	struct stat stat;
	uint32_t wrong;
	int fd;

	if (argc < 3)
		return 2;
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &stat) || stat.st_size / PAGE < 4 * NR_READS ||
	    !set_order(argv[2], stat.st_size / PAGE)) {
		fprintf(stderr, "reads: no file of %u pages, or no such pattern\n", 4 * NR_READS);
		return 2;
	}
	if (argc == 3)
		return fwrite(order, sizeof(order), 1, stdout) != 1;
	before = cost_so_far(argv[3]);
	wrong = read_all(fd);
	after = cost_so_far(argv[3]);
	printf("pages %u wrong %u requests %lu KiB %lu\n", NR_READS, wrong,
	       after.requests - before.requests, (after.sectors - before.sectors) / 2);
	return wrong != 0;
}
