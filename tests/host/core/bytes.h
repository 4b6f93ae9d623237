/* SPDX-License-Identifier: MIT */
/* Reads a file into memory of exactly its size: sanitizers detect an access past its end. */
#ifndef HOST_BYTES_H
#define HOST_BYTES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct bytes {
	uint8_t *at;
	size_t size;
};

static inline struct bytes read_file(const char *path)
{
	struct bytes bytes = { NULL, 0 };
	FILE *file = fopen(path, "rb");
	int byte;

	if (!file) {
		perror(path);
		exit(2);
	}
	fseek(file, 0, SEEK_END);
	bytes.at = malloc(ftell(file));
	rewind(file);
	while ((byte = getc(file)) != EOF)
		bytes.at[bytes.size++] = byte;
	fclose(file);
	return bytes;
}

#endif /* HOST_BYTES_H */
