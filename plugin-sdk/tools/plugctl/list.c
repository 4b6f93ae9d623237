// SPDX-License-Identifier: MIT
/* The verb list. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "facts.h"
#include "failure.h"
#include "list.h"

struct plugins {
	uint32_t nr;
	struct plugin *plugins;
};

static const void *plugin_of(const void *list, uint32_t index)
{
	const struct plugins *plugins = list;

	return index < plugins->nr ? &plugins->plugins[index] : NULL;
}

/* Reads all plugins before the first is printed, so that an error has the output for itself. */
static struct plugins read_plugins(void)
{
	struct plugins list = { 0 };
	struct plugin plugin = { 0 };
	int err;

	while (!(err = device_run(RINGFENCE_IOC_SHOW, &plugin.show, sizeof(plugin.show),
				  RINGFENCE_SHOW_NEXT))) {
		if (!(list.nr & (list.nr - 1))) /* 0 or a power of two: the room is used up */
			list.plugins =
				realloc(list.plugins, (list.nr ? 2 * list.nr : 1) * sizeof(plugin));
		if (!list.plugins)
			fail("there is no memory for the facts about %u plugins", list.nr + 1);
		facts_complete(&plugin);
		list.plugins[list.nr++] = plugin;
	}
	if (err != ENOENT)
		fail("%s", reason());
	return list;
}

static const struct form form = {
	plugin_facts,
	.json = PLUGIN_JSON,
	.text =
		(const char *const[]){
			"{id:-4} {name:-16} {state:-9} {mode:-9} {calls:10} {faults:7} {bytes:7K}"
			"  {description}",
			NULL,
		},
};

int run_list(const struct arguments *arguments)
{
	struct plugins list = read_plugins();
	uint32_t i;

	(void)arguments;
	if (as_json)
		output_json_array(&form, &list, plugin_of);
	else if (list.nr)
		printf("%-4s %-16s %-9s %-9s %10s %7s %7s  %s\n", "ID", "NAME", "STATE", "MODE",
		       "CALLS", "FAULTS", "KIB", "DESCRIPTION");
	for (i = 0; i < list.nr && !as_json; i++)
		output_text(stdout, &form, &list.plugins[i]);
	free(list.plugins);
	return EXIT_SUCCESS;
}
