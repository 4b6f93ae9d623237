/* SPDX-License-Identifier: MIT */
/* Tables of which each line is a structure: plugins, graft points, grafts. */
#ifndef PLUGCTL_ROWS_H
#define PLUGCTL_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "output.h"

/*
 * Structures of one type. A verb reads all before the first is printed, so that an error has
 * the output for itself.
 */
struct rows {
	const char *what; /* what the structures are, for messages: "plugins" */
	size_t size;	  /* of a structure, in bytes */
	uint32_t nr;
	char *bytes; /* nr structures */
};

/*
 * Issues the ioctl @number with @flags on @row, which begins with the ioctl's structure of
 * @size bytes, again and again until ENOENT. Each time complete() finishes @row, and a copy is
 * appended. The kernel finds in @row what it left there. Ends the program on another errno, or
 * if there is no memory.
 */
void rows_read(struct rows *rows, unsigned long number, unsigned int size, unsigned int flags,
	       void *row, void (*complete)(void *row));
/*
 * Prints all rows: with --json one array, otherwise @heading and a line for each row, or
 * nothing if there is no row. Frees them.
 */
void rows_print(struct rows *rows, const struct form *form, const char *heading);

#endif /* PLUGCTL_ROWS_H */
