/* SPDX-License-Identifier: GPL-2.0-only */
/* Which mistake of its author a plugin's exception is likely to come from. */
#ifndef CORE_CAUSE_H
#define CORE_CAUSE_H

#include "report/fault.h"

#define CORE_CAUSE_SIZE 96

/*
 * Of a fault with PLUGIN_STATUS_FAULT: puts words like "its stack of 16 KiB is
 * full" into @text and returns true, or false if the record does not tell. Looks
 * only at the record and the context.
 */
bool core_fault_cause(char *text, size_t size, const struct plugin_fault *fault,
		      const struct core_fault_context *context);

#endif /* CORE_CAUSE_H */
