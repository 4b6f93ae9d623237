/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the .plg parser, plg_*.c, and by no other. */
#ifndef CORE_PLG_READER_H
#define CORE_PLG_READER_H

#include "format/plg_file.h"

#define PLG_PAGE 4096u

struct plg_reader {
	const uint8_t *image;
	uint32_t size;
	struct plg_file *file;
	struct core_reason *why;
};

#define PLG_REFUSE(reader, ...) core_refuse((reader)->why, -ENOEXEC, __VA_ARGS__)

/* Pages that hold @bytes; does not overflow. */
static inline uint32_t plg_pages(uint32_t bytes)
{
	return bytes / PLG_PAGE + !!(bytes % PLG_PAGE);
}

static inline bool plg_in_text(const struct plg_reader *r, uint32_t offset)
{
	return offset >= PLUGIN_TEXT_BASE && offset - PLUGIN_TEXT_BASE < r->file->text.memory;
}

/*
 * Check the notes, and that the plugin has at most PLUGIN_PAGES_MAX pages with heap and stack.
 * The parts must have been read.
 */
int plg_read_notes(struct plg_reader *r);

/*
 * Check the line table of @size bytes at @offset of the file; the range must lie in the file,
 * and the parts must have been read.
 */
int plg_read_lines(struct plg_reader *r, uint32_t offset, uint32_t size);

#endif /* CORE_PLG_READER_H */
