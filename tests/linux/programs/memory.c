// SPDX-License-Identifier: MIT
/*
 * Much memory: half of the machine's is filled, shared by fork, written in
 * part, moved and given back, several times; no page may hold another's data.
 */
#include "program.h"
#include <sys/sysinfo.h>

#define PAGE 4096

static void fill(char *p, size_t pages, uint32_t stamp)
{
	size_t i;

	for (i = 0; i < pages; i++) {
		((uint32_t *)(p + i * PAGE))[0] = stamp + i;
		((uint32_t *)(p + i * PAGE))[1023] = ~(stamp + i);
	}
}

static size_t wrong(const char *p, size_t pages, uint32_t stamp)
{
	size_t i, bad = 0;

	for (i = 0; i < pages; i++)
		bad += ((const uint32_t *)(p + i * PAGE))[0] != stamp + i ||
		       ((const uint32_t *)(p + i * PAGE))[1023] != ~(stamp + i);
	return bad;
}

/* Pages that another process used before are zeroed. */
static size_t dirty(const char *p, size_t pages)
{
	size_t i, k, bad = 0;

	for (i = 0; i < pages; i += 16)
		for (k = 0; k < 1024; k += 33)
			bad += ((const uint32_t *)(p + i * PAGE))[k] != 0;
	return bad;
}

int main(void)
{
	const size_t pages = 48 << 8; /* 48 MiB */
	struct sysinfo info;
	unsigned long free_before;
	int round, status;
	char *p;

	MUST(sysinfo(&info));
	free_before = info.freeram;
	for (round = 0; round < 2; round++) {
		p = MUST(mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		printf("dirty: %zu\n", dirty(p, pages));
		fill(p, pages, round << 20);
		fflush(stdout);
		if (!fork()) {
			fill(p, pages / 4, 0x55000000);
			_exit(wrong(p, pages / 4, 0x55000000) ||
			      wrong(p + pages / 4 * PAGE, pages / 4 * 3,
				    (round << 20) + pages / 4));
		}
		fill(p + pages / 2 * PAGE, pages / 2, 0x66000000);
		wait(&status);
		show_status("child", status);
		printf("wrong: %zu and %zu\n", wrong(p, pages / 2, round << 20),
		       wrong(p + pages / 2 * PAGE, pages / 2, 0x66000000));
		MUST(munmap(p, pages * PAGE));
	}
	MUST(sysinfo(&info));
	printf("given back: %s\n", yes(info.freeram + (8 << 20) > free_before));
	return 0;
}
