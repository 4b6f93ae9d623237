// SPDX-License-Identifier: GPL-2.0-only
/* The ioctl that calls an entry of a plugin, with or without a window. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "audit.h"
#include "buffer.h"
#include "ioctl.h"

static_assert(RINGFENCE_ARGS_MAX == PLUGIN_ARGS_MAX);

/* A fault record that is to be written to the user's memory. */
struct record {
	struct ringfence_fault *fault; /* NULL: the user wants no record */
	void __user *user;
	size_t size; /* bytes to write: the user's structure may be of an older version */
};

static int refuse_record(struct core_reason *why)
{
	return core_refuse(why, -EFAULT,
			   "the fault record cannot be written: give memory that can");
}

/* Write the record to the user. 0 or -EFAULT with a reason. */
static int record_write(const struct record *record, struct core_reason *why)
{
	return copy_to_user(record->user, record->fault, record->size) ? refuse_record(why) : 0;
}

/*
 * Allocate the record if the user's address @user is not 0. Writes an empty record there, so
 * that an address that cannot be written fails before the plugin is called. -EFAULT, -EINVAL
 * (the size) or -ENOMEM with a reason.
 */
static int record_prepare(struct record *record, u64 user, struct core_reason *why)
{
	const size_t first = offsetof(struct ringfence_fault, source_file);
	struct ringfence_head head;

	record->fault = NULL;
	if (!user)
		return 0;
	record->user = u64_to_user_ptr(user);
	if (copy_from_user(&head, record->user, sizeof(head)))
		return refuse_record(why);
	if (head.size < first || head.size > PAGE_SIZE || head.size % sizeof(u64))
		return core_refuse(why, -EINVAL,
				   "the fault record has %u bytes instead of %zu: use the "
				   "<linux/ringfence.h> of this kernel",
				   head.size, sizeof(*record->fault));
	record->size = min_t(size_t, head.size, sizeof(*record->fault));
	record->fault = kzalloc(sizeof(*record->fault), GFP_KERNEL);
	if (!record->fault)
		return core_refuse(why, -ENOMEM, "there is no memory: free some");
	record->fault->head = head;
	return record_write(record, why);
}

/* Write the plugin's last fault record to the user, or an empty one if it has none. */
static int record_give(struct record *record, const struct core_plugin *plugin,
		       struct core_reason *why)
{
	port_lock();
	if (plugin->fault.status) {
		strscpy(record->fault->name, plugin->name, sizeof(record->fault->name));
		ioctl_tell_fault(plugin, record->fault);
	}
	port_unlock();
	return record_write(record, why);
}

static int run_call(struct ringfence_call *call, struct buffer *buffer, struct record *record,
		    struct core_reason *why)
{
	const struct core_call which = {
		.name = call->name,
		.entry = call->entry,
		.args = call->args,
		.nr_args = call->nr_args,
		.window = buffer ? &buffer->window : NULL,
		.window_bytes = call->window_size,
		.wall_us = call->kill_after_us,
		.keep = record->fault,
	};
	bool audits = audit_on;
	struct core_result result;
	struct audit audit;
	int err;

	if (audits)
		audit_begin(&audit);
	err = core_call_plugin(&which, &result, why);
	if (audits)
		audit_end(&audit, err || result.status, call->name);
	if (err)
		return err;
	call->status = result.status;
	call->value = result.value;
	if (result.plugin) {
		err = record_give(record, result.plugin, why);
		core_put(result.plugin);
	}
	if (!err && buffer && !result.status && call->head.flags & RINGFENCE_CALL_WRITE)
		err = buffer_give_back(buffer, why);
	return err;
}

static int call_with_window(struct ringfence_call *call, struct record *record,
			    struct core_reason *why)
{
	bool write = call->head.flags & RINGFENCE_CALL_WRITE;
	struct buffer *buffer = buffer_take(call->window, call->window_size, write, why);
	int err;

	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	err = run_call(call, buffer, record, why);
	buffer_drop(buffer);
	return err;
}

/* Refuse fields that the call would ignore, such as a window of 0 bytes. */
static int check_call(const struct ringfence_call *call, struct core_reason *why)
{
	int err;

	err = ioctl_check_text(call->name, sizeof(call->name), "name", why)		      ?:
		      ioctl_check_text(call->entry, sizeof(call->entry), "entry's name", why) ?:
		      ioctl_check_pointer(call->window, "window", why)			      ?:
		      ioctl_check_pointer(call->fault, "fault record", why)		      ?:
		      ioctl_check_reserved(call->reserved, why);
	if (err || call->window_size)
		return err;
	if (call->window || call->head.flags & RINGFENCE_CALL_WRITE)
		return core_refuse(why, -EINVAL,
				   "the window has 0 bytes: give its size, or no window");
	return 0;
}

int ioctl_call(void *arg, struct core_reason *why)
{
	struct ringfence_call *call = arg;
	struct record record;
	int err;

	err = check_call(call, why);
	if (err)
		return err;
	err = record_prepare(&record, call->fault, why);
	if (!err && call->window_size)
		err = call_with_window(call, &record, why);
	else if (!err)
		err = run_call(call, NULL, &record, why);
	kfree(record.fault);
	return err;
}
