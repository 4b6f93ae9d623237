/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plugins by name and by number: load, call, kill, replace, unload, states
 * and counters.
 *
 * Locking: port_lock() guards the lists and every plugin's state. It is not
 * held while files are parsed, frames are filled or plugins run; a plugin that
 * one of these concerns is in a state (LOADING, BUSY, UNLOADING) in which
 * nobody else changes it. Nothing done with the lock held allocates or waits, and
 * it may be taken in an interrupt: core_kill() is.
 *
 * References: a pointer to a plugin is valid with the lock held, or for as long
 * as its holder has a reference (core_get(), core_put()). The lists have one,
 * which ends when the plugin is unloaded: whoever still has another sees it GONE,
 * with its names and its fault record, but without anything in the monitor.
 */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "report/fault.h"
#include "report/log.h"
#include "service/window.h"

enum core_plugin_state {
	CORE_LOADING,
	CORE_IDLE,
	CORE_BUSY,
	CORE_DEAD,	/* stopped or killed; can be shown, replaced and unloaded */
	CORE_UNLOADING, /* as soon as its call has ended, if one is under way */
	CORE_GONE,	/* unloaded: known only to those who have a reference */
};

/* Times of all calls of a plugin, the present one too. */
struct core_used {
	uint64_t cpu_ns;     /* the plugin ran, and interrupts meanwhile */
	uint64_t wall_ns;    /* from the begin of a call to its end, whoever ran */
	uint64_t service_ns; /* CPU time of the kernel in its services */
};

struct core_turn; /* of a caller who waits, see turn.h */

struct core_plugin {
	struct core_plugin *prev, *next;    /* of all, by ascending ids */
	struct core_plugin *same_name_hash; /* unless it is nameless */
	struct core_plugin *same_id_hash;
	struct core_turn *turns; /* in the order of arrival */
	uint32_t refs;
	void *port;  /* the port's own, of who has the name */
	uint32_t id; /* never used twice */
	enum core_plugin_state state;
	bool nameless; /* its name is another's: it is to take it, or has lost it */
	bool stopped;  /* by the monitor */
	bool killed;   /* by us; a call may still have to hear of it */
	uint32_t handle;
	uint32_t mode; /* PLUGIN_MODE_* */
	uint32_t abi;
	uint32_t start;
	uint32_t budget_us;	 /* limits of a call: CPU time in the plugin, */
	uint32_t wall_us;	 /* from its begin to its end, */
	uint32_t service_us;	 /* CPU time in services */
	uint32_t call_budget_us; /* of the last call, which may have been atomic */
	uintptr_t caller;	 /* port_caller() of the call under way; 0: none */
	uint64_t began;		 /* port_clock() at its begin */
	enum core_cause cause;	 /* of the last kill */
	uint32_t limit_us;	 /* that it was about */
	struct core_used used;	 /* wall_ns: without the present call */
	uint32_t nr_text, nr_rodata, nr_data, nr_stack; /* pages */
	uint32_t nr_heap;				/* of nr_data */
	uint32_t nr_window;				/* room for windows */
	uint32_t text_limit, data_limit;
	uint64_t calls;
	uint64_t faults;
	uint64_t requests; /* for services, that came here */
	uint64_t rejected; /* of those: with bad arguments */
	struct plugin_services services;
	uint32_t nr_windows;
	struct core_window *windows; /* ascending offsets */
	struct core_log log;
	struct plugin_fault fault; /* status 0: none yet */
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
	uint32_t status;	    /* PLUGIN_STATUS_* */
	uint32_t value;		    /* with PLUGIN_STATUS_OK */
	struct core_plugin *plugin; /* with core_call.keep: the caller's reference */
};

/* No plugin's: what the port shows of the monitor has it, beside the plugins' names. */
#define CORE_RESERVED_NAME "monitor"

/* What is to be loaded, and how. */
struct core_load {
	const char *name;  /* empty: the file's own */
	const void *image; /* a .plg */
	size_t size;
	uint32_t budget_us;  /* 0: the file's, or else the monitor's */
	uint32_t wall_us;    /* 0: CORE_WALL_DEFAULT_US */
	uint32_t service_us; /* 0: CORE_SERVICE_DEFAULT_US */
	uint32_t strikes;    /* 0: 1, see struct plugin_services */
	/* Services it may use, as in struct plugin_services; NULL: SERVICES_DEFAULT. */
	const uint32_t *allowed;
};

#define CORE_WALL_DEFAULT_US	60000000u
#define CORE_SERVICE_DEFAULT_US 1000000u

/* 0 or an errno with a reason. */
int core_load(const struct core_load *load, uint32_t *id, struct core_reason *why);

/*
 * Loads a plugin and gives it the name that another has now, in one step: calls
 * that begin before it are the old one's, and end there; those that begin after
 * it are the new one's. Then the old one is unloaded, as soon as its call is
 * over; with @kill that is ended. After an errno the old one is as it was.
 * Windows go with the old one, as when it is unloaded; the new one has none.
 */
int core_replace(const struct core_load *load, bool kill, uint32_t *id, struct core_reason *why);

/* Calls may be made from within services, to other plugins, this many deep. */
#define CORE_DEPTH_MAX 8

/*
 * A limit for calls whose caller cannot let others run, of each of the three times.
 * The monitor looks at its tick, so CPU time may be exceeded by one.
 */
#define CORE_ATOMIC_US 1000u

/*
 * An entry of a plugin, found once and called often. The plugin may be replaced or
 * unloaded meanwhile: calls then give -ESTALE.
 */
struct core_target {
	struct core_plugin *plugin; /* a reference */
	const char *entry;	    /* the plugin's own copy of the name */
	uint32_t offset;
};

/* 0 or an errno with a reason: -ENOENT, -EBUSY while the plugin is loading or leaving. */
int core_bind(const char *name, const char *entry, struct core_target *target,
	      struct core_reason *why);
/* The target is not bound any more. May free the plugin, so where the caller may sleep. */
void core_unbind(struct core_target *target);

/* A call of a target, or else of whatever plugin has the name when its turn comes. */
struct core_call {
	const struct core_target *target;
	const char *name, *entry; /* without a target */
	const uint32_t *args;	  /* in kernel memory */
	uint32_t nr_args;
	/*
	 * NULL, or what the plugin is granted for this call alone: from the caller's turn
	 * to the end of the call. Its offset and @window_bytes come before the arguments,
	 * and count among them. Not with @atomic: to grant takes memory.
	 */
	struct core_window *window;
	uint32_t window_bytes;
	uint32_t wall_us; /* a limit besides the plugin's; 0: none */
	bool atomic;	  /* the caller holds a lock or is an interrupt: CORE_ATOMIC_US */
	bool keep; /* with a status that is not OK the result has a reference to the plugin */
};

/*
 * Calls an entry and serves it until it ends. 0 whenever the plugin was called,
 * however that ended; an errno with a reason if it was not: -ESTALE if the
 * target's plugin was replaced or unloaded: bind it anew.
 * Finding the plugin takes as long with one as with 10,000; with a target nothing
 * is looked up, nothing allocated, and no lock taken that sleeps (with one but
 * without @atomic others may run, and a caller waits for its turn).
 *
 * A call that is not atomic is preempted whenever an event arrives and between
 * services, and is killed when its caller is to end (port_give_way()). One call
 * of a plugin at a time: others wait in the order in which they came, until
 * their caller is to end (-EINTR). When the plugin is replaced, those who came by
 * its name wait for the new one, in the same order. Who could wait for ever is
 * refused with -EBUSY: an atomic call, and a call made in a service of another.
 */
int core_call_plugin(const struct core_call *call, struct core_result *result,
		     struct core_reason *why);

/* The same, not atomic and for whichever plugin has the name. */
int core_call(const char *name, const char *entry, const uint32_t *args, uint32_t nr_args,
	      struct core_result *result, struct core_reason *why);

/*
 * The plugin never runs again; a call that is under way ends with status KILLED
 * as soon as it would go on. In any context, also in an interrupt that came
 * while the plugin ran. 0 if it is dead already; -ENOENT; -ENOSYS: the monitor
 * cannot.
 */
int core_kill(const char *name, struct core_reason *why);

/*
 * -EBUSY while it runs or is being loaded or unloaded by another. With @kill one
 * that runs is killed and waited for: not from within its own services. -EINTR:
 * it is unloaded later.
 */
int core_unload(const char *name, bool kill, struct core_reason *why);

/* Requests that were not served: refused by the monitor or rejected here. */
uint64_t core_refused(const struct core_plugin *plugin);

/* With the lock held. */
void core_used(const struct core_plugin *plugin, struct core_used *used);

/* All three with the lock held. The last: the first plugin with an id above @id. NULL: none. */
struct core_plugin *core_find(const char *name);
struct core_plugin *core_find_id(uint32_t id);
struct core_plugin *core_next(uint32_t id);

/* A reference to the plugin that has the name; NULL: none has. In any context. */
struct core_plugin *core_get(const char *name);
/* Ends a reference. May free the plugin, so where the caller may sleep. */
void core_put(struct core_plugin *plugin);

const char *core_state_name(enum core_plugin_state state);
const char *core_mode_name(uint32_t mode);

void core_fault_context(const struct core_plugin *plugin, struct core_fault_context *context);

#endif /* CORE_REGISTRY_H */
