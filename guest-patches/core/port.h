/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions that the plugin core needs of the kernel that it is ported to. */
#ifndef CORE_PORT_H
#define CORE_PORT_H

#include <core_port.h>

#include "bars.h"

struct core_frame;
struct core_plugin;

/* Allocate zeroed memory, not necessarily physically contiguous. May sleep. NULL: none. */
void *port_alloc(size_t size);
/* Free what port_alloc() returned; NULL is allowed. May sleep. */
void port_free(void *memory);

/* Allocate a zeroed frame, mapped for the kernel at *@address. May sleep. 0 or -ENOMEM. */
int port_frame_alloc(void **address, uint32_t *mfn);
void port_frame_free(void *address, uint32_t mfn);
/*
 * The same for @nr frames, at least one, that are mapped one behind the other from
 * frames[0].address on. 0 or -ENOMEM.
 */
int port_frames_alloc(uint32_t nr, struct core_frame *frames);
void port_frames_free(uint32_t nr, const struct core_frame *frames);

/*
 * Registers after invoke, reply or resume. With PLUGIN_STATUS_OK EDX is the value that the
 * plugin returned; with PLUGIN_STATUS_SERVICE all five are the request (plugin_op.h).
 */
struct port_answer {
	uint32_t ebx, ecx, edx, esi, edi;
};

/*
 * The hypercall plugin_op (plugin_op.h); the result is the monitor's. Pointers are kernel
 * addresses. @frames is an array of machine frame numbers: port_plugin_create() and
 * port_plugin_grant() store its address in the structure. The lock may be held, but not
 * for invoke, reply and resume, which run the plugin.
 */
long port_plugin_op(uint32_t command, uint32_t ecx, uint32_t edx);
long port_plugin_create(const struct plugin_create *create, const uint32_t *frames);
/*
 * @interruptible of invoke, reply and resume is PLUGINOP_INTERRUPTIBLE or 0. With
 * PLUGINOP_INTERRUPTIBLE an event for the kernel ends the hypercall with the status
 * PLUGIN_STATUS_INTERRUPTED; port_plugin_resume() then continues the call.
 */
long port_plugin_invoke(uint32_t interruptible, uint32_t handle, uint32_t entry,
			const uint32_t *args, uint32_t nr_args, struct port_answer *answer);
long port_plugin_reply(uint32_t interruptible, uint32_t handle, uint32_t value, int status,
		       struct port_answer *answer);
long port_plugin_resume(uint32_t interruptible, uint32_t handle, struct port_answer *answer);
long port_plugin_info(struct plugin_info *info);
long port_plugin_services(uint32_t handle, const struct plugin_services *services);
long port_plugin_grant(uint32_t handle, struct plugin_window *window, const uint32_t *frames);
long port_plugin_query(uint32_t handle, struct plugin_query *query);

/*
 * Take the registry's lock; in any context, not recursive. The holder does not sleep and
 * runs no plugin. No interrupt handler that takes the lock interrupts the holder.
 */
void port_lock(void);
void port_unlock(void);

/*
 * Sleep until over(@what) returns true. Calls over() first, and again after each
 * port_wake(). The caller does not hold the lock, as over() takes the lock. 0, or -EINTR if
 * a fatal signal for the sleeper is pending.
 */
int port_wait(bool (*over)(void *what), void *what);
/* As port_wait(), but at most about @us microseconds; then -ETIMEDOUT, unless over() is true. */
int port_wait_for(bool (*over)(void *what), void *what, uint32_t us);
/*
 * Have each sleeper of port_wait() and port_wait_for() call over() again. Without the lock; does not
 * sleep. In any context: while the scheduler asks (CORE_SWITCH), the port wakes them later.
 */
void port_wake(void);

/* Let another task run if the scheduler wants one to; may sleep. Without the lock. */
void port_give_way(void);
/*
 * With the lock: until port_unmask(), no other task runs on this processor, nor what @bars names, also
 * when an interrupt ends, or when the lock is released. Returns what this call keeps off, for
 * port_unmask(); PORT_BARS_TASKS also if the rest could not run anyhow, as softirqs in an interrupt or a
 * softirq. Nests. Inlined by <core_port.h>.
 */
enum port_bars port_mask(enum port_bars bars);
/* Undo port_mask(), which has returned @bars. Without the lock. */
void port_unmask(enum port_bars bars);
/*
 * Is a fatal signal for the calling task pending? The core then begins no call for the task,
 * and kills the plugin that the task has called. Does not sleep; with and without the lock.
 */
bool port_is_dying(void);

/*
 * Identity of the calling task, not 0. An interrupt handler has the identity of the
 * interrupted task, so nested calls have the same identity.
 */
uintptr_t port_caller(void);

/*
 * With the lock: CPU time, in nanoseconds, of the task with that identity, which has a call under way.
 * Up to the task's last switch or tick.
 */
uint64_t port_caller_ns(uintptr_t caller);

/*
 * Add @some to *@counter, and return what it was, in one instruction: no interrupt comes in between.
 * Inlined by <core_port.h>.
 */
uint32_t port_count_up(uint32_t *counter, uint32_t some);

/* A monotonic clock, in cycles of the port's own length. In any context. */
uint64_t port_clock(void);
/* So many cycles in nanoseconds. */
uint64_t port_cycles_ns(uint64_t cycles);

/* A moment in the life of the calling task. <core_port.h> defines the structure. */
struct port_mark;

/* Set the mark to now. In any context. */
void port_mark(struct port_mark *mark);
/*
 * CPU time, in cycles, that the calling task has used since the mark was set, and set the mark
 * to now. In any context; in an interrupt the handler's time counts for the interrupted task,
 * also if that is the idle task. If other tasks have run meanwhile, the result may be too
 * large by a tick of the scheduler, but is never larger than the time that has passed.
 */
uint64_t port_since(struct port_mark *mark);

/*
 * Show a loaded plugin to users, before calls of it are possible. Without the lock; may
 * sleep. 0, or a negative errno, which undoes the load.
 */
int port_publish(struct core_plugin *plugin);
/*
 * Undo port_publish(). On return no user reads the plugin any more. Without the lock; may
 * sleep.
 */
void port_withdraw(struct core_plugin *plugin);
/*
 * Show @to in place of @from, whose name @to has taken. With the lock; cannot fail. The
 * port does not use @from afterwards.
 */
void port_hand_over(struct core_plugin *from, struct core_plugin *to);

/* Write @line, which has no newline, to the system's log, rate-limited. In any context. */
void port_warn(const char *line);

/* Write @line, which @plugin logged, to the system's log, rate-limited. Does not sleep. */
void port_log_line(const char *plugin, const char *line);
/* Nanoseconds since boot, for the service `now`. Does not sleep. */
uint64_t port_now(void);
/* Fill @size bytes at @to with random bytes. Does not sleep. */
void port_random(void *to, size_t size);

#endif /* CORE_PORT_H */
