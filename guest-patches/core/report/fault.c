// SPDX-License-Identifier: GPL-2.0-only
/* Writes fault records as text. */
#include "report/cause.h"
#include "service/service.h"

#define VECTOR_DEBUG	  1
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW	  4
#define VECTOR_PAGE_FAULT 14
#define VECTOR_TIMEOUT	  32
#define VECTOR_KILLED	  33
#define PAGE_PRESENT	  1 /* in a page fault's error code */

const char *core_status_name(uint32_t status)
{
	static const char *const names[] = {
		[PLUGIN_STATUS_OK] = "ok",
		[PLUGIN_STATUS_FAULT] = "fault",
		[PLUGIN_STATUS_TIMEOUT] = "timeout",
		[PLUGIN_STATUS_KILLED] = "killed",
		[PLUGIN_STATUS_FORBIDDEN] = "forbidden",
		[PLUGIN_STATUS_DEAD] = "dead",
		[PLUGIN_STATUS_SERVICE] = "service",
	};

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : "unknown";
}

const char *core_vector_name(uint32_t vector)
{
	static const char *const names[] = {
		[0] = "divide error",
		[1] = "debug exception",
		[2] = "NMI",
		[3] = "breakpoint",
		[4] = "overflow",
		[5] = "bound range exceeded",
		[6] = "invalid opcode",
		[7] = "device not available",
		[8] = "double fault",
		[9] = "coprocessor segment overrun",
		[10] = "invalid TSS",
		[11] = "segment not present",
		[12] = "stack segment fault",
		[13] = "general protection fault",
		[14] = "page fault",
		[16] = "x87 floating-point error",
		[17] = "alignment check",
		[18] = "machine check",
		[19] = "SIMD floating-point error",
		[20] = "virtualization exception",
		[21] = "control protection exception",
		[VECTOR_TIMEOUT] = "out of time",
		[VECTOR_KILLED] = "killed",
	};
	const char *name = vector < sizeof(names) / sizeof(names[0]) ? names[vector] : NULL;

	if (vector == PLUGIN_GATE)
		name = "request at the gate";
	return name ? name : "unknown exception";
}

/* A line of text; add() drops what does not fit. */
struct line {
	char *text;
	size_t size;
	size_t used;
};

static __attribute__((format(printf, 2, 3))) void add(struct line *line, const char *format, ...)
{
	va_list args;
	int more;

	if (line->used + 1 >= line->size)
		return;
	va_start(args, format);
	more = port_vsnprintf(line->text + line->used, line->size - line->used, format, args);
	va_end(args);
	if (more > 0)
		line->used += more;
	if (line->used >= line->size)
		line->used = line->size - 1;
}

/*
 * Is the record's address the likely reason? An address within the segment limit cannot be
 * the reason of a fault other than #PF.
 */
static bool has_address(const struct plugin_fault *fault)
{
	return fault->flags & PLUGIN_FAULT_ADDRESS &&
	       (!(fault->flags & PLUGIN_FAULT_IN_LIMIT) || fault->vector == VECTOR_PAGE_FAULT);
}

static void add_access(struct line *line, const struct plugin_fault *fault)
{
	add(line, ", %s 0x%x",
	    fault->flags & PLUGIN_FAULT_FETCH ? "running code at" :
	    fault->flags & PLUGIN_FAULT_WRITE ? "writing" :
						"reading",
	    fault->address);
}

static void add_why_not(struct line *line, const struct plugin_fault *fault,
			const struct core_fault_context *context)
{
	bool fetch = fault->flags & PLUGIN_FAULT_FETCH;

	if (!(fault->flags & PLUGIN_FAULT_IN_LIMIT))
		add(line, ", past its limit 0x%x",
		    fetch ? context->text_limit : context->data_limit);
	else if (!(fault->error_code & PAGE_PRESENT))
		add(line, ", where nothing is mapped");
	else if (fetch)
		add(line, ", which is not code");
	else if (fault->flags & PLUGIN_FAULT_WRITE)
		add(line, ", which is read-only");
}

static void add_exception(struct line *line, const struct plugin_fault *fault,
			  const struct core_fault_context *context)
{
	char cause[CORE_CAUSE_SIZE];
	bool known = core_fault_cause(cause, sizeof(cause), fault, context);

	add(line, "%s", core_vector_name(fault->vector));
	if (!known && (fault->vector == 13 || (fault->vector >= 10 && fault->vector <= 12)))
		add(line, " (error code 0x%x)", fault->error_code);
	if (has_address(fault)) {
		add_access(line, fault);
		if (!known)
			add_why_not(line, fault, context);
	}
	if (known)
		add(line, ": %s", cause);
}

static void add_service(struct line *line, uint32_t number)
{
	const char *name = core_service_name(number);

	add(line, "it asked the gate for service %u", number);
	if (name)
		add(line, " (%s), which it may not have: load it with --allow", name);
	else
		add(line, ", which this kernel does not have: see docs/services.md");
}

uint32_t core_fault_code(const struct plugin_fault *fault)
{
	bool trap = fault->status == PLUGIN_STATUS_FAULT &&
		    (fault->vector == VECTOR_DEBUG || fault->vector == VECTOR_BREAKPOINT ||
		     fault->vector == VECTOR_OVERFLOW);

	return fault->eip - trap;
}

static void add_cause(struct line *line, const struct core_fault_context *context)
{
	add(line, "it was killed");
	switch (context->cause) {
	case CORE_CAUSE_KILL:
		break;
	case CORE_CAUSE_SIGNAL:
		add(line, ", because the process that called it was");
		break;
	case CORE_CAUSE_WALL:
		add(line, ": the call took longer than %u us: do less in a call, or give it more",
		    context->limit_us);
		break;
	case CORE_CAUSE_SERVICE:
		add(line,
		    ": its services took longer than %u us: ask for less in a call, or give "
		    "it more",
		    context->limit_us);
		break;
	case CORE_CAUSE_LOCK:
		add(line,
		    ": it kept another waiting for what it changed or locked in a map, longer "
		    "than %u us: change maps at the end of a call",
		    context->limit_us);
	}
}

static void add_place(struct line *line, const struct plugin_fault *fault,
		      const struct core_fault_context *context)
{
	uint32_t code = core_fault_code(fault), into = 0, source_line = 0;
	const char *function = core_symbol_at(context->symbols, code, &into);
	const char *file = core_line_at(context->lines, code, &source_line);

	if (function && file)
		add(line, "; at %.40s+0x%x (%s:%u, eip 0x%x)", function, into + (fault->eip - code),
		    file, source_line, fault->eip);
	else if (function)
		add(line, "; at %.40s+0x%x (eip 0x%x)", function, into + (fault->eip - code),
		    fault->eip);
	else if (file)
		add(line, "; at %s:%u (eip 0x%x)", file, source_line, fault->eip);
	else
		add(line, "; at eip 0x%x", fault->eip);
}

int core_fault_line(char *text, size_t size, const struct plugin_fault *fault,
		    const struct core_fault_context *context)
{
	struct line line = { text, size, 0 };

	if (!size)
		return 0;
	text[0] = 0;
	if (fault->status == PLUGIN_STATUS_KILLED && !fault->eip) {
		add(&line, "plugin %s was stopped while it did not run: ", context->plugin);
		add_cause(&line, context);
		return (int)line.used;
	}
	add(&line, "plugin %s was stopped in call %u: ", context->plugin, fault->call);
	switch (fault->status) {
	case PLUGIN_STATUS_FAULT:
		add_exception(&line, fault, context);
		break;
	case PLUGIN_STATUS_TIMEOUT:
		add(&line,
		    "it exceeded its budget of %u us: raise it with --budget-us, or do less per call",
		    context->budget_us);
		break;
	case PLUGIN_STATUS_FORBIDDEN:
		add_service(&line, fault->eax);
		break;
	case PLUGIN_STATUS_KILLED:
		add_cause(&line, context);
		break;
	default:
		add(&line, "%s", core_status_name(fault->status));
	}
	add_place(&line, fault, context);
	return (int)line.used;
}
