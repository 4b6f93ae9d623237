/* SPDX-License-Identifier: GPL-2.0-only */
/* The function names of a loaded plugin, for fault reports. */
#ifndef CORE_SYMBOL_H
#define CORE_SYMBOL_H

#include "format/plg_file.h"

struct core_symbol {
	uint32_t offset; /* in the plugin's segment */
	uint32_t size;	 /* bytes; 0: up to the next symbol */
	uint32_t name;	 /* byte of core_symbols.names where the name begins */
};

struct core_symbols {
	uint32_t nr;
	struct core_symbol *table; /* by ascending offsets; `names` follow in the same block */
	const char *names;
};

/*
 * Copy the function names of a parsed file, up to a maximum (symbol.c); may sleep. Without
 * memory @symbols is empty, and reports show offsets only.
 */
void core_symbols_take(struct core_symbols *symbols, const void *image,
		       const struct plg_file *file);
/* Free the table; may sleep. */
void core_symbols_drop(struct core_symbols *symbols);

/* Name of the function that @offset is in, *@into bytes from its begin; or NULL. */
const char *core_symbol_at(const struct core_symbols *symbols, uint32_t offset, uint32_t *into);

#endif /* CORE_SYMBOL_H */
