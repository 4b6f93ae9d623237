// SPDX-License-Identifier: MIT
/*
 * Datagrams to and from a socket with a graft, between two sockets of this process. Where no graft
 * answered, a datagram arrives whole. Where one did, it may be lost, and the sender may get a reply from
 * the socket; but what arrives is what was sent.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "work.h"

#define LONGEST 4096u
#define HEADER	8u
#define WAIT_MS 10
#define WAITS	500

struct sockets {
	int owner, other;
	struct sockaddr_in owners, others;
	uint16_t id;
};

static int open_socket(struct sockaddr_in *name)
{
	socklen_t size = sizeof(*name);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*name = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)name, size) ||
	    getsockname(fd, (struct sockaddr *)name, &size))
		fail("there is no socket");
	return fd;
}

static void open_sockets(struct seat *seat)
{
	struct sockets *own = calloc(1, sizeof(*own));

	own->owner = open_socket(&own->owners);
	own->other = open_socket(&own->others);
	seat->own = own;
}

static void attach_socket(struct seat *seat)
{
	const struct sockets *own = seat->own;

	seat->graft = attach_graft("packet", seat->plugin, RINGFENCE_SCOPE_SOCKET, own->owner);
}

static void await(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	poll(&wait, 1, WAIT_MS);
}

/* Takes what has come to the socket late, or as a reply of a graft: it must be from @from. */
static unsigned int drain(int fd, const struct sockaddr_in *from)
{
	struct sockaddr_in name;
	socklen_t size = sizeof(name);
	static uint8_t got[65536];
	unsigned int nr = 0;

	while (recvfrom(fd, got, sizeof(got), 0, (struct sockaddr *)&name, &size) >= 0) {
		if (name.sin_port != from->sin_port ||
		    name.sin_addr.s_addr != from->sin_addr.s_addr)
			fail("a datagram came from elsewhere");
		nr++;
	}
	return nr;
}

/*
 * Sends the bytes to the owner, or from the owner. Returns whether they have arrived. What is there
 * before is the graft's reply to an earlier datagram.
 */
static bool passes(struct seat *seat, bool in, const void *bytes, size_t length)
{
	const struct sockets *own = seat->own;
	int from = in ? own->other : own->owner, to = in ? own->owner : own->other, i;
	const struct sockaddr_in *name = in ? &own->owners : &own->others;
	struct ringfence_graft before = graft_of(seat->graft), after;
	static uint8_t got[65536];
	ssize_t nr;

	drain(to, in ? &own->others : &own->owners);
	if (sendto(from, bytes, length, 0, (const struct sockaddr *)name, sizeof(*name)) !=
	    (ssize_t)length)
		fail("a datagram was not sent");
	for (i = 0; i < WAITS; i++) {
		after = graft_of(seat->graft);
		nr = recv(to, got, sizeof(got), 0);
		if (nr >= 0) {
			if (nr != (ssize_t)length || memcmp(got, bytes, length))
				fail("a datagram of %zu bytes has %zd others", length, nr);
			seat->arrived++;
			return true;
		}
		if (i && after.answered > before.answered)
			return false;
		await(to);
	}
	fail("a datagram of %zu bytes %s the socket was lost, and no graft had answered: %llu "
	     "asked, %llu answered, now %llu and %llu",
	     length, in ? "to" : "from", before.asked, before.answered, after.asked,
	     after.answered);
}

static void finish(struct seat *seat)
{
	const struct sockets *own = seat->own;

	drain(own->owner, &own->others);
	drain(own->other, &own->owners);
}

/* ---- filter ---- */

static void begin_filter(struct seat *seat)
{
	static const uint32_t rules[][6] = {
		{ 0, 60, 0, 65535, 0, 0 },
		{ 61, 1472, 1, 65535, 0x01000000, 0x0f000000 },
		{ 1473, 65507, 1024, 65535, 0x02020202, 0xffff00ff },
	};
	struct call pass = { .plugin = seat->plugin, .entry = "pass", .nr_args = 6 };
	uint32_t value, i;

	seat->graft = 0;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		pass.args = rules[i];
		if (call_plugin(&pass, &value))
			return;
	}
	attach_socket(seat);
}

static void run_filter(struct seat *seat, uint32_t seed)
{
	static const size_t lengths[] = { 0, 3, 60, 61, 1472, 1473, LONGEST, 200 };
	uint8_t bytes[LONGEST];
	uint32_t i;

	for (i = 0; i < 8; i++) {
		memset(bytes, (int)(1 + next_random(&seed) % 3), sizeof(bytes));
		bytes[lengths[i] / 2] = (uint8_t)next_random(&seed);
		passes(seat, true, bytes, lengths[i]);
		passes(seat, false, bytes, lengths[i]);
	}
	finish(seat);
}

const struct work filter = {
	.name = "filter", .open = open_sockets, .begin = begin_filter, .run = run_filter
};

/* ---- cache: the owner is a server that knows some commands of memcached's ---- */

#define KEYS 4u

/* What the server says to a GET of the key, whose value has a version. */
static size_t reply_to_get(uint32_t key, uint32_t version, char *reply)
{
	char value[200];
	size_t length = 20 + (key * 41 + version * 17) % 150;

	if (!version)
		return (size_t)sprintf(reply, "END\r\n");
	memset(value, (int)('a' + (key + version) % 26), length);
	return (size_t)sprintf(reply, "VALUE key-%u 0 %zu\r\n%.*s\r\nEND\r\n", key, length,
			       (int)length, value);
}

/* A request, and the server's reply to it, if it gets it. A reply of the graft may be anything. */
static void exchange(struct seat *seat, const char *text, const char *reply)
{
	uint8_t bytes[HEADER + 2048] = { 0, 0, 0, 0, 0, 1 };
	struct sockets *own = seat->own;

	own->id++;
	bytes[0] = (uint8_t)(own->id >> 8);
	bytes[1] = (uint8_t)own->id;
	memcpy(bytes + HEADER, text, strlen(text));
	if (!passes(seat, true, bytes, HEADER + strlen(text))) {
		seat->arrived += drain(own->other, &own->owners);
		return;
	}
	memcpy(bytes + HEADER, reply, strlen(reply));
	passes(seat, false, bytes, HEADER + strlen(reply));
}

static void run_cache(struct seat *seat, uint32_t seed)
{
	uint32_t versions[KEYS] = { 0 }, version = 0, key, i;
	char text[512], reply[512];

	for (i = 0; i < 14; i++) {
		key = next_random(&seed) % KEYS;
		switch (next_random(&seed) % 8) {
		case 0:
			sprintf(text, "delete key-%u\r\n", key);
			strcpy(reply, versions[key] ? "DELETED\r\n" : "NOT_FOUND\r\n");
			versions[key] = 0;
			break;
		case 1:
		case 2:
			versions[key] = ++version;
			sprintf(text, "set key-%u 0 0 5\r\n%05u\r\n", key, version);
			strcpy(reply, "STORED\r\n");
			break;
		default:
			sprintf(text, "get key-%u\r\n", key);
			reply_to_get(key, versions[key], reply);
		}
		exchange(seat, text, reply);
	}
	finish(seat);
}

const struct work cache = {
	.name = "cache", .open = open_sockets, .begin = attach_socket, .run = run_cache
};
