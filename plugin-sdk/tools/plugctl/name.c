// SPDX-License-Identifier: MIT
/* Only the length of a name is checked here. The kernel checks its characters and its uniqueness. */
#include <string.h>

#include <linux/ringfence.h>

#include "failure.h"
#include "name.h"

/* @size: of @field. @whose: for the message, "a plugin's". */
static void set(char *field, size_t size, const char *whose, const char *name)
{
	if (!name[0] || strlen(name) >= size)
		fail("\"%s\" is not %s name: it has 1 to %zu characters", name, whose, size - 1);
	strcpy(field, name);
}

void name_set(char *field, const char *name)
{
	set(field, RINGFENCE_NAME_SIZE, "a plugin's", name);
}

void name_set_entry(char *field, const char *name)
{
	set(field, RINGFENCE_ENTRY_SIZE, "an entry's", name);
}

void name_set_point(char *field, const char *name)
{
	set(field, RINGFENCE_POINT_SIZE, "a graft point's", name);
}

void name_set_map(char *field, const char *name)
{
	set(field, RINGFENCE_NAME_SIZE, "a map's", name);
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
