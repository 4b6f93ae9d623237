// SPDX-License-Identifier: MIT
/*
 * desc_check: every value of the 16 access and flag bits (type, S, DPL, P, AVL,
 * L, D, G), with bases and limits at all the edges: those of the guest's space,
 * of the granularity, and of 4 GiB with what wraps around it. Then, of the
 * descriptors that ring 1 may load, every raw limit with both granularities on
 * bases below and at the end of its space.
 *
 * Cannot tell: that the CPU really uses these forms; guests/descriptors shows that.
 */
#include <stdio.h>
#include <stdlib.h>

#include "desc_rules.h"

static unsigned long checks, nr_accepted;

static const u32 edges[] = {
	0,	    1,		0xfff,	    0x1000,	0xfffff,    0x100000,
	0xbfffffff, 0xc0000000, 0xf57fffff, 0xf5800000, 0xf67fefff, 0xf67ff000,
	0xf67fffff, 0xf6800000, 0xf6800001, 0xff000000, 0xfffff000, 0xffffffff,
};

static void check(u32 base, u32 raw_limit, u32 access)
{
	struct desc d = { base << 16 | (raw_limit & 0xffff),
			  (base & 0xff000000) | ((base >> 16) & 0xff) | (raw_limit & 0xf0000) |
				  access };
	bool accepted;
	const char *broken = desc_broken_rule(d, &accepted);

	checks++;
	nr_accepted += accepted;
	if (broken) {
		printf("%08x:%08x: not so: %s\nTest result: FAILURE\n", d.hi, d.lo, broken);
		exit(1);
	}
}

static void every_access(void)
{
	u32 bits, b, l;

	for (bits = 0; bits < 0x1000; bits++)
		for (b = 0; b < ARRAY_SIZE(edges); b++)
			for (l = 0; l < ARRAY_SIZE(edges); l++) {
				u32 access = (bits & 0xff) << 8 | (bits >> 8) << 20;

				check(edges[b], edges[l] & 0xfffff, access);
				check(edges[b], edges[l] >> 12, access);
			}
}

static void every_limit(void)
{
	static const u32 kinds[] = { 0x9a00, 0x9200, 0xb200, 0xba00, 0xf200, 0xf600, 0xfe00 };
	static const u32 bases[] = { 0,		 0x12345678, 0xc0000000, 0xf5800001,
				     0xf67ff001, 0xf67fffff, 0xf6800000, 0xffffffff };
	u32 limit, b, k;

	for (limit = 0; limit < 0x100000; limit++)
		for (b = 0; b < ARRAY_SIZE(bases); b++) {
			k = (limit + b) % ARRAY_SIZE(kinds);
			check(bases[b], limit, kinds[k] | 0x400000);
			check(bases[b], limit, kinds[k] | 0xc00000);
		}
}

/* Segments whose limit is cut to about 1 MiB, from where on a limit needs page granularity. */
static void every_room(void)
{
	u32 room;

	for (room = 0xfe000; room < 0x103000; room++)
		check(HV_GUEST_LIMIT - 1 - room, 0xfffff, 0xc09a00);
}

/* desc_make() rounds a limit above 1 MiB up to the end of a page. */
static void made(void)
{
	u32 limit;

	for (limit = 0xfe000; limit < 0x103000; limit++) {
		u64 end = end_of(desc_make(0, limit, 0x409a00));
		u64 pages = limit < 0x100000 ? limit + 1 : (limit | 0xfff) + 1;

		if (end != pages) {
			printf("limit %x: ends at %llx\nTest result: FAILURE\n", limit, end);
			exit(1);
		}
	}
}

int main(void)
{
	every_access();
	every_room();
	made();
	every_limit();
	printf("%lu checks, %lu descriptors accepted\n", checks, nr_accepted);
	if (!nr_accepted)
		return 1;
	puts("Test result: SUCCESS");
	return 0;
}
