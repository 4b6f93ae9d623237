// SPDX-License-Identifier: MIT
/* Only a name's length is checked here. The kernel checks its characters and its uniqueness. */
#include <string.h>

#include <linux/ringfence.h>

#include "failure.h"
#include "name.h"

void name_set(char *field, const char *name)
{
	if (!name[0] || strlen(name) >= RINGFENCE_NAME_SIZE)
		fail("\"%s\" is not a plugin's name: it has 1 to %d characters", name,
		     RINGFENCE_NAME_SIZE - 1);
	strcpy(field, name);
}

void name_from_file(char *field, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t length;

	base = base ? base + 1 : path;
	length = strlen(base);
	if (length > 4 && !strcmp(base + length - 4, ".plg"))
		length -= 4;
	if (!length || length >= RINGFENCE_NAME_SIZE)
		fail("%s: the file's name does not make a plugin's name: give one of 1 to %d "
		     "characters with --name",
		     path, RINGFENCE_NAME_SIZE - 1);
	memcpy(field, base, length);
	field[length] = 0;
}
