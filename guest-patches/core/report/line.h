/* SPDX-License-Identifier: GPL-2.0-only */
/* Source lines of a plugin, kept for fault reports. */
#ifndef CORE_LINE_H
#define CORE_LINE_H

#include "format/plg_file.h"

struct core_lines {
	uint32_t size;
	uint8_t *table; /* as in the file */
	uint32_t end;	/* of text */
};

/*
 * Takes the line table from a parsed file. Never fails: without memory there
 * are no lines and reports show functions and offsets.
 */
void core_lines_take(struct core_lines *lines, const void *image, const struct plg_file *file);
void core_lines_drop(struct core_lines *lines);

/* The source file and *@line that the code at @offset comes from, or NULL. */
const char *core_line_at(const struct core_lines *lines, uint32_t offset, uint32_t *line);

#endif /* CORE_LINE_H */
