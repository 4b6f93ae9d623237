// SPDX-License-Identifier: MIT
/*
 * Loads a plugin, has it stopped and unloads it, over and over. Runs as root in
 * the guest; leaves nothing loaded.
 *
 * Claims: each time the record of the fault is whole, however little of it is in
 * the logs, which the test looks at. The last time comes when both logs let lines
 * through again, and say how many they did not; so it does not matter how many they
 * had let through before. Arguments: the path of wild.plg, how often. Prints the
 * seconds that it took.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/ringfence.h>

/* Longer than DEFAULT_RATELIMIT_INTERVAL, which is 5 s, and the monitor's second. */
#define LIMIT_SECONDS 6

static int device;
static char said[RINGFENCE_REASON_SIZE];

static void run(unsigned long number, void *structure, uint32_t size)
{
	struct ringfence_head *head = structure;

	memset(head, 0, sizeof(*head));
	head->size = size;
	head->reason = (uintptr_t)said;
	head->reason_size = sizeof(said);
	if (ioctl(device, number, structure)) {
		printf("ioctl %#lx: %s\nTest result: FAILURE\n", number, said);
		exit(1);
	}
}

static void once(const void *image, uint32_t size)
{
	struct ringfence_load load = { .image = (uintptr_t)image, .image_size = size };
	struct ringfence_call call = { .nr_args = 1, .args = { 1 } };
	struct ringfence_fault fault = { 0 };
	struct ringfence_unload unload = { 0 };

	strcpy(load.name, "storm");
	strcpy(call.name, "storm");
	strcpy(call.entry, "main");
	strcpy(fault.name, "storm");
	strcpy(unload.name, "storm");
	run(RINGFENCE_IOC_LOAD, &load, sizeof(load));
	run(RINGFENCE_IOC_CALL, &call, sizeof(call));
	run(RINGFENCE_IOC_FAULT, &fault, sizeof(fault));
	if (call.status != 1 || fault.address != 0xc0100000 || fault.call != 1 ||
	    strcmp(fault.source_file, "wild.c") || !strstr(fault.line, "(wild.c:")) {
		printf("status %u, \"%s\"\nTest result: FAILURE\n", call.status, fault.line);
		exit(1);
	}
	run(RINGFENCE_IOC_UNLOAD, &unload, sizeof(unload));
}

int main(int argc, char **argv)
{
	static uint8_t image[1 << 20];
	struct timespec begin, end;
	ssize_t size;
	int i;

	if (argc != 3)
		return 2;
	device = open("/dev/plugins", O_RDONLY);
	size = read(open(argv[1], O_RDONLY), image, sizeof(image));
	if (device < 0 || size <= 0)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < atoi(argv[2]); i++)
		once(image, (uint32_t)size);
	/* The limits go by the guest's time too: a slow host changes nothing. */
	sleep(LIMIT_SECONDS);
	once(image, (uint32_t)size);
	i++;
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%d times in %ld seconds\nTest result: SUCCESS\n", i,
	       (long)(end.tv_sec - begin.tv_sec) + 1);
	return 0;
}
