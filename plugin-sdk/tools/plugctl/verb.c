// SPDX-License-Identifier: MIT
/* The table of verbs. */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "attach.h"
#include "call.h"
#include "detach.h"
#include "grafts.h"
#include "info.h"
#include "kill.h"
#include "list.h"
#include "load.h"
#include "map.h"
#include "points.h"
#include "show.h"
#include "verb.h"

#define BUDGET                                                                            \
	{                                                                                 \
		"--budget-us", "N", "most CPU time of a call, 1 to 10000000 microseconds" \
	}
#define WALL                                                                        \
	{                                                                           \
		"--wall-us", "N", "most time from a call's begin to its end (60 s)" \
	}
#define SERVICE                                                                  \
	{                                                                        \
		"--service-us", "N", "most CPU time of a call in services (1 s)" \
	}
#define ALLOW                                                                   \
	{                                                                       \
		"--allow", "SERVICE,...|none|all",                              \
			"services the plugin may ask for, see docs/services.md" \
	}
#define STRIKES                                                                      \
	{                                                                            \
		"--strikes", "N", "the N-th request for another service ends it (1)" \
	}

const struct verb verbs[] = {
	{ "load",
	  "FILE",
	  1,
	  1,
	  "load a plugin from a .plg file",
	  { { "--name", "NAME", "the plugin's name; without it, FILE's without .plg" },
	    BUDGET,
	    WALL,
	    SERVICE,
	    ALLOW,
	    STRIKES },
	  run_load },
	{ "call",
	  "NAME ENTRY [ARG...]",
	  2,
	  INT_MAX,
	  "call an entry with up to six 32-bit numbers",
	  { { "--window", "FILE[:rw]", "the first two arguments: where FILE is seen, its length" },
	    { "--kill-after-ms", "N", "kill a call that takes longer, 1 to 4294967 ms" } },
	  run_call },
	{ "replace",
	  "NAME FILE",
	  2,
	  2,
	  "load FILE in the place of plugin NAME, in one step",
	  { { "--kill", NULL, "kill a call that is under way" },
	    BUDGET,
	    WALL,
	    SERVICE,
	    ALLOW,
	    STRIKES },
	  run_replace },
	{ "list", "", 0, 0, "all plugins, one a line", { { 0 } }, run_list },
	{ "show",
	  "NAME",
	  1,
	  1,
	  "one plugin: state, sizes, entries, last fault",
	  { { 0 } },
	  run_show },
	{ "kill", "NAME", 1, 1, "stop a plugin: it never runs again", { { 0 } }, run_kill },
	{ "unload",
	  "NAME",
	  1,
	  1,
	  "unload a plugin that is not running",
	  { { "--kill", NULL, "kill a call that is under way, and wait for its end" } },
	  run_unload },
	{ "attach",
	  "POINT NAME[:ENTRY]",
	  2,
	  2,
	  "have the kernel ask an entry; without ENTRY, the one named POINT",
	  { { "--file", "PATH", "only requests for this file" },
	    { "--pid", "PID", "only requests of this process" },
	    { "--cgroup", "PATH",
	      "only pages or processes of this cgroup, a directory of the cgroup2 tree" },
	    { "--udp", "PORT", "only datagrams of the socket with this local port" },
	    { "--tcp", "PORT", "only connections that the socket with this local port accepts" },
	    { "--socket", "PID:FD", "only this socket of a process" },
	    { "--failures", "N", "detach after the N-th failure; without it, as the point says" },
	    { "--fail-closed", NULL, "if the graft fails, refuse until it is detached" } },
	  run_attach },
	{ "detach",
	  "ID",
	  1,
	  1,
	  "stop asking a graft: an entry that was attached",
	  { { 0 } },
	  run_detach },
	{ "points", "", 0, 0, "where the kernel asks grafts, one a line", { { 0 } }, run_points },
	{ "grafts",
	  "",
	  0,
	  0,
	  "what is attached, one a line; and what was detached lately",
	  { { 0 } },
	  run_grafts },
	{ "ask",
	  "ROUNDS [A [B]]",
	  1,
	  3,
	  "ask the graft of the point trial, with up to two 32-bit numbers",
	  { { "--limit", "N", "answers are good if below (4294967295)" } },
	  run_ask },
	{ "map list", "", 0, 0, "all maps, one a line", { { 0 } }, run_map_list },
	{ "map create",
	  "MAP KIND MAX",
	  3,
	  3,
	  "create a map for MAX entries: a hash, array or ring",
	  { { "--key", "N", "bytes of a key, 1 to 64 (4); a ring has none" },
	    { "--value", "N", "bytes of a value or record, 1 to 256 (4)" } },
	  run_map_create },
	{ "map show", "MAP", 1, 1, "one map: sizes, counters, entries", { { 0 } }, run_map_show },
	{ "map get", "MAP KEY", 2, 2, "the value of a key", { { 0 } }, run_map_get },
	{ "map set", "MAP KEY VALUE", 3, 3, "set the value of a key", { { 0 } }, run_map_set },
	{ "map remove", "MAP KEY", 2, 2, "remove a key of a hash", { { 0 } }, run_map_remove },
	{ "map pop", "MAP", 1, 1, "take the oldest record off a ring", { { 0 } }, run_map_pop },
	{ "map delete",
	  "MAP",
	  1,
	  1,
	  "delete a map that no call is using",
	  { { 0 } },
	  run_map_delete },
	{ "info", "", 0, 0, "the monitor: ABI, mode, what it enforces", { { 0 } }, run_info },
	{ 0 },
};

/* Does @name consist of the words? @second: NULL if there is one. */
static int is_name(const char *name, const char *first, const char *second)
{
	size_t length = strlen(first);

	if (strncmp(name, first, length))
		return 0;
	if (!second)
		return !name[length];
	return name[length] == ' ' && !strcmp(name + length + 1, second);
}

const struct verb *verb_find(char **words, int *nr)
{
	const struct verb *verb;

	for (*nr = 1; *nr <= 2 && words[*nr - 1]; ++*nr)
		for (verb = verbs; verb->name; verb++)
			if (is_name(verb->name, words[0], *nr == 2 ? words[1] : NULL))
				return verb;
	return NULL;
}

const char *option_value(const struct arguments *arguments, const char *name)
{
	const struct option *options = arguments->verb->options;
	int i;

	for (i = 0; options[i].name; i++)
		if (!strcmp(options[i].name, name))
			return arguments->values[i];
	abort(); /* bug in plugctl: the verb's table has no such option */
}
