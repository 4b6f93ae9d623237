// SPDX-License-Identifier: GPL-2.0-only
/* Keeps the last lines of a plugin's log. */
#include "report/log.h"

/* Drop the lines that begin in the first half of the text. */
static void drop_half(struct core_log *log)
{
	uint32_t from = log->used / 2;

	while (from < log->used && log->text[from - 1] != '\n')
		from++;
	log->used -= from;
	memmove(log->text, log->text + from, log->used);
	log->text[log->used] = 0;
}

void core_log_add(struct core_log *log, const char *line)
{
	uint32_t length = (uint32_t)strlen(line);

	if (log->used + length + 2 > sizeof(log->text))
		drop_half(log);
	memcpy(log->text + log->used, line, length);
	log->used += length;
	log->text[log->used++] = '\n';
	log->text[log->used] = 0;
}
