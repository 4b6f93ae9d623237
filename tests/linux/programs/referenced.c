// SPDX-License-Identifier: MIT
/*
 * A page that is used after its accessed bit was cleared counts as referenced
 * again: clear_refs and smaps, for one page that is read and one that is written.
 *
 * The CPU sets the bit when it loads a translation, and the bare machine's kernel
 * leaves the translation there when it clears the bit. So another process runs in
 * between, whose page tables take the place of this one's.
 */
#include "program.h"

/* The number of kB in the line `name` of a mapping's part of smaps. */
static long smaps(const void *mapping, const char *name)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[256], begin[32];
	int inside = 0;
	long value = -1;

	if (!file)
		die("/proc/self/smaps");
	sprintf(begin, "%08lx-", (unsigned long)mapping);
	while (value < 0 && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, begin, strlen(begin)))
			inside = 1;
		else if (inside && !strncmp(line, name, strlen(name)))
			value = atol(line + strlen(name));
	}
	fclose(file);
	return value;
}

static int to_other[2], from_other[2];

static void start_other(void)
{
	char byte;

	MUST(pipe(to_other));
	MUST(pipe(from_other));
	if (MUST(fork()))
		return;
	close(to_other[1]);
	while (read(to_other[0], &byte, 1) == 1)
		MUST(write(from_other[1], &byte, 1));
	exit(0);
}

static void run_other(void)
{
	char byte = 0;

	MUST(write(to_other[1], &byte, 1));
	MUST(read(from_other[0], &byte, 1));
}

static void clear_refs(void)
{
	int fd = MUST(open("/proc/self/clear_refs", O_WRONLY));

	MUST(write(fd, "1", 1));
	close(fd);
	run_other();
}

int main(void)
{
	size_t size = 3 * 4096;
	volatile char *page;
	int round;

	start_other();
	page = MUST(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	/* A neighbour with other rights: the mapping stays one of its own. */
	MUST(mprotect((void *)(page + 8192), 4096, PROT_NONE));
	page[0] = page[4096] = 1;
	for (round = 0; round < 3; round++) {
		printf("used: %ld kB\n", smaps((void *)page, "Referenced:"));
		clear_refs();
		printf("cleared: %ld kB\n", smaps((void *)page, "Referenced:"));
		(void)page[0];
		printf("one read: %ld kB\n", smaps((void *)page, "Referenced:"));
		page[4096] = 2;
	}
	return 0;
}
