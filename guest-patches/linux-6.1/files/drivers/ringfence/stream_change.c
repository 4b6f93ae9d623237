// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams whose filter changes lengths. Between process and file are two buffers of STREAM_BYTES: `in`
 * has bytes that the graft has not taken yet, `out` those that it has given.
 */
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "stream.h"

/* Read behind the bytes in `in` until that is full, or the file at its end. 0 or an errno. */
static int fill(struct stream *stream)
{
	ssize_t nr = stream_read_raw(stream, stream->in + stream->in_nr,
				     STREAM_BYTES - stream->in_nr, stream->at);

	if (nr < 0)
		return nr;
	stream->in_nr += nr;
	stream->at += nr;
	stream->at_end = stream->in_nr < STREAM_BYTES;
	return 0;
}

/*
 * Have the graft filter what is in `in`; what it has not taken moves to the front. As stream_ask().
 */
static int filter(struct stream *stream, u32 request, u32 flags, struct stream_answer *answer)
{
	int err = stream_ask(stream, request, flags, stream->before, answer);

	if (err)
		return err;
	stream->before += answer->taken;
	stream->in_nr -= answer->taken;
	memmove(stream->in, stream->in + answer->taken, stream->in_nr);
	return 0;
}

/* Fill `out`, or end the stream, or make it raw: then nothing has been delivered. 0 or an errno. */
static int produce(struct stream *stream)
{
	struct stream_answer answer;
	int err = fill(stream);

	if (!err)
		err = filter(stream, STREAM_READ, stream->at_end ? STREAM_LAST : 0, &answer);
	if (err > 0)
		stream->at = 0;
	if (err)
		return min(err, 0);
	stream->out_at = 0;
	stream->out_nr = answer.given;
	stream->ended = stream->at_end && !stream->in_nr && !answer.given;
	return 0;
}

/* Of a stream that has become raw in this read, from the file's begin. */
static ssize_t read_raw(struct stream *stream, struct iov_iter *to)
{
	size_t nr = min_t(size_t, iov_iter_count(to), STREAM_BYTES);
	ssize_t got = stream_read_raw(stream, stream->in, nr, stream->at);

	if (got <= 0)
		return got;
	got = copy_to_iter(stream->in, got, to);
	stream->at += got;
	return got ? got : -EFAULT;
}

ssize_t stream_change_read(struct stream *stream, struct iov_iter *to)
{
	ssize_t done = 0;
	size_t nr;
	int err;

	while (iov_iter_count(to)) {
		if (stream->out_at < stream->out_nr) {
			nr = copy_to_iter(stream->out + stream->out_at,
					  stream->out_nr - stream->out_at, to);
			if (!nr)
				return done ? done : -EFAULT;
			stream->out_at += nr;
			done += nr;
			stream->passed = true;
			continue;
		}
		if (stream->ended)
			break;
		err = fatal_signal_pending(current) ? -EINTR : produce(stream);
		if (stream->raw)
			return read_raw(stream, to);
		if (err)
			return done ? done : err;
	}
	return done;
}

/* Write @nr bytes behind those that the file has from this stream. 0; or an errno: some are lost. */
static int write_bytes(struct stream *stream, const u8 *bytes, u32 nr)
{
	bool appends = stream->file->f_flags & O_APPEND;
	ssize_t done = 0;

	if (nr)
		done = stream_write_raw(stream, bytes, nr, stream->at, appends ? IOCB_APPEND : 0);
	if (done > 0)
		stream->at += done;
	if (done == (ssize_t)nr)
		return 0;
	return done < 0 ? done : -EIO;
}

/* Write all of `out`. 0 or an errno, after which the stream is broken. */
static int write_out(struct stream *stream, u32 nr)
{
	int err = write_bytes(stream, stream->out, nr);

	if (err)
		stream->broken = true;
	return err;
}

/* The stream has become raw: write what the process has written, which the graft did not take. */
static int write_untouched(struct stream *stream)
{
	u32 nr = stream->in_nr;

	stream->in_nr = 0;
	return write_bytes(stream, stream->in, nr);
}

/* One question, and what comes of it: *@given bytes in the file. 0 or an errno. */
static int drain(struct stream *stream, u32 flags, u32 *given)
{
	struct stream_answer answer = { 0 };
	int err = fatal_signal_pending(current) ? -EINTR : 0;

	*given = 0;
	if (!err)
		err = filter(stream, STREAM_WRITE, flags, &answer);
	if (err > 0)
		return write_untouched(stream);
	if (err)
		return err;
	stream->passed |= answer.taken || answer.given;
	*given = answer.given;
	return write_out(stream, answer.given);
}

int stream_change_flush(struct stream *stream, u32 flag)
{
	u32 given = 0;
	int err = 0;

	if (stream->ended || stream->raw)
		return stream->error;
	while (!err && !stream->raw && (stream->in_nr || (flag == STREAM_LAST && !stream->ended))) {
		bool is_last = !stream->in_nr;

		err = drain(stream, flag, &given);
		stream->ended = flag == STREAM_LAST && is_last && !given && !err;
	}
	stream->error = err;
	return err;
}

ssize_t stream_change_write(struct stream *stream, struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t done = 0;
	int err = 0;
	u32 given;

	while (iov_iter_count(from)) {
		size_t nr = min_t(size_t, iov_iter_count(from), STREAM_BYTES - stream->in_nr);

		nr = copy_from_iter(stream->in + stream->in_nr, nr, from);
		if (!nr)
			return done ? done : -EFAULT;
		stream->in_nr += nr;
		done += nr;
		if (stream->raw)
			err = write_untouched(stream);
		while (!err && !stream->raw && stream->in_nr == STREAM_BYTES)
			err = drain(stream, 0, &given);
		if (err)
			return err;
	}
	if (iocb->ki_flags & IOCB_DSYNC && !stream->raw)
		err = stream_change_flush(stream, STREAM_FLUSH);
	return err ? err : done;
}
