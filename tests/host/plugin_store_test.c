// SPDX-License-Identifier: MIT
/*
 * The store: blocks of all lengths, allocated and freed in random order, against a model
 * that knows for each 64 bytes to which block they belong. No two blocks overlap, all are
 * zeroed and aligned to their length, the count of free bytes is right, a request is
 * refused only if no free aligned block of that length is there and the store cannot grow,
 * and when all is freed the store is in one piece again. With several sizes of the store.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/plugin_slot.h>

#include "check.h"

#define MIN_BLOCK 64u
#define ARENA	  (256u << 10)

static u8 arena[ARENA] __aligned(4096);
static u16 owner[ARENA / MIN_BLOCK]; /* 0: free */
static struct {
	u8 *at;
	u32 size;
} held[200];

static u32 length(u32 size)
{
	u32 n = MIN_BLOCK;

	while (n < size)
		n *= 2;
	return n;
}

static u8 *begin = arena;
static u32 nr;	     /* of MIN_BLOCK bytes */
static u32 can_grow; /* pages */

bool memory_grow_store(void)
{
	nr += can_grow ? PAGE_SIZE / MIN_BLOCK : 0;
	return can_grow && can_grow--;
}

static bool fits(u32 size)
{
	u32 n = length(size) / MIN_BLOCK, at, i;

	for (at = 0; at + n <= nr; at += n) {
		for (i = 0; i < n && !owner[at + i]; i++)
			;
		if (i == n)
			return true;
	}
	return false;
}

static void own(u32 n, u16 who)
{
	u32 at = (u32)(held[n].at - begin) / MIN_BLOCK, i;

	for (i = at; i < at + length(held[n].size) / MIN_BLOCK; i++) {
		CHECK(i < nr && owner[i] == (who ? 0 : n + 1), "block %u at %u", n, i);
		owner[i] = who;
	}
}

static void get(u32 n, u32 size)
{
	u32 before = store_bytes_free, had = store_bytes, grows = can_grow, i;
	bool room = fits(size);

	held[n].at = store_alloc(size);
	held[n].size = size;
	CHECK(store_bytes == had + (grows - can_grow) * PAGE_SIZE && nr == store_bytes / MIN_BLOCK);
	CHECK(!room || grows == can_grow, "the store grew for nothing");
	CHECK(held[n].at ? fits(size) : !room && !can_grow, "%u bytes: %p", size,
	      (void *)held[n].at);
	CHECK(store_bytes_free == before + store_bytes - had - (held[n].at ? length(size) : 0));
	if (!held[n].at)
		return;
	CHECK((u32)(held[n].at - begin) % length(size) == 0, "%u bytes", size);
	own(n, (u16)(n + 1));
	for (i = 0; i < size; i++)
		CHECK(!held[n].at[i], "byte %u", i);
	memset(held[n].at, (int)(n + 1), length(size));
}

static void put(u32 n)
{
	u32 i;

	for (i = 0; i < length(held[n].size); i++)
		CHECK(held[n].at[i] == (u8)(n + 1), "block %u, byte %u", n, i);
	own(n, 0);
	store_free(held[n].at, held[n].size);
	held[n].at = NULL;
}

static u32 dice(u32 below)
{
	static u32 seed = 1;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void any_order(u32 steps)
{
	u32 step, n;

	for (step = 0; step < steps; step++) {
		n = dice(ARRAY_SIZE(held));
		if (held[n].at)
			put(n);
		else
			get(n, 1 + dice(1u << dice(16)));
	}
	for (n = 0; n < ARRAY_SIZE(held); n++)
		if (held[n].at)
			put(n);
	CHECK(store_bytes_free == store_bytes);
	/* In one piece: the largest aligned block there is room for. */
	for (n = MIN_BLOCK; n * 2 <= store_bytes; n *= 2)
		;
	get(0, n);
	CHECK(held[0].at);
	put(0);
}

int main(void)
{
	u32 size;

	memset(arena, 0xee, sizeof(arena));
	store_init(arena);
	store_add(3 * PAGE_SIZE);
	nr = store_bytes / MIN_BLOCK;
	CHECK(store_bytes == 3 * PAGE_SIZE && store_bytes_free == store_bytes);
	any_order(1500);
	can_grow = 10;
	any_order(1500);
	CHECK(!can_grow);
	can_grow = ARENA / PAGE_SIZE - 14;
	any_order(3000);
	/* What no store can have is refused before the store grows. */
	can_grow = 1;
	for (size = PLUGIN_STORE_MAX; size >= PLUGIN_STORE_MAX; size *= 2)
		CHECK(!store_alloc(size) && !store_alloc(size - 1) && can_grow == 1, "%x", size);
	CHECK(!store_alloc(~0u) && can_grow == 1);
	for (size = store_bytes; size < ARENA; size++)
		CHECK(arena[size] == 0xee, "byte %u behind the store", size);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
