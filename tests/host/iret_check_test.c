// SPDX-License-Identifier: MIT
/*
 * Iret frames: every value of the 22 flags of EFLAGS, against a list of the flags by name
 * (SDM volume 1, 3.4.3); and every code selector with each single flag and several values
 * of the upper half of its word.
 *
 * Cannot tell: that the CPU faults on selectors that do not load, and what the
 * monitor makes of that; guests/iret and the attacks from ring 1 do.
 */
#include <stdio.h>
#include <stdlib.h>

#include <hv/types.h>

#include <hv/iret_check.h>

#include "check.h"

enum fate { OFF, ON, KEPT };
static const enum fate flags[32] = {
	[0] = KEPT,		  /* CF */
	[1] = ON,		  /* always one */
	[2] = KEPT,		  /* PF */
	[4] = KEPT,		  /* AF */
	[6] = KEPT,		  /* ZF */
	[7] = KEPT,		  /* SF */
	[8] = KEPT,		  /* TF */
	[9] = ON,		  /* IF */
	[10] = KEPT,		  /* DF */
	[11] = KEPT,		  /* OF */
	[12] = OFF,		  /* IOPL */
	[13] = OFF,  [14] = KEPT, /* NT */
	[16] = KEPT,		  /* RF */
	[17] = OFF,		  /* VM */
	[18] = KEPT,		  /* AC */
	[19] = OFF,		  /* VIF */
	[20] = OFF,		  /* VIP */
	[21] = KEPT,		  /* ID */
};

static u32 expected(u32 eflags)
{
	u32 bit, v = 0;

	for (bit = 0; bit < 32; bit++)
		if (flags[bit] == ON || (flags[bit] == KEPT && eflags >> bit & 1))
			v |= 1u << bit;
	return v;
}

static void every_eflags(void)
{
	u32 v;

	for (v = 0; v < 1u << 22; v++) {
		CHECK(iret_eflags(v) == expected(v), "eflags %08x", v);
		CHECK(iret_eflags(~v) == expected(~v), "eflags %08x", ~v);
	}
}

static void every_selector(void)
{
	static const u32 above[] = { 0, 0x00010000, 0x00ff0000, 0xffff0000 };
	u32 cs, i, bit;

	for (cs = 0; cs < 0x10000; cs++)
		for (i = 0; i < ARRAY_SIZE(above); i++)
			for (bit = 0; bit <= 33; bit++) {
				u32 v = bit < 32 ? 1u << bit : bit == 32 ? 0 : ~0u;
				bool vm = v >> 17 & 1;
				enum iret_to to = iret_to(cs | above[i], v);

				switch (cs % 4) {
				case 1:
					CHECK(to == IRET_KERNEL, "cs %04x eflags %08x", cs, v);
					break;
				case 3:
					CHECK(to == (vm ? IRET_REFUSED : IRET_USER),
					      "cs %04x eflags %08x", cs, v);
					break;
				default:
					CHECK(to == IRET_REFUSED, "cs %04x eflags %08x", cs, v);
				}
				/* The code that iret returns to has neither VM nor IOPL set. */
				CHECK(!(iret_eflags(v) & (EFLAGS_VM | EFLAGS_IOPL)), "%08x", v);
			}
}

int main(void)
{
	every_eflags();
	every_selector();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
