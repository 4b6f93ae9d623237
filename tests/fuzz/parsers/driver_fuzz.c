// SPDX-License-Identifier: MIT
/*
 * The ioctls of drivers/ringfence (device.c, ioctl_*.c, buffer.c) with the plugin core and a
 * fake monitor, called by a process that has a few pages of memory. Some pages cannot be read
 * or written, and their contents change after each read of the kernel. Claims: the kernel
 * writes only to addresses that it read the first time; without the privilege nothing changes;
 * a refusal is one sentence; no memory and no reference is lost.
 */
#include "driver_maps.h"

#include <linux/ringfence.h>

#include "fake_monitor.h"

#define PAGES	48u
#define OPS_MAX 24

asm(".section .rodata\n"
    ".globl file, file_end\n"
    "file: .incbin \"" PLUGIN_FILE "\"\n"
    "file_end:\n"
    ".previous\n");

int driver_init(void);

static struct input in;

/* ---- the process's memory ---- */

static uint8_t arena[PAGES * PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t mode[PAGES]; /* bit 0: cannot be read, bit 1: cannot be written */

/* The structure is in the first pages, then a window, a fault record, the reason, the image. */
#define STRUCT_AT 0u
#define WINDOW_AT (2 * PAGE_SIZE)
#define RECORD_AT (11 * PAGE_SIZE)
#define REASON_AT (12 * PAGE_SIZE)
#define IMAGE_AT  (14 * PAGE_SIZE)
#define GRAFTS_AT (30 * PAGE_SIZE)

static size_t reachable(const void *at, size_t size, uint8_t bad)
{
	size_t offset = (size_t)((uintptr_t)at - (uintptr_t)arena), some = 0;

	while (some < size && offset + some < sizeof(arena) &&
	       !(mode[(offset + some) / PAGE_SIZE] & bad))
		some++;
	return some;
}

static const size_t sizes[MAP_CREATE] = {
	sizeof(struct ringfence_info),	 sizeof(struct ringfence_load),
	sizeof(struct ringfence_unload), sizeof(struct ringfence_call),
	sizeof(struct ringfence_show),	 sizeof(struct ringfence_entry),
	sizeof(struct ringfence_fault),	 sizeof(struct ringfence_kill),
	sizeof(struct ringfence_load),	 sizeof(struct ringfence_attach),
	sizeof(struct ringfence_detach), sizeof(struct ringfence_point),
	sizeof(struct ringfence_graft),	 sizeof(struct ringfence_ask),
};
static const bool needs_privilege[MAP_CREATE] = { false, true, true, true, false, false, true,
						  true,	 true, true, true, false, false, true };

static size_t size_of(unsigned int command)
{
	return IS_OF_MAP(command) ? maps_size(command) : sizes[command];
}

static bool is_privileged(unsigned int command)
{
	return IS_OF_MAP(command) ? maps_need_privilege(command) : needs_privilege[command];
}

/* ---- arguments as the kernel has read them ---- */

static struct {
	uintptr_t user; /* of the structure */
	unsigned int command;
	unsigned int reads, flips;
	struct ringfence_head head;
	bool writes; /* a window that may be written was in the structure */
	bool wrong;  /* something was in it that must not be passed over */
	uint64_t window, record;
	uint32_t window_size, record_size;
	/* The structure as read, and as last written. */
	uint8_t given[PAGE_SIZE] __attribute__((aligned(8)));
	uint8_t got[PAGE_SIZE] __attribute__((aligned(8)));
} told;

static bool within(uintptr_t at, size_t size, uint64_t start, uint64_t room)
{
	return at >= (uint32_t)start && at + (uint64_t)size <= (uint32_t)start + room;
}

/* User space does not stand still: the next look is at something else. */
static void disturb(void)
{
	uint8_t what = take8(&in);

	if (what & 0x80) {
		uint16_t at = take16(&in);

		/* Often the head of the structure. */
		if (at & 0x8000 && told.user - (uintptr_t)arena < PAGE_SIZE)
			at = (uint16_t)(told.user - (uintptr_t)arena + at % 28);
		arena[at % (3 * PAGE_SIZE)] = take8(&in);
	}
	/* The process changes its arguments after the kernel has checked them. */
	if (told.reads == 1 && (what & 0x60) == 0x40 && told.user - (uintptr_t)arena < PAGE_SIZE)
		arena[told.user - (uintptr_t)arena + offsetof(struct ringfence_head, flags)] ^= 1;
	if ((what & 0x7f) == 0x7f) {
		mode[take8(&in) % PAGES] ^= 1 + take8(&in) % 2;
		told.flips++;
	}
}

unsigned long copy_from_user(void *to, const void *from, unsigned long size)
{
	size_t some = reachable(from, size, 1);

	if (some)
		memcpy(to, from, some);
	memset((uint8_t *)to + some, 0, size - some);
	if (!told.reads++ && some == sizeof(told.head) && size == some)
		memcpy(&told.head, to, some);
	if (told.record && (uintptr_t)from == (uint32_t)told.record && some == sizeof(told.head))
		told.record_size = ((struct ringfence_head *)to)->size;
	disturb();
	return size - some;
}

unsigned long copy_to_user(void *to, const void *from, unsigned long size)
{
	size_t some = reachable(to, size, 2);
	uintptr_t at = (uintptr_t)to;

	if (within(at, size, told.head.reason, told.head.reason_size)) {
		REQUIRE(told.head.reason);
	} else {
		REQUIRE(within(at, size, told.user, told.head.size) ||
			(told.writes && within(at, size, told.window, told.window_size)) ||
			within(at, size, told.record, told.record_size));
	}
	if (some)
		memcpy(to, from, some);
	if (at == told.user && size <= sizeof(told.got))
		memcpy(told.got, from, size);
	disturb();
	return size - some;
}

int copy_struct_from_user(void *to, size_t size, const void *from, size_t user_size)
{
	size_t both = size < user_size ? size : user_size, rest = user_size - both, i;

	memset(to, 0, size);
	if (reachable((const uint8_t *)from + both, rest, 1) < rest)
		return -EFAULT;
	for (i = 0; i < rest; i++)
		if (((const uint8_t *)from)[both + i])
			return -E2BIG;
	if (copy_from_user(to, from, both))
		return -EFAULT;
	if (size == sizeof(struct ringfence_load)) {
		const struct ringfence_load *load = to;

		told.wrong = load->image >> 32 || load->reserved ||
			     (!load->image && load->image_size) ||
			     (!(told.head.flags & RINGFENCE_LOAD_SERVICES) &&
			      memchr_inv(load->services, 0, sizeof(load->services)));
	}
	if (size == sizeof(struct ringfence_call)) {
		const struct ringfence_call *call = to;

		told.wrong = call->window >> 32 || call->fault >> 32 || call->reserved ||
			     (!call->window_size &&
			      (call->window || told.head.flags & RINGFENCE_CALL_WRITE));
		told.writes = told.head.flags & RINGFENCE_CALL_WRITE;
		told.window = call->window;
		told.record = call->fault;
		told.window_size = call->window_size;
	}
	if (told.command >= ATTACH && size == size_of(told.command)) {
		told.wrong = IS_OF_MAP(told.command) ? maps_wrong(told.command, to) :
						       grafts_wrong(told.command, to);
		memcpy(told.given, to, size);
	}
	return 0;
}

/* ---- one ioctl ---- */

static void some_name(char *to, size_t room)
{
	static const char *const names[] = { "many", "a", "b", "", "first", "second", "monitor" };
	uint8_t what = take8(&in);

	if (what < 0xe0)
		strcpy(to, names[what % 7]);
	else if (what < 0xe8)
		strcpy(to, GRAFTS_NAME);
	else if (what < 0xf0)
		memset(to, 'x', room);
	else
		take_bytes(&in, to, room);
}

static void some_entry(char *to, size_t room)
{
	static const char *const names[] = { "trial", "readahead", "plain", "" };
	uint8_t what = take8(&in);

	if (what < 0x80)
		some_name(to, room);
	else
		strcpy(to, names[what % 4]);
}

static uint64_t some_address(uint32_t usual)
{
	uint8_t what = take8(&in);

	if (what < 0xd0)
		return (uintptr_t)arena + usual;
	if (what < 0xe0)
		return (uintptr_t)arena + usual + (1ull << (32 + what % 32));
	if (what < 0xf0)
		return (uintptr_t)arena + take32(&in) % sizeof(arena);
	return take32(&in) | (uint64_t)(what & 1) << 32;
}

/* Fills a structure with mostly valid values. */
static void fill(unsigned int command, void *at)
{
	static const uint32_t windows[] = { 0, 0, 0, 1, 4095, 4096, 4097, 28672, 28673, 32768 };
	struct ringfence_head *head = at;
	struct ringfence_load *load = at;
	struct ringfence_call *call = at;
	struct ringfence_show *show = at;
	struct ringfence_entry *entry = at;
	struct ringfence_attach *attach = at;
	uint8_t odd = take8(&in), what;
	uint32_t i;

	memset(at, 0, PAGE_SIZE);
	head->size = odd & 1 && odd & 2 ? take16(&in) : (uint32_t)size_of(command);
	head->flags = odd & 4 ? take8(&in) : 0;
	head->reason = odd & 8 ? some_address(REASON_AT) : 0;
	head->reason_size = odd & 16 ? take16(&in) % 300 : RINGFENCE_REASON_SIZE;
	head->reserved = odd == 0xff;
	switch (command) {
	case 1:
	case 8: /* replace */
		some_name(load->name, sizeof(load->name));
		load->image = odd & 32 ? some_address(IMAGE_AT) : 0;
		load->image_size = odd & 64 ? take32(&in) :
				   odd & 32 ? (uint32_t)(file_end - file) :
					      0;
		load->fd = odd & 64 ? take8(&in) % (FILE_FD + FILES + 1) : FILE_FD;
		load->budget_us = odd & 128 ? take32(&in) : 0;
		if (head->flags & RINGFENCE_LOAD_SERVICES || !(take8(&in) % 16))
			load->services[take8(&in) % 64 ? 0 : RINGFENCE_SERVICES_WORDS - 1] =
				take8(&in);
		load->strikes = take8(&in);
		what = take8(&in);
		load->reserved = what == 0xff;
		if (what & 1 && !(odd & 64)) {
			load->image += odd & 32 ? GRAFTS_AT - IMAGE_AT : 0;
			load->image_size = odd & 32 ? (uint32_t)(grafts_end - grafts) : 0;
			load->fd = GRAFTS_FD;
		}
		break;
	case 3:
		some_name(call->name, sizeof(call->name));
		if (odd & 32)
			some_entry(call->entry, sizeof(call->entry));
		else
			strcpy(call->entry, "first");
		call->nr_args = take8(&in) % 9;
		for (i = 0; i < RINGFENCE_ARGS_MAX; i++)
			call->args[i] = odd & 64 ? take32(&in) : i;
		call->window_size = odd & 128 ? take32(&in) : windows[take8(&in) % 10];
		if (call->window_size || !(take8(&in) % 16))
			call->window = some_address(WINDOW_AT + odd % 3);
		call->reserved = take8(&in) == 0xff;
		call->kill_after_us = odd >> 1 & 3;
		if (odd & 2) {
			call->fault = some_address(RECORD_AT);
			head = (struct ringfence_head *)(arena + RECORD_AT);
			head->size = odd & 4 ? take16(&in) : sizeof(struct ringfence_fault);
		}
		break;
	case 4:
		some_name(show->name, sizeof(show->name));
		show->id = take8(&in);
		break;
	case 5:
		some_name(entry->name, sizeof(entry->name));
		entry->index = take8(&in) % 4;
		break;
	case ATTACH:
		strcpy(attach->name, GRAFTS_NAME);
		if (odd & 64)
			some_name(attach->name, sizeof(attach->name));
		if (odd & 32)
			some_entry(attach->entry, sizeof(attach->entry));
		/* fall through */
	case DETACH:
	case POINT:
	case GRAFT:
	case ASK:
		what = take8(&in);
		linux_choose_caller(what < 0xf0 ? what % 16 : 0);
		if (what >= 0xf0)
			linux_end_process(what % 16);
		grafts_fill(command, at, &in);
		break;
	case MAP_CREATE ... MAP_POP:
		maps_fill(command, at, &in);
		break;
	default:
		/* Unload, fault and kill begin with the name; info has none. */
		if (command)
			some_name((char *)(head + 1), RINGFENCE_NAME_SIZE);
	}
}

/* An event comes, and time passes until the caller runs again; a signal is pending or not. */
static bool interrupt(uint32_t handle)
{
	uint8_t what = take8(&in);

	(void)handle;
	fake.fatal_signal = what & 2;
	return what & 1;
}

static void during_give_way(void)
{
	fake.clock += 100000ull * take8(&in);
	disturb();
}

static void during_call(void)
{
	uint8_t what = fake.windows ? take8(&in) : 0;

	REQUIRE(linux_privileged);
	if ((what & 0xf0) == 0xf0)
		grafts_detach_one(what);
	else if ((what & 0xf0) == 0xe0)
		linux_end_process(what & 0xf);
	disturb();
}

static struct {
	long memory, frames, handles, published;
} before;

/* Grafts that are listed come and go with other operations too; and there are maps. */
static long memory_without_grafts(void)
{
	return fake.memory - grafts_listed() - maps_listed();
}

static void check_refusal(long err, bool had_reason)
{
	const char *reason = (const char *)(uintptr_t)told.head.reason;
	size_t room = told.head.reason_size;

	REQUIRE(err < 0 && err > -200);
	/* The whole reason is written if its memory is writable and not changed meanwhile. */
	if (had_reason && !told.flips && told.head.reason == (uintptr_t)reason &&
	    (const uint8_t *)reason >= arena + REASON_AT && reachable(reason, room, 2) == room)
		REQUIRE(memchr(reason, 0, room) &&
			(room < RINGFENCE_REASON_SIZE || is_sentence(reason, room)));
}

static void one(void)
{
	static uint8_t structure[PAGE_SIZE] __attribute__((aligned(8)));
	uint8_t what = take8(&in), how = take8(&in);
	unsigned int command =
		what < 16 * ATTACH ? what % ATTACH : ATTACH + what % (COMMANDS - ATTACH);
	unsigned int number;
	uint8_t *user = arena + STRUCT_AT + (how & 8 ? take16(&in) % PAGE_SIZE : 0);
	bool had_reason;
	long err, pages;

	linux_privileged = how & 7;
	fake.fatal_signal = false;
	fake.fail_at = how & 0x10 ? fake.allocations + 1 + take8(&in) % 40 : 0;
	fake.next.status = how & 0x20 ? take8(&in) % 5 : 0;
	fake.value = how;
	fill(command, structure);
	memcpy(user, structure, PAGE_SIZE);
	number = _IO(0xbc, command);
	if (how & 0x40)
		number ^= take8(&in) ? 0 : take32(&in);
	if ((how & 0xc0) == 0xc0)
		user = (uint8_t *)(uintptr_t)take32(&in);
	memset(&told, 0, sizeof(told));
	told.user = (uintptr_t)user;
	told.command = command;
	before.memory = memory_without_grafts();
	before.frames = fake.frames;
	before.handles = fake.handles;
	before.published = fake.published;
	err = linux_fops->unlocked_ioctl(NULL, number, (unsigned long)user);
	had_reason = told.head.reason && told.head.reason_size;
	fake.fail_at = 0;

	linux_settle();
	REQUIRE(err <= 0);
	if (number != (unsigned int)_IO(0xbc, command))
		return;
	if (!told.head.size)
		return; /* could not be read, or says so */
	if (told.wrong || told.head.reason >> 32 || told.head.reserved || told.head.size % 8)
		REQUIRE(err);
	if (err && err != -EFAULT)
		check_refusal(err, had_reason);
	if (!linux_privileged && is_privileged(command))
		REQUIRE(err == -EPERM);
	if (!err && IS_OF_MAP(command))
		maps_check(command, told.given, told.got);
	else if (!err && command >= ATTACH)
		grafts_check(command, told.given, told.got);
	/* Only successful loads, unloads and replacements change the set of plugins. */
	if (!told.flips && (err || (command != 1 && command != 2 && command != 8))) {
		REQUIRE(fake.handles == before.handles && fake.published == before.published);
		/* A first attach gives the plugin a page, which stays if there is an errno. */
		pages = fake.frames - before.frames;
		REQUIRE(!pages || (command == ATTACH && pages == 1));
		REQUIRE(memory_without_grafts() - before.memory == pages);
	}
	REQUIRE(fake.windows == grafts_windows());
}

static void unload_all(void)
{
	char name[RINGFENCE_NAME_SIZE];
	struct core_plugin *plugin;
	struct core_reason why;

	for (;;) {
		port_lock();
		plugin = core_next(0);
		if (plugin)
			strcpy(name, plugin->name);
		port_unlock();
		if (!plugin)
			break;
		REQUIRE(!core_unload(name, false, &why));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t n;

	in = (struct input){ data, data + size };
	memset(&fake, 0, sizeof(fake));
	fake.memory = grafts_listed();
	linux_begin();
	REQUIRE(!driver_init());
	if (!fake.memory)
		grafts_fill_list();
	fake.during_call = during_call;
	fake.interrupt = interrupt;
	fake.during_give_way = during_give_way;
	memset(mode, 0, sizeof(mode));
	memset(arena, 0, IMAGE_AT);
	REQUIRE((size_t)(file_end - file) <= GRAFTS_AT - IMAGE_AT);
	REQUIRE((size_t)(grafts_end - grafts) <= sizeof(arena) - GRAFTS_AT);
	memcpy(arena + IMAGE_AT, file, (size_t)(file_end - file));
	memcpy(arena + GRAFTS_AT, grafts, (size_t)(grafts_end - grafts));
	n = take8(&in);
	if (n & 0x40)
		grafts_load();
	for (n %= 4; n; n--) {
		uint16_t at = take16(&in);

		arena[IMAGE_AT + at % (size_t)(file_end - file)] ^= take8(&in);
	}
	for (n = 0; n < OPS_MAX && input_left(&in); n++)
		one();
	unload_all();
	linux_settle();
	linux_check();
	grafts_check_none();
	maps_delete();
	REQUIRE(!memory_without_grafts() && !fake.frames && !fake.handles && !fake.published &&
		!fake.windows);
	return 0;
}
