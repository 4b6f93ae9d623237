/* SPDX-License-Identifier: MIT */
/* Prints one JSON document to standard output, with commas and escaped strings. */
#ifndef PLUGCTL_JSON_H
#define PLUGCTL_JSON_H

#include <stdint.h>

/* @key: name of the member; NULL for an element of an array and for the document itself. */
void json_open(const char *key, char bracket); /* '{' or '[' */
void json_close(void);
void json_text(const char *key, const char *value);
void json_number(const char *key, uint64_t value);
void json_bool(const char *key, int value);

#endif /* PLUGCTL_JSON_H */
