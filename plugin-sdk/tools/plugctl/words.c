// SPDX-License-Identifier: MIT
/* Words for numbers of the plugin ABI and of <linux/ringfence.h>. */
#include <stddef.h>

#include <linux/ringfence.h>

#include "plugin_op.h"
#include "words.h"

#define WORD(list, number) ((number) < sizeof(list) / sizeof(list[0]) ? list[number] : "unknown")

const char *status_word(uint32_t status)
{
	static const char *const words[] = {
		"ok", "fault", "timeout", "killed", "forbidden", "dead"
	};

	/* PLUGIN_STATUS_SERVICE (6) is missing: no call ends with it. */
	_Static_assert(PLUGIN_STATUS_DEAD == 5, "the list above");
	return WORD(words, status);
}

const char *state_word(uint32_t state)
{
	static const char *const words[] = { "loading", "idle", "busy", "dead", "unloading" };

	return WORD(words, state);
}

const char *mode_word(uint32_t mode)
{
	static const char *const words[] = { "unknown", "segment", "page", "unguarded" };

	_Static_assert(PLUGIN_MODE_UNGUARDED == 3, "the list above");
	return WORD(words, mode);
}

const char *scope_word(uint32_t scope)
{
	static const char *const words[] = {
		"unknown", "file", "process", "all", "cgroup", "socket"
	};

	_Static_assert(RINGFENCE_SCOPE_SOCKET == 5, "the list above");
	return WORD(words, scope);
}

const char *kind_word(uint32_t kind)
{
	static const char *const words[] = { "method", "event", "event ring" };

	return WORD(words, kind);
}

const char *context_word(uint32_t context)
{
	static const char *const words[] = { "process", "softirq", "switch", "any" };

	return WORD(words, context);
}

const char *map_kind_word(uint32_t kind)
{
	static const char *const words[] = { "unknown", "hash", "array", "ring" };

	_Static_assert(RINGFENCE_MAP_RING == 3, "the list above");
	return WORD(words, kind);
}

const char *enforced_word(uint32_t number)
{
	static const char *const words[] = { "limit", "nx", "wp", "io_bitmap", "umip" };

	_Static_assert(PLUGIN_ENFORCES_UMIP == 1 << 4, "the list above");
	return number < sizeof(words) / sizeof(words[0]) ? words[number] : NULL;
}
