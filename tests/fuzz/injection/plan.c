// SPDX-License-Identifier: MIT
/* See plan.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.h"

uint8_t *read_whole(const char *name, uint32_t *size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat about;
	uint8_t *bytes;

	if (fd < 0 || fstat(fd, &about))
		fail("%s cannot be opened", name);
	*size = (uint32_t)about.st_size;
	bytes = malloc(*size);
	if (!bytes || read(fd, bytes, *size) != (ssize_t)*size)
		fail("%s cannot be read", name);
	close(fd);
	return bytes;
}

unsigned int read_rows(struct row *rows)
{
	FILE *file = fopen("rows", "r");
	char work[32], name[48];
	unsigned int nr = 0;

	if (!file)
		fail("there is no file rows");
	for (; nr < ROWS_MAX; nr++) {
		struct row *row = &rows[nr];

		if (fscanf(file, "%31s %31s %x", row->name, work, &row->plugin.services) != 3)
			break;
		snprintf(name, sizeof(name), "%s.plg", row->name);
		row->plugin.image = read_whole(name, &row->plugin.size);
		row->plugin.name = row->name;
		row->work = work_named(work);
		strcpy(row->seat.plugin, row->name);
	}
	fclose(file);
	return nr;
}

static void parse_bytes(const char *text, uint8_t *bytes, uint32_t *size)
{
	unsigned int byte;

	for (*size = 0; sscanf(text, "%2x", &byte) == 1; text += 2)
		bytes[(*size)++] = (uint8_t)byte;
}

static FILE *file;

void rewind_plan(void)
{
	rewind(file);
}

bool next_injection(struct injection *injection)
{
	static char patches[2048];
	char *patch, *bytes;

	if (!file)
		file = fopen("plan", "r");
	if (!file || fscanf(file, "%u %u %u %2047s", &injection->seed, &injection->row,
			    &injection->kind, patches) != 4)
		return false;
	injection->nr_patches = 0;
	for (patch = strtok(patches, ","); patch; patch = strtok(NULL, ",")) {
		injection->patches[injection->nr_patches].at = (uint32_t)strtoul(patch, &bytes, 10);
		parse_bytes(bytes + 1, injection->patches[injection->nr_patches].bytes,
			    &injection->patches[injection->nr_patches].size);
		injection->nr_patches++;
	}
	return true;
}

const uint8_t *injected(const struct plugin *plugin, const struct injection *injection)
{
	static uint8_t image[1 << 20];
	unsigned int i;

	memcpy(image, plugin->image, plugin->size);
	for (i = 0; i < injection->nr_patches; i++)
		memcpy(image + injection->patches[i].at, injection->patches[i].bytes,
		       injection->patches[i].size);
	return image;
}
