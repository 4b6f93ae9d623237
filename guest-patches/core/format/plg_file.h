/* SPDX-License-Identifier: GPL-2.0-only */
/* The .plg parser: a pure function from bytes to a checked description. */
#ifndef CORE_PLG_FILE_H
#define CORE_PLG_FILE_H

#include "reason.h"

/* Bytes of the file, all of them inside it. */
struct plg_range {
	uint32_t offset;
	uint32_t size;
};

struct plg_part {
	struct plg_range file; /* what is copied to the start of the part */
	uint32_t memory;       /* bytes, at least file.size */
	uint32_t pages;
};

/*
 * Everything here is checked: parts do not overlap and fit into
 * PLUGIN_PAGES_MAX together with heap and stack, the windows into
 * PLUGIN_WINDOW_PAGES_MAX, start and every entry are offsets in text, strings
 * are terminated and printable, lines are for ascending offsets in text.
 */
struct plg_file {
	uint32_t abi;
	uint32_t start;
	struct plg_part text, rodata, data; /* data.pages includes the heap */
	uint32_t heap_pages;
	uint32_t stack_pages;
	uint32_t window_pages; /* room for windows */
	uint32_t budget_us;    /* 0: not given */
	uint32_t nr_entries;
	struct plg_about about; /* empty strings if not given */
	struct plg_range notes;
	struct plg_range symbols; /* of struct elf32_symbol; size 0: none */
	struct plg_range strings;
	struct plg_range lines; /* the line table; size 0: none */
};

/* Returns 0, or -ENOEXEC (not a plugin for this ABI) or -E2BIG with a reason. */
int plg_parse(const void *image, size_t size, struct plg_file *file, struct core_reason *why);

/* Copies all nr_entries of a parsed file, by ascending offset. */
void plg_entries(const void *image, const struct plg_file *file, struct plg_entry *entries);

/*
 * The source file and *@line of the code at @offset by a line table that
 * plg_parse() accepted, or NULL if it does not say. The name is in the table.
 */
const char *plg_line_at(const void *table, uint32_t size, uint32_t offset, uint32_t *line);

/* What a plugin may be called: 1 to 31 of [A-Za-z0-9_.-], not . or - first. */
bool plg_name_valid(const char *name);

#endif /* CORE_PLG_FILE_H */
