/* SPDX-License-Identifier: MIT */
/* Files that are read as a whole: regular files, whose size is known. */
#ifndef PLUGCTL_REGULAR_FILE_H
#define PLUGCTL_REGULAR_FILE_H

#include <stdint.h>

/*
 * Opens a regular file of 1 to @most bytes. Returns the descriptor and sets *@size, in
 * bytes. Ends the program if @path is another kind or size of file, without waiting for
 * the other end of a FIFO. @what: what the file was to be, for the message: "a plugin".
 */
int regular_file_open(const char *path, int flags, const char *what, uint32_t most, uint32_t *size);

#endif /* PLUGCTL_REGULAR_FILE_H */
