// SPDX-License-Identifier: GPL-2.0-only
/* The list of plugins and what can be done with one; see registry.h. */
#include "registry.h"
#include "service.h"
#include "service_list.h"

#define PAGE	    4096u
#define OPCODE_INT3 0xcc

static struct core_plugin *plugins; /* ascending ids */
static uint32_t last_id;
static unsigned int depth; /* of calls under way, each from a service of the one before */

const char *core_state_name(enum core_plugin_state state)
{
	static const char *const names[] = { "loading", "idle", "busy", "dead", "unloading" };

	return names[state];
}

const char *core_mode_name(uint32_t mode)
{
	static const char *const names[] = { "unknown", "segment", "page", "unguarded" };

	return names[mode < sizeof(names) / sizeof(names[0]) ? mode : 0];
}

struct core_plugin *core_find(const char *name)
{
	struct core_plugin *plugin;

	for (plugin = plugins; plugin; plugin = plugin->next)
		if (!strcmp(plugin->name, name))
			return plugin;
	return NULL;
}

struct core_plugin *core_next(uint32_t id)
{
	struct core_plugin *plugin;

	for (plugin = plugins; plugin; plugin = plugin->next)
		if (plugin->id > id)
			return plugin;
	return NULL;
}

void core_fault_context(const struct core_plugin *plugin, struct core_fault_context *context)
{
	context->plugin = plugin->name;
	context->symbols = &plugin->symbols;
	context->lines = &plugin->lines;
	context->text_limit = plugin->text_limit;
	context->data_limit = plugin->data_limit;
	context->budget_us = plugin->budget_us;
}

/* The monitor counts modulo 2^32 those that it refused; without a handle, none. */
uint64_t core_refused(const struct core_plugin *plugin)
{
	struct plugin_query query;

	memset(&query, 0, sizeof(query));
	if (!plugin->handle || core_plugin_query(plugin->handle, &query))
		query.refused = 0;
	return plugin->rejected + query.refused;
}

static int enlist(struct core_plugin *plugin, struct core_reason *why)
{
	struct core_plugin **end;
	int err = 0;

	core_lock();
	if (core_find(plugin->name)) {
		err = core_refuse(why, -EEXIST,
				  "a plugin named %s is already loaded: unload it first, "
				  "or load this one under another name",
				  plugin->name);
	} else {
		plugin->id = ++last_id;
		for (end = &plugins; *end; end = &(*end)->next)
			;
		*end = plugin;
	}
	core_unlock();
	return err;
}

static void delist(struct core_plugin *plugin)
{
	struct core_plugin **link;

	core_lock();
	for (link = &plugins; *link != plugin; link = &(*link)->next)
		;
	*link = plugin->next;
	core_unlock();
}

static void set_state(struct core_plugin *plugin, enum core_plugin_state state)
{
	core_lock();
	plugin->state = state;
	core_unlock();
}

static void free_frames(struct core_plugin *plugin)
{
	while (plugin->nr_frames) {
		struct core_frame *frame = &plugin->frames[--plugin->nr_frames];

		core_frame_free(frame->address, frame->mfn);
	}
}

static void free_plugin(struct core_plugin *plugin)
{
	free_frames(plugin);
	core_free(plugin->frames);
	core_free(plugin->entries);
	core_symbols_drop(&plugin->symbols);
	core_lines_drop(&plugin->lines);
	core_free(plugin);
}

/* Adds @pages frames that begin with @bytes of the file. */
static int fill(struct core_plugin *plugin, const uint8_t *bytes, uint32_t size, uint32_t pages,
		int padding)
{
	struct core_frame *frame;
	uint32_t some;

	while (pages--) {
		frame = &plugin->frames[plugin->nr_frames];
		if (core_frame_alloc(&frame->address, &frame->mfn))
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

	plugin->frames = core_alloc(pages * sizeof(*plugin->frames));
	plugin->entries = core_alloc(file->nr_entries * sizeof(*plugin->entries));
	if (plugin->frames && plugin->entries) {
		/* Jumping past the end of the code is a fault, not more code. */
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
		cause = "it has no slot or address space left: unload a plugin";
		break;
	case -ENOMEM:
		cause = "it is out of memory: unload a plugin";
		break;
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

	mfns = core_alloc(plugin->nr_frames * sizeof(*mfns));
	if (!mfns)
		return core_refuse(why, -ENOMEM, "there is no memory to load plugin %s: free some",
				   plugin->name);
	for (i = 0; i < plugin->nr_frames; i++)
		mfns[i] = plugin->frames[i].mfn;
	handle = core_plugin_create(&request, mfns);
	core_free(mfns);
	if (handle <= 0)
		return refuse_create(plugin, handle ? handle : -EIO, why);
	plugin->handle = (uint32_t)handle;
	handle = core_plugin_services(plugin->handle, &plugin->services);
	if (handle)
		return refuse_create(plugin, handle, why);

	/* The monitor's own word on what it made of the request. */
	memset(&query, 0, sizeof(query));
	handle = core_plugin_query(plugin->handle, &query);
	if (handle)
		return refuse_create(plugin, handle, why);
	plugin->mode = query.mode;
	plugin->budget_us = query.budget_us;
	plugin->text_limit = query.text_limit;
	plugin->data_limit = query.data_limit;
	return 0;
}

/*
 * Takes the plugin from the monitor. If the monitor will not let go, the
 * frames must not be freed either: they are still mapped for the plugin.
 */
static long destroy(struct core_plugin *plugin)
{
	long err = plugin->handle ? core_plugin_op(PLUGINOP_destroy, plugin->handle, 0) : 0;

	if (!err)
		plugin->handle = 0;
	return err;
}

/* What it may ask for: only what there is. */
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

int core_load(const struct core_load *load, uint32_t *id, struct core_reason *why)
{
	struct plugin_services services;
	const char *name = load->name;
	struct core_plugin *plugin;
	struct plg_file file;
	int err;

	err = plg_parse(load->image, load->size, &file, why);
	if (err)
		return err;
	if (!name[0])
		name = file.about.name;
	if (!name[0])
		return core_refuse(why, -EINVAL,
				   "the plugin has no name: give one, or put PLUGIN() "
				   "into its source");
	if (!plg_name_valid(name))
		return core_refuse(why, -EINVAL,
				   "%.40s is not a plugin's name: use 1 to %u letters, "
				   "digits, _ . - and begin with none of the last two",
				   name, PLG_NAME_SIZE - 1);
	if (load->budget_us > 10000000)
		return core_refuse(why, -EINVAL,
				   "a budget of %u us is too long: give 1 to 10000000",
				   load->budget_us);
	err = take_services(load, &services, why);
	if (err)
		return err;

	plugin = core_alloc(sizeof(*plugin));
	if (!plugin)
		return core_refuse(why, -ENOMEM, "there is no memory to load plugin %s: free some",
				   name);
	memcpy(plugin->name, name, strlen(name));
	plugin->about = file.about;
	plugin->state = CORE_LOADING;
	plugin->abi = file.abi;
	plugin->start = file.start;
	plugin->budget_us = load->budget_us ? load->budget_us : file.budget_us;
	plugin->services = services;
	plugin->nr_text = file.text.pages;
	plugin->nr_rodata = file.rodata.pages;
	plugin->nr_data = file.data.pages;
	plugin->nr_heap = file.heap_pages;
	plugin->nr_window = file.window_pages;
	plugin->nr_stack = file.stack_pages;
	plugin->nr_entries = file.nr_entries;

	err = enlist(plugin, why);
	if (err)
		goto fail_add;
	err = take_memory(plugin, load->image, &file, why);
	if (err)
		goto fail_load;
	err = create(plugin, why);
	if (err)
		goto fail_load;
	*id = plugin->id;
	err = core_publish(plugin);
	if (err) {
		core_refuse(why, err,
			    "plugin %s cannot be shown to users (error %d): free some "
			    "memory, or load it under another name",
			    plugin->name, -err);
		goto fail_load;
	}
	set_state(plugin, CORE_IDLE);
	return 0;

fail_load:
	if (destroy(plugin)) {
		core_warn("the monitor keeps the memory of a plugin that was not loaded");
		plugin->nr_frames = 0;
	}
	delist(plugin);
fail_add:
	free_plugin(plugin);
	return err;
}

static const struct plg_entry *find_entry(const struct core_plugin *plugin, const char *name)
{
	uint32_t i;

	for (i = 0; i < plugin->nr_entries; i++)
		if (!strcmp(plugin->entries[i].name, name))
			return &plugin->entries[i];
	return NULL;
}

/* What was asked for by a name that is not there. */
static int refuse_name(const char *name, struct core_reason *why)
{
	return core_refuse(why, -ENOENT, "there is no plugin named %.40s: load it first", name);
}

static int refuse_busy(const struct core_plugin *plugin, struct core_reason *why)
{
	return core_refuse(why, -EBUSY, "plugin %s is %s: try again when that is over",
			   plugin->name,
			   plugin->state == CORE_BUSY ? "running" : core_state_name(plugin->state));
}

/* Marks the plugin BUSY for one call, or DEAD ones as they are. */
static int begin_call(const char *name, const char *entry_name, struct core_plugin **called,
		      uint32_t *entry, struct core_reason *why)
{
	const struct plg_entry *found;
	struct core_plugin *plugin;
	int err = 0;

	core_lock();
	plugin = core_find(name);
	found = plugin && plugin->state != CORE_LOADING ? find_entry(plugin, entry_name) : NULL;
	if (!plugin) {
		err = refuse_name(name, why);
	} else if (plugin->state != CORE_IDLE && plugin->state != CORE_DEAD) {
		err = refuse_busy(plugin, why);
	} else if (!found) {
		err = core_refuse(why, -ENOENT, "plugin %s has no entry named %.60s: it has %s%s",
				  plugin->name, entry_name, plugin->entries[0].name,
				  plugin->nr_entries > 1 ? " and others, see show" : "");
	} else if (depth == CORE_DEPTH_MAX) {
		err = core_refuse(why, -ELOOP,
				  "plugin %s was not called: %u calls are under way, each made "
				  "for a plugin in another; call fewer from services",
				  plugin->name, depth);
	} else {
		*entry = found->offset;
		*called = plugin;
		plugin->state = CORE_BUSY;
	}
	core_unlock();
	return err;
}

static void note_fault(struct core_plugin *plugin)
{
	struct core_fault_context context;
	char line[CORE_FAULT_LINE_SIZE];
	struct plugin_query query;

	memset(&query, 0, sizeof(query));
	if (core_plugin_query(plugin->handle, &query) || !query.fault.status)
		return;
	plugin->fault = query.fault;
	core_fault_context(plugin, &context);
	core_fault_line(line, sizeof(line), &plugin->fault, &context);
	core_warn(line);
}

/* Runs it, and whatever it asks for, until it ends. */
static long run(struct core_plugin *plugin, uint32_t entry, const uint32_t *args, uint32_t nr_args,
		uint32_t *value)
{
	struct core_answer answer = { 0 };
	uint32_t given;
	long status;
	int served;

	depth++;
	status = core_plugin_invoke(plugin->handle, entry, args, nr_args, &answer);
	while (status == PLUGIN_STATUS_SERVICE) {
		served = core_serve(plugin, &answer, &given);
		status = core_plugin_reply(plugin->handle, given, served, &answer);
	}
	depth--;
	*value = answer.edx;
	return status;
}

int core_call(const char *name, const char *entry_name, const uint32_t *args, uint32_t nr_args,
	      struct core_result *result, struct core_reason *why)
{
	struct core_plugin *plugin = NULL;
	uint32_t entry = 0, value = 0;
	long status;

	if (nr_args > PLUGIN_ARGS_MAX)
		return core_refuse(
			why, -E2BIG,
			"an entry takes at most %u arguments, not %u: give more in a window",
			PLUGIN_ARGS_MAX, nr_args);
	status = begin_call(name, entry_name, &plugin, &entry, why);
	if (status)
		return (int)status;

	status = run(plugin, entry, args, nr_args, &value);

	/* BUSY keeps others away from everything but the counters. */
	if (status > PLUGIN_STATUS_OK && status != PLUGIN_STATUS_DEAD)
		note_fault(plugin);
	core_lock();
	if (status >= 0 && status != PLUGIN_STATUS_DEAD)
		plugin->calls++;
	if (status > PLUGIN_STATUS_OK && status != PLUGIN_STATUS_DEAD)
		plugin->faults++;
	plugin->state = status > PLUGIN_STATUS_OK || plugin->fault.status ? CORE_DEAD : CORE_IDLE;
	if (status < 0)
		core_refuse(why, (int)status,
			    "the monitor would not call %.60s of plugin %s (error %ld): "
			    "this kernel made a mistake, report it",
			    entry_name, plugin->name, -status);
	core_unlock();
	if (status < 0)
		return (int)status;
	result->status = (uint32_t)status;
	result->value = status == PLUGIN_STATUS_OK ? value : 0;
	return 0;
}

int core_unload(const char *name, struct core_reason *why)
{
	struct core_plugin *plugin;
	enum core_plugin_state before = CORE_IDLE;
	int err = 0;

	core_lock();
	plugin = core_find(name);
	if (!plugin) {
		err = refuse_name(name, why);
	} else if (plugin->state != CORE_IDLE && plugin->state != CORE_DEAD) {
		err = refuse_busy(plugin, why);
	} else {
		before = plugin->state;
		plugin->state = CORE_UNLOADING;
	}
	core_unlock();
	if (err)
		return err;

	err = (int)destroy(plugin);
	if (err) {
		set_state(plugin, before);
		return core_refuse(why, err,
				   "the monitor would not let go of plugin %s (error %d): "
				   "it stays loaded, try again",
				   name, -err);
	}
	core_drop_windows(plugin);
	core_withdraw(plugin);
	delist(plugin);
	free_plugin(plugin);
	return 0;
}
