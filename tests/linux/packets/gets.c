// SPDX-License-Identifier: MIT
/*
 * A client of memcached by UDP, that knows what each key's value must be. All requests are of this
 * one client, so after its reply to a SET each GET must give the new value.
 *
 *	gets PORT SEED check ROUNDS    SETs, other changes and GETs of KEYS keys, at random
 *	gets PORT SEED odd [cache]     odd requests, after each of which two keys are asked for twice;
 *	                               with `cache` the plugin is reset before each
 *	gets PORT SEED fill            SETs all keys, and GETs each once
 *	gets PORT SEED measure ROUNDS  GETs of these keys, BATCH at a time
 *	gets PORT SEED alone ROUNDS    the same, but the client sends to itself
 *
 * Prints the number of GETs, of hits, of replies that were wrong, a hash of all replies, and
 * cycles of the time-stamp counter a GET.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "attaching.h"

#define KEYS   200
#define BATCH  16
#define HEADER 8
#define MOST   1300 /* bytes of a value; memcached sends 1,400 bytes in a datagram */

static int fd;
static uint32_t seed, hash = 2166136261u;
static unsigned int nr_gets, nr_hits, nr_wrong;
static uint16_t last_id;

/* What memcached must have: the version of each key's value, or 0 for none. */
static uint32_t versions[KEYS];
static uint32_t counter;

static uint32_t random_below(uint32_t limit)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(seed >> 4) * limit >> 28);
}

/* Makes the value of a version of a key; returns its length. */
static uint32_t make_value(uint32_t key, uint32_t version, char *value)
{
	uint32_t word = key * 7919 + version * 104729, length = word % (version % 8 ? 60 : MOST), i;

	for (i = 0; i < length; i++) {
		word = word * 1664525 + 1013904223;
		value[i] = (char)(' ' + (word >> 24) % 90);
	}
	return length;
}

static void send_text(const char *text, uint32_t length)
{
	uint8_t datagram[HEADER + 2048] = { 0, 0, 0, 0, 0, 1 };

	last_id++;
	datagram[0] = (uint8_t)(last_id >> 8);
	datagram[1] = (uint8_t)last_id;
	memcpy(datagram + HEADER, text, length);
	if (send(fd, datagram, HEADER + length, 0) != (ssize_t)(HEADER + length)) {
		perror("send");
		exit(1);
	}
}

/* Receives the reply to the request @id; returns its length without the header. */
static uint32_t receive_text(uint16_t id, char *text)
{
	uint8_t datagram[HEADER + 2048];
	ssize_t length = recv(fd, datagram, sizeof(datagram), 0);
	ssize_t i;

	if (length < HEADER) {
		printf("no reply to request %u: ", id);
		fflush(stdout);
		perror("");
		exit(1);
	}
	nr_wrong += datagram[0] != id >> 8 || datagram[1] != (id & 0xff) || datagram[2] ||
		    datagram[3] || datagram[4] || datagram[5] != 1;
	for (i = 0; i < length; i++)
		hash = (hash ^ datagram[i]) * 16777619u;
	memcpy(text, datagram + HEADER, (size_t)(length - HEADER));
	return (uint32_t)(length - HEADER);
}

static void ask_for(uint32_t key)
{
	char text[64];

	send_text(text, (uint32_t)sprintf(text, "get key-%u\r\n", key));
}

/* Makes the reply to a GET of the key; returns its length. */
static uint32_t make_reply(uint32_t key, char *reply)
{
	uint32_t length = 0, bytes;
	char value[MOST];

	if (versions[key]) {
		bytes = make_value(key, versions[key], value);
		length = (uint32_t)sprintf(reply, "VALUE key-%u %u %u\r\n", key, key, bytes);
		memcpy(reply + length, value, bytes);
		memcpy(reply + length + bytes, "\r\n", 2);
		length += bytes + 2;
	}
	memcpy(reply + length, "END\r\n", 5);
	return length + 5;
}

static void take_reply(uint16_t id, uint32_t key)
{
	char text[2048], right[2048];
	uint32_t length = receive_text(id, text), expected = make_reply(key, right);

	nr_gets++;
	nr_hits += versions[key] != 0;
	nr_wrong += length != expected || memcmp(text, right, length);
}

static void expect(const char *reply)
{
	char text[2048];
	uint32_t length = receive_text(last_id, text);

	nr_wrong += length != strlen(reply) || memcmp(text, reply, length);
}

static void set(uint32_t key)
{
	char text[2048], value[MOST];
	uint32_t version = ++counter, bytes = make_value(key, version, value), length;

	length = (uint32_t)sprintf(text, "set key-%u %u 0 %u\r\n", key, key, bytes);
	memcpy(text + length, value, bytes);
	memcpy(text + length + bytes, "\r\n", 2);
	send_text(text, length + bytes + 2);
	expect("STORED\r\n");
	versions[key] = version;
}

static void delete (uint32_t key)
{
	char text[64];

	send_text(text, (uint32_t)sprintf(text, "delete key-%u\r\n", key));
	expect(versions[key] ? "DELETED\r\n" : "NOT_FOUND\r\n");
	versions[key] = 0;
}

/* A GET that passes the SET behind it, whose reply comes after the SET has passed the graft. */
static void get_then_set(uint32_t key)
{
	uint16_t id = (uint16_t)(last_id + 1);
	char text[2048], value[MOST];
	uint32_t version = counter + 1, bytes = make_value(key, version, value), length;

	ask_for(key);
	length = (uint32_t)sprintf(text, "set key-%u %u 0 %u\r\n", key, key, bytes);
	memcpy(text + length, value, bytes);
	memcpy(text + length + bytes, "\r\n", 2);
	send_text(text, length + bytes + 2);
	take_reply(id, key);
	expect("STORED\r\n");
	versions[key] = ++counter;
}

static void check(unsigned int rounds)
{
	uint32_t key;

	while (rounds--) {
		key = random_below(KEYS);
		switch (random_below(20)) {
		case 0:
			set(key);
			break;
		case 1:
			delete (key);
			break;
		case 2:
			get_then_set(key);
			break;
		default:
			ask_for(key);
			take_reply(last_id, key);
		}
	}
}

/* ---- requests that no client should send ---- */

#define ODD(text)                       \
	{                               \
		text, sizeof(text) - 1, \
	}
#define LONG_KEY "0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
	const char *text;
	size_t length;
} odd_requests[] = {
	ODD("get a\n"),
	ODD(" get a\r\n"),
	ODD("get  a\r\n"),
	ODD("get a \r\n"),
	ODD("get a b\r\n"),
	ODD("get a a\r\n"),
	ODD("gets a\r\n"),
	ODD("get\r\n"),
	ODD("GET a\r\n"),
	ODD("get a\r\nget b\r\n"),
	ODD("get a\r\nset a 0 0 1\r\n5\r\n"),
	ODD("get a"),
	ODD("get a\r"),
	ODD("get a\0b\r\n"),
	ODD("set a 7 0 1\r\n1\r\n"),
	ODD("set a 0 0 1 noreply\r\n2\r\n"),
	ODD("set a 0 0 1\r\n3\r\nset b 0 0 1\r\n4\r\n"),
	ODD("set a 0 0 3\r\nab\r\n"),
	ODD("set a 0 0 1\r\nabcd\r\n"),
	ODD("set a 0 -1 1\r\n5\r\n"),
	ODD("set a 0 100 1\r\n6\r\n"),
	ODD("set a 0 0 -1\r\n\r\n"),
	ODD("set a 0 0 99999999999\r\n\r\n"),
	ODD("set a\0 0 0 1\r\n7\r\n"),
	ODD("set a 0 0 2\r\n\r\n\r\n"),
	ODD("set a 0 0 5\r\nEND\r\n\r\n"),
	ODD("set a 0 0 20\r\nVALUE b 0 1\r\nx\r\nEND\r\n"),
	ODD("add a 0 0 1\r\n8\r\n"),
	ODD("add c 0 0 1\r\n9\r\n"),
	ODD("replace a 0 0 1\r\nA\r\n"),
	ODD("append a 0 0 1\r\nB\r\n"),
	ODD("prepend a 0 0 1\r\nC\r\n"),
	ODD("cas a 0 0 1 3\r\nD\r\n"),
	ODD("set b 0 0 1\r\n1\r\n"),
	ODD("incr b 5\r\n"),
	ODD("decr b 2\r\n"),
	ODD("incr b 5 noreply\r\n"),
	ODD("touch a 100\r\n"),
	ODD("touch a -1\r\n"),
	ODD("set a 0 0 1\r\nE\r\n"),
	ODD("gat 100 a\r\n"),
	ODD("gat -1 a\r\n"),
	ODD("set a 0 0 1\r\nF\r\n"),
	ODD("mg a v\r\n"),
	ODD("ms a 1\r\nG\r\n"),
	ODD("md a\r\n"),
	ODD("set a 0 0 1\r\nH\r\n"),
	ODD("delete a\0b\r\n"),
	ODD("delete a\tb\r\n"),
	ODD("delete a\r\n"),
	ODD("delete b noreply\r\n"),
	ODD("set a 0 0 1\r\nI\r\n"),
	ODD("flush_all\r\n"),
	ODD("set a 0 0 1\r\nJ\r\n"),
	ODD("flush_all 100\r\n"),
	ODD("flush_all noreply\r\n"),
	ODD("set " LONG_KEY " 0 0 1\r\nK\r\n"),
	ODD("get " LONG_KEY "\r\n"),
	ODD("get " LONG_KEY "\r\n"),
	ODD("get " LONG_KEY "x\r\n"),
	ODD("get " LONG_KEY LONG_KEY LONG_KEY LONG_KEY "\r\n"),
	ODD("verbosity 1\r\n"),
	ODD("VALUE a 0 1\r\nx\r\nEND\r\n"),
	ODD(""),
	ODD("\r\n"),
	ODD("\x80\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0a"),
};

/* Takes the next reply. 0: none comes. */
static int take_any(void)
{
	uint8_t bytes[2048];
	ssize_t length = recv(fd, bytes, sizeof(bytes), 0), i;

	hash = (hash ^ (uint32_t)length) * 16777619u;
	for (i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return length >= 0;
}

static void get_a_and_b(void)
{
	static const char *const requests[] = { "get a\r\n", "get b\r\n" };
	int i;

	for (i = 0; i < 4; i++, nr_gets++) { /* twice: the cache has them then */
		send_text(requests[i % 2], (uint32_t)strlen(requests[i % 2]));
		nr_wrong += !take_any();
	}
}

/* @header: its bytes, if less than HEADER then no request of memcached's. */
static void try_odd(const char *text, size_t length, size_t header, int resets)
{
	uint8_t bytes[2048] = { 0, 1, 0, 0, 0, 1 };
	const uint32_t hits = 0;

	if (resets)
		call_plugin("cache", "reset", NULL, 0);
	get_a_and_b();
	memcpy(bytes + header, text, length);
	must(send(fd, bytes, header + length, 0) == (ssize_t)(header + length), "send");
	while (take_any())
		;
	get_a_and_b();
	if (resets)
		nr_hits += call_plugin("cache", "count", &hits, 1);
}

static void try_all_odd(int resets)
{
	struct timeval limit = { .tv_usec = 5000 };
	size_t i;

	must(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), "time-out");
	for (i = 0; i < sizeof(odd_requests) / sizeof(odd_requests[0]); i++)
		try_odd(odd_requests[i].text, odd_requests[i].length, HEADER, resets);
	try_odd("get a\r\n", 7, 0, resets);
	try_odd("get a\r\n", 7, HEADER - 1, resets);
	try_odd("", 0, 3, resets);
}

static void fill(void)
{
	uint32_t key;

	for (key = 0; key < KEYS; key++) {
		set(key);
		ask_for(key);
		take_reply(last_id, key);
	}
}

/* ---- measure: as little work as can be beside the system calls ---- */

struct datagram {
	uint32_t length;
	char bytes[HEADER + 2048];
};

static struct datagram requests[KEYS], replies[KEYS];

/* The replies of all keys as fill() leaves them, which memcached is asked for, and checked. */
static void prepare(void)
{
	static const char header[HEADER] = { 0, 0, 0, 0, 0, 1 };
	uint32_t key;

	for (key = 0; key < KEYS; key++) {
		versions[key] = key + 1;
		memcpy(requests[key].bytes, header, HEADER);
		memcpy(replies[key].bytes, header, HEADER);
		requests[key].length = HEADER + (uint32_t)sprintf(requests[key].bytes + HEADER,
								  "get key-%u\r\n", key);
		replies[key].length = HEADER + make_reply(key, replies[key].bytes + HEADER);
	}
}

/* With @alone the client is its own server, which says what the client says: its own cost. */
static void measure(unsigned int rounds, int alone)
{
	uint32_t keys[BATCH], i;
	char got[HEADER + 2048];

	while (rounds--) {
		for (i = 0; i < BATCH; i++) {
			const struct datagram *request = &requests[keys[i] = random_below(KEYS)];

			nr_wrong += send(fd, request->bytes, request->length, 0) !=
				    (ssize_t)request->length;
		}
		for (i = 0; i < BATCH; i++) {
			const struct datagram *reply = &(alone ? requests : replies)[keys[i]];

			must(recv(fd, got, sizeof(got), 0) == (ssize_t)reply->length, "reply");
			nr_wrong += memcmp(got, reply->bytes, reply->length) != 0;
			nr_gets++;
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct timeval limit = { .tv_sec = 5 };
	uint64_t begin;
	int alone;

	if (argc < 4)
		return 2;
	alone = !strcmp(argv[3], "alone");
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	seed = (uint32_t)atoi(argv[2]);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    (alone && bind(fd, (struct sockaddr *)&to, sizeof(to))) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return 2;
	begin = __rdtsc();
	if (!strcmp(argv[3], "check")) {
		check((unsigned int)atoi(argv[4]));
	} else if (!strcmp(argv[3], "odd")) {
		try_all_odd(argc > 4);
	} else if (!strcmp(argv[3], "fill")) {
		fill();
	} else {
		prepare();
		measure(1, alone); /* caches, and memcached's own buffers */
		nr_gets = 0;
		begin = __rdtsc();
		measure((unsigned int)atoi(argv[4]), alone);
	}
	printf("{\"gets\": %u, \"hits\": %u, \"wrong\": %u, \"hash\": %u, \"cycles\": %llu}\n",
	       nr_gets, nr_hits, nr_wrong, hash, (__rdtsc() - begin) / (nr_gets ? nr_gets : 1));
	return 0;
}
