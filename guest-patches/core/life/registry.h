/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plugins by name and by id: load, call, kill, replace, unload; states and counters.
 *
 * Locking: port_lock(), in this folder "the lock", guards the lists, and the state,
 * queue, windows, kills, counters, times and log of every plugin. The lock is not held while files are parsed, frames
 * are filled or plugins run. Meanwhile the plugin is LOADING, BUSY or UNLOADING, and only
 * the caller that loads, calls or unloads the plugin runs it or takes it apart. Code that
 * holds the lock does not allocate or sleep. Interrupts take the lock too: core_kill().
 *
 * References: a pointer to a plugin is valid while the lock is held, or while its holder
 * has a reference (core_get(), core_put()). The lists hold one reference until the plugin
 * is unloaded. Holders of other references then see the plugin as GONE: names and fault
 * record are still there, but the monitor has destroyed the plugin.
 */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "map/map.h"
#include "report/fault.h"
#include "report/log.h"
#include "service/window.h"

enum core_plugin_state {
	CORE_LOADING,
	CORE_IDLE,
	CORE_BUSY,
	CORE_DEAD,	/* stopped or killed: can only be shown, replaced and unloaded */
	CORE_UNLOADING, /* is destroyed now, or when the call under way has ended */
	CORE_GONE,	/* unloaded and not listed; holders of references see it */
};

/* Sums over all calls of a plugin. */
struct core_used {
	uint64_t cpu_ns;     /* CPU time of callers while the plugin ran, interrupts included */
	uint64_t wall_ns;    /* time from the begin of each call to its end */
	uint64_t service_ns; /* CPU time of the kernel in services for the plugin */
};

/* The same, in cycles of port_clock(). */
struct core_cycles {
	uint64_t cpu, wall, service;
};

struct core_turn; /* a caller that waits to make a call, see turn.h */

struct core_plugin {
	struct core_plugin *prev, *next;	 /* list of all plugins, by ascending ids */
	struct core_plugin *next_in_name_bucket; /* unless nameless */
	uint32_t name_hash;			 /* unless nameless */
	struct core_plugin *same_id_hash;	 /* next in the bucket of the id */
	struct core_turn *turns;		 /* callers that wait, in the order of arrival */
	uint32_t refs;
	void *port;  /* the port's, from port_publish() on; NULL: nameless, or not yet shown */
	uint32_t id; /* never given twice */
	enum core_plugin_state state;
	/* Hidden from core_find(): a replacement still loading, already replaced, or GONE. */
	bool nameless;
	bool stopped;	 /* a call has ended with a status above 0 */
	bool killed;	 /* this kernel killed it; a call may not have returned KILLED yet */
	uint32_t handle; /* the monitor's; 0: not created yet, or destroyed */
	uint32_t mode;	 /* PLUGIN_MODE_* */
	uint32_t abi;
	uint32_t start;		 /* offset of the start stub */
	uint32_t budget_us;	 /* limit of a call: CPU time in the plugin */
	uint32_t wall_us;	 /* limit of a call: time from its begin */
	uint32_t service_us;	 /* limit of a call: CPU time in services */
	uint32_t call_budget_us; /* budget of the last call: less if that was atomic */
	bool atomic;		 /* the call under way is; set when it is paused */
	bool switches;		 /* the same: the scheduler makes it */
	uintptr_t caller;	 /* port_caller() of the call under way; 0: no call */
	uint64_t began;		 /* port_clock() at the begin of the last call */
	enum core_cause cause;	 /* of the first kill */
	uint32_t limit_us;	 /* that the call exceeded, if `cause` is one of a limit */
	struct core_cycles used; /* wall: without the call under way */
	uint32_t nr_text, nr_rodata, nr_data, nr_stack; /* pages */
	uint32_t nr_heap;				/* pages of nr_data that are heap */
	uint32_t nr_window;				/* pages of room for windows */
	uint32_t text_limit, data_limit;		/* last executable, last readable offset */
	uint64_t calls;
	uint64_t faults;
	uint64_t requests; /* for services, which the monitor passed on to the core */
	uint64_t rejected; /* requests of these with bad arguments, or for no such service */
	struct plugin_services services;
	uint32_t nr_windows;
	struct core_window *windows;		/* granted, by ascending offsets */
	struct core_part part;			/* of the call under way in a transaction */
	struct core_handles handles;		/* of maps */
	struct core_graft_window *graft_window; /* NULL: no graft of the plugin was ever attached */
	struct core_ring *rings;		/* of events, see graft/ring.h */
	uint32_t graft_pages;			/* of that window; 0: no entry is a graft */
	uint32_t grafts;			/* attached */
	uint32_t grafts_with[PORT_BARS_INTERRUPTS + 1]; /* the same, by what they bar */
	enum port_bars bars; /* during calls: the most that one of these bars */
	uint32_t aborts;     /* failures of grafts */
	struct core_log log;
	struct plugin_fault fault; /* status 0: no record yet */
	struct core_symbols symbols;
	struct core_lines lines;
	uint32_t nr_entries;
	struct plg_entry *entries;
	uint32_t nr_frames;
	struct core_frame *frames;
	char name[PLG_NAME_SIZE];
	struct plg_about about;
};

struct core_result {
	uint32_t status;	    /* PLUGIN_STATUS_*; to hooks also the errno of the call */
	uint32_t value;		    /* with PLUGIN_STATUS_OK */
	const char *refusal;	    /* with PLUGIN_STATUS_OK: what core_hooks.check returned */
	struct core_plugin *plugin; /* a reference of the caller's, see core_call.keep; or NULL */
};

/* No plugin can have this name: the port shows the monitor by it, beside the plugins. */
#define CORE_RESERVED_NAME "monitor"

struct core_load {
	const char *name;  /* empty: the name in the file */
	const void *image; /* the bytes of a .plg file */
	size_t size;
	uint32_t budget_us;  /* 0: the file's, or if that has none the monitor's default */
	uint32_t wall_us;    /* 0: CORE_WALL_DEFAULT_US */
	uint32_t service_us; /* 0: CORE_SERVICE_DEFAULT_US */
	uint32_t strikes;    /* 0: 1, see struct plugin_services */
	/* Bitmap of allowed services, as in struct plugin_services; NULL: SERVICES_DEFAULT. */
	const uint32_t *allowed;
};

#define CORE_WALL_DEFAULT_US	60000000u
#define CORE_SERVICE_DEFAULT_US 1000000u

/*
 * Load a plugin; *@id is its id. May sleep. 0 or an errno with a reason: -ENOEXEC, -E2BIG
 * (the file), -EINVAL (the request), -EEXIST, -ENOMEM, -ENOSPC, or an errno of the monitor
 * or of port_publish().
 */
int core_load(const struct core_load *load, uint32_t *id, struct core_reason *why);

/*
 * Load a plugin, then give it the name of a plugin that is loaded, in one step: calls that
 * began earlier run in the old plugin to their end, calls that begin later run in the new
 * one. The old plugin is unloaded at once or, if a call is under way, when the call ends;
 * with @kill that call is killed. Unloading revokes the old plugin's windows; the new
 * plugin has none. May sleep. Errno: the old plugin is as before; as core_load(), -ENOENT
 * (no plugin has the name) or -EBUSY (the old plugin is being loaded or unloaded).
 */
int core_replace(const struct core_load *load, bool kill, uint32_t *id, struct core_reason *why);

/*
 * Calls that a caller can have under way at once, each made while the previous call is
 * paused, in a service or an interrupt. A further call returns -ELOOP.
 */
#define CORE_DEPTH_MAX 8

/*
 * Upper bound of budget_us and of service_us in an atomic call, during which no other task
 * runs. The monitor checks the budget at its tick, so a call may exceed the budget by a tick.
 * The core checks the CPU time of services after each service. An atomic call has no limit
 * of time from its begin to its end: interrupts and pauses of the machine would use it up.
 */
#define CORE_ATOMIC_US 1000u

/*
 * Of one service in an atomic call at most so much counts towards CORE_ATOMIC_US. Services are
 * shorter; if one took longer, interrupts, a slow console or a pause of the machine did.
 */
#define CORE_ATOMIC_SERVICE_US 100u

/*
 * An entry of a plugin, found once and called often. A target does not keep the plugin
 * loaded: from the moment in which the plugin is replaced or its unload begins, calls of the
 * target return -ESTALE.
 */
struct core_target {
	struct core_plugin *plugin; /* a reference */
	const char *entry;	    /* name of the entry, in the plugin's memory */
	uint32_t offset;	    /* of the entry, in text */
	uint32_t flags;		    /* of the entry, see struct plg_entry */
};

/*
 * Find the plugin and its entry; @target holds a reference then. Takes the lock, does not
 * sleep. 0 or an errno with a reason: -ENOENT, -EBUSY (the plugin is being loaded or
 * unloaded).
 */
int core_bind(const char *name, const char *entry, struct core_target *target,
	      struct core_reason *why);
/* Drop the target's reference, if it has one. May free the plugin, so may sleep. */
void core_unbind(struct core_target *target);

/* What the caller of a plugin does during the call. None sleeps; each may be NULL. */
struct core_hooks {
	/* Called when the plugin is BUSY for the call, before it runs. */
	void (*write)(void *what);
	/*
	 * Called after the plugin has returned @value, while it is BUSY for the call. NULL, or
	 * a phrase, a constant, that says what is wrong with the answer.
	 */
	const char *(*check)(void *what, uint32_t value);
	/* Called with the lock when the call has ended; not if it has not begun. */
	void (*ended)(void *what);
};

/*
 * A call of a target's entry; or with target == NULL of the entry of that name in the
 * plugin that has the name when the caller's turn comes.
 */
struct core_call {
	const struct core_target *target;
	const char *name, *entry; /* used only without a target */
	const uint32_t *args;	  /* in kernel memory */
	uint32_t nr_args;
	/*
	 * NULL, or a window that the plugin is granted for this call alone. If the monitor
	 * refuses to revoke the window, it stays granted: the caller calls core_revoke(), and
	 * leaves the window in place until that has returned 0. The window's offset and
	 * @window_bytes precede @args as the first two arguments, and count towards
	 * PLUGIN_ARGS_MAX. Not with @atomic: to grant may sleep.
	 */
	struct core_window *window;
	uint32_t window_bytes;
	/* Limit of this call: the lower of this and the plugin's; 0: none. Not with @atomic. */
	uint32_t wall_us;
	const struct core_hooks *hooks; /* or NULL */
	void *what;			/* for the hooks */
	bool atomic;   /* the caller cannot sleep; the limits are those at CORE_ATOMIC_US */
	bool switches; /* only if atomic: the caller is the scheduler, see CORE_SWITCH */
	bool keep; /* if the status is not OK, core_result.plugin is a reference to the plugin */
};

/*
 * Call an entry, and answer the plugin's requests until the call ends. 0: @result says how
 * the call ended, or PLUGIN_STATUS_DEAD if the plugin was dead before and did not run. Else
 * an errno with a reason, and the plugin did not run: -ENOENT; -ESTALE (the target's plugin
 * was replaced or unloaded); -EBUSY (see below, or the plugin is being loaded); -EINTR (see
 * below); -ELOOP; -E2BIG (arguments); -ENOMEM; with a window those of core_grant_own().
 *
 * The time to find a plugin by name does not grow up to some 10,000 plugins. With a target
 * nothing is looked up. A call without a window allocates nothing.
 *
 * A call that is not atomic may sleep. Other tasks may run at each event and between services,
 * unless the plugin has grafts (graft/point.h); CPU time in services is then limited by
 * budget_us, too. A fatal signal for the caller kills the plugin, unless the call has hooks. If such
 * a signal is pending before the plugin runs, the call returns -EINTR and the plugin is
 * untouched. A plugin makes one call at a time: further callers wait in the order of arrival.
 * If the plugin is replaced, callers by name wait for the new plugin, in the same order. If the
 * plugin is being unloaded, callers by name wait for the end of that, and then for the plugin
 * that has the name, or return -ENOENT. A caller that must not wait, or could wait forever, gets
 * -EBUSY while the plugin runs or is being unloaded: an atomic call, a call with hooks, and a call
 * made in a service of another call.
 */
int core_call_plugin(const struct core_call *call, struct core_result *result,
		     struct core_reason *why);

/*
 * core_call_plugin() for a caller that has the lock, which is released, and whose arguments are
 * not too many. @args and @what are used, not those of @call, which can so be a constant.
 */
int core_call_held(const struct core_call *call, const uint32_t *args, void *what,
		   struct core_result *result, struct core_reason *why);

/* core_call_plugin() by name, not atomic and without a window. */
int core_call(const char *name, const char *entry, const uint32_t *args, uint32_t nr_args,
	      struct core_result *result, struct core_reason *why);

/*
 * Kill the plugin: it never runs again. A paused call returns PLUGIN_STATUS_KILLED when its
 * caller continues it. A plugin that is being loaded is killed when its load ends. In any
 * context, also in an interrupt that arrived while the plugin ran. 0, also if the plugin is
 * dead already; -ENOENT; -ENOSYS: the monitor has no PLUGINOP_kill.
 */
int core_kill(const char *name, struct core_reason *why);

/*
 * Unload the plugin; may sleep. -ENOENT; -EBUSY while the plugin runs, or is being loaded or
 * unloaded. With @kill a plugin that runs is killed instead, and core_unload() waits for
 * the end of the call; but in a service of a call it could wait forever, so there it returns
 * -EBUSY and kills nothing. -EINTR: a fatal signal ended the wait, and the plugin is unloaded
 * when its call ends. Any other errno: the monitor refused, and the plugin stays loaded.
 */
int core_unload(const char *name, bool kill, struct core_reason *why);

/* With the lock: requests that the monitor refused or the core rejected. */
uint64_t core_refused(const struct core_plugin *plugin);

/* With the lock: the times that the plugin's calls have taken, the call under way included. */
void core_used(const struct core_plugin *plugin, struct core_used *used);

/* With the lock: the plugin that has the name, or NULL. */
struct core_plugin *core_find(const char *name);
/* With the lock: the plugin with that id, nameless or not; or NULL. */
struct core_plugin *core_find_id(uint32_t id);
/* With the lock: the plugin with the lowest id above @id, nameless or not; or NULL. */
struct core_plugin *core_next(uint32_t id);

/* A reference to the plugin that has the name, or NULL. Takes the lock; in any context. */
struct core_plugin *core_get(const char *name);
/* Drop a reference. Takes the lock. May free the plugin, so may sleep. */
void core_put(struct core_plugin *plugin);

const char *core_state_name(enum core_plugin_state state);
const char *core_mode_name(uint32_t mode);

/* With the lock: fill @context for a report of plugin->fault. */
void core_fault_context(const struct core_plugin *plugin, struct core_fault_context *context);

#endif /* CORE_REGISTRY_H */
