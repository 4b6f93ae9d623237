// SPDX-License-Identifier: MIT
/*
 * Reads pages of a file that are not in the page cache, in an order for which read-ahead helps. Each
 * page must be what is on the disk.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "work.h"

#define PAGE   4096u
#define PAGES  256u
#define READS  40u
#define LISTED 48u

struct file {
	int fd;
	uint8_t right[PAGES * PAGE];
};

static void open_file(struct seat *seat)
{
	struct file *file = malloc(sizeof(*file));
	static unsigned int nr;
	char name[32];

	snprintf(name, sizeof(name), "/mnt/data%u", nr++);
	seat->own = file;
	file->fd = open(name, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0 ||
	    pread(file->fd, file->right, sizeof(file->right), 0) != sizeof(file->right))
		fail("%s cannot be read", name);
}

static void read_page(const struct file *file, uint32_t page)
{
	static uint8_t got[PAGE];

	if (pread(file->fd, got, PAGE, page * PAGE) != PAGE)
		fail("page %u cannot be read", page);
	if (memcmp(got, file->right + page * PAGE, PAGE))
		fail("page %u is not what was written", page);
}

static void drop_pages(const struct file *file)
{
	if (posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED))
		fail("the pages cannot be dropped");
}

static void attach_file(struct seat *seat)
{
	const struct file *file = seat->own;

	seat->graft = attach_graft("readahead", seat->plugin, RINGFENCE_SCOPE_FILE, file->fd);
}

/* Backward; every fourth page; two readers in turn. */
static void run_walks(struct seat *seat, uint32_t seed)
{
	const struct file *file = seat->own;
	uint32_t i;

	drop_pages(file);
	for (i = 0; i < READS; i++)
		switch (seed / 7 % 3) {
		case 0:
			read_page(file, PAGES - 1 - i);
			break;
		case 1:
			read_page(file, 4 * i);
			break;
		default:
			read_page(file, i % 2 ? 3 * i : PAGES - 1 - 2 * i);
		}
}

const struct work walks = {
	.name = "walks", .open = open_file, .begin = attach_file, .run = run_walks
};

static uint32_t listed(uint32_t i)
{
	return i * 101 % PAGES;
}

static void give_list(struct seat *seat)
{
	uint32_t pages[LISTED], i, value;
	const struct call set = { .plugin = seat->plugin,
				  .entry = "set",
				  .window = pages,
				  .window_size = sizeof(pages) };

	for (i = 0; i < LISTED; i++)
		pages[i] = listed(i);
	seat->graft = 0;
	if (!call_plugin(&set, &value))
		attach_file(seat);
}

static void run_list(struct seat *seat, uint32_t seed)
{
	uint32_t i;

	(void)seed;
	drop_pages(seat->own);
	for (i = 0; i < LISTED; i++)
		read_page(seat->own, listed(i));
}

const struct work list = { .name = "list", .open = open_file, .begin = give_list, .run = run_list };
