// SPDX-License-Identifier: MIT
/*
 * Two plugins and eight windows, used as the bytes of the input say: loads and unloads,
 * grants and revokes (also from within calls, and refused ones), calls
 * within calls, and requests with any number and any arguments. The plugin's
 * memory is a map of pages painted here; the test computes each request's status, value and
 * every changed byte from that map.
 */
#include "target.h"

#include "fake_monitor.h"
#include "service/plugin_memory.h"
#include "service/service.h"
#include <ringfence/service_list.h>

#define PAGE	  4096u
#define WINDOWS	  8
#define PLUGINS	  2
#define OPS_MAX	  64
#define TURNS_MAX 12

#define NUMBER_OF(number, name, description, first, second) SERVICE_##name = number,
/* 16 is no service. Of map_window, which is behind it, tests/host/core has the test. */
enum { SERVICE_LIST(NUMBER_OF) SERVICE_END = 16 };

/* A plugin file with every part and room for windows. */
extern const uint8_t file[], file_end[];
asm(".section .rodata\n"
    ".globl file, file_end\n"
    "file: .incbin \"" PLUGIN_FILE "\"\n"
    "file_end:\n"
    ".previous\n");

static const char *const names[PLUGINS] = { "a", "b" };
static struct input in;
static struct core_reason why;
static struct core_window windows[WINDOWS];
static struct core_frame frames[WINDOWS][6];
static uint8_t pages[WINDOWS][6][PAGE] __attribute__((aligned(4096)));
static bool granted[WINDOWS]; /* the rights of the model's pages, and whose they are */
static uint32_t owner[WINDOWS];
static bool busy[PLUGINS];
static unsigned int nested;

static struct core_plugin *find(uint32_t n)
{
	struct core_plugin *plugin;

	port_lock();
	plugin = core_find(names[n]);
	port_unlock();
	return plugin;
}

/* ---- the map ---- */

struct place {
	uint8_t *byte; /* of the page's beginning; NULL: nothing there */
	bool write;
};

static struct place place_of(uint32_t n, uint32_t page)
{
	const struct core_plugin *p = find(n);
	uint32_t at = 1, i;

	if (page >= at && page < at + p->nr_text + p->nr_rodata)
		return (struct place){ p->frames[page - at].address, false };
	at += p->nr_text + p->nr_rodata;
	if (page >= at && page < at + p->nr_data)
		return (struct place){ p->frames[page - 1].address, true };
	at += p->nr_data + 1;
	if (page >= at && page < at + p->nr_stack)
		return (struct place){ p->frames[page - 2].address, true };
	for (i = 0; i < WINDOWS; i++)
		if (granted[i] && owner[i] == n && page >= windows[i].offset / PAGE &&
		    page < windows[i].offset / PAGE + windows[i].nr)
			return (struct place){ pages[i][page - windows[i].offset / PAGE],
					       windows[i].flags & PLUGIN_WINDOW_WRITE };
	return (struct place){ NULL, false };
}

/* Byte by byte, as the services must read it. */
static bool has(uint32_t n, uint32_t offset, uint32_t size, bool write)
{
	uint64_t i;

	for (i = offset; i < (uint64_t)offset + size; i++) {
		struct place place = i < 1ull << 32 ? place_of(n, (uint32_t)(i / PAGE)) :
						      (struct place){ NULL, false };

		if (!place.byte || (write && !place.write))
			return false;
	}
	return true;
}

static uint8_t *byte_at(uint32_t n, uint32_t offset)
{
	return place_of(n, offset / PAGE).byte + offset % PAGE;
}

/* ---- all memory before and after ---- */

static uint8_t *copy;

static size_t everything(uint8_t *to, bool check)
{
	size_t used = 0;
	uint32_t n, i;

	for (n = 0; n < PLUGINS; n++) {
		const struct core_plugin *p = find(n);

		for (i = 0; p && i < p->nr_frames; i++, used += PAGE) {
			if (check)
				REQUIRE(!memcmp(to + used, p->frames[i].address, PAGE));
			else
				memcpy(to + used, p->frames[i].address, PAGE);
		}
	}
	if (check)
		REQUIRE(!memcmp(to + used, pages, sizeof(pages)));
	else
		memcpy(to + used, pages, sizeof(pages));
	return used + sizeof(pages);
}

/* ---- requests ---- */

struct request {
	bool made;
	bool reached; /* the core, not only the monitor */
	struct port_answer regs;
	int status;
	uint32_t value;
	uint32_t out, out_size; /* what may be written */
	uint8_t bytes[128];	/* and with what */
};

static struct request requests[CORE_DEPTH_MAX + 2];

/* Offsets at which something begins or ends, and all others. */
static uint32_t some_offset(uint32_t n)
{
	const struct core_plugin *p = find(n);
	uint8_t kind = take8(&in);
	int8_t off = (int8_t)take8(&in);
	uint32_t at;

	switch (kind % 10) {
	case 0:
		at = PLUGIN_TEXT_BASE;
		break;
	case 1:
		at = PLUGIN_TEXT_BASE + (p->nr_text + p->nr_rodata) * PAGE;
		break;
	case 2:
		at = PLUGIN_TEXT_BASE + (p->nr_text + p->nr_rodata + p->nr_data) * PAGE;
		break;
	case 3:
		at = PLUGIN_TEXT_BASE + (p->nr_frames + 1) * PAGE;
		break;
	case 4:
		at = p->data_limit + 1;
		break;
	case 5:
	case 6:
		at = windows[kind / 10 % WINDOWS].offset;
		break;
	case 7:
		at = windows[kind / 10 % WINDOWS].offset + windows[kind / 10 % WINDOWS].nr * PAGE;
		break;
	case 8:
		at = 0;
		break;
	default:
		return take32(&in);
	}
	return kind & 0x80 ? at : at + (uint32_t)off;
}

static uint32_t some_size(void)
{
	static const uint32_t sizes[] = { 0, 1, 8, 12, 63, 64, 65, 127, 128, 129, 4096, ~0u };
	uint8_t kind = take8(&in);

	return kind < 0xc0 ? sizes[kind % 12] : kind < 0xf0 ? kind - 0xc0u : take32(&in);
}

static const struct core_window *window_at(uint32_t n, uint32_t index)
{
	const struct core_window *found = NULL;
	uint32_t i, above = 0;

	/* The plugin with this number of plugins below it. */
	for (i = 0; i < WINDOWS; i++) {
		uint32_t j, below = 0;

		if (!granted[i] || owner[i] != n)
			continue;
		for (j = 0; j < WINDOWS; j++)
			below += granted[j] && owner[j] == n &&
				 windows[j].offset < windows[i].offset;
		if (below == index)
			found = &windows[i];
		above++;
	}
	REQUIRE(found || index >= above);
	return found;
}

/* The expected result of the request. */
static void foretell(uint32_t n, struct request *r)
{
	const uint32_t a = r->regs.ebx, b = r->regs.ecx;
	const struct core_window *window;
	struct plugin_window_info info;
	uint32_t i;

	r->status = 0;
	switch (r->regs.edx) {
	case SERVICE_log:
		r->status = b > 128 ? -E2BIG : has(n, a, b, false) ? 0 : -EFAULT;
		break;
	case SERVICE_now:
		r->status = has(n, a, 8, true) ? 0 : -EFAULT;
		r->out_size = 8;
		memcpy(r->bytes, &fake.now, 8);
		break;
	case SERVICE_window_info:
		window = window_at(n, a);
		r->status = a > 4095		 ? -EINVAL :
			    !has(n, b, 12, true) ? -EFAULT :
			    window		 ? 0 :
						   -ENOENT;
		if (!window)
			break;
		info = (struct plugin_window_info){ window->offset, window->nr * PAGE,
						    window->flags };
		r->out_size = sizeof(info);
		memcpy(r->bytes, &info, sizeof(info));
		break;
	case SERVICE_window_length:
		r->status = -EINVAL;
		for (i = 0; i < WINDOWS; i++)
			if (granted[i] && owner[i] == n && windows[i].offset == a) {
				r->status = 0;
				r->value = windows[i].nr * PAGE;
			}
		break;
	case SERVICE_budget:
		r->value = find(n)->budget_us;
		break;
	case SERVICE_random:
		r->status = b > 64 ? -E2BIG : has(n, a, b, true) ? 0 : -EFAULT;
		r->out_size = b;
		memset(r->bytes, 0x5a, sizeof(r->bytes));
		break;
	case SERVICE_map_open: /* there is no map */
		r->status = b > sizeof(struct plugin_map_request) ? -E2BIG :
			    !has(n, a, b, false)		  ? -EFAULT :
			    b < sizeof(struct plugin_map_request) ? -EINVAL :
			    *byte_at(n, a + 31)			  ? -EINVAL :
								    -ENOENT;
		break;
	case SERVICE_map_get:
	case SERVICE_map_set:
	case SERVICE_map_delete:
	case SERVICE_map_next:
	case SERVICE_map_push:
	case SERVICE_map_lock:
	case SERVICE_map_unlock:
		r->status = -EBADF;
		break;
	case SERVICE_undo:
		break;
	default:
		r->status = -EPERM;
	}
	r->out = r->regs.edx == SERVICE_window_info ? b : a;
	if (r->status)
		r->out_size = r->value = 0;
}

static bool allowed(const struct core_plugin *p, uint32_t number)
{
	return number < PLUGIN_SERVICES_MAX && p->services.allowed[number / 32] >> number % 32 & 1;
}

static void make_request(uint32_t n, struct request *r)
{
	uint8_t kind = take8(&in);

	memset(r, 0, sizeof(*r));
	r->made = true;
	r->regs.edx = kind < 0xf0 ? kind % (SERVICE_END + 1) : take32(&in);
	if (r->regs.edx == SERVICE_window_info) {
		r->regs.ebx = kind & 0x40 ? take8(&in) % 10 : take32(&in);
		r->regs.ecx = some_offset(n);
	} else {
		r->regs.ebx = some_offset(n);
		r->regs.ecx = some_size();
	}
	r->regs.esi = take8(&in);
	r->reached = fake.pass_all || allowed(find(n), r->regs.edx);
	if (r->reached && allowed(find(n), r->regs.edx))
		foretell(n, r);
	else
		r->status = -EPERM;
}

static void check_answer(uint32_t n, const struct request *r, int status, uint32_t value)
{
	uint32_t i;

	REQUIRE(status == r->status && value == r->value);
	/* What was to be written is there; the rest is as it was. */
	for (i = 0; i < r->out_size; i++)
		REQUIRE(*byte_at(n, r->out + i) == r->bytes[i]);
	if (r->regs.edx == SERVICE_log && !status)
		REQUIRE(!strncmp(fake.logged, names[n], 1) && !strchr(fake.logged, '\n'));
}

/* Applies the writes that are allowed to the copy. */
static void expect_bytes(uint32_t n, const struct request *r)
{
	uint32_t i, m, f;

	for (i = 0; i < r->out_size; i++) {
		uint8_t *at = byte_at(n, r->out + i);
		size_t used = 0;

		for (m = 0; m < PLUGINS; m++) {
			const struct core_plugin *p = find(m);

			for (f = 0; p && f < p->nr_frames; f++, used += PAGE)
				if ((uint8_t *)p->frames[f].address == at - ((uintptr_t)at % PAGE))
					copy[used + (uintptr_t)at % PAGE] = r->bytes[i];
		}
		if (at >= &pages[0][0][0] && at < &pages[0][0][0] + sizeof(pages))
			copy[used + (size_t)(at - &pages[0][0][0])] = r->bytes[i];
	}
}

static void operate(void);

static bool ask(uint32_t handle, uint32_t turn, int status, uint32_t value,
		struct port_answer *request)
{
	struct request *r;
	uint32_t n = PLUGINS, i;
	uint8_t what;

	for (i = 0; i < PLUGINS; i++)
		if (find(i) && find(i)->handle == handle)
			n = i;
	REQUIRE(n < PLUGINS && busy[n] && nested <= CORE_DEPTH_MAX);
	r = &requests[nested];
	if (turn) {
		REQUIRE(r->made);
		check_answer(n, r, status, value);
		expect_bytes(n, r);
		everything(copy, true);
	}
	r->made = false;
	what = take8(&in);
	if (turn >= TURNS_MAX || !input_left(&in) || what % 8 == 0)
		return false;
	if (what % 8 == 1)
		operate();
	everything(copy, false);
	make_request(n, r);
	*request = r->regs;
	return true;
}

/* ---- what the kernel does ---- */

static void load(uint32_t n)
{
	uint32_t services[PLUGIN_SERVICES_MAX / 32] = { take32(&in) & 0x1fffe }, id;
	struct core_load request = { .name = names[n],
				     .image = file,
				     .size = (size_t)(file_end - file),
				     .strikes = take8(&in),
				     .allowed = services };
	bool there = find(n);
	int err = core_load(&request, &id, &why);

	/* The services are looked at before the name. */
	if (services[0] >> SERVICE_END)
		REQUIRE(err == -EINVAL);
	else
		REQUIRE(err == (there ? -EEXIST : 0));
}

static void unload(uint32_t n)
{
	bool there = find(n);
	int err = core_unload(names[n], false, &why);
	uint32_t i;

	REQUIRE(err == (!there ? -ENOENT : busy[n] ? -EBUSY : 0));
	for (i = 0; i < WINDOWS && !err; i++)
		if (granted[i] && owner[i] == n) {
			REQUIRE(!windows[i].plugin);
			granted[i] = false;
		}
}

static void grant(uint32_t n)
{
	uint32_t i = take8(&in) % WINDOWS;
	const struct core_plugin *p = find(n);
	int err;

	if (granted[i])
		return;
	windows[i].nr = take8(&in) % 7;
	windows[i].flags = take8(&in) % 3;
	fake.refuse_grant = take8(&in) >= 0xf0 ? -EPERM : 0;
	err = core_grant(names[n], &windows[i], &why);
	REQUIRE(err || !fake.refuse_grant);
	fake.refuse_grant = 0;
	granted[i] = !err;
	owner[i] = n;
	REQUIRE(!err == !!windows[i].plugin);
	if (!windows[i].nr || windows[i].flags > 1)
		REQUIRE(err == -EINVAL);
	else if (!p)
		REQUIRE(err == -ENOENT);
	else if (p->state == CORE_DEAD)
		REQUIRE(err == -EOWNERDEAD);
	if (err)
		REQUIRE(is_sentence(why.text, sizeof(why.text)));
	else
		REQUIRE(windows[i].plugin == p);
}

static void revoke(void)
{
	uint32_t i = take8(&in) % WINDOWS;
	bool refuse = take8(&in) >= 0xf0;
	int err;

	fake.refuse_revoke = refuse ? -EINVAL : 0;
	err = core_revoke(&windows[i], &why);
	fake.refuse_revoke = 0;
	REQUIRE(err == (granted[i] && refuse ? -EINVAL : 0));
	if (!err)
		granted[i] = false;
	REQUIRE(granted[i] == !!windows[i].plugin);
}

static void call(uint32_t n)
{
	struct core_plugin *p = find(n);
	enum core_plugin_state before = p ? p->state : CORE_LOADING;
	struct core_result result;
	uint64_t requests_before = p ? p->requests : 0;
	int err;

	if (p && before == CORE_IDLE && nested < CORE_DEPTH_MAX)
		busy[n] = true;
	nested++;
	err = core_call(names[n], "first", NULL, 0, &result, &why);
	nested--;
	if (!p)
		REQUIRE(err == -ENOENT);
	else if (before == CORE_BUSY)
		REQUIRE(err == -EBUSY);
	else
		REQUIRE(!err);
	if (before == CORE_DEAD)
		REQUIRE(result.status == PLUGIN_STATUS_DEAD);
	if (before == CORE_IDLE) {
		busy[n] = false;
		REQUIRE(p->state == (result.status ? CORE_DEAD : CORE_IDLE));
		REQUIRE(p->rejected <= p->requests && p->requests >= requests_before);
	}
}

static void check_windows(void)
{
	uint32_t i, n, total = 0;

	for (n = 0; n < PLUGINS; n++) {
		const struct core_plugin *p = find(n);
		const struct core_window *window;
		uint32_t nr = 0, end = 0;

		if (!p)
			continue;
		for (window = p->windows; window; window = window->next, nr++) {
			REQUIRE(granted[window - windows] && owner[window - windows] == n);
			REQUIRE(window->offset >= end && !(window->offset % PAGE));
			end = window->offset + window->nr * PAGE;
			REQUIRE(window->offset > (p->nr_frames + 2) * PAGE);
			REQUIRE(end - 1 <= p->data_limit);
		}
		REQUIRE(nr == p->nr_windows);
		total += nr;
	}
	for (i = n = 0; i < WINDOWS; i++)
		n += granted[i];
	REQUIRE(n == total && fake.windows == total && !fake.locked);
}

static void operate(void)
{
	uint8_t what = take8(&in);
	uint32_t n = what / 16 % PLUGINS;

	switch (what % 16) {
	case 0 ... 2:
		load(n);
		break;
	case 3:
		unload(n);
		break;
	case 4 ... 7:
		grant(n);
		break;
	case 8 ... 9:
		revoke();
		break;
	case 10:
		fake.pass_all = take8(&in) & 1;
		fake.now = take32(&in) * 0x100000001ull;
		break;
	default:
		call(n);
	}
	check_windows();
}

static void begin(void)
{
	uint32_t i, j;

	memset(&fake, 0, sizeof(fake));
	fake.ask = ask;
	nested = 0;
	for (i = 0; i < WINDOWS; i++) {
		windows[i] = (struct core_window){ .frames = frames[i] };
		granted[i] = false;
		for (j = 0; j < 6; j++) {
			frames[i][j].address = pages[i][j];
			frames[i][j].mfn = (uint32_t)(uintptr_t)pages[i][j] >> 12;
			memset(pages[i][j], (int)(0x80 + i * 8 + j), PAGE);
		}
	}
	if (!copy)
		copy = malloc(PLUGINS * PLUGIN_PAGES_MAX * PAGE + sizeof(pages));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t n;

	in = (struct input){ data, data + size };
	begin();
	for (n = 0; n < OPS_MAX && input_left(&in); n++)
		operate();
	for (n = 0; n < PLUGINS; n++)
		unload(n);
	for (n = 0; n < WINDOWS; n++)
		REQUIRE(!core_revoke(&windows[n], &why));
	REQUIRE(!fake.memory && !fake.frames && !fake.handles && !fake.published && !fake.windows);
	return 0;
}
