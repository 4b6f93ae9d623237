/* SPDX-License-Identifier: MIT */
/* Names of plugins, entries, graft points and maps. */
#ifndef PLUGCTL_NAME_H
#define PLUGCTL_NAME_H

/*
 * Copies @name to @field, which has RINGFENCE_NAME_SIZE bytes. Ends the program if
 * @name is empty or too long.
 */
void name_set(char *field, const char *name);
/* As name_set(), for the name of an entry: RINGFENCE_ENTRY_SIZE bytes. */
void name_set_entry(char *field, const char *name);
/* As name_set(), for the name of a graft point: RINGFENCE_POINT_SIZE bytes. */
void name_set_point(char *field, const char *name);

/* As name_set(), for the name of a map: RINGFENCE_NAME_SIZE bytes. */
void name_set_map(char *field, const char *name);

/*
 * Stores in @field, which has RINGFENCE_NAME_SIZE bytes, the last component of @path
 * without ".plg". Ends the program if the result is empty or too long.
 */
void name_from_file(char *field, const char *path);

#endif /* PLUGCTL_NAME_H */
