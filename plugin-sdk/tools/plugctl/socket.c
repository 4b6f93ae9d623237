// SPDX-License-Identifier: MIT
/*
 * Finds a UDP socket by its port: its inode is in /proc/net/udp, the process that has the inode
 * open in /proc/PID/fd, and pidfd_getfd() takes a descriptor over from there.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"
#include "socket.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* Returns the inode of the socket with that port. */
static unsigned long inode_of(uint32_t port)
{
	unsigned long inode, found = 0;
	char line[256];
	uint32_t local;
	FILE *table = fopen("/proc/net/udp", "r");

	if (!table)
		fail("/proc/net/udp cannot be read: %s", strerror(errno));
	while (fgets(line, sizeof(line), table)) {
		if (sscanf(line, " %*u: %*x:%x %*x:%*x %*x %*x:%*x %*x:%*x %*x %*u %*u %lu", &local,
			   &inode) != 2 ||
		    local != port)
			continue;
		if (found)
			fail("more than one UDP socket has port %u: have the process that the "
			     "graft is for attach it",
			     port);
		found = inode;
	}
	fclose(table);
	if (!found)
		fail("no UDP socket of IPv4 has port %u: start the server first", port);
	return found;
}

/* Returns the number in a name of digits, or -1. */
static int number_of(const char *name)
{
	char *end;
	long number = strtol(name, &end, 10);

	return *name && !*end ? (int)number : -1;
}

/* Returns the descriptor by which the process has the file @link open, or -1. */
static int descriptor_in(int pid, const char *link)
{
	char path[64], seen[64];
	struct dirent *entry;
	int found = -1;
	ssize_t length;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	while (folder && found < 0 && (entry = readdir(folder))) {
		if (number_of(entry->d_name) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, number_of(entry->d_name));
		length = readlink(path, seen, sizeof(seen) - 1);
		if (length < 0)
			continue;
		seen[length] = 0;
		if (!strcmp(seen, link))
			found = number_of(entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

static int take_over(int pid, int descriptor)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	int own = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, descriptor, 0);

	if (own < 0)
		fail("the socket of process %d cannot be taken over: %s", pid, strerror(errno));
	close(process);
	return own;
}

int socket_of_port(uint32_t port)
{
	DIR *processes = opendir("/proc");
	int pid = -1, descriptor = -1;
	struct dirent *entry;
	char link[64];

	snprintf(link, sizeof(link), "socket:[%lu]", inode_of(port));
	while (processes && descriptor < 0 && (entry = readdir(processes))) {
		pid = number_of(entry->d_name);
		if (pid > 0)
			descriptor = descriptor_in(pid, link);
	}
	if (processes)
		closedir(processes);
	if (descriptor < 0)
		fail("no process that may be looked into has the socket with UDP port %u: run "
		     "plugctl as its user or root",
		     port);
	return take_over(pid, descriptor);
}
