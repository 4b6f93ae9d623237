/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages for the monitor. It keeps a struct and a list of pages of each plugin. Beyond some
 * thousand plugins it needs memory of the guest for that: frames that the guest has
 * released (XENMEM_decrease_reservation), as a balloon driver does. The monitor keeps what it
 * has taken for later plugins; it is lost to this kernel.
 */
#ifndef RINGFENCE_MONITOR_PAGES_H
#define RINGFENCE_MONITOR_PAGES_H

#include <linux/types.h>

/*
 * Release up to @nr pages for the monitor to take. May sleep. False: no page could be had.
 * The caller then issues a hypercall for which the monitor may take them, and calls
 * monitor_pages_settle(). One caller at a time is between the two; others wait.
 */
bool monitor_pages_offer(unsigned int nr);

/* Claim back the pages that the monitor has not taken. Number of pages that it has taken. */
unsigned int monitor_pages_settle(void);

#endif /* RINGFENCE_MONITOR_PAGES_H */
