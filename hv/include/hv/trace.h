/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace buffer: the last TRACE_ENTRIES traps and hypercalls. The boot option
 * trace=on records them; panic, guest_kill() and, with trace=dump, every shutdown print
 * them.
 */
#ifndef HV_TRACE_H
#define HV_TRACE_H

#include <hv/types.h>

enum trace_kind { TRACE_TRAP, TRACE_HYPERCALL, TRACE_BOUNCE, TRACE_EVENT, TRACE_PLUGIN };
#define TRACE_ENTRIES 256u

extern bool trace_on, trace_at_exit;
void trace_record(enum trace_kind kind, u32 a, u32 b, u32 c);
void trace_dump(void);

static always_inline void trace(enum trace_kind kind, u32 a, u32 b, u32 c)
{
	if (unlikely(trace_on))
		trace_record(kind, a, b, c);
}

#endif
