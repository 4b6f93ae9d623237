// SPDX-License-Identifier: MIT
/*
 * A played /dev/plugins, linked into plugctl for tests on the host (--wrap=ioctl, --wrap=open64).
 * There are three plugins: hello, wild, which was stopped, and odd, with values at their limits;
 * two graft points, readahead and odd; three grafts of readahead, one for each scope, and one of
 * odd with values at their limits; three maps, words, sums and odd. An attach tells on standard error what it was asked.
 *
 * The environment may say: FAKE_NONE, there are no plugins; FAKE_FAIL=N:K:ERRNO, the K-th ioctl
 * with number N fails; FAKE_STATUS=N, calls end with that status; FAKE_ENFORCES=N, for info; FAKE_ANSWERED=N, for ask.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_op.h"

#include <linux/ringfence.h>

#define FAKE_FD 1000

int __wrap_open64(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long number, void *structure);

int __wrap_open64(const char *path, int flags, ...)
{
	return strcmp(path, "/dev/plugins") ? __real_open64(path, flags, 0600) : FAKE_FD;
}

static uint32_t environment(const char *name, uint32_t otherwise)
{
	const char *value = getenv(name);

	return value ? (uint32_t)strtoul(value, NULL, 0) : otherwise;
}

static int refuse(const struct ringfence_head *head, int error, const char *reason)
{
	if (head->reason)
		snprintf((char *)(uintptr_t)head->reason, head->reason_size, "%s", reason);
	errno = error;
	return -1;
}

static void fill_hello(struct ringfence_show *show)
{
	strcpy(show->name, "hello");
	strcpy(show->version, "1.0");
	strcpy(show->description, "returns 42, plus its first argument");
	show->id = 1;
	show->state = RINGFENCE_STATE_IDLE;
	show->mode = PLUGIN_MODE_PAGE;
	show->abi = PLUGIN_ABI;
	show->budget_us = 100000;
	show->text = 4096;
	show->rodata = 8192;
	show->data = 12288;
	show->heap = 16384;
	show->stack = 20480;
	show->text_limit = 0x1fff;
	show->data_limit = 0x8fff;
	show->nr_entries = 3;
	show->calls = 3;
	show->faults = 0;
	show->requests = 17;
	show->refused = 2;
	show->services[0] = 0x3e;
	show->strikes = 1;
	show->window_room = 32768;
	show->windows = 1;
	show->wall_us = 60000000;
	show->service_us = 1000000;
	show->cpu_used_us = 123;
	show->wall_used_us = 456;
	show->service_used_us = 78;
}

static void fill_wild(struct ringfence_show *show)
{
	fill_hello(show);
	strcpy(show->name, "wild");
	show->id = 2;
	show->state = RINGFENCE_STATE_DEAD;
	show->last_status = PLUGIN_STATUS_FAULT;
	show->faults = 1;
	show->nr_entries = 1;
}

static void fill_odd(struct ringfence_show *show)
{
	fill_hello(show);
	strcpy(show->name, "odd");
	strcpy(show->version, "");
	strcpy(show->description, "\"quotes\" \\ \x01 \xff \xc3\xbc {id}");
	show->id = UINT32_MAX;
	show->state = 9;
	show->mode = PLUGIN_MODE_SEGMENT;
	show->text_limit = show->data_limit = 0;
	show->text = show->rodata = show->data = show->heap = show->stack = 0xfffff000;
	show->calls = show->cpu_used_us = UINT64_MAX;
	show->last_status = PLUGIN_STATUS_KILLED;
	memset(show->services, 0, sizeof(show->services));
	if (getenv("FAKE_SERVICES"))
		show->services[0] = 2, show->services[6] = 1u << 8;
	show->nr_entries = 0;
}

static void (*const fills[])(struct ringfence_show *show) = { fill_hello, fill_wild, fill_odd };

static int find(const char *name, struct ringfence_show *show)
{
	size_t i;

	for (i = 0; i < sizeof(fills) / sizeof(fills[0]) && !getenv("FAKE_NONE"); i++) {
		memset((char *)show + sizeof(show->head), 0, sizeof(*show) - sizeof(show->head));
		fills[i](show);
		if (!strcmp(show->name, name))
			return 0;
	}
	return -1;
}

static int do_show(struct ringfence_show *show)
{
	uint32_t after = show->id;
	char name[RINGFENCE_NAME_SIZE];
	size_t i;

	if (!(show->head.flags & RINGFENCE_SHOW_NEXT)) {
		strcpy(name, show->name);
		return find(name, show) ? refuse(&show->head, ENOENT, "there is no such plugin") :
					  0;
	}
	for (i = 0; i < sizeof(fills) / sizeof(fills[0]) && !getenv("FAKE_NONE"); i++) {
		memset((char *)show + sizeof(show->head), 0, sizeof(*show) - sizeof(show->head));
		fills[i](show);
		if (show->id > after)
			return 0;
	}
	return refuse(&show->head, ENOENT, "there is no other plugin");
}

static int do_info(struct ringfence_info *info)
{
	info->uapi = RINGFENCE_UAPI_VERSION;
	info->abi = PLUGIN_ABI;
	info->mode = PLUGIN_MODE_PAGE;
	info->enforces = environment("FAKE_ENFORCES", 6);
	info->tick_us = 4000;
	info->budget_us = 100000;
	info->plugins = 3;
	info->plugins_max = 2048;
	info->pages_free = 24576;
	return 0;
}

static int do_entry(struct ringfence_entry *entry)
{
	struct ringfence_show show;

	if (find(entry->name, &show) || entry->index >= show.nr_entries)
		return refuse(&entry->head, ENOENT, "there is no such entry");
	entry->offset = 0x1000 + 16 * entry->index;
	sprintf(entry->entry, "entry_%u", entry->index);
	return 0;
}

static void fill_fault(struct ringfence_fault *fault, uint32_t status)
{
	fault->status = status;
	fault->vector = 14;
	fault->error_code = 6;
	fault->address = 0x9000;
	fault->flags = PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_WRITE;
	fault->eip = 0x10be;
	fault->eflags = 0x202;
	fault->esp = 0x7ff0;
	fault->eax = 1;
	fault->ebx = 0xffffffff;
	fault->edi = 0x80000000;
	fault->cs = 0x2b;
	fault->ds = fault->es = fault->ss = 0x33;
	fault->call = 4;
	fault->text_limit = 0x1fff;
	fault->data_limit = 0x8fff;
	fault->budget_us = 100000;
	strcpy(fault->vector_name, "page fault");
	strcpy(fault->line, "plugin wild was stopped in call 4: page fault");
	if (status != PLUGIN_STATUS_KILLED) {
		strcpy(fault->symbol, "main");
		fault->symbol_offset = 0x9e;
		strcpy(fault->source_file, "wild.c");
		fault->source_line = 30;
		return;
	}
	fault->eip = 0;
	fault->flags = environment("FAKE_FLAGS", 0);
}

static int do_fault(struct ringfence_fault *fault)
{
	struct ringfence_show show;

	if (find(fault->name, &show) || !show.last_status)
		return refuse(&fault->head, ENODATA, "there is no record");
	fill_fault(fault, show.last_status);
	return 0;
}

static int do_call(struct ringfence_call *call)
{
	struct ringfence_fault *fault = (void *)(uintptr_t)call->fault;

	call->status = environment("FAKE_STATUS", 0);
	call->value = 42;
	if (call->status && fault && !getenv("FAKE_NONE"))
		fill_fault(fault, call->status);
	return 0;
}

static int do_attach(struct ringfence_attach *attach)
{
	int is_descriptor =
		attach->scope == RINGFENCE_SCOPE_FILE || attach->scope == RINGFENCE_SCOPE_CGROUP;

	fprintf(stderr, "%s %s:%s %u %d %u\n", attach->point, attach->name, attach->entry,
		attach->scope, is_descriptor ? 0 : attach->target, attach->failures);
	attach->id = 9;
	return 0;
}

static int do_detach(const struct ringfence_detach *detach)
{
	return detach->id == 9 ? 0 : refuse(&detach->head, ENOENT, "there is no such graft");
}

static int do_point(struct ringfence_point *point)
{
	if (point->index > 1 || getenv("FAKE_NONE"))
		return refuse(&point->head, ENOENT, "there is no such graft point");
	strcpy(point->point, point->index ? "odd" : "readahead");
	strcpy(point->question, point->index ? "\"why\"" : "which pages of a file to read");
	point->number = point->index + 1;
	point->version = 3;
	point->kind = point->index;
	point->context = point->index * 77;
	point->failures = 3;
	point->budget_us = 10000;
	point->grafts = point->index ? UINT32_MAX : 2;
	point->asked = point->index ? UINT64_MAX : 10;
	point->answered = 7;
	point->aborted = 1;
	point->unasked = 2;
	return 0;
}

static void fill_graft(struct ringfence_graft *graft)
{
	static const char *const targets[] = { "", "a\x1b[31m\nb", "", "", "", "shop" };
	static const uint32_t scopes[] = {
		0, RINGFENCE_SCOPE_FILE,  RINGFENCE_SCOPE_PROCESS, RINGFENCE_SCOPE_ALL,
		7, RINGFENCE_SCOPE_CGROUP
	};
	uint32_t id = graft->id;

	memset(graft->point, 0, sizeof(*graft) - offsetof(struct ringfence_graft, point));
	strcpy(graft->point, "readahead");
	strcpy(graft->name, "hello");
	strcpy(graft->entry, "main");
	strcpy(graft->target, targets[id]);
	graft->scope = scopes[id];
	graft->process = id == 2 ? 1234 : 0;
	graft->attached = id != 3;
	graft->failures = id == 3 ? 3 : 0;
	graft->failures_max = 3;
	graft->asked = 10;
	graft->answered = 7;
	graft->aborted = 1;
	graft->unasked = 2;
	if (id == 3)
		strcpy(graft->outcome, "failure 3 of 3: the plan has too many pages");
	if (id != 4)
		return;
	strcpy(graft->point, "odd");
	memset(graft->name, 'n', sizeof(graft->name) - 1);
	memset(graft->entry, 'e', sizeof(graft->entry) - 1);
	graft->failures_max = UINT32_MAX;
	graft->asked = UINT64_MAX;
}

static int do_graft(struct ringfence_graft *graft)
{
	if (graft->id >= 5 || getenv("FAKE_NONE"))
		return refuse(&graft->head, ENOENT, "there is no other graft");
	graft->id++;
	fill_graft(graft);
	return 0;
}

static int do_ask(struct ringfence_ask *ask)
{
	ask->answered = environment("FAKE_ANSWERED", ask->rounds);
	ask->value = ask->limit - ask->args[0] - ask->args[1];
	ask->least_cycles = 3000;
	ask->cycles = 3000ull * ask->rounds;
	return 0;
}

/* Maps: a hash, an array, and a ring with values at their limits. */
static void fill_map(struct ringfence_map *map, uint32_t kind)
{
	static const char *const names[] = { "", "words", "sums", "odd" };

	memset(map->name, 0, sizeof(*map) - offsetof(struct ringfence_map, name));
	strcpy(map->name, names[kind]);
	map->id = map->kind = kind;
	map->key_size = kind == RINGFENCE_MAP_HASH ? 6 : 4;
	map->value_size = 4;
	map->max = 100;
	map->used = 2;
	map->staged = 1;
	map->bytes = 12345;
	map->commits = 7;
	map->undos = 3;
	map->full = 1;
	if (kind != RINGFENCE_MAP_RING)
		return;
	map->id = map->max = map->used = UINT32_MAX;
	map->key_size = 0;
	map->value_size = 256;
	map->commits = map->undos = UINT64_MAX;
}

static int do_map_show(struct ringfence_map *map)
{
	char name[RINGFENCE_NAME_SIZE];
	uint32_t kind, id = map->id;

	strcpy(name, map->name);
	for (kind = 1; kind <= 3 && !getenv("FAKE_NONE"); kind++) {
		fill_map(map, kind);
		if (map->head.flags & RINGFENCE_MAP_NEXT ? map->id > id : !strcmp(map->name, name))
			return 0;
	}
	return refuse(&map->head, ENOENT, "there is no such map");
}

/* Tells on standard error what it was asked; a get, walk or pop gives bytes that count up. */
static int do_map_entry(struct ringfence_map_entry *entry, const char *what)
{
	uint32_t i;

	fprintf(stderr, "%s %s", what, entry->name);
	for (i = 0; i < entry->key_size; i++)
		fprintf(stderr, "%s%02x", i ? "" : " ", entry->key[i]);
	for (i = 0; i < entry->value_size && !strcmp(what, "set"); i++)
		fprintf(stderr, "%s%02x", i ? "" : " ", entry->value[i]);
	fprintf(stderr, "\n");
	for (i = 0; i < entry->value_size && strcmp(what, "set"); i++)
		entry->value[i] = (uint8_t)i;
	return 0;
}

static int do_map_walk(struct ringfence_map_entry *entry)
{
	if (entry->place == 2)
		return refuse(&entry->head, ENOENT, "there is no further entry");
	memcpy(entry->key, entry->place ? "\1\2\3\0\0\0" : "word\0\0", entry->key_size);
	memset(entry->value, (int)entry->place, entry->value_size);
	entry->place++;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long number, void *structure)
{
	static unsigned int done[32];
	unsigned int index = number & 31, which = 0, count = 0, error = 0;
	const char *fail = getenv("FAKE_FAIL");

	if (fd != FAKE_FD)
		abort();
	if (fail && sscanf(fail, "%u:%u:%u", &which, &count, &error) == 3 && which == index &&
	    ++done[index] == count)
		return refuse(structure, (int)error, "the test wants it so");
	switch (number) {
	case RINGFENCE_IOC_INFO:
		return do_info(structure);
	case RINGFENCE_IOC_CALL:
		return do_call(structure);
	case RINGFENCE_IOC_SHOW:
		return do_show(structure);
	case RINGFENCE_IOC_ENTRY:
		return do_entry(structure);
	case RINGFENCE_IOC_FAULT:
		return do_fault(structure);
	case RINGFENCE_IOC_ATTACH:
		return do_attach(structure);
	case RINGFENCE_IOC_DETACH:
		return do_detach(structure);
	case RINGFENCE_IOC_POINT:
		return do_point(structure);
	case RINGFENCE_IOC_GRAFT:
		return do_graft(structure);
	case RINGFENCE_IOC_ASK:
		return do_ask(structure);
	case RINGFENCE_IOC_MAP_SHOW:
		return do_map_show(structure);
	case RINGFENCE_IOC_MAP_GET:
		return do_map_entry(structure, "get");
	case RINGFENCE_IOC_MAP_SET:
		return do_map_entry(structure, "set");
	case RINGFENCE_IOC_MAP_REMOVE:
		return do_map_entry(structure, "remove");
	case RINGFENCE_IOC_MAP_POP:
		return do_map_entry(structure, "pop");
	case RINGFENCE_IOC_MAP_WALK:
		return do_map_walk(structure);
	default: /* load, replace, unload, kill, map create, map delete */
		return 0;
	}
}
