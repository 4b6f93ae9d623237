// SPDX-License-Identifier: MIT
/* Opens regular files, with a message for each other kind of file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "failure.h"
#include "regular_file.h"

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	default:
		return "no regular file";
	}
}

/* @most: as for regular_file_open(). */
static void check(const struct stat *about, const char *path, const char *what, uint32_t most)
{
	if (!S_ISREG(about->st_mode) && !most)
		fail("%s is %s and cannot be %s: give a regular file", path, kind(about->st_mode),
		     what);
	if (!S_ISREG(about->st_mode))
		fail("%s is %s and cannot be %s: give a regular file of 1 to %u bytes", path,
		     kind(about->st_mode), what, most);
	if (!most)
		return;
	if (!about->st_size)
		fail("%s has 0 bytes, as files of /proc and /sys say too, and cannot be %s: "
		     "give a regular file of 1 to %u bytes",
		     path, what, most);
	if (about->st_size < 0 || about->st_size > (int64_t)most)
		fail("%s has %lld bytes and cannot be %s: give a regular file of 1 to %u bytes",
		     path, (long long)about->st_size, what, most);
}

int regular_file_open(const char *path, int flags, const char *what, uint32_t most, uint32_t *size)
{
	struct stat about;
	int file;

	if (!path[0])
		fail("the name of the file that is to be %s is empty: give one", what);
	/* Check before open(): opening a device can have side effects. */
	if (stat(path, &about))
		fail("%s cannot be opened: %s", path, strerror(errno));
	check(&about, path, what, most);
	/* By now @path may name a FIFO or a terminal: do not block, and check again. */
	file = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file < 0 || fstat(file, &about))
		fail("%s cannot be opened: %s", path, strerror(errno));
	check(&about, path, what, most);
	if (most)
		*size = (uint32_t)about.st_size;
	return file;
}
