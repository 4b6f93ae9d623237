// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sockets that are streams do with bytes. Each direction has two buffers: `in` has bytes that the graft has
 * not taken yet, `out` those that it has given.
 */
#include <linux/mm.h>
#include <linux/socket.h>
#include <linux/uio.h>

#include "stream_socket.h"

bool stream_is_raw(const struct stream_socket *socket, const struct stream *stream)
{
	return socket->raw || stream->raw;
}

bool stream_is_later(int err)
{
	return err == -EAGAIN || err == -EINTR || err == -ERESTARTSYS || err == -ENOMEM ||
	       err == -ENOBUFS;
}

/* ---- questions ---- */

static u32 room_of(const struct stream *stream)
{
	return stream->plan.kind == STREAM_KEEPS ? STREAM_KEEPS_BYTES : STREAM_BYTES;
}

/* Ask for the plan of one direction, and make its buffers. 0, 1 or an errno, as stream_ask_plan(). */
static int plan(struct stream *stream)
{
	int err = stream_ask_plan(stream);

	stream->raw = stream->plan.kind == STREAM_PASS;
	if (err || stream->raw)
		return err;
	stream->in = kvmalloc(room_of(stream), GFP_KERNEL_ACCOUNT);
	stream->out = kvmalloc(room_of(stream), GFP_KERNEL_ACCOUNT);
	return stream->in && stream->out ? 0 : -ENOMEM;
}

static void drop_buffers(struct stream *stream)
{
	kvfree(stream->in);
	kvfree(stream->out);
	stream->in = stream->out = NULL;
}

int stream_flow_begin(struct stream_socket *socket)
{
	int err = 0;

	mutex_lock(&socket->asking);
	if (socket->broken) {
		err = socket->refusal;
	} else if (!socket->begun) {
		err = plan(&socket->receives) ?: plan(&socket->sends);
		if (err) {
			drop_buffers(&socket->receives);
			drop_buffers(&socket->sends);
		}
		socket->raw = err > 0;
		err = min(err, 0);
		socket->begun = !err;
		socket->broken = err && err != -ENOMEM;
		socket->refusal = err;
	}
	mutex_unlock(&socket->asking);
	return err;
}

/* As stream_ask(), of which both directions have the consequences. */
static int ask(struct stream_socket *socket, struct stream *stream, u32 request, u32 flags,
	       struct stream_answer *answer)
{
	int err = 1;

	mutex_lock(&socket->asking);
	if (socket->broken) {
		err = socket->refusal;
	} else if (!stream_is_raw(socket, stream)) {
		stream->passed = socket->passed;
		err = stream_ask(stream, request, flags, stream->before, answer);
		if (!err)
			socket->passed |= answer->taken || answer->given;
		socket->raw |= err > 0;
		socket->broken = err < 0;
		socket->refusal = min(err, 0);
	}
	mutex_unlock(&socket->asking);
	return err;
}

/*
 * Have the graft filter `in` to `out`, which is empty. If the direction is raw, the bytes move as they are. 0 or an
 * errno.
 */
static int filter(struct stream_socket *socket, struct stream *stream, u32 request, u32 flags,
		  struct stream_answer *answer)
{
	int err = ask(socket, stream, request, flags, answer);

	if (err < 0)
		return err;
	if (err) {
		*answer = (struct stream_answer){ .taken = stream->in_nr, .given = stream->in_nr };
		memcpy(stream->out, stream->in, stream->in_nr);
	}
	stream->before += answer->taken;
	stream->in_nr -= answer->taken;
	memmove(stream->in, stream->in + answer->taken, stream->in_nr);
	stream->out_at = 0;
	stream->out_nr = answer->given;
	return 0;
}

/* ---- what is received ---- */

/* Receive behind the bytes in `in`. 0, or an errno: nothing was received. */
static int fill(struct stream_socket *socket, int flags)
{
	struct stream *stream = &socket->receives;
	ssize_t nr = stream_receive_raw(socket, stream->in + stream->in_nr,
					room_of(stream) - stream->in_nr, flags);

	if (nr < 0)
		return nr;
	stream->in_nr += nr;
	stream->at_end = !nr;
	socket->hungry = false;
	return 0;
}

/* Fill `out`, which is empty, or end the stream, or make it raw. 0 or an errno. */
static int produce(struct stream_socket *socket, int flags)
{
	struct stream *stream = &socket->receives;
	struct stream_answer answer;
	int err = 0;

	while (!err && stream->out_at == stream->out_nr && !stream->ended &&
	       !(stream_is_raw(socket, stream) && !stream->in_nr)) {
		if (!stream->at_end && (!stream->in_nr || socket->hungry)) {
			err = fill(socket, flags);
		} else if (!stream->in_nr && stream->plan.kind == STREAM_KEEPS) {
			stream->ended = true;
		} else {
			err = filter(socket, stream, STREAM_READ, stream->at_end ? STREAM_LAST : 0,
				     &answer);
			socket->hungry = !err && !answer.taken && !answer.given;
			stream->ended = !err && stream->at_end && !stream->in_nr && !answer.given;
		}
	}
	return err;
}

/* The error that was kept for this call, or 0. */
static int take_error(struct stream *stream)
{
	int err = stream->error;

	stream->error = 0;
	return err;
}

ssize_t stream_flow_receive(struct stream_socket *socket, struct iov_iter *to, int flags)
{
	struct stream *stream = &socket->receives;
	ssize_t done = 0;
	int err = take_error(stream);

	while (!err && iov_iter_count(to)) {
		size_t nr = min_t(size_t, stream->out_nr - stream->out_at, iov_iter_count(to));

		if (nr) {
			nr = copy_to_iter(stream->out + stream->out_at, nr, to);
			done += nr;
			if (!nr)
				return done ? done : -EFAULT;
			if (flags & MSG_PEEK)
				return done;
			stream->out_at += nr;
			continue;
		}
		if (stream->ended || stream_is_raw(socket, stream))
			break;
		err = produce(socket,
			      done && !(flags & MSG_WAITALL) ? MSG_DONTWAIT : flags & MSG_DONTWAIT);
	}
	if (done && err && !stream_is_later(err))
		stream->error = err;
	return done ? done : err;
}

bool stream_flow_is_ready(struct stream_socket *socket, bool more)
{
	struct stream *stream = &socket->receives;
	bool is_full = stream->in_nr && !socket->hungry;

	if (stream->error || stream->out_at < stream->out_nr || stream->ended)
		return true;
	if (!more && !is_full && !stream->at_end)
		return false;
	if (stream_is_raw(socket, stream) && !stream->in_nr)
		return more;
	stream->error = produce(socket, MSG_DONTWAIT);
	if (stream_is_later(stream->error))
		stream->error = 0;
	return stream->error || stream->out_at < stream->out_nr || stream->ended;
}

/* ---- what is sent ---- */

bool stream_flow_holds_back(const struct stream_socket *socket)
{
	const struct stream *stream = &socket->sends;

	return stream->in_nr || stream->out_at < stream->out_nr || socket->shuts;
}

/* Send `out`. 0 or an errno. */
static int send_out(struct stream_socket *socket, int flags)
{
	struct stream *stream = &socket->sends;

	while (stream->out_at < stream->out_nr) {
		ssize_t nr = stream_send_raw(socket, stream->out + stream->out_at,
					     stream->out_nr - stream->out_at, flags);

		if (nr <= 0)
			return nr ? nr : -EAGAIN;
		stream->out_at += nr;
	}
	return 0;
}

/* One question, if the graft has something to take or to say. 0 or an errno. */
static int filter_sent(struct stream_socket *socket, u32 flag)
{
	struct stream *stream = &socket->sends;
	struct stream_answer answer;
	bool is_last = !stream->in_nr;
	int err;

	if (is_last && (stream->plan.kind == STREAM_KEEPS || stream_is_raw(socket, stream))) {
		stream->ended = true;
		return 0;
	}
	err = filter(socket, stream, STREAM_WRITE, flag, &answer);
	stream->ended = !err && flag == STREAM_LAST && is_last && !answer.given;
	return err;
}

int stream_flow_push(struct stream_socket *socket, u32 flag, int flags)
{
	struct stream *stream = &socket->sends;
	int err = socket->broken ? socket->refusal : send_out(socket, flags);

	while (!err && (stream->in_nr || (flag == STREAM_LAST && !stream->ended))) {
		err = filter_sent(socket, flag);
		if (!err)
			err = send_out(socket, flags);
	}
	if (err && !stream_is_later(err))
		stream->in_nr = stream->out_at = stream->out_nr = 0;
	return err;
}

ssize_t stream_flow_send(struct stream_socket *socket, struct iov_iter *from, int flags)
{
	struct stream *stream = &socket->sends;
	int err = stream_flow_push(socket, STREAM_FLUSH, flags);
	ssize_t done = 0;

	while (!err && iov_iter_count(from) && !stream_is_raw(socket, stream)) {
		size_t nr = min_t(size_t, iov_iter_count(from), room_of(stream) & ~255u);

		nr = copy_from_iter(stream->in, nr, from);
		if (!nr)
			return done ? done : -EFAULT;
		stream->in_nr = nr;
		err = stream_flow_push(socket, STREAM_FLUSH,
				       iov_iter_count(from) ? flags | MSG_MORE : flags);
		if (!err || stream_is_later(err))
			done += nr;
	}
	return done ? done : err;
}
