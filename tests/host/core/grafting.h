/* SPDX-License-Identifier: MIT */
/* Shared by graft_test.c, question_test.c and mask_test.c: two points, grafts of them, and questions. */
#ifndef GRAFTING_H
#define GRAFTING_H

#include "named.h"
#include "graft/point.h"
#include <ringfence/point_list.h>

static struct bytes grafts; /* grafts.plg */
static struct core_point trial = { .name = "trial",
				   .number = 2,
				   .version = 1,
				   .kind = CORE_METHOD,
				   .scopes = ~0u,
				   .failures_max = 2,
				   .nr_args = 4,
				   .writes = true,
				   .budget_us = 10000 };
static struct core_point readahead = { .name = "readahead",
				       .number = 1,
				       .version = 1,
				       .kind = CORE_METHOD,
				       .scopes = ~0u,
				       .failures_max = 3,
				       .nr_args = 5,
				       .budget_us = 10000 };
static bool ended; /* `held` of grafts for a process: has it ended? */
static unsigned int nr_held;

static inline void load_file(const char *name, const struct bytes *file)
{
	struct core_load load = { .name = name, .image = file->at, .size = file->size };
	uint32_t id;

	CHECK(!core_load(&load, &id, &why), "%s", why.text);
}

static inline void load(const char *name)
{
	load_file(name, &grafts);
}

static inline void replace(const char *name)
{
	struct core_load load = { .name = name, .image = grafts.at, .size = grafts.size };
	uint32_t id;

	CHECK(!core_replace(&load, false, &id, &why), "%s", why.text);
}

static inline void unload(const char *name)
{
	CHECK(!core_unload(name, true, &why), "%s", why.text);
}

static inline bool says(const char *part)
{
	return strstr(why.text, part);
}

static inline const struct core_graft *graft_with(uint32_t id)
{
	struct core_graft *graft;

	port_lock();
	graft = core_next_graft(id - 1);
	port_unlock();
	return graft && graft->id == id ? graft : NULL;
}

static inline const char *outcome_of(uint32_t id)
{
	static struct core_reason outcome;

	port_lock();
	core_graft_outcome(core_next_graft(id - 1), &outcome);
	port_unlock();
	return outcome.text;
}

static inline unsigned int nr_listed(bool attached)
{
	const struct core_graft *graft;
	unsigned int nr = 0;
	uint32_t id = 0;

	port_lock();
	while ((graft = core_next_graft(id))) {
		CHECK(graft->id > id);
		id = graft->id;
		nr += graft->attached == attached;
	}
	port_unlock();
	return nr;
}

/* Fails, or returns the id. A graft for a file or process holds &ended. */
static inline long attach(struct core_point *point, const char *plugin, const char *entry,
			  enum core_scope scope, uintptr_t key)
{
	const struct core_attach attach = {
		.point = point,
		.plugin = plugin,
		.entry = entry,
		.scope = scope,
		.key = key,
		.held = scope == CORE_SCOPE_ALL ? NULL : &ended,
		.process = 5,
		.target_name = "target",
	};
	uint32_t id = 0;
	int err = core_attach(&attach, &id, &why);

	if (err)
		return err;
	nr_held += scope != CORE_SCOPE_ALL;
	return id;
}

/* To the trial, for all, which must succeed. */
static inline uint32_t attached(const char *plugin)
{
	long id = attach(&trial, plugin, "", CORE_SCOPE_ALL, 0);

	CHECK(id > 0, "%s", why.text);
	return (uint32_t)id;
}

/* Nothing is attached, and everything but the detached grafts themselves is given back. */
static inline void check_empty(void)
{
	CHECK(!nr_listed(true) && !trial.grafts && !readahead.grafts && !fake.armed);
	CHECK(!trial.nr_grafts && !readahead.nr_grafts);
	CHECK(fake.memory == nr_listed(false), "%ld", fake.memory);
	CHECK(!fake.frames && !fake.handles && !fake.published && !fake.locked && !fake.windows);
	CHECK(!fake.masked);
	CHECK(fake.released == nr_held, "%u of %u", fake.released, nr_held);
	memset(&fake, 0, sizeof(fake));
	fake.memory = nr_listed(false);
	trial.asked = readahead.asked = (struct core_asked){ 0 };
	nr_held = 0;
	ended = false;
}

static inline bool was_asked(const struct core_asked *asked, uint64_t answered, uint64_t aborted,
			     uint64_t unasked)
{
	return asked->answered == answered && asked->aborted == aborted &&
	       asked->unasked == unasked;
}

/* ---- a question of the trial ---- */

static unsigned int writes, checked;
static uint32_t *seen; /* the window */
static const char *refusal;

static inline void write_window(void *what, void *window)
{
	CHECK(what == &trial && !fake.locked && fake.masked == 1 && window);
	seen = window;
	seen[0] = 1000 + ++writes;
}

static inline const char *check_window(void *what, const void *window, uint32_t value)
{
	CHECK(what == &trial && !fake.locked && fake.masked == 1 && window == seen);
	CHECK(value == fake.value);
	checked++;
	return refusal;
}

static inline bool ask_with(uintptr_t file, uintptr_t process, uintptr_t cgroup)
{
	uint32_t args[] = { 0, 21, 22, 23, 24 };
	const struct core_question question = {
		.point = &trial,
		.keys = { [CORE_SCOPE_FILE] = file,
			  [CORE_SCOPE_PROCESS] = process,
			  [CORE_SCOPE_CGROUP] = cgroup },
		.args = args,
		.write = write_window,
		.check = check_window,
		.what = &trial,
	};

	return core_ask(&question);
}

static inline bool ask_for(uintptr_t file, uintptr_t process)
{
	return ask_with(file, process, 1);
}

static inline bool ask_in(uintptr_t cgroup)
{
	return ask_with(8, 8, cgroup);
}

static inline bool ask(void)
{
	return ask_for(1, 1);
}

#endif /* GRAFTING_H */
