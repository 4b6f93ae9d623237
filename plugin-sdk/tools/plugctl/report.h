/* SPDX-License-Identifier: MIT */
/* What plugctl says about plugins and their faults. */
#ifndef PLUGCTL_REPORT_H
#define PLUGCTL_REPORT_H

#include <stdio.h>

#include <linux/ringfence.h>

/* Members of the object that is open: those that load, list and show have in common. */
void report_plugin_json(const struct ringfence_show *show);

/* The member "fault" of the object that is open. */
void report_fault_json(const struct ringfence_fault *fault);
void report_fault(FILE *to, const struct ringfence_fault *fault);

#endif /* PLUGCTL_REPORT_H */
