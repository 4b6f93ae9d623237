/* SPDX-License-Identifier: MIT */
/* The kernel's side of plugctl: /dev/plugins, and errors as one sentence. */
#ifndef PLUGCTL_DEVICE_H
#define PLUGCTL_DEVICE_H

#include <linux/ringfence.h>

#define DEVICE "/dev/plugins"

/*
 * Runs an ioctl on a structure that begins with a struct ringfence_head, which
 * it fills in. Returns 0 or an errno; the sentence is then in reason(). A
 * failure to open the device ends the program.
 */
int device_run(unsigned long number, void *structure, unsigned int size, unsigned int flags);
const char *reason(void);

/* One plugin. If there is none of that name, the program ends. */
struct ringfence_show device_show(const char *name);

/* Returns 0 if there is a record. Without the right to read it there is none. */
int device_fault(const char *name, struct ringfence_fault *fault);

#endif /* PLUGCTL_DEVICE_H */
