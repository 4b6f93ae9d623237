// SPDX-License-Identifier: MIT
/* Files in and out of the windows of calls. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin.h"

#include "device.h"
#include "window.h"

#define LARGEST (PLUGIN_WINDOW_PAGES_MAX * 4096u)

static char path[4096];
static char *bytes;
static int writable;

void window_read(const char *what, struct ringfence_call *call, unsigned int *flags)
{
	size_t length = strlen(what), used = 0;
	struct stat about;
	ssize_t got;
	int file;

	writable = length > 3 && !strcmp(what + length - 3, ":rw");
	if (writable)
		length -= 3;
	if (length >= sizeof(path))
		fail("the name of the window's file is too long");
	memcpy(path, what, length);
	file = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (file < 0 || fstat(file, &about))
		fail("%s cannot be opened: %s", path, strerror(errno));
	if (!S_ISREG(about.st_mode) || !about.st_size || about.st_size > (off_t)LARGEST)
		fail("%s cannot be a window: give a regular file of 1 to %u bytes", path, LARGEST);
	bytes = malloc(about.st_size);
	if (!bytes)
		fail("there is no memory for %s", path);
	while (used < (size_t)about.st_size) {
		got = read(file, bytes + used, about.st_size - used);
		if (got <= 0)
			fail("%s cannot be read: %s", path, got ? strerror(errno) : "it shrank");
		used += got;
	}
	close(file);
	call->window = (uintptr_t)bytes;
	call->window_size = used;
	*flags = writable ? RINGFENCE_CALL_WRITE : 0;
}

void window_write(const struct ringfence_call *call)
{
	size_t used = 0;
	ssize_t put;
	int file;

	if (!writable)
		return;
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		fail("%s cannot be opened to write it back: %s", path, strerror(errno));
	while (used < call->window_size) {
		put = write(file, bytes + used, call->window_size - used);
		if (put <= 0)
			fail("%s cannot be written back: %s", path, strerror(errno));
		used += put;
	}
	if (close(file))
		fail("%s cannot be written back: %s", path, strerror(errno));
}
