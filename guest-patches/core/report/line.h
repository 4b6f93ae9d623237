/* SPDX-License-Identifier: GPL-2.0-only */
/* The line table of a loaded plugin, for fault reports. */
#ifndef CORE_LINE_H
#define CORE_LINE_H

#include "format/plg_file.h"

struct core_lines {
	uint32_t size;	/* of the table in bytes; 0: none */
	uint8_t *table; /* a copy of the file's */
	uint32_t end;	/* offset where text ends */
};

/*
 * Copy the line table of a parsed file; may sleep. Without memory @lines is empty, and
 * reports show functions and offsets only.
 */
void core_lines_take(struct core_lines *lines, const void *image, const struct plg_file *file);
/* Free the table; may sleep. */
void core_lines_drop(struct core_lines *lines);

/* The source file and *@line of the code at @offset; or NULL, and *@line is undefined. */
const char *core_line_at(const struct core_lines *lines, uint32_t offset, uint32_t *line);

#endif /* CORE_LINE_H */
