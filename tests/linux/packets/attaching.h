/* SPDX-License-Identifier: MIT */
/* Calls of plugins, and grafts for a socket, by ioctls of this process. */
#ifndef ATTACHING_H
#define ATTACHING_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/ringfence.h>

static char said[RINGFENCE_REASON_SIZE];

/* Ends the program with status 1 unless the condition holds. @what: what was tried. */
static inline void must(int condition, const char *what)
{
	if (condition)
		return;
	printf("%s: %s %s\n", what, strerror(errno), said);
	exit(1);
}

/* Issues an ioctl of /dev/plugins; the structure begins with its head. Returns as ioctl(). */
static inline int plugin_ioctl(unsigned long number, void *structure, uint32_t size)
{
	static int device = -1;
	struct ringfence_head *head = structure;

	if (device < 0)
		device = open("/dev/plugins", O_RDONLY);
	memset(head, 0, sizeof(*head));
	head->size = size;
	head->reason = (uintptr_t)said;
	head->reason_size = sizeof(said);
	return ioctl(device, number, structure);
}

/* Returns the value of the entry, which must return one. */
static inline uint32_t call_plugin(const char *name, const char *entry, const uint32_t *args,
				   uint32_t nr_args)
{
	struct ringfence_call call = { .nr_args = nr_args };

	strcpy(call.name, name);
	strcpy(call.entry, entry);
	memcpy(call.args, args, nr_args * sizeof(*args));
	must(!plugin_ioctl(RINGFENCE_IOC_CALL, &call, sizeof(call)) && !call.status, entry);
	return call.value;
}

/* Attaches the plugin's entry with the name of the point, for the socket @fd. Returns the id. */
static inline uint32_t attach(const char *point, const char *name, int fd)
{
	struct ringfence_attach attach = { .scope = RINGFENCE_SCOPE_SOCKET, .target = fd };

	strcpy(attach.point, point);
	strcpy(attach.name, name);
	must(!plugin_ioctl(RINGFENCE_IOC_ATTACH, &attach, sizeof(attach)), "attach");
	return attach.id;
}

#endif /* ATTACHING_H */
