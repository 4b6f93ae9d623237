// SPDX-License-Identifier: MIT
/*
 * plugctl's window_write() on a file system that writes no byte and sets no errno, which POSIX
 * allows: the sentence does not name an earlier error. Argument: a file, the window.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static ssize_t write_nothing(void)
{
	return 0;
}
#define pwrite(file, bytes, size, offset) write_nothing()
#include "tools/plugctl/window.c"

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	exit(1);
}

int main(int argc, char **argv)
{
	struct ringfence_call call = { .window_size = 0 };
	char name[4096];
	unsigned int flags;

	if (argc < 2)
		return 2;
	snprintf(name, sizeof(name), "%s:rw", argv[1]);
	window_read(name, &call, &flags);
	errno = ENOENT;
	window_write(&call);
	return 0;
}
