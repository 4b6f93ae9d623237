// SPDX-License-Identifier: MIT
/* The ioctls of grafts, for driver_fuzz.c. */
#include "driver_grafts.h"

#include <linux/ringfence.h>
#include <linux/ringfence_graft.h>

#include "audit.h"
#include "fake_monitor.h"
#include "points.h"

#define ASK_MAX 1000000

/* The audit is off. */
bool audit_on;

void audit_begin(struct audit *audit)
{
	(void)audit;
}

void audit_end(const struct audit *audit, bool aborted, const char *what)
{
	(void)audit, (void)aborted, (void)what;
}

bool audit_ask(const struct core_question *question, u32 id, u32 (*state)(const void *what))
{
	(void)id, (void)state;
	return core_ask(question);
}

asm(".section .rodata\n"
    ".globl grafts, grafts_end\n"
    "grafts: .incbin \"" GRAFTS_FILE "\"\n"
    "grafts_end:\n"
    ".previous\n");

static struct core_graft *next(uint32_t id)
{
	struct core_graft *graft;

	port_lock();
	graft = core_next_graft(id);
	port_unlock();
	return graft;
}

/* The list is as long in each input, but ids go on: choose one by its place. */
static uint32_t some_id(struct input *in)
{
	uint8_t what = take8(in);
	const struct core_graft *graft = next(0);

	if (what >= 0xf0)
		return take32(in);
	for (what %= 80; what && graft; what--)
		graft = graft->next_id;
	return graft ? graft->id : 0;
}

/* Often that of a graft that is attached. */
static uint32_t attached_id(struct input *in)
{
	const struct core_graft *graft;
	uint8_t what = take8(in);

	if (what & 1)
		return some_id(in);
	for (what = what / 2 % 4, graft = next(0); graft; graft = graft->next_id)
		if (graft->attached && !what--)
			return graft->id;
	return some_id(in);
}

static void fill_attach(struct ringfence_attach *attach, struct input *in)
{
	static const char *const points[] = { "trial", "packet", "readahead", "evict",
					      "",      "plain",	 "stream" };
	uint8_t what = take8(in);

	if (what < 0xf0)
		strcpy(attach->point, points[what % 7]);
	else
		take_bytes(in, attach->point, sizeof(attach->point));
	what = take8(in);
	attach->scope = what < 0xf0 ? 1 + what % 5 : take32(in);
	what = take8(in);
	switch (attach->scope) {
	case RINGFENCE_SCOPE_FILE:
	case RINGFENCE_SCOPE_CGROUP:
		attach->target = what % 20; /* as fdget() has them */
		break;
	case RINGFENCE_SCOPE_SOCKET:
		attach->target = what % 8 - 1; /* as sockfd_lookup() has them */
		break;
	case RINGFENCE_SCOPE_PROCESS:
		attach->target = what % 3 ? LINUX_FIRST_PID + what % (LINUX_PIDS + 1) : 0;
		break;
	default:
		attach->target = what >= 0xf0 ? (int32_t)take32(in) : 0;
	}
	attach->failures = take8(in) % 4;
	attach->id = take8(in);
}

void grafts_fill(unsigned int command, void *structure, struct input *in)
{
	struct ringfence_detach *detach = structure;
	struct ringfence_ask *ask = structure;
	uint8_t what;

	switch (command) {
	case ATTACH:
		fill_attach(structure, in);
		break;
	case DETACH:
		detach->id = attached_id(in);
		detach->reserved = take8(in) == 0xff;
		break;
	case POINT:
		((struct ringfence_point *)structure)->index = take8(in) % 4;
		break;
	case GRAFT:
		((struct ringfence_graft *)structure)->id = some_id(in);
		break;
	case ASK:
		what = take8(in);
		ask->rounds = what < 0xf0 ? what % 5 : take32(in);
		what = take8(in);
		ask->limit = what < 0x80 ? UINT32_MAX - what : what;
		ask->args[0] = take8(in);
		ask->answered = ask->value = take8(in);
	}
}

static bool is_text(const char *text, size_t room)
{
	return strnlen(text, room) < room;
}

#define IS_TEXT(field) is_text(field, sizeof(field))

bool grafts_wrong(unsigned int command, const void *structure)
{
	const struct ringfence_attach *attach = structure;
	const struct ringfence_detach *detach = structure;
	const struct ringfence_point *point = structure;
	const struct ringfence_ask *ask = structure;

	switch (command) {
	case ATTACH:
		return !IS_TEXT(attach->point) || !IS_TEXT(attach->name) ||
		       !IS_TEXT(attach->entry) || !point_named(attach->point) || !attach->scope ||
		       attach->scope > RINGFENCE_SCOPE_SOCKET || attach->reserved ||
		       attach->fails_closed > 1 ||
		       (attach->fails_closed && strcmp(attach->point, "stream")) ||
		       (strcmp(attach->point, "stream") &&
			!strcmp(attach->point, "packet") !=
				(attach->scope == RINGFENCE_SCOPE_SOCKET)) ||
		       (attach->scope == RINGFENCE_SCOPE_ALL && attach->target);
	case DETACH:
		return detach->reserved || !detach->id;
	case POINT:
		return !point_at(point->index);
	case ASK:
		return !ask->rounds || ask->rounds > ASK_MAX;
	}
	return false;
}

static void check_point(const struct ringfence_point *given, const struct ringfence_point *got)
{
	REQUIRE(got->index == given->index);
	REQUIRE(is_sentence(got->point, sizeof(got->point)));
	REQUIRE(is_sentence(got->question, sizeof(got->question)));
	REQUIRE(point_named(got->point) == point_at(got->index));
	REQUIRE(point_numbered(got->number) == point_at(got->index));
	REQUIRE(got->asked == got->answered + got->aborted + got->unasked);
}

static void check_graft(const struct ringfence_graft *given, const struct ringfence_graft *got)
{
	REQUIRE(got->id > given->id);
	REQUIRE(point_named(got->point) && IS_TEXT(got->name) && got->name[0]);
	REQUIRE(IS_TEXT(got->entry) && got->entry[0] && IS_TEXT(got->target));
	REQUIRE(got->scope && got->scope <= RINGFENCE_SCOPE_SOCKET);
	REQUIRE(!got->process == (got->scope != RINGFENCE_SCOPE_PROCESS));
	REQUIRE(!got->target[0] ==
		(got->scope == RINGFENCE_SCOPE_PROCESS || got->scope == RINGFENCE_SCOPE_ALL));
	REQUIRE(got->asked == got->answered + got->aborted + got->unasked);
	REQUIRE(got->failures_max);
	if (got->attached && !got->shut)
		REQUIRE(got->failures < got->failures_max);
	if (!got->attached || got->outcome[0])
		REQUIRE(is_sentence(got->outcome, sizeof(got->outcome)));
}

void grafts_check(unsigned int command, const void *given, const void *got)
{
	const struct ringfence_detach *detach = got;
	const struct ringfence_attach *attach = got;
	const struct ringfence_ask *ask = got;
	const struct core_graft *graft;

	switch (command) {
	case ATTACH:
		graft = next(attach->id - 1);
		REQUIRE(attach->id && graft && graft->id == attach->id && graft->attached);
		REQUIRE(!graft->next_id && !strcmp(graft->plugin_name, attach->name));
		break;
	case DETACH:
		graft = next(detach->id - 1);
		REQUIRE(!graft || graft->id != detach->id || !graft->attached);
		break;
	case POINT:
		check_point(given, got);
		break;
	case GRAFT:
		check_graft(given, got);
		break;
	case ASK:
		REQUIRE(ask->rounds == ((const struct ringfence_ask *)given)->rounds);
		REQUIRE(ask->answered <= ask->rounds);
		REQUIRE(ask->answered ? ask->value < ask->limit : !ask->value);
		REQUIRE(ask->least_cycles && ask->least_cycles <= ask->cycles);
	}
}

long grafts_listed(void)
{
	const struct core_graft *graft;
	long nr = 0;

	for (graft = next(0); graft; graft = graft->next_id)
		nr++;
	return nr;
}

uint32_t grafts_windows(void)
{
	const struct core_plugin *plugin;
	uint32_t nr = 0;

	port_lock();
	for (plugin = core_next(0); plugin; plugin = core_next(plugin->id))
		nr += !!plugin->graft_window;
	port_unlock();
	return nr;
}

void grafts_detach_one(uint8_t which)
{
	struct core_graft *graft;
	struct core_reason why;

	for (which %= 4, graft = next(0); graft; graft = graft->next_id)
		if (graft->attached && !which--)
			break;
	if (graft)
		REQUIRE(!core_detach(graft->id, &why));
}

void grafts_load(void)
{
	struct core_load load = { .name = "", .image = grafts, .size = grafts_end - grafts };
	struct core_reason why;
	uint32_t id;

	REQUIRE(!core_load(&load, &id, &why));
}

void grafts_fill_list(void)
{
	struct core_attach attach = {
		.point = &point_trial, .plugin = GRAFTS_NAME, .entry = "", .scope = CORE_SCOPE_ALL
	};
	struct core_reason why;
	uint32_t id, i;

	grafts_load();
	for (i = 0; i < CORE_DETACHED_MAX; i++)
		REQUIRE(!core_attach(&attach, &id, &why) && !core_detach(id, &why));
	REQUIRE(!core_unload(GRAFTS_NAME, false, &why));
	linux_settle();
	REQUIRE(grafts_listed() == CORE_DETACHED_MAX);
}

void grafts_check_none(void)
{
	const struct core_graft *graft;
	uint32_t i;

	for (graft = next(0); graft; graft = graft->next_id)
		REQUIRE(!graft->attached && !graft->askers && graft->freed);
	for (i = 0; point_at(i); i++)
		REQUIRE(!point_at(i)->grafts && !point_at(i)->nr_grafts);
	REQUIRE(!graft_armed_trial && !graft_armed_readahead && !graft_armed_evict);
	REQUIRE(!graft_armed_packet && !graft_armed_sched);
}
