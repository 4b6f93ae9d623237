// SPDX-License-Identifier: GPL-2.0-only
/* The table of graft points, and what core/graft/ needs of Linux. */
#define pr_fmt(fmt) "ringfence: " fmt

#include <linux/cache.h>
#include <linux/file.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/ringfence_graft.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "plugins.h"
#include "points.h"
#include "stream_target.h"

#define POINT_METHOD	 CORE_METHOD
#define POINT_EVENT	 CORE_EVENT
#define POINT_EVENT_RING CORE_EVENT_RING
#define POINT_PROCESS	 CORE_PROCESS
#define POINT_SOFTIRQ	 CORE_SOFTIRQ
#define POINT_SWITCH	 CORE_SWITCH
#define POINT_ANY	 CORE_ANY

/* Of an event, if the kind has events. */
#define POINT_BYTES_METHOD(name)     0
#define POINT_BYTES_EVENT(name)	     0
#define POINT_BYTES_EVENT_RING(name) sizeof(struct name##_event)

#define POINT_ONE(type, name, meaning) +1

#define POINT_DEFINITION(number_, version_, name_, kind_, context_, failures_, budget_, question_) \
	bool graft_armed_##name_ __read_mostly;                                                    \
	struct core_point point_##name_ = {                                                        \
		.name = #name_,                                                                    \
		.question = question_,                                                             \
		.number = number_,                                                                 \
		.version = version_,                                                               \
		.kind = POINT_##kind_,                                                             \
		.context = POINT_##context_,                                                       \
		.failures_max = failures_,                                                         \
		.scopes =                                                                          \
			__is_defined(POINT_SOCKETS_##name_) ?                                      \
				1 << CORE_SCOPE_SOCKET :                                           \
				!__is_defined(POINT_NO_PROCESSES_##name_) << CORE_SCOPE_PROCESS |  \
					!__is_defined(POINT_NO_ALL_##name_) << CORE_SCOPE_ALL |    \
					!__is_defined(POINT_NO_FILES_##name_) << CORE_SCOPE_FILE | \
					__is_defined(POINT_CGROUPS_##name_) << CORE_SCOPE_CGROUP | \
					__is_defined(POINT_STREAMS_##name_) << CORE_SCOPE_SOCKET,  \
		.writes = __is_defined(POINT_WRITES_##name_),                                      \
		.closes = __is_defined(POINT_CLOSES_##name_),                                      \
		.nr_args = 0 POINT_ARGS_##name_(POINT_ONE),                                        \
		.ring_pages = DIV_ROUND_UP(sizeof(struct name_##_window), PAGE_SIZE),              \
		.event_bytes = POINT_BYTES_##kind_(name_),                                         \
		.armed = &graft_armed_##name_,                                                     \
		.budget_us = budget_,                                                              \
	};                                                                                         \
	static_assert(0 POINT_ARGS_##name_(POINT_ONE) < PLUGIN_ARGS_MAX);                          \
	static_assert(POINT_##context_ != CORE_SOFTIRQ || (budget_) <= CORE_ATOMIC_US);
POINT_LIST(POINT_DEFINITION)

static struct core_point *const points[] = {
#define POINT_ROW(number, version, name, ...) &point_##name,
	POINT_LIST(POINT_ROW)
};

struct core_point *point_at(u32 index)
{
	return index < ARRAY_SIZE(points) ? points[index] : NULL;
}

struct core_point *point_named(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(points); i++)
		if (!strcmp(points[i]->name, name))
			return points[i];
	return NULL;
}

struct core_point *point_numbered(u32 number)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(points); i++)
		if (points[i]->number == number)
			return points[i];
	return NULL;
}

void port_point_armed(const struct core_point *point, bool armed)
{
	WRITE_ONCE(*point->armed, armed);
}

bool port_scope_ended(enum core_scope scope, const void *held)
{
	const struct pid *pid = held;
	bool ended;

	if (scope == CORE_SCOPE_CGROUP)
		return cgroup_is_gone(held);
	if (scope == CORE_SCOPE_SOCKET)
		return sock_flag(held, SOCK_DEAD) && !stream_socket_is_used(held);
	rcu_read_lock();
	ended = !pid_task((struct pid *)pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return ended;
}

void port_scope_release(enum core_scope scope, void *held)
{
	if (scope == CORE_SCOPE_FILE)
		fput(held);
	else if (scope == CORE_SCOPE_CGROUP)
		cgroup_drop(held);
	else if (scope == CORE_SCOPE_SOCKET)
		sock_put(held);
	else
		put_pid(held);
}

/* A line in the log, and an event. */
void port_tell_end(const struct core_ended *ended)
{
	char graft[24], point[48], plugin[48], why[CORE_REASON_SIZE + 4];
	char *facts[] = { graft, point, plugin, why, NULL };
	struct core_reason text;

	core_tell_end(&ended->end, &text);
	pr_warn_ratelimited("graft %u of plugin %s was detached from %s: %s\n", ended->graft,
			    ended->plugin, ended->point, text.text);
	scnprintf(graft, sizeof(graft), "GRAFT=%u", ended->graft);
	scnprintf(point, sizeof(point), "POINT=%s", ended->point);
	scnprintf(plugin, sizeof(plugin), "PLUGIN=%s", ended->plugin);
	scnprintf(why, sizeof(why), "WHY=%s", text.text);
	kobject_uevent_env(&plugins_device.this_device->kobj, KOBJ_CHANGE, facts);
}

static bool tells; /* the work is to begin; guarded by the lock */

static void tell_ends(struct work_struct *work)
{
	port_lock();
	tells = false;
	port_unlock();
	core_tell_ends();
}

static DECLARE_DELAYED_WORK(telling, tell_ends);

/*
 * To format and print takes ten times as long as a detach, so a worker does; later, so that it does
 * not preempt the one who detaches, and because a timer wakes up nobody now.
 */
void port_grafts_ended(void)
{
	if (!tells)
		schedule_delayed_work(&telling, 1);
	tells = true;
}
