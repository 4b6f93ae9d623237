/* SPDX-License-Identifier: GPL-2.0-only */
/* What the core asks of the kernel around it. */
#ifndef CORE_PORT_H
#define CORE_PORT_H

#include <core_port.h>

struct core_plugin;

/* Zeroed memory that need not be contiguous in frames; may sleep. NULL: none. */
void *port_alloc(size_t size);
void port_free(void *memory);

/* One zeroed frame, mapped for the kernel at *@address. Returns 0 or -ENOMEM. */
int port_frame_alloc(void **address, uint32_t *mfn);
void port_frame_free(void *address, uint32_t mfn);

/* Registers as an invocation or a reply leaves them: see PLUGIN_STATUS_OK and _SERVICE. */
struct port_answer {
	uint32_t ebx, ecx, edx, esi, edi;
};

/*
 * plugin_op, see the plugin ABI. Pointers are the kernel's own. Those that
 * take frames put their address into the structure themselves.
 */
long port_plugin_op(uint32_t command, uint32_t ecx, uint32_t edx);
long port_plugin_create(const struct plugin_create *create, const uint32_t *frames);
/*
 * Commands with INTERRUPTIBLE (PLUGINOP_INTERRUPTIBLE or 0) return at an event with
 * PLUGIN_STATUS_INTERRUPTED, to be followed by port_plugin_resume().
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
 * The registry's lock. Never held while a plugin runs; whoever holds it does not
 * sleep and is not interrupted by anybody who wants it, in whatever context.
 */
void port_lock(void);
void port_unlock(void);

/*
 * Sleeps until over(what), which is asked anew after each port_wake() and takes
 * the lock itself. 0, or an errno if the sleeper is to end.
 */
int port_wait(bool (*over)(void *what), void *what);
void port_wake(void);

/* Lets others run if any should. True: the caller is to end, by a fatal signal. */
bool port_give_way(void);

/* Who calls: two calls have the same if one is made on top of the other. Not 0. */
uintptr_t port_caller(void);

/* Nanoseconds: of the clock, and those that the caller has had the CPU. */
uint64_t port_clock(void);
uint64_t port_cpu_time(void);

/*
 * The plugin is loaded and about to become callable: show it to users. An
 * errno undoes the load. The second is its reverse and returns when nobody
 * looks at the plugin any more. Both without the lock. The third, with the lock
 * and without fail, shows @to where @from was; @from may be freed then.
 */
int port_publish(struct core_plugin *plugin);
void port_withdraw(struct core_plugin *plugin);
void port_hand_over(struct core_plugin *from, struct core_plugin *to);

/* One line for the log of the system, without a newline; rate-limited. */
void port_warn(const char *line);

/* What services need. None of them waits; the line is rate-limited like port_warn()'s. */
void port_log_line(const char *plugin, const char *line);
uint64_t port_now(void); /* nanoseconds since boot */
void port_random(void *to, size_t size);

#endif /* CORE_PORT_H */
