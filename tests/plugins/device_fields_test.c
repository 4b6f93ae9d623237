// SPDX-License-Identifier: MIT
/*
 * Fields of /dev/plugins' structures that cannot be meant. Runs as root in the
 * guest, with hello.plg not loaded; leaves nothing loaded. Argument: the path of
 * hello.plg.
 *
 * Claims: a name that cannot be, the file's own too, a pointer of more bits than
 * the machine has, a reserved field that is not 0, a file that is no regular one
 * and whatever would be passed over is refused with an errno and a sentence.
 * Cannot tell: what the kernel's log says; the caller looks at that.
 */
#include "device.h"

/* Loads the image with another name in its PLUGIN note. */
static int load_renamed(const char *name)
{
	static const char note[] = "Ringfence\0\0"; /* and one: padded to 12 */
	uint8_t *at = memmem(image, image_size, "hello\0\0", 8);
	int err;

	while (at && memcmp(at - sizeof(note), note, sizeof(note)))
		at = memmem(at + 1, image_size - (at + 1 - image), "hello\0\0", 8);
	CHECK(at);
	memcpy(at, name, strlen(name) + 1);
	err = load("");
	memcpy(at, "hello\0\0", 8);
	return err;
}

/* The file's own name is checked like one that is given: sysfs would not take these. */
static void names_of_files(void)
{
	CHECK(load_renamed("monitor") == EINVAL && strstr(said, "cannot be named monitor"));
	CHECK(load_renamed(".") == ENOEXEC && load_renamed("..") == ENOEXEC);
	CHECK(load_renamed("a/b") == ENOEXEC && load_renamed("\xc3\xa4") == ENOEXEC);
	CHECK(!load_renamed("other") && !unload("other"));
}

static int load_path(const char *path, int flags)
{
	struct ringfence_load arg = { 0 };
	int err;

	head(&arg, sizeof(arg));
	arg.fd = open(path, flags, 0600);
	CHECK(arg.fd >= 0);
	err = run(RINGFENCE_IOC_LOAD, &arg);
	close(arg.fd);
	return err;
}

static void images(void)
{
	struct ringfence_load arg = { 0 };
	int fds[2];

	head(&arg, sizeof(arg));
	arg.image = 0x1000; /* not mapped */
	arg.image_size = 100;
	CHECK(run(RINGFENCE_IOC_LOAD, &arg) == EFAULT);
	arg.image = 0xf8000000; /* the monitor's */
	CHECK(run(RINGFENCE_IOC_LOAD, &arg) == EFAULT);
	arg.image = (uintptr_t)image;
	arg.image_size = 0xffffffff;
	CHECK(run(RINGFENCE_IOC_LOAD, &arg) == EFBIG);
	arg.image_size = 0;
	CHECK(run(RINGFENCE_IOC_LOAD, &arg) == ENOEXEC);
	arg.image = 0;
	arg.fd = -1;
	CHECK(run(RINGFENCE_IOC_LOAD, &arg) == EBADF && strstr(said, "open for reading"));
	CHECK(!pipe(fds));
	arg.fd = fds[0];
	CHECK(run(RINGFENCE_IOC_LOAD, &arg) == EINVAL && strstr(said, "not a regular one"));
	arg.fd = device;
	CHECK(run(RINGFENCE_IOC_LOAD, &arg) == EINVAL);
	close(fds[0]);
	close(fds[1]);
	CHECK(load_path("/", O_RDONLY) == EINVAL && strstr(said, "not a regular one"));
	CHECK(load_path("/dev/zero", O_RDONLY) == EINVAL && strstr(said, "not a regular one"));
	CHECK(load_path("/proc/version", O_RDONLY) == EINVAL && strstr(said, "0 bytes"));
	CHECK(load_path("/tmp/image", O_WRONLY | O_CREAT) == EBADF && strstr(said, "for reading"));
	CHECK(load_path("/tmp/image", O_PATH) == EBADF);
	CHECK(load_path("/tmp/image", O_RDONLY) == EINVAL && strstr(said, "0 bytes"));
	CHECK(load_path("/tmp/image", O_RDWR) == EINVAL);
	CHECK(!truncate("/tmp/image", 12345));
	CHECK(load_path("/tmp/image", O_RDWR) == ETXTBSY && strstr(said, "open for writing"));
	CHECK(load_path("/tmp/image", O_RDONLY) == ENOEXEC);
	CHECK(!truncate("/tmp/image", (64 << 20) + 1));
	CHECK(load_path("/tmp/image", O_RDONLY) == EFBIG && strstr(said, "has 67108865 bytes"));
	CHECK(!unlink("/tmp/image"));
}

/* An address of more than 32 bits is not the one of its lower half, in any bit. */
static void wide_pointers(void)
{
	struct ringfence_load load_arg = { 0 };
	struct ringfence_call call_arg = { 0 };
	unsigned int bit;

	CHECK(!load(""));
	for (bit = 32; bit < 64; bit++) {
		head(&load_arg, sizeof(load_arg));
		strcpy(load_arg.name, "wide");
		load_arg.image = (uintptr_t)image | 1ull << bit;
		load_arg.image_size = image_size;
		CHECK(run(RINGFENCE_IOC_LOAD, &load_arg) == EINVAL);
		CHECK(strstr(said, "address of the image, 0x") && strstr(said, "more bits"));
		strcpy(load_arg.name, "hello");
		head(&load_arg, sizeof(load_arg));
		CHECK(run(RINGFENCE_IOC_REPLACE, &load_arg) == EINVAL);
		load_arg.image = 1ull << bit; /* not 0, so it is no file either */
		CHECK(run(RINGFENCE_IOC_LOAD, &load_arg) == EINVAL && strstr(said, "more bits"));
		head(&call_arg, sizeof(call_arg));
		strcpy(call_arg.name, "hello");
		strcpy(call_arg.entry, "main");
		call_arg.window = (uintptr_t)image | 1ull << bit;
		call_arg.window_size = 1;
		CHECK(run(RINGFENCE_IOC_CALL, &call_arg) == EINVAL);
		CHECK(strstr(said, "address of the window, 0x") && strstr(said, "more bits"));
		call_arg.window_size = 0;
		CHECK(run(RINGFENCE_IOC_CALL, &call_arg) == EINVAL);
	}
	CHECK(!unload("hello"));
}

/* What would have been passed over without a word. */
static void meaningless(void)
{
	struct ringfence_load load_arg = { 0 };
	struct ringfence_call call_arg = { 0 };

	head(&load_arg, sizeof(load_arg));
	load_arg.image_size = image_size; /* and no image: not what standard input has */
	CHECK(run(RINGFENCE_IOC_LOAD, &load_arg) == EINVAL && strstr(said, "is at address 0"));
	load_arg.image = (uintptr_t)image;
	load_arg.services[7] = 1;
	CHECK(run(RINGFENCE_IOC_LOAD, &load_arg) == EINVAL);
	CHECK(strstr(said, "without RINGFENCE_LOAD_SERVICES"));
	load_arg.services[7] = 0;
	load_arg.reserved = 0x80000000;
	CHECK(run(RINGFENCE_IOC_LOAD, &load_arg) == EINVAL);
	CHECK(strstr(said, "reserved field is 0x80000000"));
	CHECK(run(RINGFENCE_IOC_REPLACE, &load_arg) == EINVAL && strstr(said, "reserved field"));

	head(&call_arg, sizeof(call_arg));
	strcpy(call_arg.name, "hello");
	strcpy(call_arg.entry, "main");
	call_arg.reserved = 1;
	CHECK(run(RINGFENCE_IOC_CALL, &call_arg) == EINVAL && strstr(said, "reserved field"));
	call_arg.reserved = 0;
	call_arg.window = (uintptr_t)image;
	CHECK(run(RINGFENCE_IOC_CALL, &call_arg) == EINVAL && strstr(said, "window has 0 bytes"));
	call_arg.window = 0;
	call_arg.head.flags = RINGFENCE_CALL_WRITE;
	CHECK(run(RINGFENCE_IOC_CALL, &call_arg) == EINVAL && strstr(said, "window has 0 bytes"));
	call_arg.head.flags = 0;
	CHECK(run(RINGFENCE_IOC_CALL, &call_arg) == ENOENT && strstr(said, "load it first"));
}

static int attach(const char *point, const char *entry, uint32_t scope, int32_t target)
{
	struct ringfence_attach arg = { 0 };

	head(&arg, sizeof(arg));
	strcpy(arg.point, point);
	strcpy(arg.name, "hello");
	strcpy(arg.entry, entry);
	arg.scope = scope;
	arg.target = target;
	return run(RINGFENCE_IOC_ATTACH, &arg);
}

/* hello has no graft, so nothing can be attached. */
static void targets_of_grafts(void)
{
	struct ringfence_attach arg = { 0 };
	int fds[2];

	CHECK(attach("trial", "", RINGFENCE_SCOPE_ALL, 0) == ENOENT);
	CHECK(!load(""));
	CHECK(attach("nothing", "", RINGFENCE_SCOPE_ALL, 0) == ENOENT);
	CHECK(strstr(said, "no graft point nothing"));
	CHECK(attach("trial", "", RINGFENCE_SCOPE_ALL, 0) == ENOENT);
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_ALL, 0) == EINVAL);
	CHECK(strstr(said, "is no graft"));
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_PROCESS, 0) == EINVAL);
	CHECK(strstr(said, "is no graft"));
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_ALL, 1) == EINVAL &&
	      strstr(said, "give none"));
	CHECK(attach("trial", "main", 0, 0) == EINVAL && strstr(said, "no scope 0"));
	CHECK(attach("trial", "main", 6, 0) == EINVAL && strstr(said, "no scope 6"));
	head(&arg, sizeof(arg));
	strcpy(arg.point, "stream");
	strcpy(arg.name, "hello");
	strcpy(arg.entry, "main");
	arg.scope = RINGFENCE_SCOPE_PROCESS;
	arg.fails_closed = 2;
	CHECK(run(RINGFENCE_IOC_ATTACH, &arg) == EINVAL && strstr(said, "give 0 or 1"));
	arg.fails_closed = 1;
	CHECK(run(RINGFENCE_IOC_ATTACH, &arg) == EINVAL && strstr(said, "is no graft"));
	arg.reserved = 1;
	CHECK(run(RINGFENCE_IOC_ATTACH, &arg) == EINVAL && strstr(said, "reserved"));
	memset(&arg, 0, sizeof(arg));
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_CGROUP, -1) == EBADF);
	CHECK(strstr(said, "no open directory"));
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_PROCESS, -1) == ESRCH);
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_PROCESS, 0x7fffffff) == ESRCH);
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_FILE, -1) == EBADF);
	CHECK(strstr(said, "no open file"));
	CHECK(!pipe(fds));
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_FILE, fds[0]) == EINVAL);
	CHECK(strstr(said, "regular file"));
	CHECK(attach("trial", "main", RINGFENCE_SCOPE_CGROUP, fds[0]) == EINVAL);
	CHECK(strstr(said, "no directory of a cgroup"));
	CHECK(attach("evict", "main", RINGFENCE_SCOPE_FILE, -1) == EBADF);
	CHECK(attach("packet", "main", RINGFENCE_SCOPE_SOCKET, -1) == EBADF);
	CHECK(attach("packet", "main", RINGFENCE_SCOPE_SOCKET, fds[0]) == ENOTSOCK);
	CHECK(strstr(said, "no open socket"));
	close(fds[0]);
	close(fds[1]);
	head(&arg, sizeof(arg));
	memset(arg.point, 'p', sizeof(arg.point));
	CHECK(run(RINGFENCE_IOC_ATTACH, &arg) == EINVAL && strstr(said, "point is longer than 31"));
	CHECK(!unload("hello"));
}

static void grafts(void)
{
	struct ringfence_detach detach = { 0 };
	struct ringfence_point point = { 0 };
	struct ringfence_ask ask = { 0 };

	head(&detach, sizeof(detach));
	CHECK(run(RINGFENCE_IOC_DETACH, &detach) == ENOENT && strstr(said, "no graft with id 0"));
	detach.id = 0xffffffff;
	CHECK(run(RINGFENCE_IOC_DETACH, &detach) == ENOENT);
	detach.reserved = 1;
	CHECK(run(RINGFENCE_IOC_DETACH, &detach) == EINVAL && strstr(said, "reserved field"));
	head(&point, sizeof(point));
	point.index = 0xffffffff;
	CHECK(run(RINGFENCE_IOC_POINT, &point) == ENOENT);
	head(&ask, sizeof(ask));
	CHECK(run(RINGFENCE_IOC_ASK, &ask) == EINVAL && strstr(said, "0 rounds cannot be"));
	ask.rounds = 1000001;
	CHECK(run(RINGFENCE_IOC_ASK, &ask) == EINVAL);
	ask.rounds = 2;
	ask.limit = 1;
	ask.answered = 7;
	CHECK(!run(RINGFENCE_IOC_ASK, &ask) && !ask.answered && ask.cycles);
}

static int create_map(const char *name, uint32_t kind, uint32_t key, uint32_t value, uint32_t max)
{
	struct ringfence_map arg = { 0 };

	head(&arg, sizeof(arg));
	strcpy(arg.name, name);
	arg.kind = kind;
	arg.key_size = key;
	arg.value_size = value;
	arg.max = max;
	return run(RINGFENCE_IOC_MAP_CREATE, &arg);
}

/* One use of the map m, whose keys and values have 4 bytes, with a structure that is changed. */
static int use_map(unsigned long number, void (*change)(struct ringfence_map_entry *entry))
{
	struct ringfence_map_entry arg = { 0 };

	head(&arg, sizeof(arg));
	strcpy(arg.name, "m");
	arg.key_size = arg.value_size = 4;
	if (change)
		change(&arg);
	return run(number, &arg);
}

static void set_reserved(struct ringfence_map_entry *entry)
{
	entry->reserved = 1;
}

static void set_place(struct ringfence_map_entry *entry)
{
	entry->place = 1;
}

static void set_behind_key(struct ringfence_map_entry *entry)
{
	entry->key[63] = 1;
}

static void set_behind_value(struct ringfence_map_entry *entry)
{
	entry->value[4] = 1;
}

static void set_long_key(struct ringfence_map_entry *entry)
{
	entry->key_size = 65;
}

static void set_long_value(struct ringfence_map_entry *entry)
{
	entry->value_size = 0xffffffff;
}

static void set_long_name(struct ringfence_map_entry *entry)
{
	memset(entry->name, 'm', sizeof(entry->name));
}

static void set_index(struct ringfence_map_entry *entry)
{
	entry->key[0] = 2;
}

static void maps(void)
{
	struct ringfence_map_delete delete = { 0 };
	struct ringfence_map show = { 0 };
	unsigned long number;

	CHECK(create_map("m", 0, 4, 4, 2) == EINVAL && strstr(said, "no map of kind 0"));
	CHECK(create_map("m", 4, 4, 4, 2) == EINVAL && strstr(said, "no map of kind 4"));
	CHECK(create_map("m", RINGFENCE_MAP_ARRAY, 8, 4, 2) == EINVAL);
	CHECK(create_map("m", RINGFENCE_MAP_HASH, 65, 4, 2) == EINVAL);
	CHECK(create_map("m", RINGFENCE_MAP_HASH, 4, 257, 2) == EINVAL);
	CHECK(create_map("m", RINGFENCE_MAP_HASH, 4, 4, 0) == EINVAL);
	CHECK(create_map("m", RINGFENCE_MAP_HASH, 64, 256, 65536) == E2BIG);
	CHECK(create_map("", RINGFENCE_MAP_HASH, 4, 4, 2) == EINVAL);
	CHECK(use_map(RINGFENCE_IOC_MAP_GET, NULL) == ENOENT && strstr(said, "no map named m"));
	CHECK(!create_map("m", RINGFENCE_MAP_ARRAY, 4, 4, 2));
	CHECK(create_map("m", RINGFENCE_MAP_RING, 0, 4, 2) == EEXIST);
	CHECK(!use_map(RINGFENCE_IOC_MAP_GET, NULL) && !use_map(RINGFENCE_IOC_MAP_SET, NULL));
	for (number = RINGFENCE_IOC_MAP_GET; number <= RINGFENCE_IOC_MAP_POP; number++) {
		CHECK(use_map(number, set_reserved) == EINVAL && strstr(said, "reserved field"));
		CHECK(use_map(number, set_long_name) == EINVAL && strstr(said, "longer than 31"));
		CHECK(use_map(number, set_long_key) == EINVAL);
		CHECK(use_map(number, set_long_value) == EINVAL);
		if (number != RINGFENCE_IOC_MAP_WALK)
			CHECK(use_map(number, set_place) == EINVAL);
		if (number < RINGFENCE_IOC_MAP_WALK)
			CHECK(use_map(number, set_behind_key) == EINVAL &&
			      strstr(said, "fill what you do not use with zeroes"));
		if (number < RINGFENCE_IOC_MAP_REMOVE)
			CHECK(use_map(number, set_index) == EINVAL && strstr(said, "0 to 1"));
	}
	CHECK(use_map(RINGFENCE_IOC_MAP_SET, set_behind_value) == EINVAL);
	CHECK(use_map(RINGFENCE_IOC_MAP_REMOVE, NULL) == EINVAL && strstr(said, "is an array"));
	CHECK(use_map(RINGFENCE_IOC_MAP_POP, NULL) == EINVAL && strstr(said, "is no ring"));
	CHECK(!use_map(RINGFENCE_IOC_MAP_WALK, set_place));
	head(&show, sizeof(show));
	show.head.flags = RINGFENCE_MAP_NEXT;
	CHECK(!run(RINGFENCE_IOC_MAP_SHOW, &show) && !strcmp(show.name, "m") && show.used == 2);
	CHECK(run(RINGFENCE_IOC_MAP_SHOW, &show) == ENOENT);
	head(&delete, sizeof(delete));
	CHECK(run(RINGFENCE_IOC_MAP_DELETE, &delete) == ENOENT);
	memset(delete.name, 'm', sizeof(delete.name));
	CHECK(run(RINGFENCE_IOC_MAP_DELETE, &delete) == EINVAL && strstr(said, "longer than 31"));
	memset(delete.name + 1, 0, sizeof(delete.name) - 1);
	CHECK(!run(RINGFENCE_IOC_MAP_DELETE, &delete));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	device_open(argv[1]);
	nothing_loaded();
	names_of_files();
	images();
	wide_pointers();
	meaningless();
	targets_of_grafts();
	grafts();
	maps();
	nothing_loaded();
	printf("%u checks\nTest result: SUCCESS\n", checks);
	return 0;
}
