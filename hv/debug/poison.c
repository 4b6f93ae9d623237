// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug build: the pattern in freed memory. As a pointer or an index it leads to
 * unmapped memory, so a use after free faults where it happens; a write after free is
 * found when the memory is allocated again.
 */
#include <hv/plugin_slot.h>
#include <hv/poison.h>
#include <hv/printk.h>
#include <hv/string.h>

#define PATTERN 0xd5u

void poison(void *at, u32 size)
{
	memset(at, PATTERN, size);
}

void poison_check(const void *at, u32 size, const char *what)
{
	const u8 *p = at;
	u32 i;

	for (i = 0; i < size; i++)
		if (p[i] != PATTERN)
			panic("%s at %08x was written after it was freed: byte %u is %02x", what,
			      (u32)at, i, p[i]);
}

#define SLOT_KEPT offsetof(struct plugin, prev) /* handle, state and next lie before it */

void poison_slot(struct plugin *p)
{
	BUG_ON(p->fpu);
	poison((u8 *)p + SLOT_KEPT, sizeof(*p) - SLOT_KEPT);
}

void poison_slot_check(const struct plugin *p)
{
	poison_check((const u8 *)p + SLOT_KEPT, sizeof(*p) - SLOT_KEPT, "a free plugin");
}
