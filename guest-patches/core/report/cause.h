/* SPDX-License-Identifier: GPL-2.0-only */
/* The mistake in a plugin's source that is the likely cause of an exception. */
#ifndef CORE_CAUSE_H
#define CORE_CAUSE_H

#include "report/fault.h"

#define CORE_CAUSE_SIZE 96

/*
 * Write the likely cause of a fault with PLUGIN_STATUS_FAULT to @text, such as "its stack of
 * 16 KiB is full". False: the cause is not known, and @text is unchanged. Reads only the
 * record and the context.
 */
bool core_fault_cause(char *text, size_t size, const struct plugin_fault *fault,
		      const struct core_fault_context *context);

#endif /* CORE_CAUSE_H */
