/* SPDX-License-Identifier: MIT */
/* Shared by call_test.c, atomic_test.c and wait_test.c: plugins of many.plg, and calls of them. */
#ifndef CALLING_H
#define CALLING_H

#include "named.h"

#define MS 1000000ull

static struct bytes many; /* many.plg */
static struct core_result result;

static inline void load(const char *name, uint32_t wall_us, uint32_t service_us)
{
	struct core_load load = {
		.name = name,
		.image = many.at,
		.size = many.size,
		.wall_us = wall_us,
		.service_us = service_us,
	};
	uint32_t id;

	CHECK(!core_load(&load, &id, &why));
}

static inline void replace(const char *name)
{
	struct core_load load = { .name = name, .image = many.at, .size = many.size };
	uint32_t id;

	CHECK(!core_replace(&load, true, &id, &why));
}

static inline struct core_used used(const char *name)
{
	struct core_used used;

	port_lock();
	core_used(core_find(name), &used);
	port_unlock();
	return used;
}

static inline int call(const char *name)
{
	result = (struct core_result){ .status = 77, .value = 77 };
	return core_call(name, "first", NULL, 0, &result, &why);
}

static inline int call_atomic(const char *name)
{
	const struct core_call call = { .name = name, .entry = "first", .atomic = true };

	result = (struct core_result){ .status = 77, .value = 77 };
	return core_call_plugin(&call, &result, &why);
}

static inline void says(const char *text, const char *part)
{
	checks++;
	if (!strstr(text, part)) {
		fprintf(stderr, "\"%s\" does not say \"%s\"\n", text, part);
		exit(1);
	}
}

static inline void unload(const char *name)
{
	CHECK(!core_unload(name, false, &why));
}

static inline void check_empty(void)
{
	CHECK(!fake.memory && !fake.frames && !fake.handles && !fake.published && !fake.locked);
	memset(&fake, 0, sizeof(fake));
}

/* The call of p has ended with KILLED, once, and the warning names @cause. */
static inline void check_killed(const char *cause)
{
	CHECK(result.status == PLUGIN_STATUS_KILLED && !result.value);
	CHECK(named("p")->state == CORE_DEAD && named("p")->faults == 1);
	says(fake.warning, "it was killed");
	says(fake.warning, cause);
	CHECK(fake.kills == 1 && fake.warnings == 1);
	unload("p");
	check_empty();
}

/* Plays a plugin that requests the time 1000 times; service_takes() lets each take 3 ms. */
static inline bool ask_slow(uint32_t handle, uint32_t turn, int status, uint32_t value,
			    struct port_answer *request)
{
	*request = time_request("p");
	(void)handle;
	(void)status;
	(void)value;
	return turn < 1000;
}

static inline void service_takes(void)
{
	fake.cpu_time += 3 * MS;
	fake.clock += 3 * MS;
}

#endif /* CALLING_H */
