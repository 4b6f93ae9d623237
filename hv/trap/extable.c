/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Search of the exception table. A linear search: the table has few entries, and faults
 * in the monitor are rare.
 */
#include <hv/extable.h>

extern const struct {
	u32 insn, fixup;
} extable_start[], extable_end[];

u32 extable_find(u32 eip)
{
	const __typeof__(extable_start[0]) *e;

	for (e = extable_start; e < extable_end; e++)
		if (e->insn == eip)
			return e->fixup;
	return 0;
}
