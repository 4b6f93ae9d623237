/* SPDX-License-Identifier: MIT */
/* Files that are read whole: regular ones, of a size that is known. */
#ifndef PLUGCTL_REGULAR_FILE_H
#define PLUGCTL_REGULAR_FILE_H

#include <stdint.h>

/*
 * Opens a regular file of 1 to @most bytes and gives its descriptor; what is
 * none ends the program, without waiting for the other end of a FIFO or
 * touching a device. @what the file was to be, for the sentence: "a plugin".
 */
int regular_file_open(const char *path, int flags, const char *what, uint32_t most, uint32_t *size);

#endif /* PLUGCTL_REGULAR_FILE_H */
