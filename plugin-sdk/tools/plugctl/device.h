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

/* Ends the program with exit status 1 and one sentence, in JSON if so chosen. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif /* PLUGCTL_DEVICE_H */
