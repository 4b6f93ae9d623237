/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser of .plg files (<ringfence/plg.h>): pure, from bytes to a checked description. */
#ifndef CORE_PLG_FILE_H
#define CORE_PLG_FILE_H

#include "reason.h"

/* A range of bytes that lies in the file. */
struct plg_range {
	uint32_t offset;
	uint32_t size;
};

/* A part of the plugin's memory. */
struct plg_part {
	struct plg_range file; /* bytes to copy to the start of the part */
	uint32_t memory;       /* bytes, at least file.size; the rest is zero */
	uint32_t pages;	       /* that hold `memory` and, of data, the heap */
};

/*
 * The result of plg_parse(). The parts do not overlap. Parts, heap and stack have at most
 * PLUGIN_PAGES_MAX pages, the room for windows at most PLUGIN_WINDOW_PAGES_MAX. `start` and
 * the offset of each entry are in text. Names of entries are unique; these and the strings of
 * `about` are terminated and printable. Names of symbols lie in `strings` and are terminated,
 * but may have any bytes. The offsets of the line table ascend, up to the end of text.
 */
struct plg_file {
	uint32_t abi;
	uint32_t start;			    /* offset of the start stub */
	struct plg_part text, rodata, data; /* data.pages includes the heap */
	uint32_t heap_pages;
	uint32_t stack_pages;
	uint32_t window_pages; /* pages of room for windows, with that of grafts */
	uint32_t graft_pages;  /* of the window of its grafts, besides rings; 0: it has none */
	uint32_t budget_us;    /* 0: the file gives none */
	uint32_t nr_entries;
	struct plg_about about; /* empty strings if the file has none */
	struct plg_range notes;
	struct plg_range symbols; /* an array of struct elf32_symbol; size 0: none */
	struct plg_range strings; /* the names of the symbols */
	struct plg_range lines;	  /* the line table; size 0: none */
};

/*
 * Parse the @size bytes at @image into @file. 0, or an errno with a reason: -ENOEXEC (no valid
 * plugin of this ABI) or -E2BIG (a size exceeds its maximum).
 */
int plg_parse(const void *image, size_t size, struct plg_file *file, struct core_reason *why);

/* Copy the file->nr_entries entries of a parsed file to @entries, by ascending offset. */
void plg_entries(const void *image, const struct plg_file *file, struct plg_entry *entries);

/*
 * The source file and *@line of the code at @offset, which is in text, or NULL if the table
 * gives none; *@line is undefined then. plg_parse() has accepted the table. The name that is
 * returned is part of the table.
 */
const char *plg_line_at(const void *table, uint32_t size, uint32_t offset, uint32_t *line);

/* Is this a plugin's name: 1 to 31 characters of [A-Za-z0-9_.-], the first not . or -? */
bool plg_name_valid(const char *name);

#endif /* CORE_PLG_FILE_H */
