/* SPDX-License-Identifier: MIT */
/*
 * A CGI program that does what the plugin grayscale does: sends the PPM picture of this folder's parent that the
 * query names, in gray. Its header has one comment, before the numbers.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t picture[1 << 20];

int main(void)
{
	const char *name = getenv("QUERY_STRING");
	unsigned int width, height, levels;
	char path[100];
	uint8_t *pixel, *end;
	size_t size;
	int head;
	FILE *file;

	if (!name || strchr(name, '/'))
		return 1;
	snprintf(path, sizeof(path), "../%s", name);
	file = fopen(path, "rb");
	if (!file)
		return 1;
	size = fread(picture, 1, sizeof(picture), file);
	if (sscanf((char *)picture, "P6 #%*[^\n] %u %u %u%n", &width, &height, &levels, &head) !=
		    3 ||
	    head + 1 + (size_t)width * height * 3 > size)
		return 1;
	pixel = picture + head + 1;
	end = pixel + (size_t)width * height * 3;
	for (; pixel < end; pixel += 3)
		pixel[0] = pixel[1] = pixel[2] =
			(pixel[0] * 77 + pixel[1] * 150 + pixel[2] * 29) >> 8;
	printf("Content-Type: image/x-portable-pixmap\r\nContent-Length: %zu\r\n\r\n", size);
	fwrite(picture, 1, size, stdout);
	return 0;
}
