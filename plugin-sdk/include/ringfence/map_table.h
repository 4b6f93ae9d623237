/* SPDX-License-Identifier: MIT */
/*
 * The table of a map, as a window shows it to plugins: committed entries only, and of each whether a
 * call that is under way has changed it, whose changes only the kernel knows. <ringfence/map_window.h>
 * is what plugins include.
 *
 * The window begins with the head; behind it are the buckets of a hash, and the slots. The kernel
 * writes the table while no plugin runs, and counts twice for each change, so that a plugin that was
 * interrupted sees that it has read parts of two states.
 */
#ifndef RINGFENCE_MAP_TABLE_H
#define RINGFENCE_MAP_TABLE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

struct plugin_map_table {
	uint32_t sequence; /* counts before and after each change; odd: a change is under way */
	uint32_t gone;	   /* the map was deleted */
	uint32_t staged;   /* changes and locks of calls under way, which may add entries */
	uint32_t buckets;  /* a power of two; 0: an array, whose slots are its entries in order */
	uint32_t slots;
	uint32_t slot_size; /* bytes */
	uint32_t slots_at;  /* bytes from the head to slot 0 */
	uint32_t key_size;
	uint32_t value_size;
	uint32_t value_at; /* bytes from those of a slot to its value; before them is the key */
	uint32_t reserved[6];
	uint32_t bucket[]; /* the first slot: its index and 1; 0: none */
};

struct plugin_map_slot {
	uint32_t next;	   /* in the bucket: index and 1; 0: none */
	uint32_t before;   /* the same */
	uint32_t changing; /* calls under way have changed or locked the entry */
	uint32_t bytes[];  /* the key, filled up to a word, and the value */
};

/* A word at any address. */
struct plugin_map_any_word {
	uint32_t word;
} __attribute__((packed, may_alias));

#define PLUGIN_MAP_NOW(word) (*(const volatile uint32_t *)&(word))

static inline struct plugin_map_slot *plugin_map_slot_at(const struct plugin_map_table *table,
							 uint32_t index)
{
	return (struct plugin_map_slot *)((uintptr_t)table + table->slots_at +
					  index * table->slot_size);
}

/* The word of a key that begins at @at, filled up with zeroes if @size is less than 4. */
static inline uint32_t plugin_map_word(const uint8_t *at, uint32_t size)
{
	uint32_t word = 0, i;

	if (size >= 4)
		return ((const struct plugin_map_any_word *)at)->word;
	for (i = 0; i < size; i++)
		word |= (uint32_t)at[i] << i * 8;
	return word;
}

/* The index of the key's bucket. No secret: who makes keys of one bucket makes his own reads slow. */
static inline uint32_t plugin_map_bucket(const struct plugin_map_table *table, const uint8_t *key)
{
	uint32_t hash = 0, i;

	for (i = 0; i < table->key_size; i += 4)
		hash = (hash ^ plugin_map_word(key + i, table->key_size - i)) * 0x9e3779b1u;
	return (hash ^ hash >> 16) & (table->buckets - 1);
}

static inline int plugin_map_has_key(const struct plugin_map_table *table,
				     const struct plugin_map_slot *slot, const uint8_t *key)
{
	uint32_t i;

	for (i = 0; i < table->key_size; i += 4)
		if (slot->bytes[i / 4] != plugin_map_word(key + i, table->key_size - i))
			return 0;
	return 1;
}

/* The slot of the key, or NULL. As long as @sequence is that of the table. */
static inline const struct plugin_map_slot *plugin_map_find(const struct plugin_map_table *table,
							    const uint8_t *key, uint32_t sequence)
{
	const struct plugin_map_slot *slot;
	uint32_t at;

	if (!table->buckets) {
		at = plugin_map_word(key, 4);
		return at < table->slots ? plugin_map_slot_at(table, at) : 0;
	}
	at = PLUGIN_MAP_NOW(table->bucket[plugin_map_bucket(table, key)]);
	for (; at && PLUGIN_MAP_NOW(table->sequence) == sequence; at = PLUGIN_MAP_NOW(slot->next)) {
		slot = plugin_map_slot_at(table, at - 1);
		if (plugin_map_has_key(table, slot, key))
			return slot;
	}
	return 0;
}

static inline void plugin_map_copy(const struct plugin_map_table *table,
				   const struct plugin_map_slot *slot, uint8_t *to)
{
	const uint8_t *from = (const uint8_t *)slot->bytes + table->value_at;
	uint32_t i = 0;

	for (; i + 4 <= table->value_size; i += 4)
		((struct plugin_map_any_word *)(to + i))->word =
			PLUGIN_MAP_NOW(*(const uint32_t *)(from + i));
	for (; i < table->value_size; i++)
		to[i] = ((const volatile uint8_t *)from)[i];
}

/*
 * Copies the value of the key. Returns 1; 0: the key is not there; -1: only the kernel can tell, as a
 * call under way has changed it, the table was changed meanwhile, or the map or index is none.
 */
static inline int plugin_map_look(const struct plugin_map_table *table, const void *key,
				  void *value)
{
	uint32_t sequence = PLUGIN_MAP_NOW(table->sequence);
	const struct plugin_map_slot *slot = plugin_map_find(table, (const uint8_t *)key, sequence);

	if (slot) {
		if (PLUGIN_MAP_NOW(slot->changing))
			return -1;
		plugin_map_copy(table, slot, (uint8_t *)value);
	} else if (PLUGIN_MAP_NOW(table->staged) || !table->buckets) {
		return -1;
	}
	if (sequence & 1 || PLUGIN_MAP_NOW(table->sequence) != sequence ||
	    PLUGIN_MAP_NOW(table->gone))
		return -1;
	return slot != 0;
}

#endif /* RINGFENCE_MAP_TABLE_H */
