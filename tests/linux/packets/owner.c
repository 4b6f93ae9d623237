// SPDX-License-Identifier: MIT
/*
 * The owner of a UDP socket with a graft that may be bad: sends NR datagrams to the socket and takes
 * each from there, and has the socket send one back. Without a graft all of them come, in order and
 * as they were sent.
 *
 *	owner PLUGIN NR        attaches the plugin to its socket; with PLUGIN - nothing
 *	owner PLUGIN attach    tries to attach it to descriptors that no graft can be for
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "attaching.h"

#define LONGEST 9000 /* more than a page, and than the window has */

static int open_socket(struct sockaddr_in *name)
{
	struct timeval limit = { .tv_usec = 100000 };
	socklen_t size = sizeof(*name);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*name = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	must(fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
		     !bind(fd, (struct sockaddr *)name, size) &&
		     !getsockname(fd, (struct sockaddr *)name, &size),
	     "socket");
	return fd;
}

static uint8_t bytes[LONGEST], got[LONGEST];

static size_t length_of(int number)
{
	static const size_t lengths[] = { 0, 1, 60, 1471, 1472, 1473, 4096, LONGEST };

	return lengths[number % 8];
}

/* Has a datagram that @from sends to @to arrived there, whole? */
static int passes(int from, int to, const struct sockaddr_in *name, int number)
{
	size_t length = length_of(number), i;

	for (i = 0; i < length; i++)
		bytes[i] = (uint8_t)(number * 31 + (int)i);
	must(sendto(from, bytes, length, 0, (const struct sockaddr *)name, sizeof(*name)) ==
		     (ssize_t)length,
	     "sendto");
	return recv(to, got, sizeof(got), 0) == (ssize_t)length && !memcmp(got, bytes, length);
}

/* Prints the sentence that refuses the descriptor. */
static void refuses(const char *plugin, int fd)
{
	struct ringfence_attach attach = { .scope = RINGFENCE_SCOPE_SOCKET, .target = fd };

	strcpy(attach.point, "packet");
	strcpy(attach.name, plugin);
	must(plugin_ioctl(RINGFENCE_IOC_ATTACH, &attach, sizeof(attach)), "attached");
	printf("%s: %s\n", strerror(errno), said);
}

int main(int argc, char **argv)
{
	struct sockaddr_in owners, others;
	int owner = open_socket(&owners), other = open_socket(&others);
	int in = 0, out = 0, i, nr;

	must(argc == 3, "usage: owner PLUGIN NR");
	if (!strcmp(argv[2], "attach")) {
		refuses(argv[1], 99);
		refuses(argv[1], STDIN_FILENO);
		refuses(argv[1], socket(AF_INET, SOCK_STREAM, 0));
		refuses(argv[1], socket(AF_UNIX, SOCK_DGRAM, 0));
		attach("packet", argv[1], owner);
		refuses(argv[1], owner);
		return 0;
	}
	nr = atoi(argv[2]);
	if (strcmp(argv[1], "-"))
		attach("packet", argv[1], owner);
	for (i = 0; i < nr; i++) {
		in += passes(other, owner, &owners, i);
		out += passes(owner, other, &others, i);
	}
	printf("{\"sent\": %d, \"in\": %d, \"out\": %d}\n", nr, in, out);
	return 0;
}
