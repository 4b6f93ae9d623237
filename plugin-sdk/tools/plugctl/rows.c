// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "rows.h"

void rows_add(struct rows *rows, const void *row)
{
	if (!(rows->nr & (rows->nr - 1))) /* 0 or a power of two: the room is used up */
		rows->bytes = realloc(rows->bytes, (rows->nr ? 2 * rows->nr : 1) * rows->size);
	if (!rows->bytes)
		fail("there is no memory for the facts about %u %s", rows->nr + 1, rows->what);
	memcpy(rows->bytes + rows->nr++ * rows->size, row, rows->size);
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
