// SPDX-License-Identifier: MIT
/*
 * Room in a plugin that faults are injected into: for the code that a fault needs (stub.py), and a
 * counter of how often that code ran. The entry is never called; it keeps both from being left out.
 */
#include <ringfence/plugin.h>

uint32_t injection_count;

PLUGIN_ENTRY(injection_room, void)
{
	__asm__ volatile(".globl injection_stub\ninjection_stub: .fill 160, 1, 0xcc");
	return injection_count;
}
