// SPDX-License-Identifier: MIT
/*
 * Rings of events, of the core that writes them and the SDK that reads them.
 *
 * Claims: an attach to a point of kind EVENT RING grants one window that the plugin can only read,
 * tells the plugin where, and undoes all if the plugin is stopped then. A reader gets each event once,
 * whole and in order, or is told that it was lost: also when numbers wrap, when an event is begun
 * within another, and when events are written while one is read. Cannot tell: what is in an event.
 *
 * Arguments: grafts.plg, built from tests/plugins/grafts.
 */
#include <pthread.h>
#include <stdlib.h>

#include "grafting.h"
#include "graft/ring.h"
#include <ringfence/event_reader.h>

#define EVENT sizeof(struct touched_event)
#define ALL   sizeof(((struct touched_window *)0)->events)
#define PAGES ((sizeof(struct touched_window) + 4095) / 4096)

static struct core_point touched_point = { .name = "touched",
					   .number = 9,
					   .version = 1,
					   .kind = CORE_EVENT_RING,
					   .context = CORE_ANY,
					   .scopes = ~0u,
					   .failures_max = 3,
					   .ring_pages = PAGES,
					   .event_bytes = EVENT,
					   .budget_us = 10000 };

/* ---- attach ---- */

static const struct core_window *ring_of(const char *name)
{
	return named(name)->windows;
}

static void end_event(struct touched_window *window, uint32_t number, uint32_t page)
{
	struct touched_event *event = (void *)((uint8_t *)window->events + number % ALL);

	event->device = ~page;
	event->file = page * 3;
	event->page = page;
	core_event_end(&event->number, number);
}

static uint32_t begin_event(struct touched_window *window)
{
	return core_event_begin(&window->ring, EVENT);
}

static void write_event(struct touched_window *window, uint32_t page)
{
	end_event(window, begin_event(window), page);
}

static void attached_rings(void)
{
	const struct core_graft *graft;
	uint32_t id;

	load("g");
	id = (uint32_t)attach(&touched_point, "g", "", CORE_SCOPE_CGROUP, 7);
	CHECK(fake.nr_args == 1 && fake.args[0] == ring_of("g")->offset && named("g")->calls == 1);
	CHECK(ring_of("g")->nr == PAGES && !ring_of("g")->flags && fake.windows == 1);
	graft = graft_with(id);
	CHECK(graft->ring == ring_of("g")->frames->address && fake.armed == 1);
	CHECK(attach(&touched_point, "g", "", CORE_SCOPE_CGROUP, 7) == -EEXIST);
	CHECK(attach(&touched_point, "g", "", CORE_SCOPE_CGROUP, 8) > 0 && fake.windows == 1);
	load("h"); /* a method would have one of these only */
	CHECK(attach(&touched_point, "h", "", CORE_SCOPE_CGROUP, 7) > 0 && fake.windows == 2);
	write_event(graft->ring, 1);
	write_event(graft->ring, 2);
	port_lock();
	core_count_events(core_next_graft(id - 1));
	port_unlock();
	CHECK(graft->asked.answered == 2 && touched_point.asked.answered == 2);
	write_event(graft->ring, 3);
	CHECK(!core_detach(id, &why) && graft_with(id)->asked.answered == 3);
	/* The ring stays, and is not counted anew. */
	id = (uint32_t)attach(&touched_point, "g", "", CORE_SCOPE_CGROUP, 7);
	CHECK(graft_with(id)->ring == ring_of("g")->frames->address);
	CHECK(!core_detach(id, &why) && !graft_with(id)->asked.answered);
	/* A method of the same plugin has a window of its own. */
	attached("g");
	CHECK(fake.windows == 3 && named("g")->nr_windows == 2 && ask());
	unload("g");
	unload("h");
	CHECK(!touched_point.grafts && !touched_point.nr_grafts);
	touched_point.asked = (struct core_asked){ 0 };
	check_empty();
}

/* The ring's structure, its frames, a list of frames, the graft. */
static void without_memory(void)
{
	long nth, frames, memory;

	load("g");
	frames = fake.frames;
	memory = fake.memory;
	for (nth = 1;; nth++) {
		fake.fail_at = fake.allocations + nth;
		if (attach(&touched_point, "g", "", CORE_SCOPE_ALL, 0) > 0)
			break;
		CHECK(says("no memory") && !touched_point.grafts && named("g")->refs == 1);
		CHECK(fake.windows <= 1 &&
		      fake.frames == frames + (long)fake.windows * (long)PAGES);
		CHECK(fake.memory == memory + (long)fake.windows);
	}
	CHECK(nth > 3);
	fake.fail_at = 0;
	unload("g");
	check_empty();
}

static void refused_rings(void)
{
	load("g");
	fake.refuse_grant = -ENOSPC;
	CHECK(attach(&touched_point, "g", "", CORE_SCOPE_ALL, 0) == -ENOSPC && !fake.windows);
	fake.refuse_grant = 0;
	CHECK(attach(&touched_point, "g", "plain", CORE_SCOPE_ALL, 0) == -EINVAL);
	fake.next =
		(struct plugin_fault){ .status = PLUGIN_STATUS_FAULT, .vector = 13, .eip = 0x1010 };
	CHECK(attach(&touched_point, "g", "", CORE_SCOPE_ALL, 0) == -EOWNERDEAD);
	CHECK(says("was stopped when it was told where its events are"));
	CHECK(!touched_point.grafts && named("g")->refs == 1 && named("g")->state == CORE_DEAD);
	unload("g");
	check_empty();
}

/* The plugin is killed while the port is about to write: the event goes to memory that is there. */
static void killed(void)
{
	struct touched_window *window;
	uint32_t before, id;

	load("g");
	id = (uint32_t)attach(&touched_point, "g", "", CORE_SCOPE_ALL, 0);
	window = graft_with(id)->ring;
	fake.delays_workers = true;
	CHECK(touched_point.only == window);
	before = begin_event(window);
	CHECK(!core_kill("g", &why) && !touched_point.grafts && !touched_point.only);
	end_event(window, before, 7);
	CHECK(graft_with(id)->ring == window && graft_with(id)->asked.answered == 1);
	fake.delays_workers = fake.tells = false;
	core_tell_ends();
	CHECK(!strcmp(fake.graft_outcome, "the plugin was stopped"));
	unload("g");
	check_empty();
}

/* ---- reading ---- */

static struct touched_window ring;
static struct plugin_events reader;

static int read_event(struct touched_event *event)
{
	return plugin_events_next(&reader, EVENT, ALL, (uint32_t *)event);
}

/* So that the first event has that number, in events. */
static void begin_at(uint32_t number)
{
	memset(&ring, 0, sizeof(ring));
	ring.ring.next = number * EVENT;
	reader = (struct plugin_events){ 0 };
	plugin_events_begin(&reader, &ring.ring);
}

/* The test numbers pages as events. */
static bool is_whole(const struct touched_event *event)
{
	return event->device == ~event->page && event->file == event->page * 3 &&
	       event->page * EVENT == event->number;
}

static void nothing_to_read(void)
{
	struct touched_event event;

	reader = (struct plugin_events){ 0 };
	CHECK(!read_event(&event)); /* never attached */
	begin_at(1);
	CHECK(!read_event(&event) && !reader.lost);
	write_event(&ring, 1);
	CHECK(read_event(&event) && is_whole(&event) && !read_event(&event));
	plugin_events_begin(&reader, &ring.ring); /* attached again */
	CHECK(!read_event(&event));
	write_event(&ring, 2);
	plugin_events_begin(&reader, &ring.ring);
	CHECK(read_event(&event) && event.page == 2 && !reader.lost);
}

#define WRAP (~0u / (uint32_t)EVENT + 1) /* numbers of events, in events, are modulo this */

/* Write and read as many as the seed says, from this number on, and compare with what was written. */
static void in_turns(uint32_t begin, unsigned int seed)
{
	uint32_t written = begin, expected = begin;
	struct touched_event event;
	uint64_t lost = 0;

	begin_at(begin);
	srandom(seed);
	for (int turn = 0; turn < 300; turn++) {
		for (long some = random() % (random() % 5 ? 300 : 3000); some; some--)
			write_event(&ring, written++ % WRAP);
		if (written - expected > TOUCHED_EVENTS) {
			lost += written - expected - TOUCHED_EVENTS;
			expected = written - TOUCHED_EVENTS;
		}
		for (long some = random() % 600; some && read_event(&event); some--)
			CHECK(is_whole(&event) && event.page == expected++ % WRAP);
	}
	while (read_event(&event))
		CHECK(is_whole(&event) && event.page == expected++ % WRAP);
	CHECK(expected == written && reader.next == written * (uint32_t)EVENT &&
		      reader.lost == lost,
	      "%u %u %u %lu %lu", expected, written, reader.next, (unsigned long)reader.lost,
	      (unsigned long)lost);
}

static void last_that_fits(void)
{
	struct touched_event event;
	uint32_t i;

	begin_at(1);
	for (i = 1; i <= TOUCHED_EVENTS; i++)
		write_event(&ring, i);
	CHECK(read_event(&event) && event.page == 1 && !reader.lost);
	write_event(&ring, i++);
	write_event(&ring, i++);
	CHECK(read_event(&event) && event.page == 3 && reader.lost == 1);
}

/* An interrupt writes and reads while an event is half written. */
static void nested(void)
{
	struct touched_event event;
	uint32_t number, i;

	begin_at(TOUCHED_EVENTS);
	number = begin_event(&ring); /* the first of all */
	CHECK(!read_event(&event) && !reader.lost);
	end_event(&ring, number, TOUCHED_EVENTS);
	CHECK(read_event(&event) && is_whole(&event));
	begin_at(1);
	write_event(&ring, 1);
	number = begin_event(&ring);
	write_event(&ring, 3);
	CHECK(read_event(&event) && event.page == 1);
	CHECK(!read_event(&event) && !read_event(&event) && !reader.lost);
	end_event(&ring, number, 2);
	CHECK(read_event(&event) && event.page == 2 && is_whole(&event));
	CHECK(read_event(&event) && event.page == 3 && !read_event(&event));
	/* So many that the half-written one is lost: the reader does not wait for it for ever. */
	number = begin_event(&ring);
	for (i = 5; i < 5 + TOUCHED_EVENTS; i++)
		write_event(&ring, i);
	CHECK(read_event(&event) && event.page == 5 && reader.lost == 1);
	/* And the late end of it is taken for no other. */
	end_event(&ring, number, 4);
	for (i = 6; i < 4 + TOUCHED_EVENTS; i++)
		CHECK(read_event(&event) && event.page == i && is_whole(&event));
	CHECK(!read_event(&event) && reader.lost == 1);
}

/* ---- at the same time ---- */

#define MANY 3000000u

static void *write_many(void *unused)
{
	for (uint32_t i = 1; i <= MANY; i++)
		write_event(&ring, i);
	return unused;
}

static void at_once(void)
{
	uint32_t last = 0, got = 0;
	struct touched_event event;
	pthread_t writer;

	begin_at(1);
	CHECK(!pthread_create(&writer, NULL, write_many, NULL));
	while (reader.next != (MANY + 1) * EVENT) {
		if (!read_event(&event))
			continue;
		CHECK(is_whole(&event) && event.page > last);
		last = event.page;
		got++;
	}
	CHECK(!pthread_join(writer, NULL) && got + reader.lost == MANY);
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3)
		return 2;
	grafts = read_file(argv[1]);
	attached_rings();
	without_memory();
	refused_rings();
	killed();
	nothing_to_read();
	for (unsigned int seed = 1; seed <= 20; seed++) {
		in_turns(1, seed);
		in_turns(WRAP - 5000, seed);
		in_turns(WRAP / 2 - 5000, seed);
	}
	last_that_fits();
	nested();
	at_once();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
