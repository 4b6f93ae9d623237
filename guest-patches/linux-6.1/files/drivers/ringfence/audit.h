/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit, for tests: with the kernel's option plugins.audit=1, or with 1 in
 * /sys/module/plugins/parameters/audit, the kernel state that a plugin may change is hashed before
 * each call, and again if the call did not end well. A difference, and whatever an abort has left in
 * maps, goes to the log and is counted in audit_differences of that folder. audit_aborts there counts
 * the calls that were compared, audit_moved those that were not, as others have changed maps
 * meanwhile. audit_text is a hash of the kernel's code and constants.
 */
#ifndef RINGFENCE_AUDIT_H
#define RINGFENCE_AUDIT_H

#include <linux/types.h>

#include "core/graft/point.h"
#include "core/map/state.h"

struct audit {
	struct core_maps_state maps;
};

extern bool audit_on;

/* Around a call by a process: take note before it, and compare if it has @aborted. */
void audit_begin(struct audit *audit);
void audit_end(const struct audit *audit, bool aborted, const char *what);

/*
 * core_ask(), or core_ask_graft() if @id is not 0, audited. @state returns a hash of what a good answer
 * changes besides maps, and gets @question->what; NULL: nothing.
 */
bool audit_ask(const struct core_question *question, u32 id, u32 (*state)(const void *what));

/* Ask a graft, with an audit if that is on. */
static inline bool audited_ask(const struct core_question *question, u32 (*state)(const void *what))
{
	return unlikely(audit_on) ? audit_ask(question, 0, state) : core_ask(question);
}

/* The same with core_ask_graft(). */
static inline bool audited_ask_graft(const struct core_question *question, u32 id,
				     u32 (*state)(const void *what))
{
	return unlikely(audit_on) ? audit_ask(question, id, state) : core_ask_graft(question, id);
}

#endif /* RINGFENCE_AUDIT_H */
