// SPDX-License-Identifier: MIT
/*
 * Finds a socket by its port: its inode is in /proc/net/udp or tcp, the process that has the inode
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

/* States of TCP sockets, in /proc/net/tcp. */
#define ESTABLISHED 1
#define LISTEN	    10

/* Counts the sockets with that port, and with that state unless it is 0. Returns the inode of the last one, or 0. */
static unsigned long find(const char *protocol, uint32_t port, uint32_t state, unsigned int *nr)
{
	unsigned long inode, found = 0;
	char line[256], path[32];
	uint32_t local, in_state;
	FILE *table;

	snprintf(path, sizeof(path), "/proc/net/%s", protocol);
	table = fopen(path, "r");
	if (!table)
		fail("%s cannot be read: %s", path, strerror(errno));
	for (*nr = 0; fgets(line, sizeof(line), table);) {
		if (sscanf(line, " %*u: %*x:%x %*x:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", &local,
			   &in_state, &inode) != 3 ||
		    local != port || (state && state != in_state))
			continue;
		found = inode;
		++*nr;
	}
	fclose(table);
	return found;
}

/* Returns the inode of the socket with that port; of TCP sockets one that listens, if there is one. */
static unsigned long inode_of(enum socket_kind kind, uint32_t port)
{
	const char *name = kind == SOCKET_UDP ? "UDP" : "TCP";
	unsigned long inode;
	unsigned int nr;

	if (kind == SOCKET_UDP) {
		inode = find("udp", port, 0, &nr);
	} else {
		inode = find("tcp", port, LISTEN, &nr);
		if (!nr)
			inode = find("tcp", port, ESTABLISHED, &nr);
	}
	if (nr > 1)
		fail("more than one %s socket has port %u: have the process that the graft is for "
		     "attach it",
		     name, port);
	if (!inode)
		fail("no %s socket of IPv4 has port %u: start the server first", name, port);
	return inode;
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
		fail("descriptor %d of process %d cannot be taken over: %s", descriptor, pid,
		     strerror(errno));
	close(process);
	return own;
}

int socket_of_port(enum socket_kind kind, uint32_t port)
{
	DIR *processes = opendir("/proc");
	int pid = -1, descriptor = -1;
	struct dirent *entry;
	char link[64];

	snprintf(link, sizeof(link), "socket:[%lu]", inode_of(kind, port));
	while (processes && descriptor < 0 && (entry = readdir(processes))) {
		pid = number_of(entry->d_name);
		if (pid > 0)
			descriptor = descriptor_in(pid, link);
	}
	if (processes)
		closedir(processes);
	if (descriptor < 0)
		fail("no process that may be looked into has the socket with %s port %u: run "
		     "plugctl as its user or root",
		     kind == SOCKET_UDP ? "UDP" : "TCP", port);
	return take_over(pid, descriptor);
}

int socket_of_process(const char *words)
{
	int pid, descriptor;
	char rest;

	if (sscanf(words, "%d:%d%c", &pid, &descriptor, &rest) != 2 || pid <= 0 || descriptor < 0)
		fail("%s names no socket: give PID:FD, a process and its descriptor", words);
	return take_over(pid, descriptor);
}
