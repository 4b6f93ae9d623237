/* SPDX-License-Identifier: GPL-2.0-only */
/* Function names of a plugin, kept for fault reports. */
#ifndef CORE_SYMBOL_H
#define CORE_SYMBOL_H

#include "format/plg_file.h"

struct core_symbol {
	uint32_t offset; /* in the plugin's text */
	uint32_t size;	 /* 0: not known */
	uint32_t name;	 /* in core_symbols.names */
};

struct core_symbols {
	uint32_t nr;
	struct core_symbol *table; /* ascending offsets; names follow it */
	const char *names;
};

/*
 * Takes the functions from a parsed file. Never fails: without memory there
 * are no names, and those beyond a fixed number are left out; reports show offsets.
 */
void core_symbols_take(struct core_symbols *symbols, const void *image,
		       const struct plg_file *file);
void core_symbols_drop(struct core_symbols *symbols);

/* The function that @offset is in and how far in, or NULL. */
const char *core_symbol_at(const struct core_symbols *symbols, uint32_t offset, uint32_t *into);

#endif /* CORE_SYMBOL_H */
