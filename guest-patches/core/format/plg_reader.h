/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the .plg parser share; for plg_*.c only. */
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

static inline uint32_t plg_pages(uint32_t bytes)
{
	return bytes / PLG_PAGE + !!(bytes % PLG_PAGE);
}

static inline bool plg_in_text(const struct plg_reader *r, uint32_t offset)
{
	return offset >= PLUGIN_TEXT_BASE && offset - PLUGIN_TEXT_BASE < r->file->text.memory;
}

/* Needs the parts; checks the notes and the size of the whole plugin. */
int plg_read_notes(struct plg_reader *r);

/* Checks the line table in these bytes, which are inside the file. Needs the parts. */
int plg_read_lines(struct plg_reader *r, uint32_t offset, uint32_t size);

#endif /* CORE_PLG_READER_H */
