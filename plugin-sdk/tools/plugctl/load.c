// SPDX-License-Identifier: MIT
/* The verbs load and replace. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ringfence/plg.h"

#include "device.h"
#include "facts.h"
#include "failure.h"
#include "load.h"
#include "name.h"
#include "number.h"
#include "regular_file.h"
#include "services.h"

#define BUDGET_MAX 10000000u /* microseconds; the kernel's limit */

/* Reads the options that load and replace share into @load. Returns RINGFENCE_LOAD_* flags. */
static unsigned int take_options(const struct arguments *arguments, struct ringfence_load *load)
{
	const char *allow = option_value(arguments, "--allow");

	load->budget_us = number_option(arguments, "--budget-us", 1, BUDGET_MAX, 0);
	load->wall_us = number_option(arguments, "--wall-us", 1, UINT32_MAX, 0);
	load->service_us = number_option(arguments, "--service-us", 1, UINT32_MAX, 0);
	load->strikes = number_option(arguments, "--strikes", 1, UINT32_MAX, 0);
	if (!allow)
		return 0;
	services_parse(allow, load->services);
	return RINGFENCE_LOAD_SERVICES;
}

static const struct form load_form = {
	plugin_facts,
	.json = PLUGIN_JSON,
	.text = (const char *const[]){ "loaded {name}", NULL },
};
static const struct form replace_form = {
	plugin_facts,
	.json = PLUGIN_JSON,
	.text = (const char *const[]){ "replaced {name}", NULL },
};

static int load_file(unsigned long number, const char *path, struct ringfence_load *load,
		     unsigned int flags)
{
	struct plugin plugin = { 0 };
	uint32_t size;

	load->fd = regular_file_open(path, O_RDONLY, "a plugin", PLG_FILE_MAX, &size);
	if (device_run(number, load, sizeof(*load), flags))
		fail("%s was not loaded: %s", path, reason());
	close(load->fd);
	/* As text only the name is printed, and the plugin may be gone already. */
	if (as_json)
		plugin.show = device_show(load->name);
	else
		strcpy(plugin.show.name, load->name);
	facts_complete(&plugin);
	output(number == RINGFENCE_IOC_REPLACE ? &replace_form : &load_form, &plugin);
	return EXIT_SUCCESS;
}

int run_load(const struct arguments *arguments)
{
	const char *path = arguments->words[0], *name = option_value(arguments, "--name");
	struct ringfence_load load = { 0 };
	unsigned int flags = take_options(arguments, &load);

	if (name)
		name_set(load.name, name);
	else
		name_from_file(load.name, path);
	return load_file(RINGFENCE_IOC_LOAD, path, &load, flags);
}

int run_replace(const struct arguments *arguments)
{
	struct ringfence_load load = { 0 };
	unsigned int flags = take_options(arguments, &load);

	name_set(load.name, arguments->words[0]);
	if (option_value(arguments, "--kill"))
		flags |= RINGFENCE_REPLACE_KILL;
	return load_file(RINGFENCE_IOC_REPLACE, arguments->words[1], &load, flags);
}
