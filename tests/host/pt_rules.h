/* SPDX-License-Identifier: MIT */
/*
 * The rules of page-table entries, independently of mm/pt_check.c, as lists of bits: SDM
 * volume 3, tables 4-8, 4-10 and 4-11, and the further rules in the head of mm/pt_check.c.
 */
#ifndef PT_RULES_H
#define PT_RULES_H

#include <hv/mm.h>
#include <hv/pt_check.h>

/* The bits that must be clear, from the bottom of the entry to its top. */
static u64 bad_bits(int level, unsigned int width, bool nx)
{
	static const int l1[] = { 7, -1 };
	static const int l2[] = { 3, 4, 7, 8, -1 };
	static const int l3[] = { 1, 2, 3, 4, 6, 7, 8, 63, -1 };
	const int *bit = level == 1 ? l1 : level == 2 ? l2 : l3;
	u64 bad = 0;
	unsigned int i;

	for (; *bit >= 0; bit++)
		bad |= 1ull << *bit;
	for (i = width < 44 ? width : 44; i < 63; i++)
		bad |= 1ull << i;
	if (!nx)
		bad |= 1ull << 63;
	return bad;
}

#endif
