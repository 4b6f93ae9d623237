/* SPDX-License-Identifier: MIT */
/*
 * A monitor that holds plugins in name only, for tests of the core: it checks
 * what it is asked as the ABI says, keeps count, and ends calls as told.
 */
#ifndef FAKE_MONITOR_H
#define FAKE_MONITOR_H

#include "port.h"
#include "life/registry.h"

struct fake_monitor {
	/* Set by the test. */
	long fail_at;		  /* the allocation or frame with this number fails; 0: none */
	long refuse_create;	  /* errno */
	long refuse_query;	  /* errno */
	long refuse_info;	  /* errno */
	uint32_t pages_free;	  /* as info says */
	long refuse_destroy;	  /* errno */
	long refuse_publish;	  /* errno */
	struct plugin_fault next; /* how the next call ends; status 0: value */
	uint32_t value;
	void (*before_call)(void); /* just before the monitor hears of it */
	void (*during_call)(void);
	long refuse_call; /* errno */
	/*
	 * Plays the plugin: at the begin of a call and after each answer, whose
	 * status and value are given. True: it asks for what it put into @request.
	 */
	bool (*ask)(uint32_t handle, uint32_t turn, int status, uint32_t value,
		    struct port_answer *request);
	bool pass_all;		      /* services that the plugin may not have are passed on */
	long refuse_grant;	      /* errno */
	long refuse_revoke;	      /* errno */
	void (*during_service)(void); /* within port_now() */
	void (*during_wait)(void);    /* what others do while somebody sleeps */
	long refuse_kill;	      /* errno */
	/*
	 * Whether the plugin is interrupted before it does what it does next, in a
	 * hypercall that is interruptible.
	 */
	bool (*interrupt)(uint32_t handle);
	void (*during_give_way)(void); /* what others do then */
	bool fatal_signal;	       /* the caller is to end */
	uintptr_t caller;	       /* who calls; 0: 1 */
	uint64_t now, clock, cpu_time; /* nanoseconds */
	/* Kept by the monitor. */
	long allocations;
	long memory, frames, handles, published;
	bool locked;
	uint32_t text_word; /* first word of the first frame of the last create */
	struct plugin_create created;
	uint32_t entry, nr_args, args[PLUGIN_ARGS_MAX];
	char warning[512];
	unsigned int warnings;
	char logged[256];
	unsigned int lines;
	struct plugin_services services;
	uint32_t windows;
	unsigned int kills, wakes, hand_overs, gave_way;
	uint32_t budget_us; /* the last that was set, not with create */
};

extern struct fake_monitor fake;

#endif /* FAKE_MONITOR_H */
