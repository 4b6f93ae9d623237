// SPDX-License-Identifier: MIT
/* A fake kernel and a fake monitor around the plugin core. */
#include <stdlib.h>

#include "fake_monitor.h"
#include "graft/point.h"

#define HANDLES 16
struct fake_monitor fake;

static struct {
	bool used;
	bool busy;
	bool dead;
	struct plugin_create create;
	struct plugin_query query;
	uint32_t *mfns;
	struct plugin_services services;
	bool waiting, suspended;
	uint32_t turn;
	int status; /* status and value that a suspended plugin has yet to get */
	uint32_t value;
	uint32_t *room; /* for each page of the room: the offset of its window, or 0 */
} held[HANDLES];

static bool out_of_memory(void)
{
	return ++fake.allocations == fake.fail_at;
}

void *port_alloc(size_t size)
{
	REQUIRE(may_sleep());
	if (out_of_memory())
		return NULL;
	fake.memory++;
	return calloc(1, size);
}

void port_free(void *memory)
{
	REQUIRE(may_sleep());
	fake.memory -= !!memory;
	free(memory);
}

int port_frame_alloc(void **address, uint32_t *mfn)
{
	REQUIRE(may_sleep());
	if (out_of_memory())
		return -ENOMEM;
	*address = aligned_alloc(4096, 4096);
	memset(*address, 0, 4096);
	*mfn = (uint32_t)((uintptr_t)*address >> 12);
	fake.frames++;
	return 0;
}

void port_frame_free(void *address, uint32_t mfn)
{
	uint32_t i, j;

	REQUIRE(mfn == (uint32_t)((uintptr_t)address >> 12));
	for (i = 0; i < HANDLES; i++)
		for (j = 0; held[i].used && j < held[i].create.nr_text; j++)
			REQUIRE(held[i].mfns[j] != mfn);
	fake.frames--;
	free(address);
}

int port_frames_alloc(uint32_t nr, struct core_frame *frames)
{
	char *first;
	uint32_t i;

	REQUIRE(may_sleep() && nr);
	if (out_of_memory())
		return -ENOMEM;
	first = aligned_alloc(4096, nr * 4096);
	memset(first, 0, nr * 4096);
	for (i = 0; i < nr; i++) {
		frames[i].address = first + i * 4096;
		frames[i].mfn = (uint32_t)((uintptr_t)frames[i].address >> 12);
	}
	fake.frames += nr;
	return 0;
}

void port_frames_free(uint32_t nr, const struct core_frame *frames)
{
	fake.frames -= nr;
	free(frames[0].address);
}

long port_plugin_create(const struct plugin_create *create, const uint32_t *frames)
{
	uint32_t total = create->nr_text + create->nr_rodata + create->nr_data + create->nr_stack;
	struct plugin_query *query;
	uint32_t i;

	REQUIRE(!fake.locked);
	fake.created = *create;
	if (fake.refuse_create)
		return fake.refuse_create;
	REQUIRE(create->abi >> 16 == PLUGIN_ABI_MAJOR);
	REQUIRE((create->abi & 0xffff) <= PLUGIN_ABI_MINOR);
	REQUIRE(create->nr_text && create->nr_stack && total <= PLUGIN_PAGES_MAX);
	REQUIRE(create->start >= PLUGIN_TEXT_BASE);
	REQUIRE(create->start < PLUGIN_TEXT_BASE + create->nr_text * 4096);
	REQUIRE(!create->flags && create->budget_us <= 10000000);
	for (i = 0; i < HANDLES && held[i].used; i++)
		;
	if (i == HANDLES)
		return -ENOSPC;
	memset(&held[i], 0, sizeof(held[i]));
	held[i].used = true;
	held[i].create = *create;
	held[i].mfns = malloc(total * sizeof(*frames));
	memcpy(held[i].mfns, frames, total * sizeof(*frames));
	held[i].room = calloc(create->nr_window + 1, sizeof(uint32_t));
	query = &held[i].query;
	query->mode = PLUGIN_MODE_SEGMENT;
	query->text_limit = PLUGIN_TEXT_BASE + create->nr_text * 4096 - 1;
	query->data_limit = PLUGIN_TEXT_BASE + (total + 1) * 4096 - 1;
	if (create->nr_window) {
		query->window = PLUGIN_TEXT_BASE + (total + 2) * 4096;
		query->data_limit = query->window + create->nr_window * 4096 - 1;
	}
	query->budget_us = create->budget_us ? create->budget_us : 100000;
	fake.handles++;
	return i + 1;
}

static int held_at(uint32_t handle)
{
	REQUIRE(handle >= 1 && handle <= HANDLES && held[handle - 1].used);
	return (int)handle - 1;
}

/* Revokes a window, of a dead plugin too. */
static long revoke(int i, uint32_t offset)
{
	uint32_t page, pages = 0;

	if (fake.refuse_revoke)
		return fake.refuse_revoke;
	for (page = 0; page < held[i].create.nr_window; page++)
		if (held[i].room[page] == offset) {
			held[i].room[page] = 0;
			pages++;
		}
	REQUIRE(pages);
	held[i].query.windows--;
	fake.windows--;
	return 0;
}

/* Grants the highest free pages, so that offsets are not in the order of the grants. */
long port_plugin_grant(uint32_t handle, struct plugin_window *window, const uint32_t *frames)
{
	int i = held_at(handle);
	uint32_t end, page;

	REQUIRE(window->nr && !(window->flags & ~PLUGIN_WINDOW_WRITE) && frames[0]);
	REQUIRE(!held[i].dead);
	if (fake.refuse_grant)
		return fake.refuse_grant;
	for (end = held[i].create.nr_window; end >= window->nr; end--) {
		for (page = end - window->nr; page < end && !held[i].room[page]; page++)
			;
		if (page == end)
			break;
	}
	if (end < window->nr)
		return -ENOSPC;
	window->offset = held[i].query.window + (end - window->nr) * 4096;
	for (page = end - window->nr; page < end; page++)
		held[i].room[page] = window->offset;
	held[i].query.windows++;
	fake.windows++;
	return 0;
}

long port_plugin_services(uint32_t handle, const struct plugin_services *services)
{
	REQUIRE(!(services->allowed[0] & 1) && services->strikes);
	held[held_at(handle)].services = *services;
	fake.services = *services;
	return 0;
}

/* A call under way ends with KILLED later, in go_on(). */
static long kill(int i)
{
	if (fake.refuse_kill)
		return fake.refuse_kill;
	fake.kills++;
	if (held[i].dead)
		return 0;
	held[i].dead = true;
	held[i].query.faults += held[i].busy;
	held[i].query.fault = (struct plugin_fault){ .status = PLUGIN_STATUS_KILLED,
						     .vector = 33,
						     .eip = held[i].busy ? 0x1040 : 0,
						     .call = held[i].query.calls };
	return 0;
}

long port_plugin_op(uint32_t command, uint32_t handle, uint32_t edx)
{
	int i = held_at(handle);

	if (command == PLUGINOP_revoke)
		return revoke(i, edx);
	if (command == PLUGINOP_kill)
		return kill(i);
	if (command == PLUGINOP_budget) {
		REQUIRE(edx && edx <= 10000000);
		fake.budget_us = edx;
		return 0;
	}
	REQUIRE(command == PLUGINOP_destroy && !edx);
	REQUIRE(!held[i].busy && !fake.locked);
	if (fake.refuse_destroy)
		return fake.refuse_destroy;
	free(held[i].mfns);
	held[i].mfns = NULL;
	fake.windows -= held[i].query.windows;
	free(held[i].room);
	held[i].used = false;
	fake.handles--;
	return 0;
}

long port_plugin_query(uint32_t handle, struct plugin_query *query)
{
	if (fake.refuse_query)
		return fake.refuse_query;
	*query = held[held_at(handle)].query;
	return 0;
}

long port_plugin_info(struct plugin_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->abi = PLUGIN_ABI;
	info->plugins = (uint32_t)fake.handles;
	info->plugins_max = HANDLES;
	info->pages_free = fake.pages_free;
	return fake.refuse_info;
}

static long end_call(int i, struct port_answer *answer)
{
	held[i].busy = false;
	if (!fake.next.status) {
		answer->edx = fake.value;
		return PLUGIN_STATUS_OK;
	}
	held[i].dead = true;
	held[i].query.faults++;
	held[i].query.fault = fake.next;
	held[i].query.fault.call = held[i].query.calls;
	return fake.next.status;
}

/* Plays the plugin until an interruption, a request for an allowed service, or the end. */
static long go_on(int i, uint32_t interruptible, int status, uint32_t value,
		  struct port_answer *answer)
{
	struct plugin_query *query = &held[i].query;
	uint32_t number;

	REQUIRE(interruptible == 0 || interruptible == PLUGINOP_INTERRUPTIBLE);
	if (held[i].dead) {
		held[i].busy = false;
		return PLUGIN_STATUS_KILLED;
	}
	if (interruptible && fake.interrupt && fake.interrupt((uint32_t)i + 1)) {
		held[i].suspended = true;
		held[i].status = status;
		held[i].value = value;
		answer->edx = 0;
		return PLUGIN_STATUS_INTERRUPTED;
	}
	while (fake.ask && fake.ask((uint32_t)i + 1, held[i].turn++, status, value, answer)) {
		number = answer->edx;
		if (fake.pass_all || (number < PLUGIN_SERVICES_MAX &&
				      held[i].services.allowed[number / 32] & 1u << number % 32)) {
			query->services++;
			held[i].waiting = true;
			return PLUGIN_STATUS_SERVICE;
		}
		if (++query->refused == held[i].services.strikes) {
			held[i].busy = false;
			held[i].dead = true;
			query->faults++;
			query->fault = (struct plugin_fault){ .status = PLUGIN_STATUS_FORBIDDEN,
							      .eax = number,
							      .call = query->calls };
			return PLUGIN_STATUS_FORBIDDEN;
		}
		status = -EPERM;
		value = 0;
	}
	return end_call(i, answer);
}

long port_plugin_invoke(uint32_t interruptible, uint32_t handle, uint32_t entry,
			const uint32_t *args, uint32_t nr_args, struct port_answer *answer)
{
	int i = held_at(handle);

	REQUIRE(!fake.locked && !held[i].busy);
	memset(answer, 0, sizeof(*answer));
	if (fake.before_call)
		fake.before_call();
	if (held[i].dead)
		return PLUGIN_STATUS_DEAD;
	if (fake.refuse_call)
		return fake.refuse_call;
	held[i].busy = true;
	held[i].turn = 0;
	held[i].query.calls++;
	fake.entry = entry;
	fake.nr_args = nr_args;
	memset(fake.args, 0, sizeof(fake.args));
	if (nr_args)
		memcpy(fake.args, args, nr_args * sizeof(*args));
	if (fake.during_call)
		fake.during_call();
	return go_on(i, interruptible, 0, 0, answer);
}

long port_plugin_reply(uint32_t interruptible, uint32_t handle, uint32_t value, int status,
		       struct port_answer *answer)
{
	int i = held_at(handle);

	REQUIRE(!fake.locked && held[i].waiting && status <= 0);
	held[i].waiting = false;
	return go_on(i, interruptible, status, value, answer);
}

long port_plugin_resume(uint32_t interruptible, uint32_t handle, struct port_answer *answer)
{
	int i = held_at(handle);

	REQUIRE(!fake.locked && held[i].suspended);
	held[i].suspended = false;
	return go_on(i, interruptible, held[i].status, held[i].value, answer);
}

void port_log_line(const char *plugin, const char *line)
{
	snprintf(fake.logged, sizeof(fake.logged), "%s: %s", plugin, line);
	fake.lines++;
}

uint64_t port_now(void)
{
	REQUIRE(!fake.locked);
	if (fake.during_service)
		fake.during_service();
	return fake.now;
}

void port_random(void *to, size_t size)
{
	memset(to, 0x5a, size);
}

/* What the lock guards of each plugin, as it was when the lock was last released. */
static struct guarded {
	uint32_t id;
	uint32_t log;
	uint64_t calls, faults, requests, rejected;
	struct core_cycles used;
} guarded[HANDLES];

static struct guarded look_at(const struct core_plugin *plugin)
{
	return (struct guarded){ .id = plugin->id,
				 .log = plugin->log.used,
				 .calls = plugin->calls,
				 .faults = plugin->faults,
				 .requests = plugin->requests,
				 .rejected = plugin->rejected,
				 .used = plugin->used };
}

/* Does each plugin still have the values that it had when the lock was released? */
static void check_guarded(void)
{
	const struct core_plugin *plugin;
	struct guarded now;
	uint32_t i;

	for (i = 0; i < HANDLES; i++) {
		plugin = guarded[i].id ? core_find_id(guarded[i].id) : NULL;
		if (!plugin)
			continue;
		now = look_at(plugin);
		REQUIRE(!memcmp(&now, &guarded[i], sizeof(now)));
	}
}

static void note_guarded(void)
{
	const struct core_plugin *plugin = core_next(0);
	uint32_t i;

	memset(guarded, 0, sizeof(guarded));
	for (i = 0; i < HANDLES && plugin; i++, plugin = core_next(plugin->id))
		guarded[i] = look_at(plugin);
}

void port_lock(void)
{
	REQUIRE(!fake.locked);
	fake.locked = true;
	check_guarded();
}

void port_unlock(void)
{
	REQUIRE(fake.locked);
	note_guarded();
	fake.locked = false;
	if (fake.tells && !fake.delays_workers && !fake.masked && !fake.softirq &&
	    !fake.switching) {
		fake.tells = false;
		core_tell_ends();
	}
}

uint64_t port_clock(void)
{
	return fake.clock + fake.waited;
}

uint64_t port_cycles_ns(uint64_t cycles)
{
	return cycles;
}

void port_mark(struct port_mark *mark)
{
	mark->clock = fake.cpu_time;
}

uint64_t port_since(struct port_mark *mark)
{
	uint64_t before = mark->clock;

	mark->clock = fake.cpu_time;
	return mark->clock - before;
}

void port_hand_over(struct core_plugin *from, struct core_plugin *to)
{
	REQUIRE(fake.locked && from->nameless && !to->nameless);
	fake.hand_overs++;
}

int port_publish(struct core_plugin *plugin)
{
	REQUIRE(!fake.locked && plugin->state == CORE_LOADING);
	fake.text_word = *(uint32_t *)plugin->frames[0].address;
	if (fake.refuse_publish)
		return (int)fake.refuse_publish;
	fake.published++;
	return 0;
}

void port_withdraw(struct core_plugin *plugin)
{
	REQUIRE(!fake.locked && plugin->state == CORE_UNLOADING && !plugin->nameless);
	fake.published--;
}

void port_warn(const char *line)
{
	REQUIRE(strlen(line) < sizeof(fake.warning));
	strcpy(fake.warning, line);
	fake.warnings++;
}
