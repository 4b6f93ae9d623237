/* SPDX-License-Identifier: GPL-2.0-only */
/* Fault records as text. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include "report/line.h"
#include "report/symbol.h"

/* Why this kernel ended a call, with status KILLED. */
enum core_cause {
	CORE_CAUSE_KILL,    /* somebody asked for it */
	CORE_CAUSE_SIGNAL,  /* its caller is to end */
	CORE_CAUSE_WALL,    /* the call took too long */
	CORE_CAUSE_SERVICE, /* its services took too long */
};

#define CORE_CODE_SIZE 15 /* an instruction is no longer */

/* What a report needs besides the record. */
struct core_fault_context {
	const char *plugin;
	const struct core_symbols *symbols;
	const struct core_lines *lines;
	uint32_t text_limit; /* last executable offset */
	uint32_t data_limit; /* last readable offset */
	uint32_t budget_us;
	enum core_cause cause;
	uint32_t limit_us; /* that CORE_CAUSE_WALL or _SERVICE is about */
	/* Offsets where these begin, and where the stack ends; 0: not known. */
	uint32_t data, stack, stack_end;
	uint32_t heap_pages;
	/* The instruction at EIP, as far as it is in text. */
	uint8_t code[CORE_CODE_SIZE];
	uint32_t code_size;
};

#define CORE_FAULT_LINE_SIZE 320

/* "ok", "fault", "timeout", ...: also the words that plugctl and sysfs use. */
const char *core_status_name(uint32_t status);

/* As the SDM names it: "page fault". Never NULL. */
const char *core_vector_name(uint32_t vector);

/* A byte of the instruction that ended the call: EIP, but for traps, which leave it behind. */
uint32_t core_fault_code(const struct plugin_fault *fault);

/*
 * One line that says what happened, at which address and where in the code.
 * Returns its length; always terminated.
 */
int core_fault_line(char *line, size_t size, const struct plugin_fault *fault,
		    const struct core_fault_context *context);

#endif /* CORE_FAULT_H */
