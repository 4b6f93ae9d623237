// SPDX-License-Identifier: MIT
/*
 * /dev/plugins as no library would use it. Runs as root in the guest, with
 * hello.plg not loaded; leaves nothing loaded.
 *
 * Claims: whatever the ioctl's number, size, flags, pointers, windows and
 * strings, the answer is an errno, with a sentence where there is room for one;
 * without CAP_SYS_ADMIN nothing is loaded, called or unloaded; structures of the
 * first version are taken; random structures do no harm. Argument: the path of
 * hello.plg.
 */
#include <stddef.h>
#include <sys/wait.h>

#include "device.h"

enum { KILLED = 3, DEAD = 5 }; /* PLUGIN_STATUS_* */

static int end(unsigned long number, const char *name)
{
	struct ringfence_load arg = { 0 };

	head(&arg, number == RINGFENCE_IOC_KILL ? sizeof(struct ringfence_kill) : sizeof(arg));
	arg.image = (uintptr_t)image;
	arg.image_size = image_size;
	strncpy(number == RINGFENCE_IOC_KILL ? ((struct ringfence_kill *)&arg)->name : arg.name,
		name, sizeof(arg.name));
	return run(number, &arg);
}

static int call(const char *name, uint32_t *value)
{
	struct ringfence_call arg = { 0 };
	int err;

	head(&arg, sizeof(arg));
	strncpy(arg.name, name, sizeof(arg.name));
	strcpy(arg.entry, "main");
	arg.nr_args = 1;
	arg.args[0] = 100;
	err = run(RINGFENCE_IOC_CALL, &arg);
	*value = arg.value;
	return err ? err : arg.status ? -(int)arg.status : 0;
}

static void numbers_and_sizes(void)
{
	static uint8_t large[PAGE + 64];
	struct ringfence_info info;
	uint32_t size;

	CHECK(run(_IO(0xbc, 22), large) == ENOTTY);
	CHECK(run(_IO(0xbc, 255), large) == ENOTTY);
	CHECK(run(_IO(0xbd, 0), large) == ENOTTY);
	CHECK(run(_IOR(0xbc, 0, int), large) == ENOTTY);
	CHECK(run(RINGFENCE_IOC_INFO, NULL) == EFAULT);
	CHECK(run(RINGFENCE_IOC_INFO, (void *)0xfffffff0) == EFAULT);
	for (size = 0; size < sizeof(info); size++) {
		head(large, size);
		CHECK(run(RINGFENCE_IOC_INFO, large) == EINVAL);
		CHECK(strstr(said, "instead of"));
	}
	for (size = sizeof(info); size <= PAGE; size++) {
		memset(large, 0, sizeof(large));
		head(large, size);
		CHECK(run(RINGFENCE_IOC_INFO, large) == (size % 8 ? EINVAL : 0));
	}
	head(large, PAGE + 1);
	CHECK(run(RINGFENCE_IOC_INFO, large) == EINVAL);
	head(large, 0xffffffff);
	CHECK(run(RINGFENCE_IOC_INFO, large) == EINVAL);
	memset(large, 0, sizeof(large));
	large[sizeof(info) + 40] = 1;
	head(large, sizeof(info) + 64);
	CHECK(run(RINGFENCE_IOC_INFO, large) == E2BIG && strstr(said, "update the kernel"));

	head(&info, sizeof(info));
	info.head.flags = 2;
	CHECK(run(RINGFENCE_IOC_INFO, &info) == EINVAL && strstr(said, "flags 0x2"));
	head(&info, sizeof(info));
	info.head.reserved = 1;
	CHECK(run(RINGFENCE_IOC_INFO, &info) == EINVAL && strstr(said, "reserved field is 0x1"));
	head(&info, sizeof(info));
	CHECK(!run(RINGFENCE_IOC_INFO, &info));
	CHECK(info.uapi == RINGFENCE_UAPI_VERSION && info.abi && info.mode && info.tick_us);
}

/* A sentence goes where there is room, is terminated, and hurts nobody elsewhere. */
static void reasons(void)
{
	struct ringfence_unload arg = { 0 };
	char room[16];

	head(&arg, sizeof(arg));
	strcpy(arg.name, "absent");
	arg.head.reason = (uintptr_t)room;
	arg.head.reason_size = 9;
	memset(room, '#', sizeof(room));
	CHECK(run(RINGFENCE_IOC_UNLOAD, &arg) == ENOENT);
	CHECK(!memcmp(room, "there is\0#", 10));
	arg.head.reason_size = 0;
	CHECK(run(RINGFENCE_IOC_UNLOAD, &arg) == ENOENT);
	CHECK(room[9] == '#');
	arg.head.reason = 16;
	arg.head.reason_size = 256;
	CHECK(run(RINGFENCE_IOC_UNLOAD, &arg) == ENOENT);
	arg.head.reason = 0xf8000000; /* the monitor's */
	CHECK(run(RINGFENCE_IOC_UNLOAD, &arg) == ENOENT);
	/* There is no place for the sentence then. */
	arg.head.reason = ~0ull;
	CHECK(run(RINGFENCE_IOC_UNLOAD, &arg) == EINVAL);
	memset(room, '#', sizeof(room));
	arg.head.reason = (uintptr_t)room | 1ull << 32;
	CHECK(run(RINGFENCE_IOC_UNLOAD, &arg) == EINVAL && room[0] == '#');
}

static void strings(void)
{
	struct ringfence_call call_arg = { 0 };
	struct ringfence_unload arg = { 0 };

	head(&arg, sizeof(arg));
	memset(arg.name, 'n', sizeof(arg.name));
	CHECK(run(RINGFENCE_IOC_UNLOAD, &arg) == EINVAL && strstr(said, "longer than 31"));
	head(&call_arg, sizeof(call_arg));
	memset(call_arg.entry, 'e', sizeof(call_arg.entry));
	CHECK(run(RINGFENCE_IOC_CALL, &call_arg) == EINVAL && strstr(said, "longer than 55"));
	CHECK(load("a/b") == EINVAL && strstr(said, "letters"));
	CHECK(load("..") == EINVAL);
	CHECK(load("monitor") == EINVAL && strstr(said, "cannot be named monitor"));
}

/* Where the answer cannot be written nothing is done, not even what could be. */
static void no_room_for_an_answer(void)
{
	struct ringfence_load *arg;
	struct ringfence_show show = { 0 };

	arg = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(arg != MAP_FAILED);
	head(arg, sizeof(*arg));
	arg->image = (uintptr_t)image;
	arg->image_size = image_size;
	strcpy(arg->name, "unanswered");
	CHECK(!mprotect(arg, PAGE, PROT_READ));
	CHECK(run(RINGFENCE_IOC_LOAD, arg) == EFAULT && strstr(said, "cannot be written"));
	munmap(arg, PAGE);
	head(&show, sizeof(show));
	strcpy(show.name, "unanswered");
	CHECK(run(RINGFENCE_IOC_SHOW, &show) == ENOENT);
}

static void calls(void)
{
	struct ringfence_call arg = { 0 };
	struct ringfence_entry entry = { 0 };
	struct ringfence_fault fault = { 0 };
	uint32_t value;

	CHECK(!load(""));
	CHECK(load("") == EEXIST && strstr(said, "already loaded"));
	CHECK(!call("hello", &value) && value == 142);
	head(&arg, sizeof(arg));
	strcpy(arg.name, "hello");
	strcpy(arg.entry, "main");
	arg.nr_args = 7;
	CHECK(run(RINGFENCE_IOC_CALL, &arg) == E2BIG && strstr(said, "at most 6"));
	arg.nr_args = 0xffffffff;
	CHECK(run(RINGFENCE_IOC_CALL, &arg) == E2BIG);
	head(&entry, sizeof(entry));
	strcpy(entry.name, "hello");
	CHECK(!run(RINGFENCE_IOC_ENTRY, &entry) && !strcmp(entry.entry, "main"));
	entry.index = 1;
	CHECK(run(RINGFENCE_IOC_ENTRY, &entry) == ENOENT);
	entry.index = 0xffffffff;
	CHECK(run(RINGFENCE_IOC_ENTRY, &entry) == ENOENT);
	head(&fault, sizeof(fault));
	strcpy(fault.name, "hello");
	CHECK(run(RINGFENCE_IOC_FAULT, &fault) == ENODATA && strstr(said, "never stopped"));
	CHECK(!unload("hello"));
	CHECK(unload("hello") == ENOENT);
}

/* A call that says itself how the plugin was stopped. */
static void records(void)
{
	struct ringfence_fault fault = { 0 }, *page;
	struct ringfence_call arg = { 0 };

	CHECK(!load(""));
	head(&arg, sizeof(arg));
	strcpy(arg.name, "hello");
	strcpy(arg.entry, "main");
	arg.fault = 0x1000; /* not mapped */
	CHECK(run(RINGFENCE_IOC_CALL, &arg) == EFAULT && strstr(said, "record cannot be"));
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	page->head.size = sizeof(*page);
	CHECK(!mprotect(page, PAGE, PROT_READ));
	arg.fault = (uintptr_t)page;
	CHECK(run(RINGFENCE_IOC_CALL, &arg) == EFAULT && strstr(said, "record cannot be"));
	arg.fault = (uintptr_t)&fault | 1ull << 32;
	CHECK(run(RINGFENCE_IOC_CALL, &arg) == EINVAL && strstr(said, "fault record"));
	arg.fault = (uintptr_t)&fault;
	CHECK(run(RINGFENCE_IOC_CALL, &arg) == EINVAL && strstr(said, "has 0 bytes instead of"));
	/* It was not called so far. */
	fault.head.size = sizeof(fault);
	fault.status = 77;
	CHECK(!run(RINGFENCE_IOC_CALL, &arg) && !arg.status && !fault.status);
	CHECK(!end(RINGFENCE_IOC_KILL, "hello"));
	CHECK(!run(RINGFENCE_IOC_CALL, &arg) && arg.status == DEAD);
	CHECK(fault.status == KILLED && !strcmp(fault.name, "hello"));
	CHECK(strstr(fault.line, "plugin hello was stopped while it did not run"));
	/* The plugin did not run, so no place is known: nothing of what was there before stays. */
	memset(&fault, 0xee, sizeof(fault));
	head(&fault, sizeof(fault));
	memset(fault.name, 0, sizeof(fault.name));
	strcpy(fault.name, "hello");
	CHECK(!run(RINGFENCE_IOC_FAULT, &fault) && fault.status == KILLED);
	CHECK(!fault.symbol[0] && !fault.symbol_offset);
	CHECK(!fault.source_file[0] && !fault.source_line && !fault.reserved);
	/* An older caller's record ends earlier. */
	memset(&fault, 0xee, sizeof(fault));
	fault.head.size = offsetof(struct ringfence_fault, source_file);
	CHECK(!run(RINGFENCE_IOC_CALL, &arg) && fault.status == KILLED);
	CHECK(fault.source_line == 0xeeeeeeee);
	CHECK(!unload("hello"));
}

static int load_with(uint32_t flags, uint32_t size, uint32_t word, uint32_t bits)
{
	struct ringfence_load arg = { 0 };

	head(&arg, size);
	arg.head.flags = flags;
	arg.image = (uintptr_t)image;
	arg.image_size = image_size;
	arg.services[word] = bits;
	return run(RINGFENCE_IOC_LOAD, &arg);
}

/* Structures of the first version, without what was added since. */
static void first_versions(void)
{
	struct ringfence_show show = { 0 };
	struct ringfence_call arg = { 0 };
	struct ringfence_fault fault;

	CHECK(load_with(0, offsetof(struct ringfence_load, services) - 8, 0, 0) == EINVAL);
	CHECK(!load_with(0, offsetof(struct ringfence_load, services), 0, 0));
	head(&arg, offsetof(struct ringfence_call, window));
	strcpy(arg.name, "hello");
	strcpy(arg.entry, "main");
	arg.window = 0x1234;
	CHECK(!run(RINGFENCE_IOC_CALL, &arg) && arg.value == 42 && arg.window == 0x1234);
	memset(&show, 0xee, sizeof(show));
	head(&show, offsetof(struct ringfence_show, requests));
	memset(show.name, 0, sizeof(show.name));
	strcpy(show.name, "hello");
	CHECK(!run(RINGFENCE_IOC_SHOW, &show) && show.calls == 1);
	CHECK(show.requests == 0xeeeeeeeeeeeeeeee && show.strikes == 0xeeeeeeee);
	head(&show, sizeof(show));
	CHECK(!run(RINGFENCE_IOC_SHOW, &show) && !show.requests && show.strikes == 1);
	CHECK(show.services[0] && !show.window_room && !show.windows);
	memset(&fault, 0xee, sizeof(fault));
	head(&fault, offsetof(struct ringfence_fault, source_file));
	memset(fault.name, 0, sizeof(fault.name));
	strcpy(fault.name, "hello");
	CHECK(run(RINGFENCE_IOC_FAULT, &fault) == ENODATA && strstr(said, "never stopped"));
	fault.head.size -= 4;
	CHECK(run(RINGFENCE_IOC_FAULT, &fault) == EINVAL && fault.source_line == 0xeeeeeeee);
	CHECK(!unload("hello"));
}

static void services(void)
{
	const uint32_t whole = sizeof(struct ringfence_load);

	CHECK(load_with(2, whole, 0, 0) == EINVAL && strstr(said, "flags 0x2"));
	CHECK(load_with(RINGFENCE_LOAD_SERVICES, whole, 0, 1) == EINVAL);
	CHECK(strstr(said, "no service 0"));
	CHECK(load_with(RINGFENCE_LOAD_SERVICES, whole, 7, 1u << 31) == EINVAL);
	CHECK(strstr(said, "no service 255"));
	CHECK(!load_with(RINGFENCE_LOAD_SERVICES, whole, 0, 2));
	CHECK(!unload("hello"));
}

static int call_window(uint32_t flags, uintptr_t window, uint32_t size, uint32_t nr_args)
{
	struct ringfence_call arg = { 0 };

	head(&arg, sizeof(arg));
	arg.head.flags = flags;
	strcpy(arg.name, "hello");
	strcpy(arg.entry, "main");
	arg.nr_args = nr_args;
	arg.window = window;
	arg.window_size = size;
	return run(RINGFENCE_IOC_CALL, &arg);
}

/* Windows that cannot be; hello has no room for any. */
static void windows(void)
{
	CHECK(!load(""));
	CHECK(call_window(2, (uintptr_t)image, 1, 0) == EINVAL && strstr(said, "flags 0x2"));
	CHECK(call_window(0, 0x1000, 1, 0) == EFAULT && strstr(said, "cannot be read"));
	CHECK(call_window(0, 0xf8000000, PAGE, 0) == EFAULT); /* the monitor's */
	CHECK(call_window(0, 0xc0100000, PAGE, 0) == EFAULT);
	CHECK(call_window(0, (uintptr_t)image, 0xffffffff, 0) == EFBIG);
	CHECK(call_window(0, (uintptr_t)image, (16 << 20) + 1, 0) == EFBIG);
	CHECK(call_window(0, (uintptr_t)image, 1, 5) == E2BIG && strstr(said, "at most 4"));
	CHECK(call_window(0, (uintptr_t)image, 1, 0xfffffffe) == E2BIG);
	CHECK(call_window(1, (uintptr_t)image, 1, 0) == ENOSPC);
	CHECK(strstr(said, "PLUGIN_WINDOW_BYTES"));
	CHECK(!unload("hello"));
	CHECK(call_window(0, (uintptr_t)image, 1, 0) == ENOENT && strstr(said, "load it first"));
}

static uint64_t next_random(void)
{
	static uint64_t state = 20260101;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Random structures, sizes mostly right so that they get past the head. */
static void random_structures(unsigned int rounds)
{
	static const uint32_t sizes[] = {
		sizeof(struct ringfence_info),	 sizeof(struct ringfence_load),
		sizeof(struct ringfence_unload), sizeof(struct ringfence_call),
		sizeof(struct ringfence_show),	 sizeof(struct ringfence_entry),
		sizeof(struct ringfence_fault),	 sizeof(struct ringfence_kill),
		sizeof(struct ringfence_load),	 sizeof(struct ringfence_attach),
		sizeof(struct ringfence_detach), sizeof(struct ringfence_point),
		sizeof(struct ringfence_graft),	 sizeof(struct ringfence_ask)
	};
	static uint8_t bytes[1024];
	unsigned int i, j;

	for (i = 0; i < rounds; i++) {
		unsigned int which = next_random() % (sizeof(sizes) / sizeof(sizes[0]));

		for (j = 0; j < sizeof(bytes); j++)
			bytes[j] = next_random() % 3 ? 0 : (uint8_t)next_random();
		head(bytes, next_random() % 8 ? sizes[which] : next_random() % 2048);
		if (next_random() % 4 == 0)
			((struct ringfence_head *)bytes)->reason = (uint32_t)next_random();
		run(_IO(0xbc, which), bytes);
		checks++;
	}
}

static void without_privilege(void)
{
	struct ringfence_attach attach = { 0 };
	struct ringfence_detach detach = { 0 };
	struct ringfence_point point = { 0 };
	struct ringfence_graft graft = { 0 };
	struct ringfence_fault fault = { 0 };
	struct ringfence_show show = { 0 };
	struct ringfence_ask ask = { 0 };
	uint32_t value;
	int status;

	CHECK(!load(""));
	fflush(stdout);
	if (!fork()) {
		CHECK(!setuid(65534));
		CHECK(load("other") == EPERM && strstr(said, "CAP_SYS_ADMIN"));
		CHECK(unload("hello") == EPERM);
		CHECK(end(RINGFENCE_IOC_KILL, "hello") == EPERM);
		CHECK(end(RINGFENCE_IOC_REPLACE, "hello") == EPERM);
		CHECK(call("hello", &value) == EPERM);
		head(&fault, sizeof(fault));
		CHECK(run(RINGFENCE_IOC_FAULT, &fault) == EPERM);
		head(&attach, sizeof(attach));
		CHECK(run(RINGFENCE_IOC_ATTACH, &attach) == EPERM);
		head(&detach, sizeof(detach));
		CHECK(run(RINGFENCE_IOC_DETACH, &detach) == EPERM);
		head(&ask, sizeof(ask));
		CHECK(run(RINGFENCE_IOC_ASK, &ask) == EPERM);
		head(&point, sizeof(point));
		CHECK(!run(RINGFENCE_IOC_POINT, &point) && point.question[0]);
		head(&graft, sizeof(graft));
		graft.id = 0xffffffff;
		CHECK(run(RINGFENCE_IOC_GRAFT, &graft) == ENOENT && strstr(said, "id above"));
		head(&show, sizeof(show));
		strcpy(show.name, "hello");
		CHECK(!run(RINGFENCE_IOC_SHOW, &show) && !show.calls);
		random_structures(2000);
		CHECK(open("/dev/plugins", O_RDWR) < 0);
		device = open("/dev/plugins", O_RDONLY);
		CHECK(device >= 0 && unload("hello") == EPERM);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(!call("hello", &value) && value == 142);
	CHECK(!unload("hello"));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	device_open(argv[1]);
	nothing_loaded();
	numbers_and_sizes();
	reasons();
	strings();
	no_room_for_an_answer();
	calls();
	records();
	first_versions();
	services();
	windows();
	without_privilege();
	random_structures(5000);
	nothing_loaded();
	printf("%u checks\nTest result: SUCCESS\n", checks);
	return 0;
}
