// SPDX-License-Identifier: GPL-2.0-only
/* A copy of a plugin's line table, kept until the plugin is freed. */
#include "report/line.h"

void core_lines_take(struct core_lines *lines, const void *image, const struct plg_file *file)
{
	memset(lines, 0, sizeof(*lines));
	if (!file->lines.size)
		return;
	lines->table = port_alloc(file->lines.size);
	if (!lines->table)
		return;
	lines->size = file->lines.size;
	lines->end = PLUGIN_TEXT_BASE + file->text.memory;
	memcpy(lines->table, (const uint8_t *)image + file->lines.offset, lines->size);
}

void core_lines_drop(struct core_lines *lines)
{
	port_free(lines->table);
	memset(lines, 0, sizeof(*lines));
}

const char *core_line_at(const struct core_lines *lines, uint32_t offset, uint32_t *line)
{
	return lines->size && offset < lines->end ?
		       plg_line_at(lines->table, lines->size, offset, line) :
		       NULL;
}
