// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: the .plg parser on any bytes. Besides what the sanitizers
 * see, an accepted file must keep the promises of struct plg_file.
 */
#include <stdlib.h>

#include "plg_file.h"
#include "symbol.h"

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

void *core_alloc(size_t size)
{
	return calloc(1, size);
}

void core_free(void *memory)
{
	free(memory);
}

static void require_part(const struct plg_part *part, size_t size)
{
	REQUIRE((uint64_t)part->file.offset + part->file.size <= size);
	REQUIRE(part->file.size <= (uint64_t)part->pages * 4096);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct core_symbols symbols;
	struct core_reason why = { "" };
	struct plg_entry *entries;
	struct plg_file file;
	uint32_t i, into;

	if (plg_parse(data, size, &file, &why)) {
		REQUIRE(why.text[0] && memchr(why.text, 0, sizeof(why.text)));
		return 0;
	}
	require_part(&file.text, size);
	require_part(&file.rodata, size);
	require_part(&file.data, size);
	REQUIRE(file.text.pages && file.stack_pages);
	REQUIRE(file.text.pages + file.rodata.pages + file.data.pages + file.stack_pages <=
		PLUGIN_PAGES_MAX);
	REQUIRE(file.nr_entries && file.nr_entries <= PLG_ENTRIES_MAX);
	entries = calloc(file.nr_entries, sizeof(*entries));
	plg_entries(data, &file, entries);
	for (i = 0; i < file.nr_entries; i++) {
		REQUIRE(entries[i].name[0] && memchr(entries[i].name, 0, PLG_ENTRY_NAME_SIZE));
		REQUIRE(entries[i].offset - PLUGIN_TEXT_BASE < file.text.memory);
	}
	free(entries);
	core_symbols_take(&symbols, data, &file);
	for (i = 0; i < symbols.nr; i++) {
		REQUIRE(!i || symbols.table[i - 1].offset <= symbols.table[i].offset);
		core_symbol_at(&symbols, symbols.table[i].offset, &into);
	}
	core_symbols_drop(&symbols);
	return 0;
}
