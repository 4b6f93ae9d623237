/* SPDX-License-Identifier: MIT */
/* Names of plugins: 1 to RINGFENCE_NAME_SIZE - 1 characters. */
#ifndef PLUGCTL_NAME_H
#define PLUGCTL_NAME_H

/*
 * Copies @name to @field, which has RINGFENCE_NAME_SIZE bytes. Ends the program if
 * @name is empty or too long.
 */
void name_set(char *field, const char *name);

/*
 * Stores in @field, which has RINGFENCE_NAME_SIZE bytes, the last component of @path
 * without ".plg". Ends the program if the result is empty or too long.
 */
void name_from_file(char *field, const char *path);

#endif /* PLUGCTL_NAME_H */
