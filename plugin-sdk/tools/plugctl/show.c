// SPDX-License-Identifier: MIT
/* The verbs list and show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "failure.h"
#include "json.h"
#include "report.h"
#include "services.h"
#include "words.h"

static void list_one(const struct ringfence_show *show, int first)
{
	if (as_json) {
		json_open(NULL, '{');
		json_text("name", show->name);
		report_plugin_json(show);
		json_close();
		return;
	}
	if (first)
		printf("%-4s %-16s %-9s %-9s %10s %7s %7s  %s\n", "ID", "NAME", "STATE", "MODE",
		       "CALLS", "FAULTS", "KIB", "DESCRIPTION");
	printf("%-4u %-16s %-9s %-9s %10llu %7llu %7u  %s\n", show->id, show->name,
	       state_word(show->state), mode_word(show->mode), (unsigned long long)show->calls,
	       (unsigned long long)show->faults,
	       (show->text + show->rodata + show->data + show->heap + show->stack) >> 10,
	       show->description);
}

int run_list(const struct arguments *arguments)
{
	struct ringfence_show show = { 0 };
	int err, first = 1;

	(void)arguments;
	err = device_run(RINGFENCE_IOC_SHOW, &show, sizeof(show), RINGFENCE_SHOW_NEXT);
	if (err && err != ENOENT)
		fail("%s", reason());
	if (as_json)
		json_open(NULL, '[');
	while (!err) {
		list_one(&show, first);
		first = 0;
		err = device_run(RINGFENCE_IOC_SHOW, &show, sizeof(show), RINGFENCE_SHOW_NEXT);
	}
	if (as_json)
		json_close();
	return EXIT_SUCCESS;
}

static void show_entries(const char *name, uint32_t nr)
{
	struct ringfence_entry entry = { 0 };
	uint32_t i;

	for (i = 0; i < nr; i++) {
		strcpy(entry.name, name);
		entry.index = i;
		if (device_run(RINGFENCE_IOC_ENTRY, &entry, sizeof(entry), 0))
			break;
		if (as_json) {
			json_open(NULL, '{');
			json_text("name", entry.entry);
			json_number("offset", entry.offset);
			json_close();
		} else {
			printf("%s%s", i ? " " : "", entry.entry);
		}
	}
}

/* Prints the names of the services in @set; in JSON, as elements of the open array. */
static void show_services(const uint32_t *set)
{
	const char *blank = "";
	uint32_t i;

	for (i = 0; i < SERVICES_MAX; i++) {
		if (!service_in(set, i))
			continue;
		if (as_json)
			json_text(NULL, service_name(i));
		else
			printf("%s%s", blank, service_name(i));
		blank = " ";
	}
	if (!as_json)
		puts(blank[0] ? "" : "none");
}

int run_show(const struct arguments *arguments)
{
	struct ringfence_fault fault;
	struct ringfence_show show;
	int have_fault;

	show = device_show(arguments->words[0]);
	have_fault = show.last_status && !device_fault(show.name, &fault);
	if (as_json) {
		json_open(NULL, '{');
		json_text("name", show.name);
		report_plugin_json(&show);
		json_open("abi", '{');
		json_number("major", show.abi >> 16);
		json_number("minor", show.abi & 0xffff);
		json_close();
		json_number("text", show.text);
		json_number("rodata", show.rodata);
		json_number("data", show.data);
		json_number("heap", show.heap);
		json_number("stack", show.stack);
		json_number("text_limit", show.text_limit);
		json_number("data_limit", show.data_limit);
		json_open("entries", '[');
		show_entries(show.name, show.nr_entries);
		json_close();
		json_open("services", '[');
		show_services(show.services);
		json_close();
		json_number("strikes", show.strikes);
		json_number("requests", show.requests);
		json_number("refused", show.refused);
		json_number("window_room", show.window_room);
		json_number("windows", show.windows);
		if (have_fault)
			report_fault_json(&fault);
		json_close();
		return EXIT_SUCCESS;
	}
	printf("name         %s\nid           %u\nversion      %s\ndescription  %s\n", show.name,
	       show.id, show.version, show.description);
	printf("state        %s\nmode         %s\nabi          %u.%u\n", state_word(show.state),
	       mode_word(show.mode), show.abi >> 16, show.abi & 0xffff);
	printf("calls        %llu\nfaults       %llu\n", (unsigned long long)show.calls,
	       (unsigned long long)show.faults);
	printf("budget       %u us of CPU time a call; all calls used %llu us\n", show.budget_us,
	       (unsigned long long)show.cpu_used_us);
	printf("wall         %u us from begin to end of a call; used %llu us\n", show.wall_us,
	       (unsigned long long)show.wall_used_us);
	printf("service      %u us of CPU time in services a call; used %llu us\n", show.service_us,
	       (unsigned long long)show.service_used_us);
	printf("memory       text %u, rodata %u, data %u, heap %u, stack %u bytes\n", show.text,
	       show.rodata, show.data, show.heap, show.stack);
	printf("limits       code %#x, data %#x\nentries      ", show.text_limit, show.data_limit);
	show_entries(show.name, show.nr_entries);
	printf("\nservices     ");
	show_services(show.services);
	printf("requests     %llu, refused %llu; stopped at %u for services it may not have\n",
	       (unsigned long long)show.requests, (unsigned long long)show.refused, show.strikes);
	printf("windows      %u, room %u bytes\n", show.windows, show.window_room);
	printf("last fault   ");
	if (have_fault)
		report_fault(stdout, &fault);
	else
		puts(show.last_status ? status_word(show.last_status) : "none");
	return EXIT_SUCCESS;
}
