// SPDX-License-Identifier: GPL-2.0-only
/*
 * The services for maps: what plugins do with those that they have open.
 *
 * Each looks at its arguments, and does all its work, in one hold of the lock. If another
 * transaction has the entry, the caller waits without the lock, and then begins again: the map
 * may be gone, and a window with an argument, too.
 */
#include "service/plugin_memory.h"
#include "service/serving.h"
#include "transaction/wait.h"

_Static_assert(sizeof(((struct plugin_map_request *)0)->name) == CORE_MAP_NAME_SIZE, "one name");
_Static_assert(PLUGIN_MAP_HASH == CORE_MAP_HASH && PLUGIN_MAP_ARRAY == CORE_MAP_ARRAY &&
		       PLUGIN_MAP_RING == CORE_MAP_RING,
	       "one list of kinds");

int core_serve_map_open(struct serving *serving)
{
	const struct plugin_map_request *open = (const void *)serving->in;
	struct core_map_create like;
	int handle;

	if (serving->in_size != sizeof(*open) || open->name[sizeof(open->name) - 1])
		return -EINVAL;
	like.name = open->name;
	like.kind = open->kind;
	like.key_size = open->key_size;
	like.value_size = open->value_size;
	port_lock();
	handle = core_map_open(serving->plugin, &like);
	port_unlock();
	if (handle < 0)
		return handle;
	serving->value = (uint32_t)handle;
	return 0;
}

/* With the lock: the map, and the key if the map's kind has one. NULL with *@err. */
static struct core_map *take_entry(const struct serving *serving, uint8_t *key, int *err)
{
	struct core_map *map = core_map_of(serving->plugin, serving->map, err);

	if (!map)
		return NULL;
	*err = core_memory_read_held(serving->plugin, key, serving->key, map->key_size);
	return *err ? NULL : map;
}

int core_serve_map_get(struct serving *serving)
{
	const struct core_plugin *plugin = serving->plugin;
	uint8_t key[CORE_KEY_MAX];
	const uint8_t *value;
	struct core_map *map;
	int err;

	port_lock();
	map = take_entry(serving, key, &err);
	value = map ? core_map_look(map, plugin, key, &err) : NULL;
	if (value)
		err = core_memory_write_held(plugin, serving->place, value, map->value_size);
	port_unlock();
	return err;
}

int core_serve_map_next(struct serving *serving)
{
	const struct core_plugin *plugin = serving->plugin;
	const uint8_t *after = NULL;
	uint8_t key[CORE_KEY_MAX];
	struct core_map *map;
	int err;

	port_lock();
	map = serving->key ? take_entry(serving, key, &err) :
			     core_map_of(plugin, serving->map, &err);
	if (map)
		after = core_map_key_after(map, plugin, serving->key ? key : NULL, &err);
	if (after)
		err = core_memory_write_held(plugin, serving->place, after, map->key_size);
	port_unlock();
	return err;
}

/*
 * With the lock: copy the value at serving->place to the version that @stage stages. The value
 * is checked first: nothing is staged if it cannot be read.
 */
static int set(struct core_map *map, const struct serving *serving, const uint8_t *key,
	       struct core_transaction **holder)
{
	struct core_plugin *plugin = serving->plugin;
	uint8_t *value;
	int err;

	if (!core_memory_has_held(plugin, serving->place, map->value_size, false))
		return -EFAULT;
	err = key ? core_map_set(map, plugin, key, &value, holder) :
		    core_map_push(map, plugin, &value, holder);
	if (!err)
		core_memory_read_held(plugin, value, serving->place, map->value_size);
	return err;
}

static int push(struct core_map *map, const struct serving *serving, const uint8_t *key,
		struct core_transaction **holder)
{
	(void)key;
	return set(map, serving, NULL, holder);
}

static int unset(struct core_map *map, const struct serving *serving, const uint8_t *key,
		 struct core_transaction **holder)
{
	return core_map_unset(map, serving->plugin, key, holder);
}

static int lock(struct core_map *map, const struct serving *serving, const uint8_t *key,
		struct core_transaction **holder)
{
	return core_map_lock(map, serving->plugin, key, holder);
}

/*
 * Have @change change the map. @of_key: the arguments name a key; otherwise it is NULL. Returns
 * the change's status, or that of a wait for another transaction.
 */
static int change_map(const struct serving *serving, bool of_key,
		      int (*change)(struct core_map *map, const struct serving *serving,
				    const uint8_t *key, struct core_transaction **holder))
{
	struct core_transaction *holder;
	uint8_t key[CORE_KEY_MAX];
	struct core_map *map;
	int err;

	port_lock();
	do {
		map = of_key ? take_entry(serving, key, &err) :
			       core_map_of(serving->plugin, serving->map, &err);
		if (!map)
			break;
		err = change(map, serving, of_key ? key : NULL, &holder);
		if (err != -EAGAIN)
			break;
		err = core_wait_for(serving->plugin, holder);
	} while (!err);
	port_unlock();
	return err;
}

int core_serve_map_set(struct serving *serving)
{
	return change_map(serving, true, set);
}

int core_serve_map_delete(struct serving *serving)
{
	return change_map(serving, true, unset);
}

int core_serve_map_push(struct serving *serving)
{
	return change_map(serving, false, push);
}

int core_serve_map_lock(struct serving *serving)
{
	return change_map(serving, serving->key, lock);
}

/* The lock stays until the end of the call: what it guards may still be undone. */
int core_serve_map_unlock(struct serving *serving)
{
	uint8_t key[CORE_KEY_MAX];
	struct core_map *map;
	int err;

	port_lock();
	map = serving->key ? take_entry(serving, key, &err) :
			     core_map_of(serving->plugin, serving->map, &err);
	if (map && !core_map_has_lock(map, serving->plugin, serving->key ? key : NULL))
		err = -ENOLCK;
	else if (map)
		err = 0;
	port_unlock();
	return err;
}

int core_serve_map_window(struct serving *serving)
{
	struct core_plugin *plugin = serving->plugin;
	struct core_table_view *view;
	struct core_map *map;
	int err;

	port_lock();
	map = core_map_of(plugin, serving->map, &err);
	if (map && !map->table) {
		err = -EINVAL;
	} else if (map) {
		view = &plugin->handles.of[(serving->map - 1) % CORE_HANDLES].view;
		err = core_view_open(plugin, map, view);
		serving->value = view->window.offset;
	}
	port_unlock();
	return err;
}

/* After it the call is as if it had changed nothing, and may begin again. */
int core_serve_undo(struct serving *serving)
{
	struct core_plugin *plugin = serving->plugin;
	bool wakes;

	port_lock();
	wakes = plugin->part.of && core_end_part(plugin, false);
	port_unlock();
	if (wakes)
		port_wake();
	return 0;
}
