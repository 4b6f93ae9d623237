// SPDX-License-Identifier: GPL-2.0-only
/* The interface of plugins for other kernel code: <linux/ringfence_plugins.h>. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/ringfence_plugins.h>
#include <linux/slab.h>

#include "core/life/registry.h"

static_assert(RINGFENCE_WINDOW_WRITE == PLUGIN_WINDOW_WRITE);

struct plugin_target {
	struct core_target core;
};

struct ringfence_window {
	struct core_window core;
	struct core_frame frames[];
};

/* The result of plugin_call(): a PLUGIN_STATUS_*, or a negative errno. */
static int call(const struct core_call *call, u32 *value)
{
	struct core_result result;
	int err = core_call_plugin(call, &result, NULL);

	if (err)
		return err;
	*value = result.value;
	return result.status;
}

int plugin_call(const char *name, const char *entry, const u32 *args, u32 nr_args, u32 *value)
{
	const struct core_call which = {
		.name = name, .entry = entry, .args = args, .nr_args = nr_args
	};

	might_sleep();
	return call(&which, value);
}
EXPORT_SYMBOL_GPL(plugin_call);

int plugin_call_atomic(const char *name, const char *entry, const u32 *args, u32 nr_args,
		       u32 *value)
{
	const struct core_call which = {
		.name = name, .entry = entry, .args = args, .nr_args = nr_args, .atomic = true
	};

	return call(&which, value);
}
EXPORT_SYMBOL_GPL(plugin_call_atomic);

struct plugin_target *plugin_bind(const char *name, const char *entry)
{
	struct plugin_target *target = kmalloc(sizeof(*target), GFP_KERNEL);
	int err;

	if (!target)
		return ERR_PTR(-ENOMEM);
	err = core_bind(name, entry, &target->core, NULL);
	if (!err)
		return target;
	kfree(target);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(plugin_bind);

void plugin_unbind(struct plugin_target *target)
{
	core_unbind(&target->core);
	kfree(target);
}
EXPORT_SYMBOL_GPL(plugin_unbind);

int plugin_call_target(const struct plugin_target *target, const u32 *args, u32 nr_args, u32 *value)
{
	const struct core_call which = { .target = &target->core,
					 .args = args,
					 .nr_args = nr_args };

	might_sleep();
	return call(&which, value);
}
EXPORT_SYMBOL_GPL(plugin_call_target);

int plugin_call_target_atomic(const struct plugin_target *target, const u32 *args, u32 nr_args,
			      u32 *value)
{
	const struct core_call which = {
		.target = &target->core, .args = args, .nr_args = nr_args, .atomic = true
	};

	return call(&which, value);
}
EXPORT_SYMBOL_GPL(plugin_call_target_atomic);

int plugin_kill(const char *name)
{
	return core_kill(name, NULL);
}
EXPORT_SYMBOL_GPL(plugin_kill);

struct ringfence_window *plugin_grant(const struct plugin_target *target, struct page **pages,
				      u32 nr, u32 flags)
{
	struct ringfence_window *window;
	int err;
	u32 i;

	if (!nr || nr > PLUGIN_WINDOW_PAGES_MAX)
		return ERR_PTR(-EINVAL);
	window = kvzalloc(struct_size(window, frames, nr), GFP_KERNEL);
	if (!window)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < nr; i++) {
		window->frames[i].address = page_address(pages[i]);
		window->frames[i].mfn = page_to_pfn(pages[i]);
		if (!window->frames[i].address) {
			kvfree(window);
			return ERR_PTR(-EINVAL); /* highmem: not mapped, for services */
		}
	}
	window->core.frames = window->frames;
	window->core.nr = nr;
	window->core.flags = flags;
	err = core_grant_target(&target->core, &window->core, NULL);
	if (err) {
		kvfree(window);
		return ERR_PTR(err);
	}
	return window;
}
EXPORT_SYMBOL_GPL(plugin_grant);

u32 plugin_window_offset(const struct ringfence_window *window)
{
	return window->core.offset;
}
EXPORT_SYMBOL_GPL(plugin_window_offset);

int plugin_revoke(struct ringfence_window *window)
{
	int err = core_revoke(&window->core, NULL);

	if (!err)
		kvfree(window);
	return err;
}
EXPORT_SYMBOL_GPL(plugin_revoke);
