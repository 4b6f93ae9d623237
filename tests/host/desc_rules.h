/* SPDX-License-Identifier: MIT */
/*
 * Rules for each descriptor that desc_check() accepts, computed independently in the way
 * of the CPU (SDM volume 3, 3.4.5 and 5.3). Above all: in the form for ring 1, no offset
 * within the segment reaches HV_GUEST_LIMIT.
 */
#ifndef DESC_RULES_H
#define DESC_RULES_H

#include <hv/desc_check.h>
#include <hv/errno.h>
#include <hv/layout.h>

static u32 base_of(struct desc d)
{
	return d.lo >> 16 | (d.hi & 0xff) << 16 | (d.hi & 0xff000000);
}

/* One past the last byte that the segment allows, as a linear address. */
static u64 end_of(struct desc d)
{
	u32 limit = (d.lo & 0xffff) | (d.hi & 0xf0000);

	if (d.hi & DESC_G)
		limit = limit << 12 | 0xfff;
	return (u64)base_of(d) + limit + 1;
}

static bool expands_down(struct desc d)
{
	return !(d.hi & 0x800) && (d.hi & 0x400);
}

#define RULE(c)                    \
	do {                       \
		if (!(c))          \
			return #c; \
	} while (0)

/* The rule that is broken for this descriptor, or NULL. */
static const char *desc_broken_rule(struct desc in, bool *accepted)
{
	struct desc kernel = { 1, 1 }, user = { 1, 1 };
	u32 dpl = (in.hi >> 13) & 3;
	int err = desc_check(in, &kernel, &user);

	*accepted = false;
	if (!(in.hi & DESC_P)) {
		RULE(!err && !(kernel.hi & DESC_P) && !(user.hi & DESC_P));
		return NULL;
	}
	RULE((err != 0) == (!(in.hi & DESC_S) || dpl == 2 || (expands_down(in) && dpl != 3)));
	if (err) {
		RULE(err == -EINVAL);
		return NULL;
	}
	*accepted = true;
	RULE(!expands_down(kernel));
	RULE(end_of(kernel) <= HV_GUEST_LIMIT);
	RULE((kernel.hi & DESC_P) && (kernel.hi & DESC_S) && (kernel.hi & 0x100));
	RULE(((kernel.hi >> 13) & 3) == (dpl ? dpl : 1));
	RULE(((user.hi >> 13) & 3) == (dpl ? dpl : 1));
	/* The kind of segment does not change: code or data, readable, 16 or 32 bits. */
	RULE((kernel.hi & 0xa00) == (in.hi & 0xa00));
	RULE((kernel.hi & DESC_D) == (in.hi & DESC_D) && (user.hi & DESC_D) == (in.hi & DESC_D));
	RULE(!(kernel.hi & 0x200000) && !(user.hi & 0x200000));
	if (dpl != 3) {
		RULE(end_of(user) <= HV_GUEST_LIMIT && !expands_down(user));
		RULE(user.lo == kernel.lo && user.hi == kernel.hi);
	} else {
		RULE(user.lo == in.lo && (user.hi | 0x200100) == (in.hi | 0x200100));
	}
	/* A segment that fits is unchanged. One that is cut ends less than a page too early. */
	if (!expands_down(in) && end_of(in) <= HV_GUEST_LIMIT) {
		RULE(kernel.lo == in.lo && !((kernel.hi ^ in.hi) & ~(0x200100 | DESC_DPL(1))));
	} else if (!expands_down(in) && base_of(in) < HV_GUEST_LIMIT) {
		RULE(base_of(kernel) == base_of(in));
		RULE(end_of(kernel) + 0x1000 > HV_GUEST_LIMIT);
	}
	return NULL;
}

#endif
