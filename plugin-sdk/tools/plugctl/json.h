/* SPDX-License-Identifier: MIT */
/* Writes JSON to standard output; commas and escapes are taken care of. */
#ifndef PLUGCTL_JSON_H
#define PLUGCTL_JSON_H

#include <stdint.h>

/* @key is NULL in arrays and at the top. */
void json_open(const char *key, char bracket); /* '{' or '[' */
void json_close(void);
void json_text(const char *key, const char *value);
void json_number(const char *key, uint64_t value);
void json_signed(const char *key, int64_t value);
void json_bool(const char *key, int value);

#endif /* PLUGCTL_JSON_H */
