/* SPDX-License-Identifier: MIT */
/* The facts about a plugin, which <linux/ringfence_facts.h> lists, for output.h. */
#ifndef PLUGCTL_FACTS_H
#define PLUGCTL_FACTS_H

#include <linux/ringfence.h>

#include "output.h"

struct plugin {
	struct ringfence_show show;
	uint64_t bytes; /* sum of text, rodata, data, heap and stack */
};

/* What the verb show prints. */
struct shown {
	struct plugin plugin;
	struct ringfence_entry *entries; /* plugin.show.nr_entries of them */
	struct ringfence_fault fault;	 /* status 0: there is none to show */
};

/* Sets the facts that plugctl makes of those in plugin->show. */
void facts_complete(struct plugin *plugin);

/* Tables of a struct plugin, as load, replace and list print it, and of a struct shown. */
extern const struct fact plugin_facts[], shown_facts[];

/* The order of plugin_facts in JSON. */
#define PLUGIN_JSON                                                                 \
	"name id state mode calls faults budget_us wall_us service_us cpu_used_us " \
	"wall_used_us service_used_us last_status bytes version description"

#endif /* PLUGCTL_FACTS_H */
