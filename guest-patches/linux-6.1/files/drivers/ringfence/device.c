// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/plugins: from ioctls to the plugin core and back.
 *
 * The structures are copied in whole, once, before anything in them is looked
 * at, and out whole after success; the reason of a failure goes to the buffer
 * that the head names.
 */
#define pr_fmt(fmt) "ringfence: " fmt

#include <linux/capability.h>
#include <linux/init.h>
#include <linux/kernel_read_file.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <uapi/linux/ringfence.h>

#include "buffer.h"
#include "core/registry.h"
#include "deadline.h"
#include "plugins.h"

static_assert(RINGFENCE_NAME_SIZE == PLG_NAME_SIZE);
static_assert(RINGFENCE_VERSION_SIZE == PLG_VERSION_SIZE);
static_assert(RINGFENCE_DESCRIPTION_SIZE == PLG_DESCRIPTION_SIZE);
static_assert(RINGFENCE_ENTRY_SIZE == PLG_ENTRY_NAME_SIZE);
static_assert(RINGFENCE_ARGS_MAX == PLUGIN_ARGS_MAX);
static_assert(RINGFENCE_SERVICES_WORDS * 32 == PLUGIN_SERVICES_MAX);
static_assert(RINGFENCE_LINE_SIZE == CORE_FAULT_LINE_SIZE);
static_assert(RINGFENCE_SOURCE_SIZE == PLG_FILE_NAME_SIZE);
static_assert(RINGFENCE_REASON_SIZE == CORE_REASON_SIZE);
static_assert(RINGFENCE_STATE_UNLOADING == (int)CORE_UNLOADING);
static_assert(offsetofend(struct ringfence_fault, call) -
		      offsetof(struct ringfence_fault, status) ==
	      sizeof(struct plugin_fault));

/* Strings in the structures: refuse what is not terminated. */
static int check_text(const char *text, size_t room, const char *what, struct core_reason *why)
{
	if (strnlen(text, room) < room)
		return 0;
	return core_refuse(why, -EINVAL, "the %s is longer than %zu characters: shorten it", what,
			   room - 1);
}

static int do_info(void *arg, struct core_reason *why)
{
	struct ringfence_info *info = arg;
	struct plugin_info now;
	long err = core_plugin_info(&now);

	if (err)
		return core_refuse(
			why, err,
			"the monitor does not answer (error %ld): run this kernel on Ringfence",
			-err);
	info->uapi = RINGFENCE_UAPI_VERSION;
	info->abi = now.abi;
	info->mode = now.mode;
	info->enforces = now.enforces;
	info->tick_us = now.tick_us;
	info->budget_us = now.budget_us;
	info->plugins = now.plugins;
	info->plugins_max = now.plugins_max;
	info->pages_free = now.pages_free;
	return 0;
}

/* The file in one buffer of the kernel's own, so that it cannot change. */
static void *read_image(const struct ringfence_load *load, size_t *size, struct core_reason *why)
{
	void *image = NULL;
	ssize_t got;

	if (!load->image) {
		got = kernel_read_file_from_fd(load->fd, 0, &image, PLG_FILE_MAX, NULL,
					       READING_UNKNOWN);
		if (got < 0) {
			core_refuse(why, got,
				    "the file cannot be read (error %zd): give a regular "
				    "file of 1 byte to %u MiB",
				    -got, PLG_FILE_MAX >> 20);
			return ERR_PTR(got);
		}
		*size = got;
		return image;
	}

	*size = load->image_size;
	if (*size > PLG_FILE_MAX) {
		core_refuse(why, -EFBIG,
			    "the image is larger than %u MiB: link it with "
			    "plugin-cc, which leaves debug sections out",
			    PLG_FILE_MAX >> 20);
		return ERR_PTR(-EFBIG);
	}
	image = vmemdup_user(u64_to_user_ptr(load->image), max_t(size_t, *size, 1));
	if (IS_ERR(image))
		core_refuse(why, PTR_ERR(image),
			    "the %zu bytes of the image cannot be read: give where it is", *size);
	return image;
}

static int load_as(struct ringfence_load *load, bool replace, struct core_reason *why)
{
	struct core_load request = {
		.name = load->name,
		.budget_us = load->budget_us,
		.strikes = load->strikes,
		.allowed = load->head.flags & RINGFENCE_LOAD_SERVICES ? load->services : NULL,
	};
	size_t size;
	void *image;
	int err;

	err = check_text(load->name, sizeof(load->name), "name", why);
	if (err)
		return err;
	if (!strcmp(load->name, PLUGINS_MONITOR_DIR))
		return core_refuse(why, -EINVAL,
				   "a plugin cannot be named " PLUGINS_MONITOR_DIR
				   ": choose another name");
	image = read_image(load, &size, why);
	if (IS_ERR(image))
		return PTR_ERR(image);
	request.image = image;
	request.size = size;
	if (replace)
		err = core_replace(&request, load->head.flags & RINGFENCE_REPLACE_KILL, &load->id,
				   why);
	else
		err = core_load(&request, &load->id, why);
	kvfree(image);
	return err;
}

static int do_load(void *arg, struct core_reason *why)
{
	return load_as(arg, false, why);
}

static int do_replace(void *arg, struct core_reason *why)
{
	return load_as(arg, true, why);
}

static int do_unload(void *arg, struct core_reason *why)
{
	struct ringfence_unload *unload = arg;

	return check_text(unload->name, sizeof(unload->name), "name", why) ?:
		       core_unload(unload->name, unload->head.flags & RINGFENCE_UNLOAD_KILL, why);
}

static int do_kill(void *arg, struct core_reason *why)
{
	struct ringfence_kill *kill = arg;

	return check_text(kill->name, sizeof(kill->name), "name", why) ?:
									 core_kill(kill->name, why);
}

/* @id: the plugin that has to have the name still; 0: whichever has. */
static int run_call(const struct ringfence_call *call, u32 id, const u32 *args, u32 nr_args,
		    struct core_result *result, struct core_reason *why)
{
	struct deadline deadline;
	int err;

	if (!call->kill_after_us)
		return core_call_id(call->name, id, call->entry, args, nr_args, result, why);
	deadline_set(&deadline, id, call->kill_after_us);
	err = core_call_id(call->name, id, call->entry, args, nr_args, result, why);
	deadline_cancel(&deadline);
	return err;
}

static u32 id_of(const char *name)
{
	const struct core_plugin *plugin;
	u32 id;

	core_lock();
	plugin = core_find(name);
	id = plugin ? plugin->id : 0;
	core_unlock();
	return id;
}

static int call_with_window(struct ringfence_call *call, struct core_result *result,
			    struct core_reason *why)
{
	bool write = call->head.flags & RINGFENCE_CALL_WRITE;
	u32 args[RINGFENCE_ARGS_MAX];
	struct buffer buffer;
	int err;

	if (call->nr_args > RINGFENCE_ARGS_MAX - 2)
		return core_refuse(why, -E2BIG,
				   "an entry takes at most %u arguments after a window, not %u: "
				   "put more into the window",
				   RINGFENCE_ARGS_MAX - 2, call->nr_args);
	err = buffer_take(&buffer, call->window, call->window_size, write, why);
	if (err)
		return err;
	err = core_grant(call->name, &buffer.window, why);
	if (err == -EOWNERDEAD) {
		/* Not run, as without a window. */
		result->status = PLUGIN_STATUS_DEAD;
		err = 0;
	} else if (!err) {
		args[0] = buffer.window.offset;
		args[1] = call->window_size;
		memcpy(args + 2, call->args, call->nr_args * sizeof(*args));
		err = run_call(call, buffer.window.id, args, call->nr_args + 2, result, why);
		if (!err && !result->status && write)
			err = buffer_give_back(&buffer, why);
	}
	buffer_drop(&buffer);
	return err;
}

static int do_call(void *arg, struct core_reason *why)
{
	struct ringfence_call *call = arg;
	struct core_result result = { 0 };
	int err;

	err = check_text(call->name, sizeof(call->name), "name", why) ?:
		      check_text(call->entry, sizeof(call->entry), "entry's name", why);
	if (err)
		return err;
	do {
		if (call->window_size)
			err = call_with_window(call, &result, why);
		else
			err = run_call(call, call->kill_after_us ? id_of(call->name) : 0,
				       call->args, call->nr_args, &result, why);
		/* Replaced in between: the new one is as good. */
	} while (err == -ESTALE && !signal_pending(current));
	if (err)
		return err;
	call->status = result.status;
	call->value = result.value;
	return 0;
}

static int do_show(void *arg, struct core_reason *why)
{
	struct ringfence_show *show = arg;
	const struct core_plugin *plugin;
	int err = 0;

	err = check_text(show->name, sizeof(show->name), "name", why);
	if (err)
		return err;
	core_lock();
	plugin = show->head.flags ? core_next(show->id) : core_find(show->name);
	if (!plugin) {
		err = core_refuse(why, -ENOENT, "there is no plugin named %s: load it first",
				  show->name);
	} else {
		strscpy(show->name, plugin->name, sizeof(show->name));
		strscpy(show->version, plugin->about.version, sizeof(show->version));
		strscpy(show->description, plugin->about.description, sizeof(show->description));
		show->id = plugin->id;
		show->state = plugin->state;
		show->mode = plugin->mode;
		show->abi = plugin->abi;
		show->budget_us = plugin->budget_us;
		show->text = plugin->nr_text * PAGE_SIZE;
		show->rodata = plugin->nr_rodata * PAGE_SIZE;
		show->data = (plugin->nr_data - plugin->nr_heap) * PAGE_SIZE;
		show->heap = plugin->nr_heap * PAGE_SIZE;
		show->stack = plugin->nr_stack * PAGE_SIZE;
		show->text_limit = plugin->text_limit;
		show->data_limit = plugin->data_limit;
		show->nr_entries = plugin->nr_entries;
		show->fault_status = plugin->fault.status;
		show->calls = plugin->calls;
		show->faults = plugin->faults;
		show->requests = plugin->requests;
		show->refused = core_refused(plugin);
		memcpy(show->services, plugin->services.allowed, sizeof(show->services));
		show->strikes = plugin->services.strikes;
		show->window_room = plugin->nr_window * PAGE_SIZE;
		show->windows = plugin->nr_windows;
	}
	core_unlock();
	return err;
}

static int do_entry(void *arg, struct core_reason *why)
{
	struct ringfence_entry *entry = arg;
	const struct core_plugin *plugin;
	int err;

	err = check_text(entry->name, sizeof(entry->name), "name", why);
	if (err)
		return err;
	core_lock();
	plugin = core_find(entry->name);
	if (!plugin || plugin->state == CORE_LOADING) {
		err = core_refuse(why, -ENOENT, "there is no plugin named %s: load it first",
				  entry->name);
	} else if (entry->index >= plugin->nr_entries) {
		err = core_refuse(why, -ENOENT, "plugin %s has %u entries", plugin->name,
				  plugin->nr_entries);
	} else {
		entry->offset = plugin->entries[entry->index].offset;
		strscpy(entry->entry, plugin->entries[entry->index].name, sizeof(entry->entry));
	}
	core_unlock();
	return err;
}

static void tell_fault(const struct core_plugin *plugin, struct ringfence_fault *fault)
{
	struct core_fault_context context;
	const char *symbol, *file;
	uint32_t code;

	memcpy(&fault->status, &plugin->fault, sizeof(plugin->fault));
	fault->text_limit = plugin->text_limit;
	fault->data_limit = plugin->data_limit;
	fault->budget_us = plugin->budget_us;
	strscpy(fault->vector_name, core_vector_name(fault->vector), sizeof(fault->vector_name));
	code = core_fault_code(&plugin->fault);
	symbol = core_symbol_at(&plugin->symbols, code, &fault->symbol_offset);
	if (symbol) {
		strscpy(fault->symbol, symbol, sizeof(fault->symbol));
		fault->symbol_offset += fault->eip - code;
	}
	file = core_line_at(&plugin->lines, code, &fault->source_line);
	if (file)
		strscpy(fault->source_file, file, sizeof(fault->source_file));
	else
		fault->source_line = 0;
	core_fault_context(plugin, &context);
	core_fault_line(fault->line, sizeof(fault->line), &plugin->fault, &context);
}

static int do_fault(void *arg, struct core_reason *why)
{
	struct ringfence_fault *fault = arg;
	const struct core_plugin *plugin;
	int err;

	err = check_text(fault->name, sizeof(fault->name), "name", why);
	if (err)
		return err;
	core_lock();
	plugin = core_find(fault->name);
	if (!plugin)
		err = core_refuse(why, -ENOENT, "there is no plugin named %s: load it first",
				  fault->name);
	else if (!plugin->fault.status)
		err = core_refuse(why, -ENODATA, "plugin %s was never stopped: it has no record",
				  plugin->name);
	else
		tell_fault(plugin, fault);
	core_unlock();
	return err;
}

static const struct command {
	int (*run)(void *arg, struct core_reason *why);
	size_t size;
	size_t first_size; /* of the structure's first version */
	u32 flags;	   /* those it knows */
	bool privileged;
} commands[] = {
	[_IOC_NR(RINGFENCE_IOC_INFO)] = { do_info, sizeof(struct ringfence_info),
					  sizeof(struct ringfence_info) },
	[_IOC_NR(RINGFENCE_IOC_LOAD)] = { do_load, sizeof(struct ringfence_load),
					  offsetof(struct ringfence_load, services),
					  RINGFENCE_LOAD_SERVICES, true },
	[_IOC_NR(RINGFENCE_IOC_UNLOAD)] = { do_unload, sizeof(struct ringfence_unload),
					    sizeof(struct ringfence_unload), RINGFENCE_UNLOAD_KILL,
					    true },
	[_IOC_NR(RINGFENCE_IOC_CALL)] = { do_call, sizeof(struct ringfence_call),
					  offsetof(struct ringfence_call, window),
					  RINGFENCE_CALL_WRITE, true },
	[_IOC_NR(RINGFENCE_IOC_SHOW)] = { do_show, sizeof(struct ringfence_show),
					  offsetof(struct ringfence_show, requests),
					  RINGFENCE_SHOW_NEXT },
	[_IOC_NR(RINGFENCE_IOC_ENTRY)] = { do_entry, sizeof(struct ringfence_entry),
					   sizeof(struct ringfence_entry) },
	[_IOC_NR(RINGFENCE_IOC_FAULT)] = { do_fault, sizeof(struct ringfence_fault),
					   offsetof(struct ringfence_fault, source_file), 0, true },
	[_IOC_NR(RINGFENCE_IOC_KILL)] = { do_kill, sizeof(struct ringfence_kill),
					  sizeof(struct ringfence_kill), 0, true },
	[_IOC_NR(RINGFENCE_IOC_REPLACE)] = { do_replace, sizeof(struct ringfence_load),
					     offsetof(struct ringfence_load, services),
					     RINGFENCE_LOAD_SERVICES | RINGFENCE_REPLACE_KILL,
					     true },
};

static int check_head(const struct command *command, const struct ringfence_head *head,
		      struct core_reason *why)
{
	if (command->privileged && !capable(CAP_SYS_ADMIN))
		return core_refuse(why, -EPERM, "this needs CAP_SYS_ADMIN: become root");
	if (head->size < command->first_size || head->size > PAGE_SIZE)
		return core_refuse(why, -EINVAL,
				   "the structure has %u bytes instead of %zu: use "
				   "the <linux/ringfence.h> of this kernel",
				   head->size, command->size);
	if (head->flags & ~command->flags || head->reserved)
		return core_refuse(why, -EINVAL,
				   "unknown flags %#x: use the <linux/ringfence.h> "
				   "of this kernel",
				   head->flags);
	return 0;
}

static int run_command(const struct command *command, const struct ringfence_head *head,
		       void __user *user, struct core_reason *why)
{
	size_t size = min_t(size_t, head->size, command->size);
	void *arg;
	int err;

	err = check_head(command, head, why);
	if (err)
		return err;
	arg = kzalloc(command->size, GFP_KERNEL);
	if (!arg)
		return core_refuse(why, -ENOMEM, "there is no memory: free some");
	err = copy_struct_from_user(arg, command->size, user, head->size);
	if (err) {
		core_refuse(why, err,
			    err == -E2BIG ? "the structure uses what this kernel does "
					    "not know: update the kernel" :
					    "the structure cannot be read: give where it is");
	} else {
		/* What was checked is what counts, whatever user space wrote since. */
		*(struct ringfence_head *)arg = *head;
		/* An answer that cannot be given shows before anything is done. */
		if (copy_to_user(user, arg, size))
			err = -EFAULT;
		else
			err = command->run(arg, why);
		if (!err && copy_to_user(user, arg, size))
			err = -EFAULT;
		if (err == -EFAULT && !why->text[0])
			core_refuse(why, err,
				    "the structure cannot be written: give memory that can");
	}
	kfree(arg);
	return err;
}

static void tell_reason(const struct ringfence_head *head, const struct core_reason *why)
{
	size_t size = min_t(size_t, strlen(why->text) + 1, head->reason_size);
	char __user *to = u64_to_user_ptr(head->reason);

	/* An address that no pointer of this machine holds is none. */
	if (!to || (uintptr_t)to != head->reason || !size)
		return;
	/* A cut sentence is terminated; a buffer that cannot be written is the caller's loss. */
	if (!copy_to_user(to, why->text, size - 1))
		put_user(0, to + (size - 1));
}

static long plugins_ioctl(struct file *file, unsigned int number, unsigned long user)
{
	unsigned int index = _IOC_NR(number);
	struct core_reason why = { "" };
	struct ringfence_head head;
	int err;

	if (index >= ARRAY_SIZE(commands) || number != _IO(_IOC_TYPE(RINGFENCE_IOC_INFO), index))
		return -ENOTTY;
	if (copy_from_user(&head, (void __user *)user, sizeof(head)))
		return -EFAULT;
	err = run_command(&commands[index], &head, (void __user *)user, &why);
	if (err)
		tell_reason(&head, &why);
	return err;
}

static const struct file_operations plugins_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = plugins_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice plugins_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "plugins",
	.fops = &plugins_fops,
	.mode = 0644,
};

static int __init plugins_init(void)
{
	struct plugin_info info = { 0 };
	long err = core_plugin_info(&info);

	if (err) {
		pr_info("the monitor offers no plugins (error %ld)\n", -err);
		return 0;
	}
	if (info.abi >> 16 != PLUGIN_ABI_MAJOR) {
		pr_warn("the monitor has plugin ABI %u.%u, this kernel has %u.%u: no plugins\n",
			info.abi >> 16, info.abi & 0xffff, PLUGIN_ABI_MAJOR, PLUGIN_ABI_MINOR);
		return 0;
	}
	err = plugins_directory_init(&info);
	if (err)
		return err;
	err = misc_register(&plugins_device);
	if (err)
		return err;
	pr_info("plugins in %s mode, ABI %u.%u\n", core_mode_name(info.mode), info.abi >> 16,
		info.abi & 0xffff);
	return 0;
}
device_initcall(plugins_init);
