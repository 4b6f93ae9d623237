/* SPDX-License-Identifier: MIT */
/* Looks for segments that others have made ready. */
#include <ringfence/plugin.h>

PLUGIN("selectors", "1", "tries: left, readable, load SELECTOR ADDRESS, port NUMBER");
PLUGIN_BUDGET_US(5000000);

/* What FS and GS hold at the beginning of a call. */
PLUGIN_ENTRY(left, void)
{
	uint32_t fs, gs;

	__asm__ volatile("movl %%fs, %0; movl %%gs, %1" : "=r"(fs), "=r"(gs));
	return fs | gs << 16;
}

/* How many selectors can be read through. */
PLUGIN_ENTRY(readable, void)
{
	uint32_t selector, n = 0;
	unsigned char zero;

	for (selector = 0; selector < 0x10000; selector++) {
		__asm__ volatile("verr %w1; setz %0" : "=q"(zero) : "r"(selector) : "cc");
		n += zero;
	}
	return n;
}

PLUGIN_ENTRY(load, uint32_t selector, uint32_t address)
{
	uint32_t value;

	__asm__ volatile("movl %1, %%gs; movl %%gs:(%2), %0"
			 : "=r"(value)
			 : "r"(selector), "r"(address));
	return value;
}

PLUGIN_ENTRY(port, uint32_t number)
{
	uint32_t value = 0;

	__asm__ volatile("inb %%dx, %%al" : "+a"(value) : "d"(number));
	return value;
}
