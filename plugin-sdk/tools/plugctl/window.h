/* SPDX-License-Identifier: MIT */
/* A file as a plugin's window. */
#ifndef PLUGCTL_WINDOW_H
#define PLUGCTL_WINDOW_H

#include <linux/ringfence.h>

/*
 * Reads "FILE" or "FILE:rw" into memory and tells the call of it. What cannot
 * be a window ends the program.
 */
void window_read(const char *what, struct ringfence_call *call, unsigned int *flags);

/* Writes the file anew, if it was given with :rw. */
void window_write(const struct ringfence_call *call);

#endif /* PLUGCTL_WINDOW_H */
