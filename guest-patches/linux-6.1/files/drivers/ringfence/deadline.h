/* SPDX-License-Identifier: GPL-2.0-only */
/* A time at which a plugin is killed, if its call is still under way then. */
#ifndef RINGFENCE_DEADLINE_H
#define RINGFENCE_DEADLINE_H

#include <linux/hrtimer.h>

struct deadline {
	struct hrtimer timer;
	u32 id; /* the plugin's */
};

/* Both in the context of the caller, on whose stack it may be. */
void deadline_set(struct deadline *deadline, u32 id, u32 us);
void deadline_cancel(struct deadline *deadline);

#endif /* RINGFENCE_DEADLINE_H */
