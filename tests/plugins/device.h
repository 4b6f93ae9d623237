/* SPDX-License-Identifier: MIT */
/* /dev/plugins without a library, for tests in the guest: one structure, one ioctl. */
#ifndef TEST_DEVICE_H
#define TEST_DEVICE_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/ringfence.h>

#define PAGE 4096

static unsigned int checks;
static char said[RINGFENCE_REASON_SIZE];
static int device;
static uint8_t image[1 << 20];
static uint32_t image_size;

#define CHECK(what)                                                       \
	do {                                                              \
		checks++;                                                 \
		if (!(what)) {                                            \
			printf("line %d: not so: %s (errno %d, \"%s\")\n" \
			       "Test result: FAILURE\n",                  \
			       __LINE__, #what, errno, said);             \
			exit(1);                                          \
		}                                                         \
	} while (0)

static void head(void *structure, uint32_t size)
{
	struct ringfence_head *h = structure;

	memset(h, 0, sizeof(*h));
	h->size = size;
	h->reason = (uintptr_t)said;
	h->reason_size = sizeof(said);
	memset(said, 0, sizeof(said));
}

/* 0 or the errno. */
static int run(unsigned long number, void *structure)
{
	return ioctl(device, number, structure) ? errno : 0;
}

static int load(const char *name)
{
	struct ringfence_load arg = { 0 };

	head(&arg, sizeof(arg));
	arg.image = (uintptr_t)image;
	arg.image_size = image_size;
	strncpy(arg.name, name, sizeof(arg.name));
	return run(RINGFENCE_IOC_LOAD, &arg);
}

static int unload(const char *name)
{
	struct ringfence_unload arg = { 0 };

	head(&arg, sizeof(arg));
	strncpy(arg.name, name, sizeof(arg.name));
	return run(RINGFENCE_IOC_UNLOAD, &arg);
}

/* The device, and the image that load() loads. */
static void device_open(const char *path)
{
	int file;

	device = open("/dev/plugins", O_RDONLY);
	CHECK(device >= 0);
	file = open(path, O_RDONLY);
	CHECK(file >= 0);
	image_size = read(file, image, sizeof(image));
	CHECK(image_size > 0 && image_size < sizeof(image));
}

static void nothing_loaded(void)
{
	struct ringfence_show show = { 0 };

	head(&show, sizeof(show));
	show.head.flags = RINGFENCE_SHOW_NEXT;
	CHECK(run(RINGFENCE_IOC_SHOW, &show) == ENOENT);
}

#endif /* TEST_DEVICE_H */
