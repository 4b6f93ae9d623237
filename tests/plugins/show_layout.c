// SPDX-License-Identifier: MIT
/*
 * Where the fields of struct ringfence_show were when programs were first built with them. This
 * file is only compiled, for i386 and x86-64. A line that fails shows a change that breaks
 * programs: a line of <linux/ringfence_facts.h> has moved or is gone. Lines are only added.
 */
#include <stddef.h>

#include <linux/ringfence.h>

#define FIELD(field, offset, bytes)                                                    \
	_Static_assert(offsetof(struct ringfence_show, field) == (offset) &&           \
			       sizeof(((struct ringfence_show *)0)->field) == (bytes), \
		       #field)

FIELD(head, 0, 24);
FIELD(name, 24, 32);
FIELD(id, 56, 4);
FIELD(state, 60, 4);
FIELD(mode, 64, 4);
FIELD(abi, 68, 4);
FIELD(budget_us, 72, 4);
FIELD(text, 76, 4);
FIELD(rodata, 80, 4);
FIELD(data, 84, 4);
FIELD(heap, 88, 4);
FIELD(stack, 92, 4);
FIELD(text_limit, 96, 4);
FIELD(data_limit, 100, 4);
FIELD(nr_entries, 104, 4);
FIELD(last_status, 108, 4);
FIELD(calls, 112, 8);
FIELD(faults, 120, 8);
FIELD(version, 128, 16);
FIELD(description, 144, 80);
FIELD(requests, 224, 8);
FIELD(refused, 232, 8);
FIELD(services, 240, 32);
FIELD(strikes, 272, 4);
FIELD(window_room, 276, 4);
FIELD(windows, 280, 4);
FIELD(wall_us, 284, 4);
FIELD(service_us, 288, 4);
FIELD(reserved, 292, 4);
FIELD(cpu_used_us, 296, 8);
FIELD(wall_used_us, 304, 8);
FIELD(service_used_us, 312, 8);
FIELD(grafts, 320, 4);
FIELD(aborts, 324, 4);

_Static_assert(sizeof(struct ringfence_show) >= 320 && sizeof(struct ringfence_show) % 8 == 0,
	       "the structure only grows, and is a multiple of 8");
