// SPDX-License-Identifier: GPL-2.0-only
/* Loading: makes a plugin from a .plg file, new or in place of another plugin. */
#include "life/life.h"
#include "service/service.h"
#include <ringfence/service_list.h>
#include "life/shortage.h"

#define PAGE	    4096u
#define OPCODE_INT3 0xcc

/*
 * Append @pages frames to the plugin's: @size bytes from @bytes, then bytes of value @padding
 * up to the end. -ENOMEM: the frames allocated so far are the plugin's already.
 */
static int fill(struct core_plugin *plugin, const uint8_t *bytes, uint32_t size, uint32_t pages,
		int padding)
{
	struct core_frame *frame;
	uint32_t some;

	while (pages--) {
		frame = &plugin->frames[plugin->nr_frames];
		if (port_frame_alloc(&frame->address, &frame->mfn))
			return -ENOMEM;
		plugin->nr_frames++;
		some = size < PAGE ? size : PAGE;
		if (padding)
			memset((uint8_t *)frame->address + some, padding, PAGE - some);
		if (!some)
			continue;
		memcpy(frame->address, bytes, some);
		bytes += some;
		size -= some;
	}
	return 0;
}

static int fill_part(struct core_plugin *plugin, const void *image, const struct plg_part *part,
		     int padding)
{
	return fill(plugin, (const uint8_t *)image + part->file.offset, part->file.size,
		    part->pages, padding);
}

static int take_memory(struct core_plugin *plugin, const void *image, const struct plg_file *file,
		       struct core_reason *why)
{
	uint32_t pages =
		file->text.pages + file->rodata.pages + file->data.pages + file->stack_pages;
	int err = -ENOMEM;

	plugin->frames = port_alloc(pages * sizeof(*plugin->frames));
	plugin->entries = port_alloc(file->nr_entries * sizeof(*plugin->entries));
	if (plugin->frames && plugin->entries) {
		/* int3 after the end of the code: a jump to there faults. */
		err = fill_part(plugin, image, &file->text, OPCODE_INT3);
		if (!err)
			err = fill_part(plugin, image, &file->rodata, 0);
		if (!err)
			err = fill_part(plugin, image, &file->data, 0);
		if (!err)
			err = fill(plugin, NULL, 0, file->stack_pages, 0);
	}
	if (err)
		return core_refuse(why, err,
				   "there is no memory for the %u pages of plugin %s: "
				   "free some, or make the plugin smaller",
				   pages, plugin->name);
	plg_entries(image, file, plugin->entries);
	core_symbols_take(&plugin->symbols, image, file);
	core_lines_take(&plugin->lines, image, file);
	return 0;
}

static int refuse_create(struct core_plugin *plugin, long err, struct core_reason *why)
{
	const char *cause;

	switch (err) {
	case -ENOSPC:
	case -ENOMEM:
		return core_refuse_room(plugin, (int)err, why);
	case -ENOEXEC:
		cause = "it has another plugin ABI: update the monitor or build with its SDK";
		break;
	case -EPERM:
		cause = "it would not have its frames: this kernel is not the initial domain";
		break;
	case -ENOSYS:
		cause = "it has no plugin_op: run this kernel on the Ringfence monitor";
		break;
	default:
		cause = "this kernel made a mistake: report it";
	}
	return core_refuse(why, (int)err, "the monitor refused plugin %s (error %ld), %s",
			   plugin->name, -err, cause);
}

static int create(struct core_plugin *plugin, struct core_reason *why)
{
	struct plugin_create request = {
		.abi = plugin->abi,
		.start = plugin->start,
		.nr_text = plugin->nr_text,
		.nr_rodata = plugin->nr_rodata,
		.nr_data = plugin->nr_data,
		.nr_stack = plugin->nr_stack,
		.budget_us = plugin->budget_us,
		.nr_window = plugin->nr_window,
	};
	struct plugin_query query;
	uint32_t *mfns;
	uint32_t i;
	long handle;

	mfns = port_alloc(plugin->nr_frames * sizeof(*mfns));
	if (!mfns)
		return core_refuse(why, -ENOMEM, "there is no memory to load plugin %s: free some",
				   plugin->name);
	for (i = 0; i < plugin->nr_frames; i++)
		mfns[i] = plugin->frames[i].mfn;
	handle = port_plugin_create(&request, mfns);
	port_free(mfns);
	if (handle <= 0)
		return refuse_create(plugin, handle ? handle : -EIO, why);
	plugin->handle = (uint32_t)handle;
	handle = port_plugin_services(plugin->handle, &plugin->services);
	if (handle)
		return refuse_create(plugin, handle, why);

	/* The monitor's values: the monitor has replaced a budget of 0 by its default. */
	memset(&query, 0, sizeof(query));
	handle = port_plugin_query(plugin->handle, &query);
	if (handle)
		return refuse_create(plugin, handle, why);
	plugin->mode = query.mode;
	plugin->budget_us = query.budget_us;
	plugin->text_limit = query.text_limit;
	plugin->data_limit = query.data_limit;
	return 0;
}

/* Fill @services from the request. -EINVAL: this kernel lacks a named service. */
static int take_services(const struct core_load *load, struct plugin_services *services,
			 struct core_reason *why)
{
	uint32_t number;

	memset(services, 0, sizeof(*services));
	services->strikes = load->strikes ? load->strikes : 1;
	if (!load->allowed) {
		services->allowed[0] = SERVICES_DEFAULT;
		return 0;
	}
	memcpy(services->allowed, load->allowed, sizeof(services->allowed));
	for (number = 0; number < PLUGIN_SERVICES_MAX; number++)
		if (services->allowed[number / 32] & 1u << number % 32 &&
		    !core_service_name(number))
			return core_refuse(why, -EINVAL,
					   "this kernel has no service %u: allow others, or "
					   "update the kernel",
					   number);
	return 0;
}

static int check(const struct core_load *load, const char *name, struct plugin_services *services,
		 struct core_reason *why)
{
	if (!name[0])
		return core_refuse(why, -EINVAL,
				   "the plugin has no name: give one, or put PLUGIN() "
				   "into its source");
	if (!plg_name_valid(name))
		return core_refuse(why, -EINVAL,
				   "%.40s is not a plugin's name: use 1 to %u letters, "
				   "digits, _ . - and begin with none of the last two",
				   name, PLG_NAME_SIZE - 1);
	if (!strcmp(name, CORE_RESERVED_NAME))
		return core_refuse(
			why, -EINVAL,
			"a plugin cannot be named " CORE_RESERVED_NAME
			", which is where the monitor itself is shown: give another name");
	if (load->budget_us > 10000000)
		return core_refuse(why, -EINVAL,
				   "a budget of %u us is too long: give 1 to 10000000",
				   load->budget_us);
	return take_services(load, services, why);
}

/*
 * Check the file and the request, and allocate a LOADING plugin, which has no frames and no
 * handle and is not listed. NULL: *@err is the errno.
 */
static struct core_plugin *make(const struct core_load *load, struct plg_file *file, int *err,
				struct core_reason *why)
{
	struct plugin_services services;
	const char *name = load->name;
	struct core_plugin *plugin;

	*err = plg_parse(load->image, load->size, file, why);
	if (*err)
		return NULL;
	if (!name[0])
		name = file->about.name;
	*err = check(load, name, &services, why);
	if (*err)
		return NULL;
	plugin = port_alloc(sizeof(*plugin));
	if (!plugin) {
		*err = core_refuse(why, -ENOMEM, "there is no memory to load plugin %s: free some",
				   name);
		return NULL;
	}
	memcpy(plugin->name, name, strlen(name));
	plugin->about = file->about;
	plugin->state = CORE_LOADING;
	plugin->abi = file->abi;
	plugin->start = file->start;
	plugin->budget_us = load->budget_us ? load->budget_us : file->budget_us;
	plugin->wall_us = load->wall_us ? load->wall_us : CORE_WALL_DEFAULT_US;
	plugin->service_us = load->service_us ? load->service_us : CORE_SERVICE_DEFAULT_US;
	plugin->services = services;
	plugin->nr_text = file->text.pages;
	plugin->nr_rodata = file->rodata.pages;
	plugin->nr_data = file->data.pages;
	plugin->nr_heap = file->heap_pages;
	plugin->nr_window = file->window_pages;
	plugin->graft_pages = file->graft_pages;
	plugin->nr_stack = file->stack_pages;
	plugin->nr_entries = file->nr_entries;
	return plugin;
}

/*
 * Undo build() of a plugin that is still LOADING, so that no call of it has begun. If the
 * monitor does not destroy the plugin, its frames are leaked: they are still mapped.
 */
static void unmake(struct core_plugin *plugin)
{
	if (core_destroy(plugin)) {
		port_warn("the monitor keeps the memory of a plugin that was not loaded");
		plugin->nr_frames = 0;
	}
	core_delist(plugin);
	core_put(plugin);
}

/*
 * List the plugin, fill its frames from the file, and create it in the monitor. On an errno
 * the plugin is freed.
 */
static int build(struct core_plugin *plugin, const struct core_load *load,
		 const struct plg_file *file, struct core_reason *why)
{
	int err = core_enlist(plugin, why);

	if (err) {
		core_free_plugin(plugin);
		return err;
	}
	err = take_memory(plugin, load->image, file, why);
	if (!err)
		err = create(plugin, why);
	if (err)
		unmake(plugin);
	return err;
}

int core_load(const struct core_load *load, uint32_t *id, struct core_reason *why)
{
	struct core_plugin *plugin;
	struct plg_file file;
	int err;

	plugin = make(load, &file, &err, why);
	if (!plugin)
		return err;
	err = build(plugin, load, &file, why);
	if (err)
		return err;
	*id = plugin->id;
	err = port_publish(plugin);
	if (err) {
		core_refuse(why, err,
			    "plugin %s cannot be shown to users (error %d): free some "
			    "memory, or load it under another name",
			    plugin->name, -err);
		unmake(plugin);
		return err;
	}
	port_lock();
	core_settle(plugin);
	port_unlock();
	return 0;
}

int core_replace(const struct core_load *load, bool kill, uint32_t *id, struct core_reason *why)
{
	struct core_plugin *plugin, *old = NULL;
	struct plg_file file;
	int err;

	plugin = make(load, &file, &err, why);
	if (!plugin)
		return err;
	plugin->nameless = true;
	err = build(plugin, load, &file, why);
	if (err)
		return err;
	*id = plugin->id;
	err = core_take_name(plugin, kill, &old, why);
	if (err)
		unmake(plugin);
	else if (old)
		core_reap(old);
	else
		port_wake(); /* callers moved to the new plugin's queue try again */
	return err;
}
