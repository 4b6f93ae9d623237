// SPDX-License-Identifier: MIT
/* Tables of which each line is a structure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "failure.h"
#include "rows.h"

/* Appends a copy of @row. */
static void add(struct rows *rows, const void *row)
{
	if (!(rows->nr & (rows->nr - 1))) /* 0 or a power of two: the room is used up */
		rows->bytes = realloc(rows->bytes, (rows->nr ? 2 * rows->nr : 1) * rows->size);
	if (!rows->bytes)
		fail("there is no memory for the facts about %u %s", rows->nr + 1, rows->what);
	memcpy(rows->bytes + rows->nr++ * rows->size, row, rows->size);
}

void rows_read(struct rows *rows, unsigned long number, unsigned int size, unsigned int flags,
	       void *row, void (*complete)(void *row))
{
	int err;

	while (!(err = device_run(number, row, size, flags))) {
		complete(row);
		add(rows, row);
	}
	if (err != ENOENT)
		fail("%s", reason());
}

static const void *row_of(const void *list, uint32_t index)
{
	const struct rows *rows = list;

	return index < rows->nr ? rows->bytes + index * rows->size : NULL;
}

void rows_print(struct rows *rows, const struct form *form, const char *heading)
{
	uint32_t i;

	if (as_json)
		output_json_array(form, rows, row_of);
	else if (rows->nr)
		puts(heading);
	for (i = 0; i < rows->nr && !as_json; i++)
		output_text(stdout, form, row_of(rows, i));
	free(rows->bytes);
}
