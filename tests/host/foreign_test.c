// SPDX-License-Identifier: MIT
/*
 * The domains that a paging hypercall may name: every 16-bit number, for the frames that
 * are mapped and for the tables that are changed.
 */
#include <stdio.h>

#include <hv/foreign.h>

#include "check.h"

/* The domains that may be named; every other number is one that does not exist. */
static const struct {
	u32 id;
	int answer;
} domains[] = { { 0, 0 }, { DOMID_SELF, 0 }, { DOMID_IO, 1 }, { DOMID_XEN, -EPERM } };

static int wanted(u32 id)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(domains); i++)
		if (domains[i].id == id)
			return domains[i].answer;
	return -ESRCH;
}

int main(void)
{
	u32 id, tables;

	for (id = 0; id < 0x10000; id++) {
		CHECK(domid_is_self(id) == (id == DOMID_SELF || id == 0), "%x", id);
		CHECK(foreign_check(id) == wanted(id), "%x", id);
		/* The upper 16 bits are the domain of the tables plus 1. */
		CHECK(foreign_check(1u << 16 | id) == wanted(id), "%x", id);
		CHECK(foreign_check((DOMID_SELF + 1u) << 16 | id) == wanted(id), "%x", id);
		tables = id + 1;
		if (tables < 0x10000 && id != 0 && id != DOMID_SELF)
			CHECK(foreign_check(tables << 16) == -ESRCH, "%x", id);
	}
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
