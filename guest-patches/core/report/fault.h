/* SPDX-License-Identifier: GPL-2.0-only */
/* Fault records (struct plugin_fault) as text. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include "report/line.h"
#include "report/symbol.h"

/* Why this kernel killed the plugin. */
enum core_cause {
	CORE_CAUSE_KILL,    /* core_kill(), or kill by unload or replace */
	CORE_CAUSE_SIGNAL,  /* a fatal signal for the caller */
	CORE_CAUSE_WALL,    /* the call exceeded its limit of time */
	CORE_CAUSE_SERVICE, /* the call exceeded its limit of CPU time in services */
	CORE_CAUSE_LOCK,    /* the call kept another waiting for a map longer than the limit */
};

#define CORE_CODE_SIZE 15 /* longest x86 instruction, bytes */

/* Data on the plugin that a report needs besides the record. */
struct core_fault_context {
	const char *plugin;
	const struct core_symbols *symbols;
	const struct core_lines *lines;
	uint32_t text_limit;   /* last executable offset */
	uint32_t data_limit;   /* last readable offset */
	uint32_t budget_us;    /* of the call */
	enum core_cause cause; /* with PLUGIN_STATUS_KILLED */
	uint32_t limit_us;     /* that the call exceeded, with CORE_CAUSE_WALL, _SERVICE or _LOCK */
	/* Offsets where data and stack begin and the stack ends; stack_end 0: not known. */
	uint32_t data, stack, stack_end;
	uint32_t heap_pages;
	/* The bytes at EIP, up to the end of text. */
	uint8_t code[CORE_CODE_SIZE];
	uint32_t code_size;
};

#define CORE_FAULT_LINE_SIZE 320

/* The name of a PLUGIN_STATUS_*, such as "timeout"; "unknown" for other numbers. */
const char *core_status_name(uint32_t status);

/* The name of plugin_fault.vector as in the SDM, such as "page fault". Never NULL. */
const char *core_vector_name(uint32_t vector);

/*
 * Offset of a byte of the instruction that ended the call: EIP, or EIP - 1 after a trap, as
 * EIP is that of the next instruction then.
 */
uint32_t core_fault_code(const struct plugin_fault *fault);

/*
 * Write the report of the record @fault to @line: one line without a newline, cut to @size and
 * terminated. Returns its length.
 */
int core_fault_line(char *line, size_t size, const struct plugin_fault *fault,
		    const struct core_fault_context *context);

#endif /* CORE_FAULT_H */
