// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store: memory for the structs and the page lists of all plugins. It has some from boot
 * on, and grows by frames that the guest releases (boot/memory.c). A binary buddy allocator (Knuth, TAOCP 1, 2.5): blocks are 2^n times
 * BLOCK_MIN bytes long and aligned to their length; two free
 * buddies of one length become one free block. Time grows with the number of lengths,
 * not with the number of plugins.
 *
 * Free blocks of one length are a doubly linked list, whose links lie in the blocks.
 * order_at[] has a byte for each BLOCK_MIN bytes: at the begin of a free block its order
 * plus one, elsewhere 0. Callers state a block's length when they free it.
 */
#include <hv/boot.h>
#include <hv/plugin_slot.h>
#include <hv/poison.h>
#include <hv/printk.h>
#include <hv/string.h>

#define BLOCK_MIN  64u
#define ORDERS	   17u /* up to 4 MiB */
#define BLOCKS_MAX (PLUGIN_STORE_MAX / BLOCK_MIN)

struct block {
	struct block *next, *prev;
};

static u8 *base;
static u8 order_at[BLOCKS_MAX];
static u32 blocks; /* of BLOCK_MIN bytes */
static struct block *free_lists[ORDERS];

u32 store_bytes, store_bytes_free;

static u32 index_of(const void *at)
{
	return (u32)((const u8 *)at - base) / BLOCK_MIN;
}

static u32 order_of(u32 size)
{
	u32 order = 0;

	while (order < ORDERS && BLOCK_MIN << order < size)
		order++;
	return order;
}

static void put(u32 index, u32 order)
{
	struct block *b = (struct block *)(base + index * BLOCK_MIN);

	b->prev = NULL;
	b->next = free_lists[order];
	if (b->next)
		b->next->prev = b;
	free_lists[order] = b;
	order_at[index] = (u8)(order + 1);
}

static void take(struct block *b, u32 order)
{
	if (b->prev)
		b->prev->next = b->next;
	else
		free_lists[order] = b->next;
	if (b->next)
		b->next->prev = b->prev;
	order_at[index_of(b)] = 0;
}

/* Poison what a free block of that order holds besides its links. */
static void poison_block(u32 index, u32 order)
{
	poison(base + index * BLOCK_MIN + sizeof(struct block),
	       (BLOCK_MIN << order) - sizeof(struct block));
}

static void free_block(u32 index, u32 order)
{
	u32 buddy;

	poison_block(index, order);
	for (; order + 1 < ORDERS; order++) {
		buddy = index ^ 1u << order;
		if (buddy >= blocks || order_at[buddy] != order + 1)
			break;
		take((struct block *)(base + buddy * BLOCK_MIN), order);
		poison(base + MAX(index, buddy) * BLOCK_MIN, sizeof(struct block));
		index &= buddy;
	}
	put(index, order);
}

void store_init(void *at)
{
	base = at;
}

/* A page at a time: free_block() joins those that are buddies. */
void store_add(u32 size)
{
	for (; size; size -= PAGE_SIZE, blocks += PAGE_SIZE / BLOCK_MIN) {
		store_bytes += PAGE_SIZE;
		store_bytes_free += PAGE_SIZE;
		free_block(blocks, order_of(PAGE_SIZE));
	}
}

void *store_alloc(u32 size)
{
	u32 want = order_of(size), order = want;
	struct block *b;

	while (order < ORDERS && !free_lists[order])
		order++;
	if (order >= ORDERS) {
		if (want >= ORDERS || !memory_grow_store())
			return NULL;
		store_add(PAGE_SIZE);
		return store_alloc(size);
	}
	b = free_lists[order];
	take(b, order);
	while (order > want) {
		order--;
		put(index_of(b) + (1u << order), order);
	}
	poison_check((u8 *)b + sizeof(*b), size > sizeof(*b) ? size - sizeof(*b) : 0,
		     "free memory of the store");
	store_bytes_free -= BLOCK_MIN << want;
	memset(b, 0, size);
	return b;
}

void store_free(void *at, u32 size)
{
	u32 order = order_of(size);

	store_bytes_free += BLOCK_MIN << order;
	free_block(index_of(at), order);
}
