// SPDX-License-Identifier: MIT
/*
 * Prints what the kernel's loader finds in plugin files, one line for each file:
 * "FILE: ok ..." or "FILE: refused ERRNO: REASON". With --lines as the first argument,
 * prints "OFFSET FILE:LINE" or "OFFSET -" for each offset in text at which the source
 * line changes.
 */
#include <stdlib.h>

#include "report/line.h"
#include "report/symbol.h"

/* For the symbols and the line table; the parser does not allocate. */
void *port_alloc(size_t size)
{
	return calloc(1, size);
}

void port_free(void *memory)
{
	free(memory);
}

static void print_lines(const uint8_t *image, const struct plg_file *plg)
{
	uint32_t end = PLUGIN_TEXT_BASE + plg->text.memory, line, last_line = 0, at;
	const char *file, *last = "";
	struct core_lines lines;

	core_lines_take(&lines, image, plg);
	for (at = PLUGIN_TEXT_BASE; at < end; at++, last = file, last_line = line) {
		line = 0;
		file = core_line_at(&lines, at, &line);
		if (file == last && (!file || line == last_line))
			continue;
		if (file)
			printf("%#x %s:%u\n", at, file, line);
		else
			printf("%#x -\n", at);
	}
	core_lines_drop(&lines);
}

static int check(const char *path, bool only_lines)
{
	struct core_symbols symbols;
	struct core_reason why = { "" };
	struct plg_entry *entries;
	struct plg_file plg;
	uint8_t *image;
	size_t size;
	FILE *file;
	uint32_t i;
	int err;

	file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return 2;
	}
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	image = malloc(size + !size); /* exact: sanitizers detect a read past its end */
	if (fread(image, 1, size, file) != size)
		return 2;
	fclose(file);

	err = plg_parse(image, size, &plg, &why);
	if (err) {
		printf("%s: refused %d: %s\n", path, -err, why.text);
		free(image);
		return 1;
	}
	if (only_lines) {
		print_lines(image, &plg);
		free(image);
		return 0;
	}
	printf("%s: ok abi=%u.%u start=%#x text=%u rodata=%u data=%u heap=%u stack=%u window=%u "
	       "budget=%u "
	       "name=%s version=%s entries=",
	       path, plg.abi >> 16, plg.abi & 0xffff, plg.start, plg.text.pages, plg.rodata.pages,
	       plg.data.pages - plg.heap_pages, plg.heap_pages, plg.stack_pages, plg.window_pages,
	       plg.budget_us, plg.about.name, plg.about.version);
	entries = calloc(plg.nr_entries, sizeof(*entries));
	plg_entries(image, &plg, entries);
	for (i = 0; i < plg.nr_entries; i++)
		printf("%s%s@%#x", i ? "," : "", entries[i].name, entries[i].offset);
	core_symbols_take(&symbols, image, &plg);
	printf(" functions=%u lines=%u\n", symbols.nr, plg.lines.size);
	core_symbols_drop(&symbols);
	free(entries);
	free(image);
	return 0;
}

int main(int argc, char **argv)
{
	bool only_lines = argc > 1 && !strcmp(argv[1], "--lines");
	int worst = 0, i;

	for (i = 1 + only_lines; i < argc; i++) {
		int one = check(argv[i], only_lines);

		worst = one > worst ? one : worst;
	}
	return argc > 1 ? worst : 2;
}
