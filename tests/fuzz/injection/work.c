// SPDX-License-Identifier: MIT
/* See work.h. */
#include <string.h>

#include "work.h"

const struct work *work_named(const char *name)
{
	static const struct work *const all[] = { &walks, &list,  &search, &filter,
						  &cache, &turns, &words,  &books };
	unsigned int i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	fail("there is no work named %s", name);
}
