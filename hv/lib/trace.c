/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace ring buffer.
 */
#include <hv/cpu.h>
#include <hv/printk.h>
#include <hv/trace.h>

bool trace_on, trace_at_exit;

static struct {
	u64 tsc;
	u32 kind, a, b, c;
} ring[TRACE_ENTRIES];
static u32 next;

void trace_record(enum trace_kind kind, u32 a, u32 b, u32 c)
{
	u32 i = next++ % TRACE_ENTRIES;

	ring[i].tsc = rdtsc();
	ring[i].kind = kind;
	ring[i].a = a;
	ring[i].b = b;
	ring[i].c = c;
}

void trace_dump(void)
{
	static const char *const name[] = { "trap", "hypercall", "bounce", "event", "plugin" };
	u32 n = next < TRACE_ENTRIES ? next : TRACE_ENTRIES, i;

	if (!trace_on)
		return;
	log_err("trace: last %u of %u entries", n, next);
	for (i = next - n; i != next; i++) {
		u32 k = i % TRACE_ENTRIES;

		log_err("trace: %016llx %-9s %08x %08x %08x", ring[k].tsc, name[ring[k].kind],
			ring[k].a, ring[k].b, ring[k].c);
	}
}
