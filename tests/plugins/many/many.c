/* SPDX-License-Identifier: MIT */
/* Everything a .plg can have, for tests of the loader: two entries, all parts, heap, sizes. */
#include <ringfence/plugin.h>

PLUGIN("many", "2.1-test", "all parts of a plugin");
PLUGIN_STACK(20000);
PLUGIN_HEAP(3 * 4096);
PLUGIN_BUDGET_US(2500000); /* the host may be busy: a tick or two must not end it */
PLUGIN_WINDOW_BYTES(7 * 4096 + 1);

static const char table[] = "0123456789abcdef";
static uint64_t total = 1;
static uint8_t buffer[5000];

PLUGIN_ENTRY(first, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f)
{
	return a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f;
}

PLUGIN_ENTRY(second, uint32_t by)
{
	memset(buffer, 7, sizeof(buffer));
	memcpy(plugin_heap + plugin_heap_size - sizeof(table), table, sizeof(table));
	total = total * 1000003 / (by ? by : 1);
	return (uint32_t)(total % 1000) + buffer[4999] + plugin_heap[plugin_heap_size - 2];
}
