/* SPDX-License-Identifier: MIT */
/*
 * reader FILE PLAIN keeps|changes|cost
 *
 * Reads FILE in every way that Linux has, and compares what it gets with PLAIN, the whole of a file:
 * with read() in parts of many lengths, and with readv(), splice() and copy_file_range(). If the filter keeps
 * lengths also with pread(), sendfile() and after lseek(), which else must fail. A mapping must fail. Prints
 * a JSON document: how many comparisons were made, and how many differed. With `cost` the document has the
 * instructions for opening FILE, and for each KiB that is read of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *path;
static char *plain, *got;
static ssize_t size;
static unsigned int compared, wrong;
static unsigned int seed = 1;

static unsigned int below(unsigned int limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_file(const char *name, int flags)
{
	int fd = open(name, flags, 0600);

	if (fd < 0)
		die(name);
	return fd;
}

/* Counts a comparison of @nr bytes of `got` with those of the file at @at. */
static void compare(ssize_t nr, ssize_t at, ssize_t wanted)
{
	compared++;
	if (nr == wanted && !memcmp(got, plain + at, nr))
		return;
	if (!wrong++)
		fprintf(stderr, "%zd bytes at %zd, got %zd (%s)\n", wanted, at, nr,
			strerror(errno));
}

static ssize_t rest(ssize_t at, ssize_t nr)
{
	return at >= size ? 0 : nr < size - at ? nr : size - at;
}

static void read_in_parts(size_t part)
{
	int fd = open_file(path, O_RDONLY);
	ssize_t done = 0, nr;

	while ((nr = read(fd, got + done, part)) > 0)
		done += nr;
	compare(nr < 0 ? nr : done, 0, size);
	close(fd);
}

static void read_vectors(void)
{
	int fd = open_file(path, O_RDONLY);
	ssize_t done = 0, nr;

	do {
		struct iovec parts[] = { { got + done, 5 },
					 { got + done + 5, 0 },
					 { got + done + 5, 3000 } };

		nr = readv(fd, parts, 3);
		done += nr > 0 ? nr : 0;
	} while (nr > 0);
	compare(nr < 0 ? nr : done, 0, size);
	close(fd);
}

/* By a pipe: what splice() reads goes through the filter, too. */
static void read_by_splice(void)
{
	int fd = open_file(path, O_RDONLY), ends[2];
	ssize_t done = 0, nr;

	if (pipe(ends))
		die("pipe");
	while ((nr = splice(fd, NULL, ends[1], NULL, 1 + below(30000), 0)) > 0)
		while (nr) {
			ssize_t part = read(ends[0], got + done, nr);

			if (part <= 0)
				die("read of a pipe");
			nr -= part;
			done += part;
		}
	compare(nr < 0 ? nr : done, 0, size);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static ssize_t read_copy(const char *name)
{
	int fd = open_file(name, O_RDONLY);
	ssize_t nr = read(fd, got, size + 1);

	close(fd);
	unlink(name);
	return nr;
}

static void read_by_copy(int with_sendfile)
{
	int fd = open_file(path, O_RDONLY),
	    to = open_file("/mnt/copied", O_RDWR | O_CREAT | O_TRUNC);
	ssize_t nr;

	do
		nr = with_sendfile ? sendfile(to, fd, NULL, 1 + below(50000)) :
				     copy_file_range(fd, NULL, to, NULL, 1 + below(50000), 0);
	while (nr > 0);
	close(fd);
	close(to);
	compare(nr < 0 ? -1 : read_copy("/mnt/copied"), 0, size);
}

static void read_anywhere(void)
{
	int fd = open_file(path, O_RDONLY), i;

	for (i = 0; i < 300; i++) {
		ssize_t at = below(size + 10), nr = 1 + below(i % 10 ? 200 : 40000);

		compare(pread(fd, got, nr, at), at, rest(at, nr));
		at = below(size);
		if (lseek(fd, at, SEEK_SET) != at)
			die("lseek");
		compare(read(fd, got, nr), at, rest(at, nr));
	}
	close(fd);
}

/* As of a pipe. */
static void cannot_seek(void)
{
	int fd = open_file(path, O_RDONLY);

	compared += 3;
	wrong += lseek(fd, 1, SEEK_SET) != -1 || errno != ESPIPE;
	wrong += pread(fd, got, 1, 0) != -1 || errno != ESPIPE;
	wrong += sendfile(1, fd, NULL, 1) != -1 || errno != EINVAL;
	close(fd);
}

static void cannot_map(void)
{
	int fd = open_file(path, O_RDONLY);

	compared++;
	wrong += mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED || errno != ENODEV;
	close(fd);
}

static uint64_t now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return low | (uint64_t)high << 32;
}

static int tell_cost(void)
{
	uint64_t opening = UINT64_MAX, reading = UINT64_MAX, began, opened;
	ssize_t done, nr;
	int i, fd;

	for (i = 0; i < 5; i++) {
		began = now();
		fd = open_file(path, O_RDONLY);
		opened = now();
		for (done = 0; (nr = read(fd, got, 65536)) > 0; done += nr)
			;
		if (opened - began < opening)
			opening = opened - began;
		if (now() - opened < reading)
			reading = now() - opened;
		close(fd);
	}
	printf("{\"open\": %u, \"kib\": %u}\n", (unsigned int)opening,
	       (unsigned int)(reading * 1024 / done));
	return 0;
}

int main(int argc, char **argv)
{
	static const size_t parts[] = { 1, 7, 4096, 16384, 16385, 65536, 1000000 };
	size_t i;
	int fd;

	if (argc != 4)
		return 2;
	path = argv[1];
	fd = open_file(argv[2], O_RDONLY);
	size = lseek(fd, 0, SEEK_END);
	plain = malloc(size + 1);
	got = malloc(size + 1000000);
	if (pread(fd, plain, size, 0) != size)
		die(argv[2]);
	close(fd);
	if (!strcmp(argv[3], "cost"))
		return tell_cost();
	for (i = size > 100000; i < sizeof(parts) / sizeof(parts[0]); i++)
		read_in_parts(parts[i]);
	read_vectors();
	read_by_splice();
	if (!strcmp(argv[3], "keeps")) {
		read_by_copy(0);
		read_by_copy(1);
		read_anywhere();
	} else {
		cannot_seek();
	}
	cannot_map();
	printf("{\"compared\": %u, \"wrong\": %u}\n", compared, wrong);
	return 0;
}
