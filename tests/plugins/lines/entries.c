/* SPDX-License-Identifier: MIT */
/* The entries of assembly.S. */
#include <ringfence/plugin.h>

PLUGIN("lines", "1.0", "is stopped at lines that its source marks");

#define ENTRY(name)                    \
	uint32_t asm_##name(uint32_t); \
	PLUGIN_ENTRY(name, uint32_t a) \
	{                              \
		return asm_##name(a);  \
	}

ENTRY(write)
ENTRY(divide)
ENTRY(spin)
ENTRY(gate)
ENTRY(breakpoint)
