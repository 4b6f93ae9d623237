/* SPDX-License-Identifier: MIT */
/* A filter that changes nothing, to measure what a filter costs: of one kind or the other. */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("stream_noop", "1.0", "filters files without a change: choose 1 (keeps) or 2 (changes)");

static uint32_t kind = STREAM_KEEPS;

PLUGIN_ENTRY(choose, uint32_t number)
{
	kind = number;
	return 1;
}

PLUGIN_GRAFT(stream)
{
	(void)flags, (void)stream, (void)file;
	if (request == STREAM_OPEN)
		return kind;
	memcpy(window->out, window->in, length);
	window->taken = length;
	return length;
}
