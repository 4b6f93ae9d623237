/* SPDX-License-Identifier: MIT */
/*
 * Looks records up in a B-tree in a file, and scans ranges of records:
 *
 *	lookups TREE OPERATIONS FIRST DISK
 *
 * TREE has pages of 4096 bytes; page 0 is the root. An inner page is INNER, the number of
 * children, and for each child the first key below and the page. A leaf is LEAF, the number of
 * records, the page of the next leaf or 0, and from byte 256 on records of 256 bytes: the key, and
 * the key again in each word. OPERATIONS are words: a key to look up, or SCAN plus the number of
 * leaves to read, from the leaf with the key in the next word on.
 *
 * Counts from operation FIRST on, and prints "lookups N misses N scans N requests N KiB N wrong
 * N": a miss is a page of a lookup that is not in the page cache; the disk's requests and KiB are
 * those of scans, too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "disk.h"

#define PAGE   4096u
#define INNER  0x1eee
#define LEAF   0x1eaf
#define RECORD 256u
#define SCAN   0x80000000u

static int tree, scanned; /* the same file, once for reads here and there */
static unsigned int nr_misses, nr_wrong;
static uint32_t page[PAGE / 4];

/* Reads a page of a lookup, and counts the miss if it is one. */
static void read_page(uint32_t number)
{
	struct iovec whole = { page, PAGE };
	off_t at = (off_t)number * PAGE;

	if (preadv2(tree, &whole, 1, at, RWF_NOWAIT) == PAGE)
		return;
	nr_misses++;
	if (pread(tree, page, PAGE, at) != PAGE)
		nr_wrong++;
}

/* Reads the way to the leaf with the key, and the leaf; returns its page. */
static uint32_t find_leaf(uint32_t key)
{
	uint32_t number = 0, i;

	read_page(number);
	while (page[0] == INNER) {
		for (i = page[1] - 1; i && page[2 + 2 * i] > key; i--)
			;
		number = page[3 + 2 * i];
		read_page(number);
	}
	return number;
}

/* Is a record of the leaf in `page` as it has to be? */
static int is_right(const uint32_t *record)
{
	for (uint32_t i = 1; i < RECORD / 4; i++)
		if (record[i] != record[0])
			return 0;
	return 1;
}

static void look_up(uint32_t key)
{
	uint32_t i;

	find_leaf(key);
	for (i = 0; page[0] == LEAF && i < page[1]; i++)
		if (page[(1 + i) * RECORD / 4] == key) {
			nr_wrong += !is_right(&page[(1 + i) * RECORD / 4]);
			return;
		}
	nr_wrong++;
}

static void scan(uint32_t key, uint32_t leaves)
{
	unsigned int misses = nr_misses;
	uint32_t number = find_leaf(key);

	nr_misses = misses;
	while (leaves-- && number) {
		if (pread(scanned, page, PAGE, (off_t)number * PAGE) != PAGE || page[0] != LEAF ||
		    !is_right(&page[RECORD / 4]))
			nr_wrong++;
		number = page[2];
	}
}

int main(int argc, char **argv)
{
	unsigned int first, nr = 0, nr_lookups = 0, nr_scans = 0;
	struct cost before = { 0 }, after;
	uint32_t operation, key;
	FILE *operations;

	if (argc != 5)
		return 2;
	tree = open(argv[1], O_RDONLY);
	scanned = open(argv[1], O_RDONLY);
	operations = fopen(argv[2], "r");
	first = strtoul(argv[3], NULL, 0);
	if (tree < 0 || scanned < 0 || !operations)
		return 2;
	posix_fadvise(tree, 0, 0, POSIX_FADV_RANDOM);
	for (; fread(&operation, 4, 1, operations) == 1; nr++) {
		if (nr == first) {
			before = cost_so_far(argv[4]);
			nr_misses = nr_lookups = nr_scans = 0;
		}
		if (operation & SCAN && fread(&key, 4, 1, operations) == 1) {
			scan(key, operation & ~SCAN);
			nr_scans++;
		} else {
			look_up(operation);
			nr_lookups++;
		}
	}
	after = cost_so_far(argv[4]);
	printf("lookups %u misses %u scans %u requests %lu KiB %lu wrong %u\n", nr_lookups,
	       nr_misses, nr_scans, after.requests - before.requests,
	       (after.sectors - before.sectors) / 2, nr_wrong);
	return nr_wrong != 0;
}
