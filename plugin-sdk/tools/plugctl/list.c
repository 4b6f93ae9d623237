// SPDX-License-Identifier: MIT
/* The verb list. */
#include <stdlib.h>

#include "device.h"
#include "facts.h"
#include "list.h"
#include "rows.h"

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
static const char heading[] =
	"ID   NAME             STATE     MODE           CALLS  FAULTS     KIB  DESCRIPTION";

static void complete(void *plugin)
{
	facts_complete(plugin);
}

int run_list(const struct arguments *arguments)
{
	struct rows rows = { .what = "plugins", .size = sizeof(struct plugin) };
	struct plugin plugin = { 0 };

	(void)arguments;
	rows_read(&rows, RINGFENCE_IOC_SHOW, sizeof(plugin.show), RINGFENCE_SHOW_NEXT, &plugin,
		  complete);
	rows_print(&rows, &form, heading);
	return EXIT_SUCCESS;
}
