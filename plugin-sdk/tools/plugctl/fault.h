/* SPDX-License-Identifier: MIT */
/* Fault records, for output.h. */
#ifndef PLUGCTL_FAULT_H
#define PLUGCTL_FAULT_H

#include <stdio.h>

#include <linux/ringfence.h>

#include "output.h"

/* Table of a struct ringfence_fault that has a record. */
extern const struct fact fault_facts[];

/* Prints a fault record as text: the kernel's line, then vector, limits and registers. */
void fault_print(FILE *to, const struct ringfence_fault *fault);

#endif /* PLUGCTL_FAULT_H */
