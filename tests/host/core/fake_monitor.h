/* SPDX-License-Identifier: MIT */
/*
 * A fake monitor for tests of the plugin core. The fake does not run plugins: the fake
 * checks hypercalls against the ABI, counts resources, and ends calls as the test says. The
 * fake aborts if a counter, a time or the log of a plugin was changed without the lock.
 */
#ifndef FAKE_MONITOR_H
#define FAKE_MONITOR_H

#include <stdio.h>
#include <stdlib.h>

#include "port.h"
#include "life/registry.h"

/* Ends the program unless the core keeps to the port's rules. Fuzz targets have their own. */
#ifndef REQUIRE
#define REQUIRE(what)                                                                            \
	do {                                                                                     \
		if (!(what)) {                                                                   \
			fprintf(stderr, "fake monitor: %s:%d: not so: %s\n", __FILE__, __LINE__, \
				#what);                                                          \
			abort();                                                                 \
		}                                                                                \
	} while (0)
#endif

struct fake_monitor {
	/* Set by the test. */
	long fail_at;		  /* the allocation or frame with this number fails; 0: none */
	long refuse_create;	  /* errno */
	long refuse_query;	  /* errno */
	long refuse_info;	  /* errno */
	uint32_t pages_free;	  /* in the answer to info */
	long refuse_destroy;	  /* errno */
	long refuse_publish;	  /* errno */
	struct plugin_fault next; /* how calls end; status 0: with OK and value */
	uint32_t value;
	void (*before_call)(void); /* called before the monitor begins a call */
	void (*during_call)(void);
	long refuse_call; /* errno */
	/*
	 * Plays the plugin. Called at the begin of a call (@turn 0), and after each answer
	 * with its status and value. True: the plugin requests the service in @request.
	 */
	bool (*ask)(uint32_t handle, uint32_t turn, int status, uint32_t value,
		    struct port_answer *request);
	bool pass_all;		       /* pass on requests for forbidden services too */
	long refuse_grant;	       /* errno */
	long refuse_revoke;	       /* errno */
	void (*during_service)(void);  /* within port_now() */
	void (*during_wait)(void);     /* called within port_wait() */
	bool (*during_wait_for)(void); /* within port_wait_for(); false: the time is over */
	long refuse_kill;	       /* errno */
	/* Does an event interrupt the plugin now? Asked in interruptible hypercalls. */
	bool (*interrupt)(uint32_t handle);
	void (*during_give_way)(void); /* called within port_give_way() */
	bool fatal_signal;	       /* result of port_is_dying() */
	uintptr_t caller;	       /* result of port_caller(); 0: 1 */
	bool softirq;		       /* the caller is a softirq: it must not sleep */
	bool delays_workers;	       /* users are not told of ends of grafts, see port_unlock() */
	bool switching;		       /* the caller is the scheduler: it must not sleep */
	uint64_t now, clock, cpu_time; /* nanoseconds */
	uint64_t idle;		       /* nanoseconds of the clock in which no caller ran */
	/* Set by the fake monitor. */
	long allocations;
	long memory, frames, handles, published;
	bool locked;
	uint64_t waited;       /* nanoseconds in port_wait_for(), which come on top of the clock */
	unsigned int masked;   /* calls of port_mask() without port_unmask() yet */
	enum port_bars barred; /* by one of these calls */
	uint32_t text_word;    /* first word of the first frame of the last create */
	struct plugin_create created; /* the last request to create, also a refused one */
	uint32_t entry, nr_args, args[PLUGIN_ARGS_MAX];
	char warning[512];
	unsigned int warnings;
	char logged[256];
	unsigned int lines;
	struct plugin_services services;
	uint32_t windows;
	unsigned int kills, wakes, hand_overs, gave_way;
	uint32_t budget_us; /* of the last PLUGINOP_budget */
	int armed;	    /* points that have grafts */
	unsigned int released, grafts_ended;
	bool tells;		   /* core_tell_ends() is to be called */
	const void *last_released; /* by port_scope_release() */
	uint32_t last_graft;	   /* the id that port_tell_end() got last, and its text */
	char graft_outcome[160];
};

extern struct fake_monitor fake;

/* May the caller sleep? In fake_tasks.c. */
bool may_sleep(void);

#endif /* FAKE_MONITOR_H */
