// SPDX-License-Identifier: MIT
/*
 * Sockets that are streams, against a socket in memory, which takes and gives as much as it likes or nothing, and a graft in
 * this program.
 *
 * Claims: by a filter that keeps lengths, and by one that changes them and waits for a whole block, the socket
 * gets the filtered bytes of the process, and the process those of the socket, each once and in order, whether who
 * sends or receives waits or not. Bytes for which there is no room are held back, and pushed later. A peek takes nothing away,
 * and what is_ready() says is so. If the graft fails before a byte has passed in any direction, both directions are as
 * without a filter; else both give an error for ever, and no byte follows. A send that is refused by the socket loses what was held back.
 * Cannot tell: what Linux does with the operations of sockets.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "../check.h"

/* ---- the part of Linux that these streams use ---- */
typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
#define min(a, b)	      ((a) < (b) ? (a) : (b))
#define min_t(type, a, b)     ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define kvmalloc(size, flags) malloc(size)
#define kvfree(memory)	      free(memory)
#define mutex_lock(mutex)     ((void)(mutex))
#define mutex_unlock(mutex)   ((void)(mutex))
#define iov_iter_count(iter)  ((iter)->left)
#define ERESTARTSYS	      512
#define MSG_PEEK	      2
#define MSG_DONTWAIT	      0x40
#define MSG_WAITALL	      0x100
#define MSG_MORE	      0x8000

struct file_operations {
	int unused;
};
struct proto_ops {
	int unused;
};
struct mutex {
	int unused;
};
struct list_head {
	int unused;
};
struct delayed_work {
	int unused;
};
struct file;
struct kiocb;
struct sock;
struct socket;
/* The process's memory. */
struct iov_iter {
	u8 *at;
	size_t left;
};

static size_t copy_to_iter(const void *from, size_t nr, struct iov_iter *iter)
{
	memcpy(iter->at, from, nr);
	iter->at += nr;
	iter->left -= nr;
	return nr;
}

static size_t copy_from_iter(void *to, size_t nr, struct iov_iter *iter)
{
	memcpy(to, iter->at, nr);
	iter->at += nr;
	iter->left -= nr;
	return nr;
}

#include "stream_flow.c"
/* ---- the socket, and the graft ---- */
#define ROOM  600000
#define BLOCK 1000 /* of the filter that changes lengths: each is followed by its sum */

static u8 wire_out[2 * ROOM], wire_in[2 * ROOM], plain[ROOM], got[2 * ROOM];
static size_t out_nr, in_nr, in_at;
static int send_error; /* of the socket, from now on */
static bool is_shy;    /* the socket often takes and gives nothing, to who does not wait */
static struct stream_socket connection;
static unsigned int asked,
	fails_at; /* questions, and the one that the graft fails at, from 1; 0: none */
static u32 kind;
static unsigned int seed = 1;

static unsigned int below(unsigned int limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

static size_t some(size_t most)
{
	size_t nr = below(4) ? 1 + below(3000) : 1 + below(60000);

	return min(nr, most);
}

ssize_t stream_send_raw(struct stream_socket *to, const void *from, size_t nr, int flags)
{
	CHECK(to == &connection && nr);
	if (send_error)
		return send_error;
	if (is_shy && below(2) && flags & MSG_DONTWAIT)
		return -EAGAIN;
	nr = some(nr);
	CHECK(out_nr + nr <= sizeof(wire_out));
	memcpy(wire_out + out_nr, from, nr);
	out_nr += nr;
	return (ssize_t)nr;
}

/* A receive that would wait for bytes that never come gives an error, or the test would never end. */
ssize_t stream_receive_raw(struct stream_socket *from, void *to, size_t nr, int flags)
{
	CHECK(from == &connection && nr);
	if (is_shy && below(2) && flags & MSG_DONTWAIT)
		return -EAGAIN;
	nr = some(nr);
	nr = min(nr, in_nr - in_at);
	memcpy(to, wire_in + in_at, nr);
	in_at += nr;
	return (ssize_t)nr;
}

static u8 mask(u64 position)
{
	return (u8)(position * 7 + position / 256 + 1);
}

static u8 sum_of(const u8 *bytes, size_t nr)
{
	u8 sum = 0;

	while (nr--)
		sum += *bytes++;
	return sum;
}

static void change(struct stream *stream, u32 request, u32 flags, struct stream_answer *answer)
{
	size_t nr = stream->in_nr;

	if (request == STREAM_WRITE) {
		nr = min(nr, (size_t)BLOCK);
		memcpy(stream->out, &nr, 2);
		memcpy(stream->out + 2, stream->in, nr);
		stream->out[2 + nr] = sum_of(stream->in, nr);
		answer->taken = (u32)nr;
		answer->given = nr ? (u32)nr + 3 : 0;
		return;
	}
	if (nr >= 2)
		nr = stream->in[0] + 256u * stream->in[1];
	if (stream->in_nr < 3 || stream->in_nr < nr + 3) {
		CHECK(!(flags & STREAM_LAST) || !stream->in_nr);
		return;
	}
	memcpy(stream->out, stream->in + 2, nr);
	CHECK(stream->in[2 + nr] == sum_of(stream->out, nr));
	answer->taken = (u32)nr + 3;
	answer->given = (u32)nr;
}

static int fail(struct stream *stream)
{
	stream->raw = !stream->passed && !stream->fails_closed;
	stream->broken = !stream->raw;
	return stream->raw ? 1 : -EIO;
}

int stream_ask_plan(struct stream *stream)
{
	stream->plan = (struct stream_plan){ .kind = kind, .unit = 1 };
	if (++asked == fails_at) {
		stream->plan.kind = STREAM_PASS;
		return stream->fails_closed ? -EIO : 1;
	}
	return kind == STREAM_REFUSE ? -EACCES : 0;
}

int stream_ask(struct stream *stream, u32 request, u32 flags, u64 position,
	       struct stream_answer *answer)
{
	u32 i;

	CHECK(position == stream->before && !connection.raw && !connection.broken);
	CHECK(request == (stream == &connection.sends ? STREAM_WRITE : STREAM_READ));
	if (++asked == fails_at)
		return fail(stream);
	*answer = (struct stream_answer){ 0 };
	if (kind == STREAM_CHANGES) {
		change(stream, request, flags, answer);
		return 0;
	}
	for (i = 0; i < stream->in_nr; i++)
		stream->out[i] = stream->in[i] ^ mask(position + i);
	answer->taken = answer->given = stream->in_nr;
	return 0;
}

static void begin(u32 new_kind, bool fails_closed, unsigned int failing)
{
	size_t i;

	free(connection.receives.in);
	free(connection.receives.out);
	free(connection.sends.in);
	free(connection.sends.out);
	memset(&connection, 0, sizeof(connection));
	connection.receives.fails_closed = connection.sends.fails_closed = fails_closed;
	kind = new_kind;
	fails_at = failing;
	asked = 0;
	out_nr = in_nr = in_at = 0;
	send_error = 0;
	is_shy = true;
	for (i = 0; i < ROOM; i++)
		plain[i] = (u8)below(256);
}
/* ---- a process ---- */

static ssize_t do_send(size_t at, size_t nr, int flags)
{
	struct iov_iter from = { plain + at, nr };

	return stream_flow_send(&connection, &from, flags);
}

static ssize_t do_receive(size_t at, size_t nr, int flags)
{
	struct iov_iter to = { got + at, nr };

	return connection.broken ? connection.refusal :
				   stream_flow_receive(&connection, &to, flags);
}

/* Sends @size bytes of `plain`, and pushes what is held back. */
static void send_all(size_t size, int flags)
{
	size_t at = 0;
	int err;

	while (at < size) {
		ssize_t nr = do_send(at, some(size - at), flags);

		CHECK(nr > 0 || (nr == -EAGAIN && flags && stream_flow_holds_back(&connection)));
		at += nr > 0 ? (size_t)nr : 0;
	}
	while ((err = stream_flow_push(&connection, STREAM_LAST, flags)))
		CHECK(err == -EAGAIN && flags && stream_flow_holds_back(&connection));
	CHECK(!stream_flow_holds_back(&connection) && connection.sends.ended);
}

static void check_ready(void)
{
	bool ready = stream_flow_is_ready(&connection, in_at < in_nr || below(2));
	ssize_t nr;

	if (!ready)
		return;
	nr = do_receive(ROOM, 1 + below(50), MSG_PEEK | MSG_DONTWAIT);
	CHECK(nr > 0 || (!nr && connection.receives.ended));
}

static void receive_all(size_t size, int flags)
{
	size_t at = 0;
	ssize_t nr;

	for (;;) {
		size_t most = some(ROOM - at), peeked = 0;

		if (flags & MSG_DONTWAIT)
			check_ready();
		if (!below(3)) {
			nr = do_receive(ROOM, most, flags | MSG_PEEK);
			CHECK(nr >= 0 || (nr == -EAGAIN && flags & MSG_DONTWAIT));
			peeked = nr > 0 ? (size_t)nr : 0;
		}
		nr = do_receive(at, most, flags);
		CHECK(nr >= (ssize_t)peeked || nr == -EAGAIN);
		CHECK(nr < 0 || !memcmp(got + at, got + ROOM, peeked));
		CHECK(!(flags & MSG_WAITALL) || nr == (ssize_t)min(most, size - at));
		if (nr == -EAGAIN && flags & MSG_DONTWAIT)
			continue;
		if (nr <= 0)
			break;
		at += (size_t)nr;
	}
	CHECK(!nr && at == size && !memcmp(got, plain, size));
}

static void there_and_back(u32 of_kind, int send_flags, int receive_flags)
{
	size_t size = below(3) ? below(ROOM) : below(3), i;

	begin(of_kind, false, 0);
	CHECK(!stream_flow_begin(&connection) && !stream_flow_begin(&connection) && asked == 2);
	send_all(size, send_flags);
	if (of_kind == STREAM_KEEPS) {
		CHECK(out_nr == size);
		for (i = 0; i < size; i++)
			CHECK(wire_out[i] == (u8)(plain[i] ^ mask(i)));
	}
	CHECK(of_kind != STREAM_CHANGES || out_nr >= size + 3 * (size / BLOCK));
	memcpy(wire_in, wire_out, out_nr);
	in_nr = out_nr;
	receive_all(size, receive_flags);
}

static void both_directions(void)
{
	static const u32 kinds[] = { STREAM_KEEPS, STREAM_CHANGES };
	static const int ways[] = { 0, MSG_DONTWAIT, MSG_WAITALL };
	size_t i, j, k, round;

	for (round = 0; round < 5; round++)
		for (i = 0; i < 2; i++)
			for (j = 0; j < 2; j++)
				for (k = 0; k < 3; k++)
					there_and_back(kinds[i], ways[j], ways[k]);
}

/* The graft fails at question @at, in a connection that sends and receives parts in turn. */
static void failing(u32 of_kind, bool closed, unsigned int at)
{
	size_t sent = 0, received = 0, i, wire;
	ssize_t nr = 0;
	int err;

	begin(of_kind, closed, at);
	is_shy = false;
	err = stream_flow_begin(&connection);
	CHECK(err == (closed && at <= 2 ? -EIO : 0));
	for (i = 0; !err && i < 20 && !connection.raw; i++) {
		nr = do_send(sent, 100, 0);
		if (nr <= 0)
			break;
		sent += (size_t)nr;
		for (; in_nr < 100 * (i + 1); in_nr++)
			wire_in[in_nr] = plain[in_nr];
		if (of_kind == STREAM_CHANGES)
			continue;
		nr = do_receive(received, 100, 0);
		if (nr <= 0)
			break;
		received += (size_t)nr;
	}
	if (connection.raw) { /* what was not filtered before the failure has arrived as it was */
		CHECK(!closed && out_nr == sent && !memcmp(wire_out, plain, sent));
		CHECK(!connection.passed && !connection.broken);
		return;
	}
	CHECK(connection.broken && (closed || connection.passed));
	wire = out_nr;
	CHECK(closed && at <= 3 ? !wire : wire > 0);
	CHECK(do_send(sent, 10, 0) == -EIO && do_receive(0, 10, 0) == -EIO && out_nr == wire);
	CHECK(stream_flow_push(&connection, STREAM_LAST, 0) == -EIO && out_nr == wire);
	CHECK(stream_flow_begin(&connection) == -EIO);
}

static void failures(void)
{
	unsigned int at;

	for (at = 1; at < 12; at++) {
		failing(STREAM_KEEPS, false, at);
		failing(STREAM_KEEPS, true, at);
		failing(STREAM_CHANGES, false, at);
		failing(STREAM_CHANGES, true, at);
	}
}

static void plans(void)
{
	begin(STREAM_REFUSE, false, 0);
	CHECK(stream_flow_begin(&connection) == -EACCES &&
	      stream_flow_begin(&connection) == -EACCES);
	CHECK(asked == 1);
	begin(STREAM_PASS, true, 0);
	CHECK(!stream_flow_begin(&connection) && stream_is_raw(&connection, &connection.sends));
	CHECK(!do_send(0, 10, 0) && !do_receive(0, 10, 0) && !out_nr);
	CHECK(!stream_flow_push(&connection, STREAM_LAST, 0));
	CHECK(stream_flow_is_ready(&connection, true) && !stream_flow_is_ready(&connection, false));
}

static void errors_of_the_socket(void)
{
	begin(STREAM_KEEPS, false, 0);
	CHECK(!stream_flow_begin(&connection));
	send_error = -EAGAIN;
	CHECK(do_send(0, 50000, MSG_DONTWAIT) == STREAM_KEEPS_BYTES);
	CHECK(do_send(STREAM_KEEPS_BYTES, 1, MSG_DONTWAIT) == -EAGAIN);
	CHECK(stream_flow_holds_back(&connection) && !out_nr);
	send_error = -EPIPE;
	CHECK(stream_flow_push(&connection, STREAM_FLUSH, 0) == -EPIPE);
	CHECK(!stream_flow_holds_back(&connection) && !connection.broken);
	CHECK(do_send(0, 100, 0) == -EPIPE);
	send_error = -EINTR;
	CHECK(do_send(0, 100, 0) == 100 && stream_flow_holds_back(&connection));
	send_error = 0;
	CHECK(!stream_flow_push(&connection, STREAM_FLUSH, 0) && out_nr == 100);
}

int main(void)
{
	both_directions();
	failures();
	plans();
	errors_of_the_socket();
	begin(STREAM_KEEPS, false, 0);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
