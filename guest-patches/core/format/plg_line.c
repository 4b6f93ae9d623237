// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line table of a .plg file (PLG_SECTION_LINES in <ringfence/plg.h>). The parser
 * checks the table once, and each report of a fault searches it. Both read the table by the
 * functions take*(), which check bounds.
 */
#include "format/plg_reader.h"

/* Position in the table: first in the names of files, then in the records. */
struct walk {
	const uint8_t *at, *end;
	uint32_t offset, file, line; /* of the last record; file 0: line not known */
};

/* Read an unsigned LEB128 number. False: longer than 32 bits, or than the table. */
static bool take(struct walk *walk, uint32_t *value)
{
	unsigned int shift;
	uint32_t byte;

	*value = 0;
	for (shift = 0; shift < 35 && walk->at < walk->end; shift += 7) {
		byte = *walk->at++;
		if (shift == 28 && byte > 0xf)
			return false;
		*value |= (byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

/*
 * Read a name. NULL: the name is empty, has PLG_FILE_NAME_SIZE characters or more, has a
 * character that is not printable ASCII, or ends behind the table.
 */
static const char *take_name(struct walk *walk)
{
	const char *name = (const char *)walk->at;
	uint32_t length;

	for (length = 0; length < PLG_FILE_NAME_SIZE && walk->at < walk->end; length++) {
		uint8_t c = *walk->at++;

		if (!c)
			return length ? name : NULL;
		if (c < 0x20 || c > 0x7e)
			return NULL;
	}
	return NULL;
}

/* Read a record. False: the table ends in the record, or a number exceeds 32 bits. */
static bool take_record(struct walk *walk)
{
	uint32_t advance, change;

	if (!take(walk, &advance) || advance > 0xffffffffu - walk->offset ||
	    !take(walk, &walk->file))
		return false;
	walk->offset += advance;
	if (!walk->file)
		return true;
	if (!take(walk, &change))
		return false;
	/* May wrap, as unsigned numbers do; check_record() checks the result. */
	walk->line += change & 1 ? ~(change >> 1) : change >> 1;
	return true;
}

/* Read and check a record. *@last: offset of the record before it, 0 if there is none. */
static int check_record(struct plg_reader *r, const uint8_t *table, struct walk *walk,
			uint32_t nr_files, uint32_t *last)
{
	uint32_t text_end = PLUGIN_TEXT_BASE + r->file->text.memory;
	uint32_t begin = (uint32_t)(walk->at - table);

	if (!take_record(walk))
		return PLG_REFUSE(r,
				  "the record at byte %u of the line table ends past it or "
				  "counts past 32 bits: the file was cut short or damaged",
				  begin);
	if (*last && walk->offset <= *last)
		return PLG_REFUSE(r,
				  "the record at byte %u of the line table is for 0x%x, as the one "
				  "before it: the file is damaged",
				  begin, walk->offset);
	if (walk->offset > text_end)
		return PLG_REFUSE(r,
				  "the record at byte %u of the line table is for 0x%x, but text "
				  "ends at 0x%x: the file is damaged",
				  begin, walk->offset, text_end);
	if (walk->file > nr_files)
		return PLG_REFUSE(r,
				  "the record at byte %u of the line table names source file %u of "
				  "%u: the file is damaged",
				  begin, walk->file, nr_files);
	if (walk->file && (!walk->line || walk->line > PLG_LINE_MAX))
		return PLG_REFUSE(r,
				  "the record at byte %u of the line table names line %u, there "
				  "are 1 to %u: the file is damaged",
				  begin, walk->line, PLG_LINE_MAX);
	*last = walk->offset;
	return 0;
}

int plg_read_lines(struct plg_reader *r, uint32_t offset, uint32_t size)
{
	const uint8_t *table = r->image + offset;
	struct walk walk = { .at = table, .end = table + size, .offset = PLUGIN_TEXT_BASE };
	uint32_t nr_files, last = 0, i;
	int err;

	if (r->file->lines.size)
		return PLG_REFUSE(r, "the file has two line tables: link it with plugin-cc");
	if (size > PLG_LINES_MAX)
		return PLG_REFUSE(r,
				  "the line table has %u bytes, a plugin's has at most %u: "
				  "link the file with plugin-cc --no-lines",
				  size, PLG_LINES_MAX);
	if (!take(&walk, &nr_files))
		return PLG_REFUSE(r, "the line table has no number of files: "
				     "the file was cut short or damaged");
	for (i = 0; i < nr_files; i++)
		if (!take_name(&walk))
			return PLG_REFUSE(r,
					  "source file %u of %u in the line table has no "
					  "terminated printable name: the file is damaged",
					  i + 1, nr_files);
	while (walk.at < walk.end) {
		err = check_record(r, table, &walk, nr_files, &last);
		if (err)
			return err;
	}
	r->file->lines.offset = offset;
	r->file->lines.size = size;
	return 0;
}

const char *plg_line_at(const void *table, uint32_t size, uint32_t offset, uint32_t *line)
{
	const uint8_t *bytes = table;
	struct walk walk = { .at = bytes, .end = bytes + size, .offset = PLUGIN_TEXT_BASE };
	struct walk names;
	uint32_t nr_files, file = 0, i;
	const char *name = NULL;

	if (!take(&walk, &nr_files))
		return NULL;
	names = walk;
	for (i = 0; i < nr_files; i++)
		if (!take_name(&walk))
			return NULL;
	while (walk.at < walk.end && take_record(&walk) && walk.offset <= offset) {
		file = walk.file;
		*line = walk.line;
	}
	if (file > nr_files)
		return NULL;
	while (file--)
		name = take_name(&names);
	return name;
}
