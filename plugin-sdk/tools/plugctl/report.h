/* SPDX-License-Identifier: MIT */
/* Reports on plugins and their faults. */
#ifndef PLUGCTL_REPORT_H
#define PLUGCTL_REPORT_H

#include <stdio.h>

#include <linux/ringfence.h>

/* Adds to the open JSON object the members that load, replace, list and show all print. */
void report_plugin_json(const struct ringfence_show *show);

/* Adds the member "fault" to the open JSON object. */
void report_fault_json(const struct ringfence_fault *fault);

/* Prints a fault record as text: the kernel's line, then vector, limits and registers. */
void report_fault(FILE *to, const struct ringfence_fault *fault);

#endif /* PLUGCTL_REPORT_H */
