// SPDX-License-Identifier: GPL-2.0-only
/* The graft point `touched`: events of the pages of files that are used. */
#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/ringfence_graft.h>
#include <linux/sched.h>

#include "core/graft/ring.h"
#include "points.h"

#define IS_POWER_OF_2(n) (!((n) & ((n)-1)))

static_assert(IS_POWER_OF_2(sizeof(struct touched_event)));
static_assert(IS_POWER_OF_2(sizeof(((struct touched_window *)0)->events)));

static __always_inline void write_event(struct touched_window *window, const struct folio *folio,
					const struct inode *inode)
{
	u32 number = core_event_begin(&window->ring, sizeof(struct touched_event));
	struct touched_event *event = (void *)window->events + number % sizeof(window->events);

	event->device = inode->i_sb->s_dev;
	event->file = inode->i_ino;
	event->page = folio->index;
	core_event_end(&event->number, number);
}

/* The cgroup that has the page's memory: only to compare. */
static uintptr_t cgroup_of(const struct folio *folio)
{
	const struct mem_cgroup *memcg = (void *)(folio->memcg_data & ~MEMCG_DATA_FLAGS_MASK);

	return POINT_CGROUP_KEY(memcg ? memcg->css.cgroup : NULL);
}

/* As graft_ask_evict() has them for a page: only to compare. */
static bool fits(const struct core_graft *graft, const struct folio *folio)
{
	if (graft->scope == CORE_SCOPE_ALL)
		return true;
	if (graft->scope == CORE_SCOPE_CGROUP)
		return graft->key == cgroup_of(folio);
	return graft->key == POINT_PROCESS_KEY(task_tgid(current));
}

static noinline void write_fitting(const struct folio *folio, const struct inode *inode)
{
	const struct core_graft *graft;

	for (graft = READ_ONCE(point_touched.grafts); graft; graft = graft->next)
		if (fits(graft, folio))
			write_event(graft->ring, folio, inode);
}

/*
 * The folio may lose its mapping at any time, whose inode is freed a grace period later. A graft that
 * an interrupt detaches is freed by a task, and so is the ring: not before this function returns.
 */
void graft_write_touched(struct folio *folio)
{
	const struct address_space *mapping;
	struct touched_window *only;

	rcu_read_lock();
	preempt_disable();
	mapping = READ_ONCE(folio->mapping);
	if (likely(mapping && !((uintptr_t)mapping & PAGE_MAPPING_FLAGS))) {
		only = READ_ONCE(point_touched.only);
		if (likely(only))
			write_event(only, folio, mapping->host);
		else
			write_fitting(folio, mapping->host);
	}
	preempt_enable();
	rcu_read_unlock();
}
