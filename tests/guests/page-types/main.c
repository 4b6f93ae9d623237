// SPDX-License-Identifier: MIT
/*
 * Claim: a frame has one type at a time: writable, L1, L2, L3, or descriptor table. A
 * frame that has a type gets another only after the last reference of the first type is
 * dropped, in whatever order types are tried.
 *
 * Provoked by: every pair of types on the same frame, in both orders, with the first
 * reference dropped in between.
 *
 * Cannot tell: races between vcpus; there is one.
 */
#include <lib/test.h>

enum use { WRITABLE, L1, L2, DESCRIPTORS, NR_USES };
static const char *const use_name[] = { "writable page", "L1", "L2", "descriptor table" };

static u64 *subject; /* the frame that is fought over; all zeroes */
static u8 *alias;    /* another page, remapped to give a writable mapping of the frame */

static long take(enum use use)
{
	unsigned long frame = frame_of(subject);

	switch (use) {
	case WRITABLE:
		return page_map(alias, frame, PTE_WRITABLE);
	case L1:
		return mmuext(MMUEXT_PIN_L1_TABLE, frame, 0);
	case L2:
		return mmuext(MMUEXT_PIN_L2_TABLE, frame, 0);
	default:
		return hypercall(set_gdt, &frame, 512);
	}
}

static long drop(enum use use)
{
	switch (use) {
	case WRITABLE:
		return page_map(alias, frame_of(alias), PTE_WRITABLE);
	case L1:
	case L2:
		return mmuext(MMUEXT_UNPIN_TABLE, frame_of(subject), 0);
	default:
		return hypercall(set_gdt, 0, 0);
	}
}

void test_main(void)
{
	enum use first, second;

	subject = page_alloc();
	alias = page_alloc();
	check_errno(page_rights(subject, PTE_READONLY), 0, "own mapping made read-only");
	for (first = WRITABLE; first < NR_USES; first++) {
		for (second = WRITABLE; second < NR_USES; second++) {
			if (first == second)
				continue;
			if (!check_errno(take(first), 0, "use as %s", use_name[first]))
				continue;
			if (!check(take(second) < 0, "a %s became a %s", use_name[first],
				   use_name[second]))
				drop(second);
			check_errno(drop(first), 0, "end of use as %s", use_name[first]);
			check_errno(take(second), 0, "%s after it was a %s", use_name[second],
				    use_name[first]);
			check_errno(drop(second), 0, "end of use as %s", use_name[second]);
		}
	}
	check_errno(page_rights(subject, PTE_WRITABLE), 0, "own mapping made writable");
	ACCESS_ONCE(subject[0]) = 1;
	report_success();
}
