// SPDX-License-Identifier: GPL-2.0-only
/* The ioctl that calls an entry of a plugin, with or without a window. */
#include <linux/sched/signal.h>

#include "buffer.h"
#include "ioctl.h"

static_assert(RINGFENCE_ARGS_MAX == PLUGIN_ARGS_MAX);

/* @id: the plugin that has to have the name still; 0: whichever has. */
static int run_call(const struct ringfence_call *call, u32 id, const u32 *args, u32 nr_args,
		    struct core_result *result, struct core_reason *why)
{
	const struct core_call which = {
		.name = call->name,
		.entry = call->entry,
		.id = id,
		.args = args,
		.nr_args = nr_args,
		.wall_us = call->kill_after_us,
	};

	return core_call_plugin(&which, result, why);
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

/* What would be passed over without a word is refused. */
static int check_call(const struct ringfence_call *call, struct core_reason *why)
{
	int err;

	err = ioctl_check_text(call->name, sizeof(call->name), "name", why)		      ?:
		      ioctl_check_text(call->entry, sizeof(call->entry), "entry's name", why) ?:
		      ioctl_check_pointer(call->window, "window", why)			      ?:
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
	struct core_result result = { 0 };
	int err;

	err = check_call(call, why);
	if (err)
		return err;
	do {
		if (call->window_size)
			err = call_with_window(call, &result, why);
		else
			err = run_call(call, 0, call->args, call->nr_args, &result, why);
		/* Replaced in between: the new one is as good. */
	} while (err == -ESTALE && !signal_pending(current));
	if (err)
		return err;
	call->status = result.status;
	call->value = result.value;
	return 0;
}
