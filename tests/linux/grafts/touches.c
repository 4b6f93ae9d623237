/* SPDX-License-Identifier: MIT */
/* touches FILE: maps the file, touches each page once, and prints how many faults that took. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

int main(int argc, char **argv)
{
	int file = open(argc > 1 ? argv[1] : "", O_RDONLY);
	volatile const char *bytes;
	struct stat facts;
	long before;

	if (file < 0 || fstat(file, &facts))
		return 2;
	/* The kernel maps around within 16 pages, aligned to 16. */
	bytes = mmap((void *)0x60000000, facts.st_size, PROT_READ, MAP_SHARED, file, 0);
	if (bytes == MAP_FAILED)
		return 2;
	faults(); /* its own page is there now */
	before = faults();
	for (off_t at = 0; at < facts.st_size; at += 4096)
		bytes[at];
	printf("%ld faults for %ld pages\n", faults() - before, (long)facts.st_size / 4096);
	return 0;
}
