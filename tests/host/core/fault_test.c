// SPDX-License-Identifier: MIT
/*
 * Fault records of the plugin core as a line of text: every vector has a name, the
 * longest line still ends with the place, and the place is that of the instruction
 * that faulted. cause_test.c tests the words for the cause.
 */
#include <stdio.h>

#include "../check.h"
#include "report/fault.h"

/* Context of a small plugin p, with these lines and no symbols. */
static struct core_fault_context without_symbols(const struct core_lines *lines)
{
	static const struct core_symbols none;

	return (struct core_fault_context){ .plugin = "p",
					    .symbols = &none,
					    .lines = lines,
					    .text_limit = 0x1fff,
					    .data_limit = 0x8fff,
					    .budget_us = 1 };
}

static void fault_lines(void)
{
	struct core_lines lines = { 0 };
	struct core_fault_context context = without_symbols(&lines);
	struct plugin_fault fault = { .status = PLUGIN_STATUS_FAULT };
	char line[CORE_FAULT_LINE_SIZE];
	uint32_t vector;
	size_t size;

	for (vector = 0; vector < 300; vector++) {
		fault.vector = vector;
		CHECK(core_fault_line(line, sizeof(line), &fault, &context) == (int)strlen(line));
		CHECK(strstr(line, core_vector_name(vector)));
	}
	fault.vector = 14;
	fault.flags = PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH;
	fault.address = 0x3000;
	core_fault_line(line, sizeof(line), &fault, &context);
	CHECK(strstr(line, "running code at 0x3000, past its limit 0x1fff"));
	fault.flags = PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_WRITE | PLUGIN_FAULT_IN_LIMIT;
	fault.address = 0x1000;
	fault.error_code = 7;
	core_fault_line(line, sizeof(line), &fault, &context);
	CHECK(strstr(line, "writing 0x1000, which is read-only"));
	fault.error_code = 6;
	core_fault_line(line, sizeof(line), &fault, &context);
	CHECK(strstr(line, "writing 0x1000, where nothing is mapped"));
	for (size = 0; size < sizeof(line); size++)
		CHECK(core_fault_line(line, size, &fault, &context) <= (int)size);
	CHECK(strstr(line, "; at eip 0x0"));
}

/* With each part of the line as long as possible, the place at its end is still complete. */
static void longest_line(void)
{
	static uint8_t table[256] = { 1 };
	struct core_symbol symbol = { .offset = PLUGIN_TEXT_BASE };
	struct core_symbols symbols = { .nr = 1, .table = &symbol };
	struct core_lines lines = { .table = table, .end = 0xffffffff };
	struct core_fault_context context = { .symbols = &symbols,
					      .lines = &lines,
					      .text_limit = 0xffffffff,
					      .data_limit = 0xfffffffe };
	struct plugin_fault fault = { .call = 0xffffffff,
				      .eip = 0xfffffff0,
				      .address = 0xffffffff,
				      .flags = PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH };
	static const uint32_t ends[][2] = { { PLUGIN_STATUS_FAULT, 13 },
					    { PLUGIN_STATUS_FAULT, 14 },
					    { PLUGIN_STATUS_TIMEOUT, 32 },
					    { PLUGIN_STATUS_FORBIDDEN, 32 } };
	char plugin[PLG_NAME_SIZE], name[128], place[160], line[CORE_FAULT_LINE_SIZE];
	size_t i;

	memset(plugin, 'p', sizeof(plugin) - 1);
	plugin[sizeof(plugin) - 1] = 0;
	memset(name, 's', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	memset(table + 1, 'f', PLG_FILE_NAME_SIZE - 1);
	memcpy(table + PLG_FILE_NAME_SIZE, "\0\0\1\xfe\xff\xff\x0f", 7);
	lines.size = PLG_FILE_NAME_SIZE + 7;
	symbols.names = name;
	context.plugin = plugin;
	context.budget_us = 10000000;
	fault.eax = 4294967295u;
	snprintf(place, sizeof(place), "%.40s+0xffffeff0 (%.63s:%u, eip 0xfffffff0)", name,
		 (char *)table + 1, PLG_LINE_MAX);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		fault.status = ends[i][0];
		fault.vector = ends[i][1];
		fault.error_code = 0; /* else there is no address */
		core_fault_line(line, sizeof(line), &fault, &context);
		CHECK(strstr(line, place));
	}
}

/* Traps (vectors 1, 3 and 4) leave EIP behind the instruction: the line is that of EIP - 1. */
static void line_before(void)
{
	/* x.c, line 7 from 0x1000 on, line 8 from 0x1002 on, none from 0x1004 on. */
	static uint8_t table[] = { 1, 'x', '.', 'c', 0, 0, 1, 14, 2, 1, 2, 2, 0 };
	static const uint32_t ends[][2] = {
		{ PLUGIN_STATUS_FAULT, 1 },    { PLUGIN_STATUS_FAULT, 3 },
		{ PLUGIN_STATUS_FAULT, 4 },    { PLUGIN_STATUS_FAULT, 0 },
		{ PLUGIN_STATUS_FAULT, 6 },    { PLUGIN_STATUS_FAULT, 14 },
		{ PLUGIN_STATUS_TIMEOUT, 32 }, { PLUGIN_STATUS_FORBIDDEN, PLUGIN_GATE },
	};
	struct core_lines lines = { .size = sizeof(table), .table = table, .end = 0x1005 };
	struct core_fault_context context = without_symbols(&lines);
	struct plugin_fault fault = { .eip = 0x1002 };
	char line[CORE_FAULT_LINE_SIZE];
	uint32_t number;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		fault.status = ends[i][0];
		fault.vector = ends[i][1];
		core_fault_line(line, sizeof(line), &fault, &context);
		CHECK(strstr(line, i < 3 ? "; at x.c:7 (eip 0x1002)" : "; at x.c:8 (eip 0x1002)"));
	}
	CHECK(!strcmp(core_line_at(&lines, 0x1000, &number), "x.c") && number == 7);
	CHECK(!strcmp(core_line_at(&lines, 0x1003, &number), "x.c") && number == 8);
	CHECK(!core_line_at(&lines, 0x1004, &number));
	CHECK(!core_line_at(&lines, 0x1005, &number) && !core_line_at(&lines, 0xfff, &number));
}

int main(void)
{
	fault_lines();
	longest_line();
	line_before();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
