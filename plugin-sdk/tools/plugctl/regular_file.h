/* SPDX-License-Identifier: MIT */
/* Regular files. */
#ifndef PLUGCTL_REGULAR_FILE_H
#define PLUGCTL_REGULAR_FILE_H

#include <stdint.h>

/*
 * Opens a regular file of 1 to @most bytes, or with @most 0 of any size. Returns the
 * descriptor and sets *@size, in bytes; with @most 0, @size is NULL. Ends the program if
 * @path is another kind or size of file, without waiting for the other end of a FIFO.
 * @what: what the file was to be, for the message: "a plugin".
 */
int regular_file_open(const char *path, int flags, const char *what, uint32_t most, uint32_t *size);

#endif /* PLUGCTL_REGULAR_FILE_H */
