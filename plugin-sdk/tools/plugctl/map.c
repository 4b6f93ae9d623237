// SPDX-License-Identifier: MIT
/* The verbs map create, delete, list and show. */
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "failure.h"
#include "map.h"
#include "map_entry.h"
#include "name.h"
#include "number.h"
#include "rows.h"
#include "words.h"

#define FIELD(field) FACT_NAMED(#field, struct shown_map, map.field)
#define NUMBER(field)                             \
	{                                         \
		FIELD(field), .type = FACT_NUMBER \
	}

/* A map, and with the verb show its entries. */
struct shown_map {
	struct ringfence_map map;
	struct rows entries;
};

static const void *entry_of(const void *structure, uint32_t index)
{
	const struct rows *rows = &((const struct shown_map *)structure)->entries;

	return index < rows->nr ? rows->bytes + index * rows->size : NULL;
}

static int has_entries(const void *structure)
{
	return ((const struct shown_map *)structure)->entries.what != NULL;
}

static const struct fact facts[] = {
	{ FIELD(name), .type = FACT_TEXT },
	NUMBER(id),
	{ FIELD(kind), .type = FACT_WORD, .word = map_kind_word },
	NUMBER(key_size),
	NUMBER(value_size),
	NUMBER(max),
	NUMBER(used),
	NUMBER(staged),
	NUMBER(bytes),
	NUMBER(commits),
	NUMBER(undos),
	NUMBER(full),
	{ "entries", .type = FACT_ITEMS, .facts = map_entry_facts, .item = entry_of,
	  .present = has_entries },
	{ 0 },
};

struct ringfence_map map_describe(const char *name)
{
	struct ringfence_map map = { 0 };

	name_set_map(map.name, name);
	if (device_run(RINGFENCE_IOC_MAP_SHOW, &map, sizeof(map), 0))
		fail("%s", reason());
	return map;
}

static uint32_t kind_named(const struct arguments *arguments, const char *word)
{
	uint32_t kind;

	for (kind = RINGFENCE_MAP_HASH; kind <= RINGFENCE_MAP_RING; kind++)
		if (!strcmp(word, map_kind_word(kind)))
			return kind;
	usage(arguments->verb, "there are no maps of kind \"%s\": give hash, array or ring", word);
}

int run_map_create(const struct arguments *arguments)
{
	const struct form form = {
		facts,
		.text = (const char *const[]){ "created {name}", NULL },
	};
	struct shown_map of = { 0 };
	struct ringfence_map *map = &of.map;

	name_set_map(map->name, arguments->words[0]);
	map->max = number_word(arguments, "MAX", arguments->words[2], 1, UINT32_MAX);
	map->key_size = number_option(arguments, "--key", 1, UINT32_MAX, 0);
	map->value_size = number_option(arguments, "--value", 1, UINT32_MAX, 4);
	map->kind = kind_named(arguments, arguments->words[1]);
	if (!map->key_size && map->kind != RINGFENCE_MAP_RING)
		map->key_size = 4;
	if (device_run(RINGFENCE_IOC_MAP_CREATE, map, sizeof(*map), 0))
		fail("map %s was not created: %s", map->name, reason());
	if (as_json)
		*map = map_describe(map->name);
	output(&form, &of);
	return EXIT_SUCCESS;
}

struct deleted {
	char name[RINGFENCE_NAME_SIZE];
	uint32_t deleted; /* 1 */
};

int run_map_delete(const struct arguments *arguments)
{
	static const struct fact deleted_facts[] = {
		{ FACT_MEMBER(struct deleted, name), .type = FACT_TEXT },
		{ FACT_MEMBER(struct deleted, deleted), .type = FACT_FLAG, .mask = 1 },
		{ 0 },
	};
	const struct form form = {
		deleted_facts,
		.text = (const char *const[]){ "deleted {name}", NULL },
	};
	struct ringfence_map_delete map = { 0 };
	struct deleted deleted = { .deleted = 1 };

	name_set_map(map.name, arguments->words[0]);
	if (device_run(RINGFENCE_IOC_MAP_DELETE, &map, sizeof(map), 0))
		fail("map %s was not deleted: %s", map.name, reason());
	strcpy(deleted.name, map.name);
	output(&form, &deleted);
	return EXIT_SUCCESS;
}

static void nothing(void *row)
{
	(void)row;
}

int run_map_list(const struct arguments *arguments)
{
	const struct form form = {
		facts,
		.text =
			(const char *const[]){
				"{id:-4} {name:-24} {kind:-5} {key_size:4} {value_size:6} "
				"{used:6}/{max:-6} {bytes:8K} {commits:10} {undos:8}",
				NULL,
			},
	};
	static const char heading[] =
		"ID   NAME                     KIND   KEY  VALUE   USED/MAX         KIB "
		"   COMMITS    UNDOS";
	struct rows rows = { .what = "maps", .size = sizeof(struct shown_map) };
	struct shown_map of = { 0 };

	(void)arguments;
	rows_read(&rows, RINGFENCE_IOC_MAP_SHOW, sizeof(of.map), RINGFENCE_MAP_NEXT, &of, nothing);
	rows_print(&rows, &form, heading);
	return EXIT_SUCCESS;
}

int run_map_show(const struct arguments *arguments)
{
	const struct form form = {
		facts,
		.text =
			(const char *const[]){
				"name         {name}",
				"id           {id}",
				"kind         {kind}",
				"sizes        keys {key_size}, values {value_size} bytes",
				"used         {used} of {max}",
				"memory       {bytes} bytes",
				"changes      {commits} committed, {undos} undone, {full} refused "
				"for want of room; {staged} under way",
				NULL,
			},
	};
	const struct form entry_form = {
		map_entry_facts,
		.text = (const char *const[]){ "{key} {value}", NULL },
	};
	struct shown_map of = { .map = map_describe(arguments->words[0]) };
	struct map_entry row = { .entry.key_size = of.map.key_size,
				 .entry.value_size = of.map.value_size };
	uint32_t i;

	if (of.map.kind != RINGFENCE_MAP_RING) {
		of.entries = (struct rows){ .what = "entries", .size = sizeof(row) };
		strcpy(row.entry.name, of.map.name);
		rows_read(&of.entries, RINGFENCE_IOC_MAP_WALK, sizeof(row.entry), 0, &row,
			  map_entry_complete);
	}
	output(&form, &of);
	for (i = 0; i < of.entries.nr && !as_json; i++)
		output_text(stdout, &entry_form, entry_of(&of, i));
	free(of.entries.bytes);
	return EXIT_SUCCESS;
}
