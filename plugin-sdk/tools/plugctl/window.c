// SPDX-License-Identifier: MIT
/* Reads a file into the window of a call, and writes the window back. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin_op.h"

#include "failure.h"
#include "regular_file.h"
#include "window.h"

#define LARGEST (PLUGIN_WINDOW_PAGES_MAX * 4096u)

static char path[4096];
static char *bytes;
static int file = -1; /* where window_write() writes; -1: the window is read-only */

void window_read(const char *what, struct ringfence_call *call, unsigned int *flags)
{
	size_t length = strlen(what), used = 0;
	int writable = length > 3 && !strcmp(what + length - 3, ":rw");
	uint32_t size;
	ssize_t got;

	if (writable)
		length -= 3;
	if (length >= sizeof(path))
		fail("the name of the window's file is too long");
	memcpy(path, what, length);
	file = regular_file_open(path, writable ? O_RDWR : O_RDONLY, "a window", LARGEST, &size);
	bytes = malloc(size);
	if (!bytes)
		fail("there is no memory for the %u bytes of %s", size, path);
	while (used < size) {
		got = read(file, bytes + used, size - used);
		if (got <= 0)
			fail("%s cannot be read: %s", path, got ? strerror(errno) : "it shrank");
		used += got;
	}
	if (!writable) {
		close(file);
		file = -1;
	}
	call->window = (uintptr_t)bytes;
	call->window_size = size;
	*flags = writable ? RINGFENCE_CALL_WRITE : 0;
}

/* Writes to the file that was read, even if its name now belongs to another file. */
void window_write(const struct ringfence_call *call)
{
	size_t used = 0;
	ssize_t put;

	if (file < 0)
		return;
	while (used < call->window_size) {
		put = pwrite(file, bytes + used, call->window_size - used, used);
		if (put <= 0)
			fail("%s cannot be written back: %s", path,
			     put ? strerror(errno) : "the file system took no byte");
		used += put;
	}
	if (close(file))
		fail("%s cannot be written back: %s", path, strerror(errno));
}
