// SPDX-License-Identifier: GPL-2.0-only
/* Streams whose filter keeps lengths: the process's positions are the file's. */
#include <linux/math64.h>
#include <linux/uio.h>

#include "stream.h"

/* Where streams append is known only when nobody else appends. */
static DEFINE_MUTEX(appending);

/* What one question reads: the bytes from @at on, of which the process wants those behind @skip. */
struct part {
	loff_t at;
	ssize_t skip, nr;
	bool is_head; /* and is not filtered */
};

/* The part for a process that reads @count bytes at @at: whole units. */
static struct part choose_part(const struct stream *stream, loff_t at, size_t count)
{
	const struct stream_plan *plan = &stream->plan;
	u32 nr = min_t(size_t, count, STREAM_KEEPS_BYTES), skip;
	struct part part = { .at = at, .is_head = at < plan->head };

	if (part.is_head) {
		part.nr = min_t(u64, nr, plan->head - at);
	} else {
		div_u64_rem(at - plan->head, plan->unit, &skip);
		part.at -= skip;
		part.skip = skip;
		part.nr = min_t(u32, roundup(skip + nr, plan->unit),
				rounddown(STREAM_KEEPS_BYTES, plan->unit));
	}
	return part;
}

/* Fill stream->in with the part, filtered. Returns its length, which is less at the file's end. */
static ssize_t fill(struct stream *stream, const struct part *part)
{
	ssize_t nr = stream_read_raw(stream, stream->in, part->nr, part->at);
	struct stream_answer answer;
	int err;

	if (nr <= part->skip || part->is_head || stream->raw)
		return nr;
	stream->in_nr = nr;
	err = stream_ask(stream, STREAM_READ, nr < part->nr ? STREAM_LAST : 0, part->at, &answer);
	if (err < 0)
		return err;
	stream->passed |= !err;
	return nr; /* raw: the bytes are as they were read */
}

ssize_t stream_keep_read(struct stream *stream, struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t done = 0, err = 0;

	while (iov_iter_count(to)) {
		struct part part = choose_part(stream, iocb->ki_pos, iov_iter_count(to));
		ssize_t nr = fill(stream, &part);
		size_t wanted, copied;

		if (nr <= part.skip) {
			err = min_t(ssize_t, nr, 0);
			break;
		}
		wanted = min_t(size_t, nr - part.skip, iov_iter_count(to));
		copied = copy_to_iter(stream->in + part.skip, wanted, to);
		iocb->ki_pos += copied;
		done += copied;
		if (copied < wanted) {
			err = -EFAULT;
			break;
		}
		if (nr < part.nr)
			break;
	}
	return done ? done : err;
}

/* Filter and write up to STREAM_KEEPS_BYTES. Returns how much the file has taken, or an errno. */
static ssize_t write_part(struct stream *stream, struct kiocb *iocb, struct iov_iter *from)
{
	size_t nr = min_t(size_t, iov_iter_count(from), STREAM_KEEPS_BYTES);
	size_t copied = copy_from_iter(stream->in, nr, from);
	struct stream_answer answer;
	ssize_t written = copied < nr ? -EFAULT : 0;

	if (!written && !stream->raw) {
		stream->in_nr = nr;
		written = stream_ask(stream, STREAM_WRITE, 0, iocb->ki_pos, &answer);
		stream->passed |= !written;
	}
	if (written >= 0)
		written = stream_write_raw(stream, stream->in, nr, iocb->ki_pos,
					   iocb->ki_flags & ~IOCB_APPEND);
	if (written > 0)
		iocb->ki_pos += written;
	if (written < (ssize_t)nr)
		iov_iter_revert(from, copied - max_t(ssize_t, written, 0));
	return written;
}

ssize_t stream_keep_write(struct stream *stream, struct kiocb *iocb, struct iov_iter *from)
{
	bool appends = iocb->ki_flags & IOCB_APPEND;
	ssize_t done = 0, nr = 0;

	if (appends) {
		mutex_lock(&appending);
		iocb->ki_pos = i_size_read(file_inode(stream->file));
	}
	while (iov_iter_count(from)) {
		nr = write_part(stream, iocb, from);
		if (nr <= 0)
			break;
		done += nr;
	}
	if (appends)
		mutex_unlock(&appending);
	return done ? done : nr;
}
