// SPDX-License-Identifier: MIT
/*
 * /dev/plugins and /sys/kernel/plugins used with random arguments by several processes at once:
 * half of them root, half without privilege. Runs as root in the guest.
 *
 * Claims: who has no CAP_SYS_ADMIN loads, calls and unloads nothing, and opens
 * nothing for writing; whatever the structures, pointers, names, sizes and images,
 * the answer is an errno; a plugin loaded before works afterwards; plugins and
 * memory are all given back. Cannot tell: what the kernel's log says; the caller
 * looks at that.
 *
 * Usage: ioctl_fuzz PLUGIN.plg SEED COUNT PROCESSES
 * The operations of each process follow from the seed; their order between the
 * processes is the scheduler's.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ringfence.h>

#include "../free_pages.h"

#define PAGE	   4096u
#define ROUNDS	   4
#define KEPT	   "kept"
#define LOST_PAGES 768 /* of all memory, between the first round and the last */

static const char directory[] = "/sys/kernel/plugins";
static uint8_t image[1 << 20];
static uint32_t image_size;
static uint32_t seed;
static bool root;
static int device;
static uint32_t *done; /* of each ioctl, by all processes: so many were done */

static uint32_t rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return n ? (seed >> 4) % n : seed;
}

void fail(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	printf("FAILURE: %s: ", root ? "root" : "user");
	vprintf(format, args);
	va_end(args);
	printf(" (%s)\n", strerror(error));
	fflush(stdout);
	_exit(1);
}

/* ---- memory to point at ---- */

static uint8_t *area; /* five pages: good, read-only, without access, good, without */

static void make_area(void)
{
	area = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || mprotect(area + PAGE, PAGE, PROT_READ) ||
	    mprotect(area + 2 * PAGE, PAGE, PROT_NONE) ||
	    mprotect(area + 4 * PAGE, PAGE, PROT_NONE))
		fail("there is no memory");
}

static uint64_t bad_pointer(void)
{
	static const uint32_t odd[] = { 0,	    1,		0xfff,	    0xbfffffff, 0xc0000000,
					0xc0100000, 0xf57fffff, 0xf5800000, 0xf6800000, 0xf8800000,
					0xff000000, 0xffffffff, 0x08048000 };

	switch (rnd(5)) {
	case 0:
		return (uintptr_t)area + rnd(4 * PAGE);
	case 3: /* good, if the upper half were dropped */
		return (uintptr_t)area + 3 * PAGE + (1ull << (32 + rnd(32)));
	case 1:
		return (uintptr_t)area + (1 + rnd(3)) * PAGE - 1 - rnd(64);
	case 2:
		return odd[rnd(sizeof(odd) / sizeof(odd[0]))];
	default:
		return rnd(0) | (uint64_t)rnd(2) << 32;
	}
}

/* ---- ioctls ---- */

static const uint32_t sizes[] = {
	sizeof(struct ringfence_info),	     sizeof(struct ringfence_load),
	sizeof(struct ringfence_unload),     sizeof(struct ringfence_call),
	sizeof(struct ringfence_show),	     sizeof(struct ringfence_entry),
	sizeof(struct ringfence_fault),	     sizeof(struct ringfence_kill),
	sizeof(struct ringfence_load), /* replace */
	sizeof(struct ringfence_attach),     sizeof(struct ringfence_detach),
	sizeof(struct ringfence_point),	     sizeof(struct ringfence_graft),
	sizeof(struct ringfence_ask),	     sizeof(struct ringfence_map),
	sizeof(struct ringfence_map_delete), sizeof(struct ringfence_map), /* show */
	sizeof(struct ringfence_map_entry),  sizeof(struct ringfence_map_entry),
	sizeof(struct ringfence_map_entry),  sizeof(struct ringfence_map_entry),
	sizeof(struct ringfence_map_entry),
};
#define COMMANDS 22u
/* All but info, show, entry, point, graft, map show. */
#define IS_PRIVILEGED(command) ((0x3ee7ce >> (command)) & 1)
#define LOAD		       1
#define UNLOAD		       2
#define CALL		       3
#define SHOW		       4
#define REPLACE		       8
#define ATTACH		       9
#define DETACH		       10
#define ASK		       13
#define MAP_CREATE	       14
#define MAP_SHOW	       16
#define MAP_GET		       17
#define MAP_SET		       18
#define MAP_WALK	       20
#define MAP_POP		       21

static void name(char *to, uint32_t room)
{
	static const char *const names[] = { "a",     "b", "c",	      "d",  "main",
					     "hello", "",  "monitor", "..", "a/b" };
	uint32_t i;

	if (rnd(10)) {
		strcpy(to, names[rnd(rnd(3) ? 4 : 10)]);
		return;
	}
	for (i = 0; i < room; i++)
		to[i] = (char)rnd(256);
}

/* The plugin's file, with some bytes changed or cut off. */
static void some_image(struct ringfence_load *load)
{
	static uint8_t copy[sizeof(image)];
	uint32_t i, nr = rnd(3) ? rnd(4) : 0;

	memcpy(copy, image, image_size);
	if (!rnd(8)) {
		/* The name in its note. */
		uint8_t *at = memmem(copy, image_size, "Ringfence\0\0\0hello", 17);

		if (at)
			name((char *)at + 12, RINGFENCE_NAME_SIZE);
	}
	for (i = 0; i < nr; i++) {
		uint32_t at = rnd(2) ? rnd(256) : rnd(image_size);

		copy[at] = rnd(2) ? (uint8_t)rnd(256) : copy[at] ^ (uint8_t)(1 << rnd(8));
	}
	load->image = rnd(12) ? (uintptr_t)copy : bad_pointer();
	load->image_size = rnd(6) ? image_size : rnd(3) ? rnd(image_size) : rnd(0);
	if (!rnd(8)) {
		load->image = 0;
		load->image_size = rnd(8) ? 0 : load->image_size;
		load->fd = rnd(12) - 1;
	}
	load->budget_us = rnd(20) ? 1 + rnd(4000) : rnd(0);
	load->head.flags = rnd(2);
	if (load->head.flags || !rnd(30))
		load->services[rnd(20) ? 0 : rnd(RINGFENCE_SERVICES_WORDS)] =
			rnd(4) ? 0x3e : rnd(256);
	load->strikes = rnd(4);
	load->reserved = rnd(50) ? 0 : rnd(0);
}

/* Whether something is asked for that the kernel must not pass over. */
static bool must_fail(const void *structure, uint32_t command)
{
	const struct ringfence_head *head = structure;
	const struct ringfence_load *load = structure;
	const struct ringfence_detach *detach = structure;
	const struct ringfence_call *call = structure;
	const struct ringfence_ask *ask = structure;
	const struct ringfence_map *map = structure;
	const struct ringfence_map_entry *entry = structure;
	bool whole = head->size >= sizes[command];

	if (head->reason >> 32 || head->reserved || head->size % 8)
		return true;
	if (command == LOAD || command == REPLACE)
		return load->image >> 32 || (!load->image && load->image_size) ||
		       (whole && load->reserved) || !strcmp(load->name, "monitor");
	if (command == CALL && whole)
		return call->window >> 32 || call->fault >> 32 || call->reserved ||
		       (!call->window_size && (call->window || head->flags));
	if (command == DETACH)
		return detach->reserved || !detach->id;
	if (command == ASK)
		return !ask->rounds || ask->rounds > 1000000;
	if (command == MAP_CREATE)
		return !map->kind || map->kind > RINGFENCE_MAP_RING || !map->max;
	if (command >= MAP_GET)
		return entry->reserved || (command != MAP_WALK && entry->place) ||
		       (command < MAP_WALK && entry->key_size > RINGFENCE_KEY_SIZE);
	return false;
}

/* Room for a fault record, whose size is nearly right. */
static const void *some_record(void)
{
	static struct ringfence_fault record;

	record.head.size = rnd(4) ? sizeof(record) : rnd(2) ? 8 * rnd(120) : rnd(0);
	return &record;
}

static uint32_t size_of_map(void)
{
	static const uint32_t some[] = { 4, 0, 1, 64, 65, 256, 257 };

	return rnd(6) ? 4 : rnd(5) ? some[rnd(7)] : rnd(0);
}

/* Maps have few names and sizes, so that many uses fit. */
static void fill_map(void *structure, uint32_t command)
{
	struct ringfence_map *map = structure;
	struct ringfence_map_entry *entry = structure;

	name(map->name, sizeof(map->name));
	if (command == MAP_CREATE || command == MAP_SHOW) {
		map->kind = rnd(20) ? 1 + rnd(3) : rnd(0);
		map->key_size = rnd(4) && map->kind == RINGFENCE_MAP_RING ? 0 : size_of_map();
		map->value_size = size_of_map();
		map->max = rnd(10) ? 1 + rnd(100) : rnd(0);
		map->id = rnd(8);
	} else if (command >= MAP_GET) {
		entry->key_size = rnd(4) && command == MAP_POP ? 0 : size_of_map();
		entry->value_size = size_of_map();
		entry->place = command == MAP_WALK ? rnd(100) : !rnd(50);
		entry->reserved = rnd(50) ? 0 : rnd(0);
		if (command < MAP_WALK)
			entry->key[0] = (uint8_t)rnd(200);
		entry->value[0] = command == MAP_SET ? (uint8_t)rnd(256) : 0;
		entry->key[63] = entry->value[255] = !rnd(50);
	}
}

static uint32_t fill(void *structure, uint32_t command)
{
	struct ringfence_head *head = structure;
	struct ringfence_load *load = structure;
	struct ringfence_attach *attach = structure;
	struct ringfence_call *call = structure;
	uint32_t i;

	memset(structure, 0, PAGE);
	switch (command) {
	case LOAD:
	case REPLACE:
		some_image(load);
		name(load->name, sizeof(load->name));
		break;
	case CALL:
		name(call->name, sizeof(call->name));
		strcpy(call->entry, "main");
		if (!rnd(8))
			name(call->entry, sizeof(call->entry));
		call->nr_args = rnd(20) ? rnd(7) : rnd(0);
		for (i = 0; i < RINGFENCE_ARGS_MAX; i++)
			call->args[i] = rnd(0);
		call->window_size = rnd(3) ? 0 : rnd(3) ? rnd(9000) : rnd(0);
		if (call->window_size || !rnd(20))
			call->window = rnd(3) ? (uintptr_t)area : bad_pointer();
		head->flags = call->window_size || !rnd(20) ? rnd(2) : 0;
		call->reserved = rnd(50) ? 0 : rnd(0);
		call->fault = rnd(2) ? 0 : rnd(3) ? (uintptr_t)some_record() : bad_pointer();
		break;
	case ATTACH:
		strcpy(attach->point, rnd(2) ? "trial" : rnd(2) ? "readahead" : "evict");
		if (!rnd(8))
			name(attach->point, sizeof(attach->point));
		name(attach->name, sizeof(attach->name));
		strcpy(attach->entry, rnd(2) ? "main" : "");
		attach->scope = rnd(20) ? rnd(6) : rnd(0);
		attach->target = rnd(3) ? (int32_t)rnd(8) : (int32_t)rnd(0);
		attach->failures = rnd(3);
		break;
	case DETACH:
		((struct ringfence_detach *)structure)->id = rnd(8);
		((struct ringfence_detach *)structure)->reserved = rnd(10) ? 0 : rnd(0);
		break;
	case ASK:
		((struct ringfence_ask *)structure)->rounds = rnd(10) ? rnd(50) : rnd(0);
		((struct ringfence_ask *)structure)->limit = rnd(0);
		break;
	case MAP_CREATE ... MAP_POP:
		fill_map(structure, command);
		break;
	default:
		name((char *)(head + 1), RINGFENCE_NAME_SIZE);
		((uint32_t *)(head + 1))[8] = rnd(8); /* show: id, entry: index */
	}
	head->size = rnd(10) ? sizes[command] : rnd(2) ? rnd(PAGE + 9) : rnd(0);
	if (!rnd(8))
		head->flags = rnd(0);
	head->reason = rnd(10) ? (uintptr_t)area + 3 * PAGE : bad_pointer();
	head->reason_size = rnd(10) ? RINGFENCE_REASON_SIZE : rnd(0);
	head->reserved = rnd(50) ? 0 : rnd(0);
	if (!rnd(30))
		for (i = 0; i < sizes[command] / 4; i++)
			((uint32_t *)structure)[i] = rnd(0);
	return command;
}

/* Only the parent may use the plugin that is kept. */
static bool names_kept(const void *structure)
{
	return memmem(structure, PAGE, KEPT, sizeof(KEPT));
}

static void some_ioctl(void)
{
	static uint8_t structure[PAGE] __attribute__((aligned(8)));
	uint32_t command = fill(structure, rnd(rnd(4) ? MAP_CREATE : COMMANDS)),
		 number = _IO(0xbc, command);
	void *at = structure;
	bool good = true;
	int err;

	if (names_kept(structure))
		return;
	if (!rnd(12)) {
		at = (void *)(uintptr_t)bad_pointer();
		good = false;
	} else if (!rnd(12)) { /* to the end of the writable, or readable, memory */
		at = area + (1 + rnd(2)) * PAGE - sizeof(struct ringfence_head) - rnd(300);
		if ((uint8_t *)at < area + PAGE - sizes[command])
			memcpy(at, structure, sizes[command]);
		good = false;
	}
	if (!rnd(20)) {
		number = rnd(2) ? rnd(0) : number ^ 1u << rnd(32);
		good = false;
	}
	err = ioctl(device, number, at) ? errno : 0;
	if (err < 0 || err > 133)
		fail("ioctl %#x gives %d", number, err);
	if (!err && number == (uint32_t)_IO(0xbc, command))
		__atomic_add_fetch(&done[command], 1, __ATOMIC_RELAXED);
	if (good && !err && must_fail(structure, command))
		fail("ioctl %u does what it should have refused", command);
	if (root || !IS_PRIVILEGED(command))
		return;
	if (good && err != EPERM)
		fail("ioctl %u without privilege gives %d", command, err);
	if (!err && number == (uint32_t)_IO(0xbc, command))
		fail("ioctl %u without privilege is done", command);
}

/* ---- other system calls ---- */

static void some_call(void)
{
	struct pollfd wait = { .fd = device, .events = (short)rnd(0) };
	void *mapped;

	switch (rnd(6)) {
	case 0:
		if (read(device, (void *)(uintptr_t)bad_pointer(), rnd(PAGE)) > 0)
			fail("the device can be read");
		break;
	case 1:
		if (write(device, area, rnd(PAGE)) > 0)
			fail("the device can be written");
		break;
	case 2:
		mapped = mmap(NULL, PAGE << rnd(4), rnd(8), 1 + rnd(2), device, 0);
		if (mapped != MAP_FAILED)
			fail("the device can be mapped");
		break;
	case 3:
		lseek(device, rnd(0), (int)rnd(6));
		break;
	case 4:
		poll(&wait, 1, 0);
		break;
	default:
		fcntl(device, F_SETFL, rnd(2) ? O_NONBLOCK : 0);
	}
}

/* Any file of any plugin's directory, which may be going away just now. */
static void some_file(void)
{
	static const char *const files[] = { "state",	 "entries", "log",     "last_fault",
					     "services", "calls",   "version", "enforces",
					     "abi",	 "size",    "id",      "budget_us",
					     "refused",	 "uevent",  "." };
	static const char *const plugins[] = { "a", "b", "c", "d", KEPT, "monitor", "..", "." };
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_PATH };
	char path[128], text[PAGE + 1];
	int mode = modes[rnd(rnd(3) ? 1 : 5)], fd;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/%s/%s", directory, plugins[rnd(8)], files[rnd(15)]);
	fd = open(path, mode, 0666);
	if (fd < 0)
		return;
	if (!root && mode != O_PATH && (mode & O_ACCMODE) != O_RDONLY)
		fail("%s can be opened for writing", path);
	if (!root && mode == O_RDONLY && (strstr(path, "/log") || strstr(path, "/last_fault")))
		fail("%s can be opened", path);
	got = pread(fd, text, rnd(sizeof(text)), rnd(3) ? 0 : rnd(PAGE));
	if (got > (ssize_t)PAGE)
		fail("%s gives %zd bytes", path, got);
	if (write(fd, area, rnd(64) + 1) > 0)
		fail("%s can be written", path);
	close(fd);
}

static void worker(uint32_t first, uint32_t count, bool privileged)
{
	static const char *const others[] = { "/dev/null", "/proc/self/mem", "/",
					      "/plugins/wild.plg" };
	uint32_t i;
	int fd;

	seed = first * 2654435761u | 1;
	root = privileged;
	/* For fd numbers that are something. */
	for (i = 0; i < 4; i++)
		open(others[i], O_RDONLY);
	if (!root && (setgroups(0, NULL) || setgid(1000) || setuid(1000)))
		fail("cannot be another user");
	fd = open("/dev/plugins", O_RDWR);
	if (!root && fd >= 0)
		fail("the device can be opened for writing");
	device = open("/dev/plugins", O_RDONLY);
	if (device < 0)
		fail("the device cannot be opened");
	make_area();
	for (i = 0; i < count; i++) {
		uint32_t what = rnd(10);

		if (what < 8)
			some_ioctl();
		else if (what == 8)
			some_call();
		else
			some_file();
	}
	_exit(0);
}

/* ---- the parent ---- */

static void prepare(void *structure, uint32_t size, const char *plugin)
{
	struct ringfence_head *head = structure;

	memset(structure, 0, size);
	head->size = size;
	strcpy((char *)(head + 1), plugin);
}

static void load(const char *plugin)
{
	struct ringfence_load load;

	prepare(&load, sizeof(load), "");
	strcpy(load.name, plugin);
	load.image = (uintptr_t)image;
	load.image_size = image_size;
	load.budget_us = 5000000;
	if (ioctl(device, RINGFENCE_IOC_LOAD, &load))
		fail("plugin %s cannot be loaded", plugin);
}

static void call_kept(void)
{
	struct ringfence_call call;

	prepare(&call, sizeof(call), KEPT);
	strcpy(call.entry, "main");
	if (ioctl(device, RINGFENCE_IOC_CALL, &call) || call.status || call.value != 42)
		fail("the plugin that was there before does not work: status %u, value %u",
		     call.status, call.value);
}

/* Returns how many plugins there were. */
static uint32_t unload_all(bool kept_too)
{
	struct ringfence_unload unload;
	struct ringfence_show show;
	uint32_t id = 0, nr = 0;

	for (;;) {
		prepare(&show, sizeof(show), "");
		show.head.flags = RINGFENCE_SHOW_NEXT;
		show.id = id;
		if (ioctl(device, RINGFENCE_IOC_SHOW, &show))
			return nr;
		id = show.id;
		if (!kept_too && !strcmp(show.name, KEPT))
			continue;
		prepare(&unload, sizeof(unload), show.name);
		if (ioctl(device, RINGFENCE_IOC_UNLOAD, &unload))
			fail("plugin %s cannot be unloaded", show.name);
		nr++;
	}
}

/* Whatever processes have done, no call has anything of a map. */
static void delete_maps(void)
{
	struct ringfence_map_delete delete;
	struct ringfence_map map;

	for (;;) {
		prepare(&map, sizeof(map), "");
		map.head.flags = RINGFENCE_MAP_NEXT;
		if (ioctl(device, RINGFENCE_IOC_MAP_SHOW, &map))
			return;
		prepare(&delete, sizeof(delete), map.name);
		if (ioctl(device, RINGFENCE_IOC_MAP_DELETE, &delete))
			fail("map %s cannot be deleted", map.name);
	}
}

static void check_count(uint32_t want)
{
	struct ringfence_info info;

	prepare(&info, sizeof(info), "");
	if (ioctl(device, RINGFENCE_IOC_INFO, &info) || info.plugins != want)
		fail("%u plugins instead of %u", info.plugins, want);
}

/* One round of all processes; true if every claim held. */
static bool one_round(uint32_t first, uint32_t count, uint32_t processes)
{
	bool held = true;
	uint32_t i;
	int status;

	fflush(stdout);
	for (i = 0; i < processes; i++)
		switch (fork()) {
		case -1:
			fail("cannot fork");
		case 0:
			worker(first + i, count / processes + (i < count % processes), i % 2);
		}
	while (wait(&status) > 0)
		held &= WIFEXITED(status) && !WEXITSTATUS(status);
	return held;
}

int main(int argc, char **argv)
{
	uint32_t first, count, processes, i;
	long free_first = 0, free_now = 0;
	FILE *file;

	if (argc != 5)
		return 2;
	file = fopen(argv[1], "rb");
	image_size = file ? (uint32_t)fread(image, 1, sizeof(image), file) : 0;
	first = (uint32_t)strtoul(argv[2], NULL, 0);
	count = (uint32_t)strtoul(argv[3], NULL, 0);
	processes = (uint32_t)strtoul(argv[4], NULL, 0);
	root = true;
	done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	device = open("/dev/plugins", O_RDONLY);
	if (done == MAP_FAILED || !image_size || !processes || device < 0)
		fail("%s or the device cannot be opened", argv[1]);
	load(KEPT);
	for (i = 0; i < ROUNDS; i++) {
		uint32_t share = count / ROUNDS + (i < count % ROUNDS);

		load("a"); /* or few calls and unloads would find a plugin */
		load("b");
		if (!one_round(first + i * processes, share, processes))
			fail("a process did not hold");
		printf("round %u: %u plugins left, ", i, unload_all(false));
		delete_maps();
		call_kept();
		check_count(1);
		free_now = free_pages();
		printf("%ld pages free\n", free_now);
		if (!i)
			free_first = free_now;
	}
	if (free_first - free_now > LOST_PAGES)
		fail("%ld pages are lost", free_first - free_now);
	unload_all(true);
	check_count(0);
	printf("of them: %u loads, %u unloads, %u calls, %u shows, %u maps, %u settings\n",
	       done[LOAD], done[UNLOAD], done[CALL], done[SHOW], done[MAP_CREATE], done[MAP_SET]);
	if (count >= 10000 &&
	    (!done[LOAD] || !done[UNLOAD] || !done[CALL] || !done[SHOW] || !done[MAP_CREATE]))
		fail("too few to mean anything");
	printf("seed %u\ndone %u\n", first, count);
	return 0;
}
