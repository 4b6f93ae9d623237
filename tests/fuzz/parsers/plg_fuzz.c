// SPDX-License-Identifier: MIT
/*
 * The .plg parser, the symbols and the source lines on any bytes. An accepted file keeps the
 * promises of struct plg_file, a refused one gets one sentence; names that
 * reach a report are text.
 */
#include "target.h"

#include "report/line.h"
#include "report/symbol.h"

void *port_alloc(size_t size)
{
	return calloc(1, size);
}

void port_free(void *memory)
{
	free(memory);
}

static void require_part(const struct plg_part *part, size_t size)
{
	REQUIRE((uint64_t)part->file.offset + part->file.size <= size);
	REQUIRE(part->file.size <= part->memory);
	REQUIRE((uint64_t)part->pages * 4096 >= part->memory);
}

static void require_range(const struct plg_range *range, size_t size)
{
	REQUIRE((uint64_t)range->offset + range->size <= size);
}

static void check_file(const uint8_t *data, size_t size, const struct plg_file *file)
{
	uint32_t data_pages = file->data.pages - file->heap_pages;

	require_part(&file->text, size);
	require_part(&file->rodata, size);
	require_part(&file->data, size);
	require_range(&file->notes, size);
	require_range(&file->symbols, size);
	require_range(&file->strings, size);
	require_range(&file->lines, size);
	REQUIRE(file->lines.size <= PLG_LINES_MAX);
	REQUIRE(file->data.pages >= file->heap_pages);
	REQUIRE(data_pages == (file->data.memory + 4095) / 4096);
	REQUIRE(file->text.pages && file->stack_pages);
	REQUIRE((uint64_t)file->text.pages + file->rodata.pages + file->data.pages +
			file->stack_pages <=
		PLUGIN_PAGES_MAX);
	REQUIRE(file->window_pages <= PLUGIN_WINDOW_PAGES_MAX);
	REQUIRE(file->budget_us <= 10000000);
	REQUIRE(file->abi >> 16 == PLUGIN_ABI_MAJOR && (file->abi & 0xffff) <= PLUGIN_ABI_MINOR);
	REQUIRE(file->start - PLUGIN_TEXT_BASE < file->text.memory);
	REQUIRE(!file->symbols.size || !data[file->strings.offset + file->strings.size - 1]);
	REQUIRE(!file->about.name[0] || plg_name_valid(file->about.name));
	REQUIRE(!file->about.version[0] || is_sentence(file->about.version, PLG_VERSION_SIZE));
	REQUIRE(!file->about.description[0] ||
		is_sentence(file->about.description, PLG_DESCRIPTION_SIZE));
}

static void check_entries(const uint8_t *data, const struct plg_file *file)
{
	struct plg_entry *entries = calloc(file->nr_entries, sizeof(*entries));
	uint32_t i, j;

	REQUIRE(file->nr_entries && file->nr_entries <= PLG_ENTRIES_MAX);
	plg_entries(data, file, entries);
	for (i = 0; i < file->nr_entries; i++) {
		REQUIRE(is_sentence(entries[i].name, PLG_ENTRY_NAME_SIZE));
		REQUIRE(entries[i].offset - PLUGIN_TEXT_BASE < file->text.memory);
		REQUIRE(!i || entries[i - 1].offset <= entries[i].offset);
		for (j = 0; j < i; j++)
			REQUIRE(strcmp(entries[i].name, entries[j].name));
	}
	free(entries);
}

/* The table by binary search against the table from end to end. */
static void check_lookup(const struct core_symbols *symbols, uint32_t offset)
{
	uint32_t into = 0, i, last = symbols->nr;
	const char *name = core_symbol_at(symbols, offset, &into);

	for (i = 0; i < symbols->nr; i++)
		if (symbols->table[i].offset <= offset)
			last = i;
	if (last == symbols->nr ||
	    (symbols->table[last].size &&
	     offset - symbols->table[last].offset >= symbols->table[last].size)) {
		REQUIRE(!name);
		return;
	}
	REQUIRE(name == symbols->names + symbols->table[last].name);
	REQUIRE(into == offset - symbols->table[last].offset);
	REQUIRE(is_sentence(name, 128));
}

static void check_symbols(const uint8_t *data, const struct plg_file *file)
{
	struct core_symbols symbols;
	uint32_t i;

	core_symbols_take(&symbols, data, file);
	for (i = 0; i < symbols.nr; i++) {
		REQUIRE(!i || symbols.table[i - 1].offset <= symbols.table[i].offset);
		REQUIRE(symbols.table[i].offset - PLUGIN_TEXT_BASE < file->text.memory);
		if (i >= 64)
			continue;
		check_lookup(&symbols, symbols.table[i].offset);
		check_lookup(&symbols, symbols.table[i].offset - 1);
		check_lookup(&symbols, symbols.table[i].offset + symbols.table[i].size);
	}
	check_lookup(&symbols, 0);
	check_lookup(&symbols, 0xffffffff);
	core_symbols_drop(&symbols);
	REQUIRE(!symbols.nr && !symbols.table);
}

static void check_lines(const uint8_t *data, const struct plg_file *file)
{
	uint32_t step = file->text.memory / 64 + 1, end = PLUGIN_TEXT_BASE + file->text.memory;
	struct core_lines lines;
	uint32_t at, line;
	const char *name;

	core_lines_take(&lines, data, file);
	REQUIRE(lines.size == file->lines.size);
	for (at = PLUGIN_TEXT_BASE; at < end; at += step) {
		name = core_line_at(&lines, at, &line);
		REQUIRE(!name || (line && line <= PLG_LINE_MAX));
		REQUIRE(!name || is_sentence(name, PLG_FILE_NAME_SIZE));
	}
	REQUIRE(!core_line_at(&lines, 0, &line) && !core_line_at(&lines, end, &line));
	REQUIRE(!core_line_at(&lines, 0xffffffff, &line));
	core_lines_drop(&lines);
	REQUIRE(!lines.size && !lines.table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct core_reason why;
	struct plg_file file, again;
	int err;

	memset(&why, 0x7f, sizeof(why));
	err = plg_parse(data, size, &file, &why);
	if (err) {
		REQUIRE(err == -ENOEXEC || err == -E2BIG);
		REQUIRE(is_sentence(why.text, sizeof(why.text)));
		return 0;
	}
	REQUIRE(!plg_parse(data, size, &again, &why) && !memcmp(&file, &again, sizeof(file)));
	check_file(data, size, &file);
	check_entries(data, &file);
	check_symbols(data, &file);
	check_lines(data, &file);
	return 0;
}
