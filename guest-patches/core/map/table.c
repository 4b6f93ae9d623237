// SPDX-License-Identifier: GPL-2.0-only
/* Tables and their windows; see table.h. */
#include "life/registry.h"
#include "map/item.h"
#include "map/table.h"

#define PAGE 4096u

static struct core_table *unused; /* to be freed */

static uint32_t words(uint32_t bytes)
{
	return (bytes + 3) / 4 * 4;
}

static uint32_t key_bytes(const struct core_map *map)
{
	return map->kind == CORE_MAP_HASH ? words(map->key_size) : 0;
}

static uint32_t slot_bytes(const struct core_map *map)
{
	return sizeof(struct plugin_map_slot) + key_bytes(map) + words(map->value_size);
}

size_t core_table_bytes(const struct core_map *map)
{
	size_t bytes = sizeof(struct plugin_map_table) + (size_t)map->nr_buckets * 4 +
		       (size_t)map->nr_items * slot_bytes(map);

	return map->nr_items ? (bytes + PAGE - 1) / PAGE * PAGE : 0;
}

static void lay_out(const struct core_map *map, struct plugin_map_table *head)
{
	head->buckets = map->nr_buckets;
	head->slots = map->nr_items;
	head->slot_size = slot_bytes(map);
	head->slots_at = sizeof(*head) + map->nr_buckets * 4;
	head->key_size = map->key_size;
	head->value_size = map->value_size;
	head->value_at = key_bytes(map);
}

static struct core_table *make(uint32_t nr)
{
	struct core_table *table = port_alloc(sizeof(*table) + nr * sizeof(*table->frames));
	uint32_t i;

	if (!table)
		return NULL;
	table->mfns = port_alloc(nr * sizeof(*table->mfns));
	if (!table->mfns || port_frames_alloc(nr, table->frames)) {
		port_free(table->mfns);
		port_free(table);
		return NULL;
	}
	for (i = 0; i < nr; i++)
		table->mfns[i] = table->frames[i].mfn;
	table->nr = nr;
	table->refs = 1;
	table->head = table->frames[0].address;
	return table;
}

int core_table_make(struct core_map *map)
{
	uint32_t nr = (uint32_t)(core_table_bytes(map) / PAGE);

	if (!nr)
		return 0;
	map->table = make(nr);
	if (!map->table)
		return -ENOMEM;
	lay_out(map, map->table->head);
	return 0;
}

void core_tables_free(void)
{
	struct core_table *table;

	for (;;) {
		port_lock();
		table = unused;
		if (table)
			unused = table->next;
		port_unlock();
		if (!table)
			break;
		port_frames_free(table->nr, table->frames);
		port_free(table->mfns);
		port_free(table);
	}
}

static void drop(struct core_table *table)
{
	if (--table->refs)
		return;
	table->next = unused;
	unused = table;
}

void core_table_leave(struct core_map *map)
{
	if (!map->table)
		return;
	map->table->head->gone = 1;
	drop(map->table);
	map->table = NULL;
}

/* ---- contents ---- */

/* Plugins do not run meanwhile; the compiler is to write what is between two counts there. */
static inline void count(struct plugin_map_table *head)
{
	__atomic_store_n(&head->sequence, head->sequence + 1, __ATOMIC_SEQ_CST);
}

static void put_key(const struct core_map *map, struct core_item *item)
{
	struct plugin_map_table *head = map->table->head;
	struct plugin_map_slot *slot = item->slot;
	uint32_t at = core_item_index(map, item) + 1, i;
	uint32_t *bucket = &head->bucket[plugin_map_bucket(head, item->bytes)];

	for (i = 0; i < map->key_size; i += 4)
		slot->bytes[i / 4] = plugin_map_word(item->bytes + i, map->key_size - i);
	slot->before = 0;
	slot->next = *bucket;
	if (slot->next)
		plugin_map_slot_at(head, slot->next - 1)->before = at;
	*bucket = at;
	item->shown = true;
}

void core_table_show(struct core_map *map, struct core_item *item)
{
	struct plugin_map_table *head = map->table->head;

	count(head);
	if (head->buckets && !item->shown)
		put_key(map, item);
	memcpy((uint8_t *)item->slot->bytes + head->value_at, core_item_value(map, item),
	       map->value_size);
	count(head);
}

void core_table_hide(struct core_map *map, struct core_item *item)
{
	struct plugin_map_table *head = map->table->head;
	struct plugin_map_slot *slot = item->slot;

	count(head);
	if (slot->before)
		plugin_map_slot_at(head, slot->before - 1)->next = slot->next;
	else
		head->bucket[plugin_map_bucket(head, item->bytes)] = slot->next;
	if (slot->next)
		plugin_map_slot_at(head, slot->next - 1)->before = slot->before;
	slot->next = slot->before = 0;
	item->shown = false;
	count(head);
}

/* ---- windows ---- */

int core_view_open(struct core_plugin *plugin, struct core_map *map, struct core_table_view *view)
{
	struct core_reason unused_reason;
	int err;

	if (view->table == map->table)
		return 0;
	core_view_close(view);
	if (view->table)
		return -EBUSY;
	view->window = (struct core_window){ .frames = map->table->frames,
					     .nr = map->table->nr,
					     .mfns = map->table->mfns };
	err = core_grant_held(plugin, &view->window, &unused_reason);
	if (err)
		return err;
	view->table = map->table;
	view->table->refs++;
	return 0;
}

void core_view_close(struct core_table_view *view)
{
	struct core_reason unused_reason;

	if (!view->table || core_revoke_held(&view->window, &unused_reason))
		return;
	drop(view->table);
	view->table = NULL;
}

void core_views_drop(struct core_plugin *plugin)
{
	uint32_t i;

	port_lock();
	for (i = 0; i < CORE_HANDLES; i++)
		if (plugin->handles.of[i].view.table) {
			drop(plugin->handles.of[i].view.table);
			plugin->handles.of[i].view.table = NULL;
		}
	port_unlock();
	core_tables_free();
}
