// SPDX-License-Identifier: MIT
/* The verbs map get, set, remove and pop. */
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "failure.h"
#include "map.h"
#include "map_entry.h"
#include "name.h"

static int has_key(const void *structure)
{
	return ((const struct map_entry *)structure)->entry.key_size != 0;
}

const struct fact map_entry_facts[] = {
	{ FACT_MEMBER(struct map_entry, key), .type = FACT_TEXT, .present = has_key },
	{ FACT_MEMBER(struct map_entry, value), .type = FACT_TEXT },
	{ 0 },
};

void map_entry_complete(void *row)
{
	struct map_entry *of = row;

	bytes_text(of->entry.key, of->entry.key_size, of->key);
	bytes_text(of->entry.value, of->entry.value_size, of->value);
}

/* An entry of the map that the first word names, with the key of the second. */
static struct map_entry begin(const struct arguments *arguments)
{
	struct ringfence_map map = map_describe(arguments->words[0]);
	struct map_entry of = { .entry.key_size = map.key_size,
				.entry.value_size = map.value_size };

	strcpy(of.entry.name, map.name);
	if (arguments->nr > 1)
		bytes_parse(arguments, "KEY", arguments->words[1], of.entry.key, map.key_size);
	return of;
}

static void run(unsigned long number, struct map_entry *of, const char *what)
{
	if (device_run(number, &of->entry, sizeof(of->entry), 0))
		fail("%s: %s", what, reason());
	map_entry_complete(of);
}

int run_map_get(const struct arguments *arguments)
{
	const struct form form = {
		map_entry_facts,
		.text = (const char *const[]){ "{value}", NULL },
	};
	struct map_entry of = begin(arguments);

	run(RINGFENCE_IOC_MAP_GET, &of, "nothing was read");
	output(&form, &of);
	return EXIT_SUCCESS;
}

int run_map_set(const struct arguments *arguments)
{
	const struct form form = {
		map_entry_facts,
		.text = (const char *const[]){ "set {key} to {value}", NULL },
	};
	struct map_entry of = begin(arguments);

	bytes_parse(arguments, "VALUE", arguments->words[2], of.entry.value, of.entry.value_size);
	run(RINGFENCE_IOC_MAP_SET, &of, "nothing was set");
	output(&form, &of);
	return EXIT_SUCCESS;
}

int run_map_remove(const struct arguments *arguments)
{
	static const struct fact facts[] = {
		{ FACT_MEMBER(struct map_entry, key), .type = FACT_TEXT },
		{ 0 },
	};
	const struct form form = {
		facts,
		.text = (const char *const[]){ "removed {key}", NULL },
	};
	struct map_entry of = begin(arguments);

	run(RINGFENCE_IOC_MAP_REMOVE, &of, "nothing was removed");
	output(&form, &of);
	return EXIT_SUCCESS;
}

int run_map_pop(const struct arguments *arguments)
{
	const struct form form = {
		map_entry_facts,
		.text = (const char *const[]){ "{value}", NULL },
	};
	struct map_entry of = begin(arguments);

	run(RINGFENCE_IOC_MAP_POP, &of, "there is nothing to pop");
	output(&form, &of);
	return EXIT_SUCCESS;
}
