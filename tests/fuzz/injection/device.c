// SPDX-License-Identifier: MIT
/* See device.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"

char said[RINGFENCE_REASON_SIZE];
static int device;
static uint32_t injection;

void name_injection(uint32_t seed)
{
	injection = seed;
}

void fail(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	printf("FAILURE: seed %u: ", injection);
	vprintf(format, args);
	va_end(args);
	printf(" (%s; \"%s\")\n", strerror(error), said);
	fflush(stdout);
	_exit(1);
}

void device_open(void)
{
	device = open("/dev/plugins", O_RDONLY | O_CLOEXEC);
	if (device < 0)
		fail("there is no /dev/plugins");
}

int request(unsigned long number, void *structure, uint32_t size)
{
	struct ringfence_head *head = structure;

	said[0] = 0;
	head->size = size;
	head->reason = (uintptr_t)said;
	head->reason_size = sizeof(said);
	return ioctl(device, number, structure) ? errno : 0;
}

void load_plugin(const struct plugin *plugin)
{
	struct ringfence_load load = { .image = (uintptr_t)plugin->image,
				       .image_size = plugin->size };

	strncpy(load.name, plugin->name, sizeof(load.name) - 1);
	if (plugin->services) {
		load.head.flags = RINGFENCE_LOAD_SERVICES;
		load.services[0] = plugin->services;
	}
	if (request(RINGFENCE_IOC_LOAD, &load, sizeof(load)))
		fail("%s was not loaded", plugin->name);
}

void unload_plugin(const char *name)
{
	struct ringfence_unload unload = { 0 };

	strncpy(unload.name, name, sizeof(unload.name) - 1);
	if (request(RINGFENCE_IOC_UNLOAD, &unload, sizeof(unload)))
		fail("%s was not unloaded", name);
}

struct ringfence_show show_plugin(const char *name)
{
	struct ringfence_show show = { 0 };

	strncpy(show.name, name, sizeof(show.name) - 1);
	if (request(RINGFENCE_IOC_SHOW, &show, sizeof(show)))
		fail("%s was not shown", name);
	return show;
}

uint32_t call_plugin(const struct call *what, uint32_t *value)
{
	struct ringfence_call call = { .nr_args = what->nr_args,
				       .kill_after_us = what->kill_after_us,
				       .window = (uintptr_t)what->window,
				       .window_size = what->window_size };

	strncpy(call.name, what->plugin, sizeof(call.name) - 1);
	strncpy(call.entry, what->entry, sizeof(call.entry) - 1);
	if (what->nr_args)
		memcpy(call.args, what->args, what->nr_args * sizeof(call.args[0]));
	if (request(RINGFENCE_IOC_CALL, &call, sizeof(call)))
		fail("%s of %s was not called", what->entry, what->plugin);
	*value = call.value;
	return call.status;
}

uint32_t attach_graft(const char *point, const char *plugin, uint32_t scope, int target)
{
	struct ringfence_attach attach = { .scope = scope, .target = target };

	strncpy(attach.point, point, sizeof(attach.point) - 1);
	strncpy(attach.name, plugin, sizeof(attach.name) - 1);
	if (!request(RINGFENCE_IOC_ATTACH, &attach, sizeof(attach)))
		return attach.id;
	if (show_plugin(plugin).state != RINGFENCE_STATE_DEAD)
		fail("%s was not attached to %s", plugin, point);
	return 0;
}

struct ringfence_graft graft_of(uint32_t id)
{
	struct ringfence_graft graft = { .id = id - 1 };

	if (!id)
		return (struct ringfence_graft){ 0 };
	if (request(RINGFENCE_IOC_GRAFT, &graft, sizeof(graft)) || graft.id != id)
		fail("graft %u was not shown", id);
	return graft;
}

void create_map(const char *name, uint32_t kind, uint32_t key_size, uint32_t value_size,
		uint32_t max)
{
	struct ringfence_map map = {
		.kind = kind, .key_size = key_size, .value_size = value_size, .max = max
	};

	strncpy(map.name, name, sizeof(map.name) - 1);
	if (request(RINGFENCE_IOC_MAP_CREATE, &map, sizeof(map)))
		fail("map %s was not created", name);
}

void delete_map(const char *name)
{
	struct ringfence_map_delete map = { 0 };

	strncpy(map.name, name, sizeof(map.name) - 1);
	if (request(RINGFENCE_IOC_MAP_DELETE, &map, sizeof(map)))
		fail("map %s was not deleted", name);
}
