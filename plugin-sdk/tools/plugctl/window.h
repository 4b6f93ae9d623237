/* SPDX-License-Identifier: MIT */
/* A file as a plugin's window. */
#ifndef PLUGCTL_WINDOW_H
#define PLUGCTL_WINDOW_H

#include <linux/ringfence.h>

/*
 * Reads the file @what, "FILE" or "FILE:rw", into memory. Sets call->window,
 * call->window_size and *@flags (RINGFENCE_CALL_WRITE with :rw). Ends the program if the
 * file cannot be a window.
 */
void window_read(const char *what, struct ringfence_call *call, unsigned int *flags);

/* With :rw writes the window's bytes back to the file, otherwise does nothing. */
void window_write(const struct ringfence_call *call);

#endif /* PLUGCTL_WINDOW_H */
