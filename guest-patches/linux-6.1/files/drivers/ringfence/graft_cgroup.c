// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cgroups that grafts are for. A graft holds a reference on the controller of the cgroup that its point
 * is about; the cgroup itself is what questions name.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "points.h"

#if defined(CONFIG_MEMCG) && defined(CONFIG_FAIR_GROUP_SCHED)

struct cgroup_subsys_state *cgroup_of_directory(const struct file *file,
						enum cgroup_controller which)
{
	struct cgroup_subsys *subsys = which == CGROUP_CPU ? &cpu_cgrp_subsys : &memory_cgrp_subsys;
	struct cgroup_subsys_state *css;

	css = css_tryget_online_from_dir(file->f_path.dentry, subsys);
	if (IS_ERR(css))
		return NULL;
	if (which == CGROUP_MEMORY || css->parent)
		return css;
	css_put(css); /* of the root, which has the kernel's own threads */
	return NULL;
}

struct cgroup *cgroup_of_current(void)
{
	struct cgroup *cgroup;

	rcu_read_lock();
	cgroup = task_css(current, memory_cgrp_id)->cgroup;
	rcu_read_unlock();
	return cgroup;
}

uintptr_t cgroup_key(const struct cgroup_subsys_state *css)
{
	return POINT_CGROUP_KEY(css->cgroup);
}

bool cgroup_is_gone(const struct cgroup_subsys_state *css)
{
	return !(READ_ONCE(css->flags) & CSS_ONLINE);
}

void cgroup_drop(struct cgroup_subsys_state *css)
{
	css_put(css);
}

#else

struct cgroup_subsys_state *cgroup_of_directory(const struct file *file,
						enum cgroup_controller which)
{
	return NULL;
}

struct cgroup *cgroup_of_current(void)
{
	return NULL;
}

uintptr_t cgroup_key(const struct cgroup_subsys_state *css)
{
	return 0;
}

bool cgroup_is_gone(const struct cgroup_subsys_state *css)
{
	return true;
}

void cgroup_drop(struct cgroup_subsys_state *css)
{
}

#endif
