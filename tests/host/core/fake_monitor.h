/* SPDX-License-Identifier: MIT */
/*
 * A monitor that holds plugins in name only, for tests of the core: it checks
 * what it is asked as the ABI says, keeps count, and ends calls as told.
 */
#ifndef FAKE_MONITOR_H
#define FAKE_MONITOR_H

#include "port.h"
#include "registry.h"

struct fake_monitor {
	/* Set by the test. */
	long fail_at;		  /* the allocation or frame with this number fails; 0: none */
	long refuse_create;	  /* errno */
	long refuse_query;	  /* errno */
	long refuse_destroy;	  /* errno */
	long refuse_publish;	  /* errno */
	struct plugin_fault next; /* how the next call ends; status 0: value */
	uint32_t value;
	void (*during_call)(void);
	/* Kept by the monitor. */
	long allocations;
	long memory, frames, handles, published;
	bool locked;
	uint32_t text_word; /* first word of the first frame of the last create */
	struct plugin_create created;
	uint32_t entry, nr_args, args[PLUGIN_ARGS_MAX];
	char warning[512];
	unsigned int warnings;
};

extern struct fake_monitor fake;

#endif /* FAKE_MONITOR_H */
