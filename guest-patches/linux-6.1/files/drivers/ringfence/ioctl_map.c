// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls of maps. */
#include <linux/string.h>

#include "ioctl.h"

static_assert(RINGFENCE_NAME_SIZE == CORE_MAP_NAME_SIZE);
static_assert(RINGFENCE_KEY_SIZE == CORE_KEY_MAX && RINGFENCE_VALUE_SIZE == CORE_VALUE_MAX);
static_assert(RINGFENCE_MAP_HASH == CORE_MAP_HASH && RINGFENCE_MAP_ARRAY == CORE_MAP_ARRAY);
static_assert(RINGFENCE_MAP_RING == CORE_MAP_RING);

int ioctl_map_create(void *arg, struct core_reason *why)
{
	struct ringfence_map *map = arg;
	const struct core_map_create create = {
		.name = map->name,
		.kind = map->kind,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.max = map->max,
	};
	int err = ioctl_check_text(map->name, sizeof(map->name), "name", why);

	if (err)
		return err;
	memset_startat(map, 0, id);
	return core_map_create(&create, &map->id, why);
}

int ioctl_map_delete(void *arg, struct core_reason *why)
{
	const struct ringfence_map_delete *map = arg;

	return ioctl_check_text(map->name, sizeof(map->name), "name", why) ?:
		       core_map_delete(map->name, why);
}

int ioctl_map_show(void *arg, struct core_reason *why)
{
	struct ringfence_map *out = arg;
	const struct core_map *map;
	int err = ioctl_check_text(out->name, sizeof(out->name), "name", why);

	if (err)
		return err;
	port_lock();
	map = out->head.flags ? core_map_next(out->id) : core_map_find(out->name);
	if (!map) {
		err = core_refuse_map(out->name, why);
	} else {
		memset_startat(out, 0, name);
		strscpy(out->name, map->name, sizeof(out->name));
		out->kind = map->kind;
		out->key_size = map->key_size;
		out->value_size = map->value_size;
		out->max = map->max;
		out->id = map->id;
		out->used = map->used;
		out->staged = *map->staged;
		out->bytes = map->bytes;
		out->commits = map->commits;
		out->undos = map->undos;
		out->full = map->full;
	}
	port_unlock();
	return err;
}

/* The bytes of @room that are behind the first @used are 0: the kernel would pass them over. */
static int check_rest(const u8 *bytes, u32 used, u32 room, const char *what,
		      struct core_reason *why)
{
	if (used > room)
		return core_refuse(why, -EINVAL, "a %s of %u bytes: give at most %u", what, used,
				   room);
	if (!memchr_inv(bytes + used, 0, room - used))
		return 0;
	return core_refuse(
		why, -EINVAL,
		"the %s has %u bytes, and there are others that are not 0: fill what you "
		"do not use with zeroes",
		what, used);
}

static int check_key(const struct ringfence_map_entry *entry, struct core_reason *why)
{
	return check_rest(entry->key, entry->key_size, sizeof(entry->key), "key", why);
}

static int check_value(const struct ringfence_map_entry *entry, struct core_reason *why)
{
	return check_rest(entry->value, entry->value_size, sizeof(entry->value), "value", why);
}

/* Check what is input to all of these, and set @use to what the core is asked for. */
static int take_use(const struct ringfence_map_entry *entry, bool walks, struct core_map_use *use,
		    struct core_reason *why)
{
	use->name = entry->name;
	use->key_size = entry->key_size;
	use->value_size = entry->value_size;
	return ioctl_check_text(entry->name, sizeof(entry->name), "name", why) ?:
		       ioctl_check_reserved(entry->reserved, why)	       ?:
		       ioctl_check_reserved(walks ? 0 : entry->place, why);
}

int ioctl_map_get(void *arg, struct core_reason *why)
{
	struct ringfence_map_entry *entry = arg;
	struct core_map_use use;
	int err = take_use(entry, false, &use, why) ?: check_key(entry, why);

	if (err)
		return err;
	memset_startat(entry, 0, value);
	return core_map_read(&use, entry->key, entry->value, why);
}

int ioctl_map_set(void *arg, struct core_reason *why)
{
	const struct ringfence_map_entry *entry = arg;
	struct core_map_use use;

	return take_use(entry, false, &use, why) ?:
		       check_key(entry, why)	 ?:
		       check_value(entry, why)	 ?:
		       core_map_write(&use, entry->key, entry->value, why);
}

int ioctl_map_remove(void *arg, struct core_reason *why)
{
	const struct ringfence_map_entry *entry = arg;
	struct core_map_use use;

	return take_use(entry, false, &use, why) ?:
		       check_key(entry, why)	 ?:
						   core_map_remove(&use, entry->key, why);
}

int ioctl_map_walk(void *arg, struct core_reason *why)
{
	struct ringfence_map_entry *entry = arg;
	struct core_map_use use;
	int err = take_use(entry, true, &use, why);

	if (err)
		return err;
	memset_startat(entry, 0, key);
	return core_map_walk(&use, &entry->place, entry->key, entry->value, why);
}

int ioctl_map_pop(void *arg, struct core_reason *why)
{
	struct ringfence_map_entry *entry = arg;
	struct core_map_use use;
	int err = take_use(entry, false, &use, why);

	if (err)
		return err;
	memset_startat(entry, 0, key);
	return core_map_pop(&use, entry->value, why);
}
