// SPDX-License-Identifier: MIT
/* The verb list. */
#include <errno.h>
#include <stdlib.h>

#include "device.h"
#include "facts.h"
#include "failure.h"
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

int run_list(const struct arguments *arguments)
{
	struct rows rows = { .what = "plugins", .size = sizeof(struct plugin) };
	struct plugin plugin = { 0 };
	int err;

	(void)arguments;
	while (!(err = device_run(RINGFENCE_IOC_SHOW, &plugin.show, sizeof(plugin.show),
				  RINGFENCE_SHOW_NEXT))) {
		facts_complete(&plugin);
		rows_add(&rows, &plugin);
	}
	if (err != ENOENT)
		fail("%s", reason());
	rows_print(&rows, &form, heading);
	return EXIT_SUCCESS;
}
