// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for the state of suspended plugins: heap pages cut in pieces, which
 * stay for the next ones. When the heap has none left, a plugin is not
 * suspended and the event waits until it returns or is past its budget.
 */
#include <hv/plugin_slot.h>

static struct plugin_context *free_list;

struct plugin_context *context_alloc(void)
{
	struct plugin_context *c = free_list, *end;

	if (!c) {
		c = heap_pages(1);
		if (!c)
			return NULL;
		for (end = c + PAGE_SIZE / sizeof(*c); c < end; c++)
			context_free(c);
		c = free_list;
	}
	free_list = c->next_free;
	c->has_fpu = false;
	return c;
}

void context_free(struct plugin_context *c)
{
	c->next_free = free_list;
	free_list = c;
}
