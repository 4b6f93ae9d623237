// SPDX-License-Identifier: MIT
/*
 * A process in a cgroup that has memory for a part of a file reads the file. Each page must be what
 * is on the disk, and the process must get on: whatever is kept, memory is found.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "work.h"

#define PAGE   4096u
#define PAGES  512u
#define CHUNK  (16 * PAGE)
#define MEMORY "1310720"

struct searcher {
	int group; /* the cgroup's directory */
	int orders, answers;
};

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail("%s cannot be written", name);
	close(fd);
}

/* Returns 0 if the file is right, else why not. */
static uint8_t read_all(int fd, const uint8_t *right)
{
	static uint8_t got[CHUNK];
	uint32_t at;

	for (at = 0; at < PAGES * PAGE; at += CHUNK) {
		if (pread(fd, got, CHUNK, at) != CHUNK)
			return 1;
		if (memcmp(got, right + at, CHUNK))
			return 2;
	}
	return 0;
}

/* The process in the cgroup: reads for each byte that it is given. */
static void __attribute__((noreturn)) serve(int orders, int answers, int fd, const uint8_t *right)
{
	uint8_t byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(orders, &byte, 1) == 1) {
		byte = read_all(fd, right);
		if (write(answers, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void open_search(struct seat *seat)
{
	uint8_t *right = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct searcher *own = malloc(sizeof(*own));
	char name[64], group[48];
	int orders[2], answers[2], fd;
	static unsigned int nr;
	pid_t pid;

	snprintf(name, sizeof(name), "/mnt/tree%u", nr);
	snprintf(group, sizeof(group), "/cg/tree%u", nr++);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, right, PAGES * PAGE, 0) != (ssize_t)(PAGES * PAGE))
		fail("%s cannot be read", name);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* so that the cgroup pays for the pages */
	if (mkdir(group, 0755) || pipe2(orders, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
		fail("%s cannot be made", group);
	snprintf(name, sizeof(name), "%s/memory.max", group);
	write_file(name, MEMORY);
	pid = fork();
	if (!pid)
		serve(orders[0], answers[1], fd, right);
	close(answers[1]);
	snprintf(name, sizeof(name), "%s/cgroup.procs", group);
	snprintf(said, sizeof(said), "%d", pid);
	write_file(name, said);
	*own = (struct searcher){ open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC), orders[1],
				  answers[0] };
	seat->own = own;
	munmap(right, PAGES * PAGE);
}

static void attach_group(struct seat *seat)
{
	const struct searcher *own = seat->own;

	seat->graft = attach_graft("evict", seat->plugin, RINGFENCE_SCOPE_CGROUP, own->group);
}

static void run_search(struct seat *seat, uint32_t seed)
{
	const struct searcher *own = seat->own;
	uint8_t byte = 0;

	(void)seed;
	if (write(own->orders, &byte, 1) != 1 || read(own->answers, &byte, 1) != 1)
		fail("the process in the cgroup has ended");
	if (byte)
		fail(byte == 1 ? "the file cannot be read" : "the file is not what was written");
}

const struct work search = {
	.name = "search", .open = open_search, .begin = attach_group, .run = run_search
};
