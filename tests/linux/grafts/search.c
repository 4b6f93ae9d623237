/* SPDX-License-Identifier: MIT */
/*
 * Reads all files below a folder, again and again, as a search through a source tree does:
 *
 *	search FOLDER PASSES DISK
 *
 * DISK is the disk's name in /proc/diskstats. Prints for each pass "pages N sum N requests N KiB N
 * ns N": pages of the files, a sum of all bytes that depends on their order, the disk's read
 * requests and KiB, and this process's CPU time.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"

#define CHUNK 65536

static uint32_t sum;
static unsigned int nr_pages;

static unsigned long long cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void read_file(int file)
{
	static uint32_t words[CHUNK / 4];
	ssize_t got;

	while ((got = read(file, words, CHUNK)) > 0) {
		memset((char *)words + got, 0, -got & 3);
		nr_pages += (got + 4095) / 4096;
		for (ssize_t i = 0; i < (got + 3) / 4; i++)
			sum = sum * 31 + words[i];
	}
	if (got < 0) {
		perror("search");
		exit(3);
	}
}

static void read_folder(int above, const char *name)
{
	int folder = openat(above, name, O_RDONLY | O_DIRECTORY), n, entry;
	struct dirent **names;
	struct stat about;

	n = folder < 0 ? -1 : scandirat(folder, ".", &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] == '.' ||
		    fstatat(folder, names[i]->d_name, &about, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISDIR(about.st_mode)) {
			read_folder(folder, names[i]->d_name);
			continue;
		}
		entry = openat(folder, names[i]->d_name, O_RDONLY);
		read_file(entry);
		close(entry);
		free(names[i]);
	}
	if (n < 0) {
		perror(name);
		exit(3);
	}
	free(names);
	close(folder);
}

int main(int argc, char **argv)
{
	struct cost before, after;
	unsigned long long began;

	if (argc != 4)
		return 2;
	for (int pass = atoi(argv[2]); pass > 0; pass--) {
		sum = nr_pages = 0;
		before = cost_so_far(argv[3]);
		began = cpu_ns();
		read_folder(AT_FDCWD, argv[1]);
		began = cpu_ns() - began;
		after = cost_so_far(argv[3]);
		printf("pages %u sum %u requests %lu KiB %lu ns %llu\n", nr_pages, sum,
		       after.requests - before.requests, (after.sectors - before.sectors) / 2,
		       began);
		fflush(stdout);
	}
	return 0;
}
