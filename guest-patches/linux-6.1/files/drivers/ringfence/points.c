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
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "plugins.h"
#include "points.h"

#define POINT_METHOD  CORE_METHOD
#define POINT_EVENT   CORE_EVENT
#define POINT_PROCESS CORE_PROCESS

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
		.nr_args = 0 POINT_ARGS_##name_(POINT_ONE),                                        \
		.budget_us = budget_,                                                              \
	};                                                                                         \
	static_assert(0 POINT_ARGS_##name_(POINT_ONE) < PLUGIN_ARGS_MAX);                          \
	static_assert(sizeof(struct name_##_window) <= PAGE_SIZE);
POINT_LIST(POINT_DEFINITION)

static const struct {
	struct core_point *point;
	bool *armed;
} points[] = {
#define POINT_ROW(number, version, name, ...) { &point_##name, &graft_armed_##name },
	POINT_LIST(POINT_ROW)
};

struct core_point *point_at(u32 index)
{
	return index < ARRAY_SIZE(points) ? points[index].point : NULL;
}

struct core_point *point_named(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(points); i++)
		if (!strcmp(points[i].point->name, name))
			return points[i].point;
	return NULL;
}

struct core_point *point_numbered(u32 number)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(points); i++)
		if (points[i].point->number == number)
			return points[i].point;
	return NULL;
}

void port_point_armed(const struct core_point *point, bool armed)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(points); i++)
		if (points[i].point == point)
			WRITE_ONCE(*points[i].armed, armed);
}

bool port_scope_ended(const void *held)
{
	const struct pid *pid = held;
	bool ended;

	rcu_read_lock();
	ended = !pid_task((struct pid *)pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return ended;
}

void port_scope_release(enum core_scope scope, void *held)
{
	if (scope == CORE_SCOPE_FILE)
		fput(held);
	else
		put_pid(held);
}

/* An event for users about a graft that was detached, until it is sent. */
struct ended {
	struct work_struct work;
	char graft[24], point[48], plugin[48], why[CORE_REASON_SIZE + 4];
};

static void send_event(struct work_struct *work)
{
	struct ended *ended = container_of(work, struct ended, work);
	char *facts[] = { ended->graft, ended->point, ended->plugin, ended->why, NULL };

	kobject_uevent_env(&plugins_device.this_device->kobj, KOBJ_CHANGE, facts);
	kfree(ended);
	core_sweep_grafts(); /* what ended the graft, in any context, could not drop references */
}

/* Without memory for the event there is the line in the log only. */
void port_graft_ended(const struct core_graft *graft, const char *text)
{
	struct ended *ended = kmalloc(sizeof(*ended), GFP_ATOMIC | __GFP_NOWARN);

	pr_warn_ratelimited("graft %u of plugin %s was detached from %s: %s\n", graft->id,
			    graft->plugin_name, graft->point->name, text);
	if (!ended)
		return;
	scnprintf(ended->graft, sizeof(ended->graft), "GRAFT=%u", graft->id);
	scnprintf(ended->point, sizeof(ended->point), "POINT=%s", graft->point->name);
	scnprintf(ended->plugin, sizeof(ended->plugin), "PLUGIN=%s", graft->plugin_name);
	scnprintf(ended->why, sizeof(ended->why), "WHY=%s", text);
	INIT_WORK(&ended->work, send_event);
	schedule_work(&ended->work);
}
