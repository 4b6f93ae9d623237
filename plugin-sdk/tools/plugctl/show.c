// SPDX-License-Identifier: MIT
/* The verb show. */
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "facts.h"
#include "failure.h"
#include "fault.h"
#include "show.h"
#include "words.h"

static struct ringfence_entry *read_entries(const struct ringfence_show *show)
{
	struct ringfence_entry *entries = calloc(show->nr_entries + 1ul, sizeof(*entries));
	uint32_t i;

	if (!entries)
		fail("there is no memory for the %u entries of %s", show->nr_entries, show->name);
	for (i = 0; i < show->nr_entries; i++) {
		strcpy(entries[i].name, show->name);
		entries[i].index = i;
		if (device_run(RINGFENCE_IOC_ENTRY, &entries[i], sizeof(entries[i]), 0))
			fail("entry %u of %s cannot be read: %s", i, show->name, reason());
	}
	return entries;
}

/* Facts that no line names have lines of their own behind these. */
static const struct form form = {
	shown_facts,
	.json = PLUGIN_JSON " abi text rodata data heap stack text_limit data_limit entries "
			    "services strikes requests refused window_room windows grafts "
			    "aborts fault",
	.text =
		(const char *const[]){
			"name         {name}",
			"id           {id}",
			"version      {version}",
			"description  {description}",
			"state        {state}",
			"mode         {mode}",
			"abi          {abi}",
			"calls        {calls}",
			"faults       {faults}",
			"budget       {budget_us} us of CPU time a call; all calls used {cpu_used_us} us",
			"wall         {wall_us} us from begin to end of a call; used {wall_used_us} us",
			"service      {service_us} us of CPU time in services a call; used "
			"{service_used_us} us",
			"memory       text {text}, rodata {rodata}, data {data}, heap {heap}, stack "
			"{stack} bytes",
			"limits       code {text_limit:#x}, data {data_limit:#x}",
			"entries      {entries}",
			"services     {services}",
			"requests     {requests}, refused {refused}; stopped at {strikes} for services "
			"it may not have",
			"windows      {windows}, room {window_room} bytes",
			"grafts       {grafts} attached; {aborts} answers failed",
			NULL,
		},
	.hidden = "bytes last_status",
};

int run_show(const struct arguments *arguments)
{
	struct shown shown = { .plugin.show = device_show(arguments->words[0]) };
	const struct ringfence_show *show = &shown.plugin.show;

	facts_complete(&shown.plugin);
	/* Without CAP_SYS_ADMIN there is a status, but no record. */
	if (show->last_status && device_fault(show->name, &shown.fault))
		shown.fault.status = 0;
	shown.entries = read_entries(show);
	output(&form, &shown);
	if (!as_json) {
		printf("last fault   ");
		if (shown.fault.status)
			fault_print(stdout, &shown.fault);
		else
			puts(show->last_status ? status_word(show->last_status) : "none");
	}
	free(shown.entries);
	return EXIT_SUCCESS;
}
