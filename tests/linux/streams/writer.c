/* SPDX-License-Identifier: MIT */
/*
 * writer FILE PLAIN WAY
 *
 * Writes the contents of PLAIN to FILE, which is there, in one of the ways `parts` (write() of many lengths),
 * `vectors`, `splice`, `append`, `sync` (of both the second half after an fsync()), and for filters that keep
 * lengths `anywhere` (pwrite() of parts in any order, some twice) and `sendfile`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

static char *plain;
static ssize_t size;
static int from;
static unsigned int seed = 1;

static unsigned int below(unsigned int limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

static void require(int holds, const char *what)
{
	if (holds)
		return;
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static ssize_t part_of(ssize_t at, ssize_t most)
{
	ssize_t nr = 1 + below(most);

	return nr < size - at ? nr : size - at;
}

static void write_parts(int fd, ssize_t at, ssize_t end)
{
	while (at < end) {
		ssize_t nr = part_of(at, below(20) ? 300 : 70000);

		nr = nr < end - at ? nr : end - at;
		require(write(fd, plain + at, nr) == nr, "write");
		at += nr;
	}
}

static void write_vectors(int fd)
{
	ssize_t at = 0;

	while (at < size) {
		ssize_t nr = part_of(at, 5000);
		struct iovec parts[] = { { plain + at, nr / 3 },
					 { plain + at + nr / 3, nr - nr / 3 } };

		require(writev(fd, parts, 2) == nr, "writev");
		at += nr;
	}
}

static void write_by_splice(int fd)
{
	ssize_t at = 0;
	int ends[2];

	require(!pipe(ends), "pipe");
	while (at < size) {
		ssize_t nr = part_of(at, 30000);

		require(write(ends[1], plain + at, nr) == nr, "write to a pipe");
		at += nr;
		while (nr) {
			ssize_t done = splice(ends[0], NULL, fd, NULL, nr, 0);

			require(done > 0, "splice");
			nr -= done;
		}
	}
}

static void write_anywhere(int fd)
{
	ssize_t at, i;

	for (i = 0; i < 100; i++) {
		at = below(size);
		require(pwrite(fd, plain + at, part_of(at, 3000), at) > 0, "pwrite");
	}
	for (at = (size - 1) / 1000 * 1000; at >= 0; at -= 1000) {
		ssize_t nr = size - at < 1000 ? size - at : 1000;

		require(pwrite(fd, plain + at, nr, at) == nr, "pwrite");
	}
}

static void write_by_sendfile(int fd)
{
	off_t at = 0;

	while (at < size)
		require(sendfile(fd, from, &at, 1 + below(50000)) > 0, "sendfile");
}

int main(int argc, char **argv)
{
	const char *way = argc == 4 ? argv[3] : "";
	int fd;

	if (argc != 4)
		return 2;
	from = open(argv[2], O_RDONLY);
	require(from >= 0, argv[2]);
	size = lseek(from, 0, SEEK_END);
	plain = malloc(size);
	require(pread(from, plain, size, 0) == size, "read");
	fd = open(argv[1], O_WRONLY | (strcmp(way, "append") ? O_TRUNC : O_APPEND));
	require(fd >= 0, argv[1]);
	if (!strcmp(way, "vectors")) {
		write_vectors(fd);
	} else if (!strcmp(way, "splice")) {
		write_by_splice(fd);
	} else if (!strcmp(way, "anywhere")) {
		write_anywhere(fd);
	} else if (!strcmp(way, "sendfile")) {
		write_by_sendfile(fd);
	} else {
		write_parts(fd, 0, size / 2);
		require(strcmp(way, "sync") || !fsync(fd), "fsync");
		write_parts(fd, size / 2, size);
	}
	require(!close(fd), "close");
	return 0;
}
