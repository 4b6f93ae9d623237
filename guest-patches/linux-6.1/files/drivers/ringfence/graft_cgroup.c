// SPDX-License-Identifier: GPL-2.0-only
/* Cgroups that grafts are for: a graft holds a reference on the memory controller of one. */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "points.h"

#ifdef CONFIG_MEMCG

struct mem_cgroup *cgroup_of_directory(const struct file *file)
{
	struct cgroup_subsys_state *css;

	css = css_tryget_online_from_dir(file->f_path.dentry, &memory_cgrp_subsys);
	return IS_ERR(css) ? NULL : mem_cgroup_from_css(css);
}

struct mem_cgroup *cgroup_of_current(void)
{
	struct mem_cgroup *memcg;

	rcu_read_lock();
	memcg = mem_cgroup_from_task(current);
	rcu_read_unlock();
	return memcg;
}

bool cgroup_is_gone(const struct mem_cgroup *memcg)
{
	return !(READ_ONCE(memcg->css.flags) & CSS_ONLINE);
}

void cgroup_drop(struct mem_cgroup *memcg)
{
	css_put(&memcg->css);
}

#else

struct mem_cgroup *cgroup_of_current(void)
{
	return NULL;
}

struct mem_cgroup *cgroup_of_directory(const struct file *file)
{
	return NULL;
}

bool cgroup_is_gone(const struct mem_cgroup *memcg)
{
	return true;
}

void cgroup_drop(struct mem_cgroup *memcg)
{
}

#endif
