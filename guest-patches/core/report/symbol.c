// SPDX-License-Identifier: GPL-2.0-only
/* A sorted copy of a plugin's function names, kept until the plugin is freed. */
#include "format/elf32.h"
#include "report/symbol.h"

/*
 * Maxima for one plugin: symbols, bytes of all names, characters of a name. They bound the
 * memory that a file can take. With 16 MiB of text, the most that a plugin can have, there is
 * a symbol for each 256 bytes. Further symbols are left out.
 */
#define SYMBOLS_MAX	65536u
#define NAMES_MAX	(4u << 20)
#define NAME_MAX_LENGTH 127

/* Read a symbol and its name. True: the symbol is a function or untyped, named, and in text. */
static bool wanted(const struct plg_file *file, const void *image, uint32_t index,
		   struct elf32_symbol *symbol, const char **name)
{
	uint32_t type;

	memcpy(symbol, (const uint8_t *)image + file->symbols.offset + index * sizeof(*symbol),
	       sizeof(*symbol));
	type = ELF32_SYMBOL_TYPE(symbol->info);
	*name = (const char *)image + file->strings.offset + symbol->name;
	return (type == ELF32_SYMBOL_FUNC || type == ELF32_SYMBOL_NOTYPE) && **name &&
	       symbol->section != ELF32_UNDEFINED && symbol->value >= PLUGIN_TEXT_BASE &&
	       symbol->value - PLUGIN_TEXT_BASE < file->text.memory;
}

/*
 * Copy a name of @length characters. Reports go to logs and terminals, so bytes that are not
 * printable ASCII become '?'.
 */
static void keep_name(char *to, const char *name, uint32_t length)
{
	uint32_t i;

	for (i = 0; i < length; i++)
		to[i] = name[i] >= 0x20 && name[i] <= 0x7e ? name[i] : '?';
	to[length] = 0;
}

static uint32_t kept_length(const char *name)
{
	uint32_t length = 0;

	while (length < NAME_MAX_LENGTH && name[length])
		length++;
	return length;
}

/* Heapsort's step: move table[root] down to its place in the heap of @nr symbols. */
static void sift(struct core_symbol *table, uint32_t root, uint32_t nr)
{
	struct core_symbol moved = table[root];
	uint32_t child;

	while ((child = 2 * root + 1) < nr) {
		if (child + 1 < nr && table[child + 1].offset > table[child].offset)
			child++;
		if (table[child].offset <= moved.offset)
			break;
		table[root] = table[child];
		root = child;
	}
	table[root] = moved;
}

static void sort(struct core_symbol *table, uint32_t nr)
{
	struct core_symbol last;
	uint32_t i;

	for (i = nr / 2; i-- > 0;)
		sift(table, i, nr);
	for (i = nr; i-- > 1;) {
		last = table[i];
		table[i] = table[0];
		table[0] = last;
		sift(table, 0, i);
	}
}

/*
 * Returns how many symbols can be kept: all if *@all_fit. *@bytes is the size of their names,
 * terminating zeroes included.
 */
static uint32_t count(const void *image, const struct plg_file *file, uint32_t *bytes,
		      bool *all_fit)
{
	uint32_t all = file->symbols.size / sizeof(struct elf32_symbol), nr = 0, i, size;
	struct elf32_symbol symbol;
	const char *name;

	*bytes = 0;
	*all_fit = true;
	for (i = 1; i < all; i++) {
		if (!wanted(file, image, i, &symbol, &name))
			continue;
		size = kept_length(name) + 1;
		if (nr == SYMBOLS_MAX || *bytes + size > NAMES_MAX) {
			*all_fit = false;
			break;
		}
		nr++;
		*bytes += size;
	}
	return nr;
}

void core_symbols_take(struct core_symbols *symbols, const void *image, const struct plg_file *file)
{
	uint32_t nr, bytes, used = 0, i;
	bool all_fit;
	struct elf32_symbol symbol;
	const char *name;
	char *names;

	memset(symbols, 0, sizeof(*symbols));
	nr = count(image, file, &bytes, &all_fit);
	if (!nr)
		return;
	symbols->table = port_alloc(nr * sizeof(*symbols->table) + bytes);
	if (!symbols->table)
		return;

	names = (char *)(symbols->table + nr);
	symbols->names = names;
	for (i = 1; symbols->nr < nr; i++) {
		struct core_symbol *kept = &symbols->table[symbols->nr];
		uint32_t length;

		if (!wanted(file, image, i, &symbol, &name))
			continue;
		length = kept_length(name);
		kept->offset = symbol.value;
		/*
		 * Size 0 means up to the next symbol. If symbols are left out, the next one may
		 * be missing: the symbol then covers its first byte only.
		 */
		kept->size = symbol.size || all_fit ? symbol.size : 1;
		kept->name = used;
		keep_name(names + used, name, length);
		used += length + 1;
		symbols->nr++;
	}
	sort(symbols->table, symbols->nr);
}

void core_symbols_drop(struct core_symbols *symbols)
{
	port_free(symbols->table);
	memset(symbols, 0, sizeof(*symbols));
}

const char *core_symbol_at(const struct core_symbols *symbols, uint32_t offset, uint32_t *into)
{
	const struct core_symbol *found;
	uint32_t low = 0, high = symbols->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (symbols->table[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	found = &symbols->table[low - 1];
	*into = offset - found->offset;
	if (found->size && *into >= found->size)
		return NULL;
	return symbols->names + found->name;
}
