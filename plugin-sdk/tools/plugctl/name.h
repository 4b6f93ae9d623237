/* SPDX-License-Identifier: MIT */
/* Names of plugins, of a length that the kernel's structures hold. */
#ifndef PLUGCTL_NAME_H
#define PLUGCTL_NAME_H

/* @field has RINGFENCE_NAME_SIZE bytes. A name that does not fit ends the program. */
void name_set(char *field, const char *name);

/* The name of the file, without its folders and without .plg. */
void name_from_file(char *field, const char *path);

#endif /* PLUGCTL_NAME_H */
