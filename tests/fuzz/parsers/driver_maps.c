// SPDX-License-Identifier: MIT
/* The ioctls of maps: small maps of few names and sizes, so that most uses fit one. */
#include "driver_maps.h"

#include <uapi/linux/ringfence.h>

#include "fake_monitor.h"
#include "map/map.h"

static const char *const names[] = { "m", "n", "o", "p" };

size_t maps_size(unsigned int command)
{
	if (command == MAP_CREATE || command == MAP_SHOW)
		return sizeof(struct ringfence_map);
	return command == MAP_DELETE ? sizeof(struct ringfence_map_delete) :
				       sizeof(struct ringfence_map_entry);
}

bool maps_need_privilege(unsigned int command)
{
	return command != MAP_SHOW;
}

static void some_name(char *name, struct input *in)
{
	uint8_t what = take8(in);
	uint32_t i;

	if (what < 0xf0)
		strcpy(name, names[what % 4]);
	else
		for (i = 0; i < RINGFENCE_NAME_SIZE; i++)
			name[i] = (char)take8(in);
}

static uint32_t some_size(struct input *in)
{
	static const uint32_t sizes[] = { 4, 4, 4, 0, 1, 3, 8, 63, 64, 65, 255, 256, 257 };
	uint8_t what = take8(in);

	return what < 0xf8 ? sizes[what % 13] : take32(in);
}

void maps_fill(unsigned int command, void *structure, struct input *in)
{
	struct ringfence_map *map = structure;
	struct ringfence_map_entry *entry = structure;
	const struct core_map *there;

	if (command == MAP_CREATE || command == MAP_SHOW) {
		some_name(map->name, in);
		map->kind = take8(in) % 5;
		map->key_size = map->kind == RINGFENCE_MAP_RING ? 0 : 4;
		if (take8(in) & 1)
			map->key_size = some_size(in);
		map->value_size = some_size(in);
		map->max = take8(in) % 4 ? 1 + take8(in) % 9 : take32(in);
		map->id = take8(in);
		return;
	}
	some_name(entry->name, in);
	if (command == MAP_DELETE)
		return;
	entry->name[RINGFENCE_NAME_SIZE - 1] &= take8(in) % 8 ? 0 : 0xff;
	there = core_map_find(entry->name);
	entry->key_size = there && take8(in) % 8 ? there->key_size : some_size(in);
	entry->value_size = there && take8(in) % 8 ? there->value_size : some_size(in);
	entry->place = command == MAP_WALK ? take8(in) % 40 : take8(in) == 0xff;
	entry->reserved = take8(in) == 0xff;
	if (command != MAP_WALK && command != MAP_POP)
		entry->key[0] = take8(in) % 12;
	entry->key[63] = take8(in) == 0xff;
	entry->value[0] = take8(in);
	entry->value[255] = take8(in) == 0xff;
}

static bool is_text(const char *name)
{
	return strnlen(name, RINGFENCE_NAME_SIZE) < RINGFENCE_NAME_SIZE;
}

static bool has_rest(const uint8_t *bytes, uint32_t used, uint32_t room)
{
	while (used < room)
		if (bytes[used++])
			return true;
	return false;
}

bool maps_wrong(unsigned int command, const void *structure)
{
	const struct ringfence_map *map = structure;
	const struct ringfence_map_entry *entry = structure;

	if (!is_text(map->name)) /* in the same place of each */
		return true;
	if (command == MAP_CREATE)
		return !map->kind || map->kind > RINGFENCE_MAP_RING || !map->value_size ||
		       map->value_size > RINGFENCE_VALUE_SIZE ||
		       map->key_size > RINGFENCE_KEY_SIZE ||
		       !map->key_size != (map->kind == RINGFENCE_MAP_RING) || !map->max ||
		       map->max > CORE_MAP_ENTRIES_MAX;
	if (command == MAP_DELETE || command == MAP_SHOW)
		return false;
	if (entry->reserved || (command != MAP_WALK && entry->place))
		return true;
	if (command == MAP_WALK || command == MAP_POP)
		return false;
	return entry->key_size > RINGFENCE_KEY_SIZE || entry->value_size > RINGFENCE_VALUE_SIZE ||
	       has_rest(entry->key, entry->key_size, RINGFENCE_KEY_SIZE) ||
	       (command == MAP_SET &&
		has_rest(entry->value, entry->value_size, RINGFENCE_VALUE_SIZE));
}

/* What the map has for the key is the value; NULL: nothing. */
static void check_value(const struct ringfence_map_entry *entry, const uint8_t *value)
{
	const struct core_map_use use = { entry->name, entry->key_size, entry->value_size };
	uint8_t now[RINGFENCE_VALUE_SIZE] = { 0 };
	struct core_reason why;
	int err = core_map_read(&use, entry->key, now, &why);

	REQUIRE(err == (value ? 0 : -ENOENT));
	REQUIRE(!value || !memcmp(now, value, sizeof(now)));
}

void maps_check(unsigned int command, const void *given, const void *got)
{
	const struct ringfence_map *map = got;
	const struct ringfence_map_entry *entry = got;
	const struct core_map *there = core_map_find(map->name);

	REQUIRE(command == MAP_DELETE ? !there : !!there);
	switch (command) {
	case MAP_CREATE:
		REQUIRE(there->id == map->id && there->bytes <= CORE_MAP_BYTES_MAX);
		REQUIRE(!map->used && !map->staged && !map->commits);
		break;
	case MAP_SHOW:
		REQUIRE(there->id == map->id && there->used == map->used);
		REQUIRE(map->used <= map->max && !map->staged);
		break;
	case MAP_SET:
	case MAP_GET:
		check_value(entry, entry->value);
		break;
	case MAP_REMOVE:
		check_value(entry, NULL);
		break;
	case MAP_WALK:
		REQUIRE(entry->place > ((const struct ringfence_map_entry *)given)->place);
		check_value(entry, entry->value);
		break;
	}
}

long maps_listed(void)
{
	const struct core_map *map;
	long nr = 0;

	for (map = core_map_next(0); map; map = core_map_next(map->id))
		nr++;
	return nr;
}

void maps_delete(void)
{
	struct core_reason why;
	struct core_map *map;

	while ((map = core_map_next(0)))
		REQUIRE(!core_map_delete(map->name, &why));
}
