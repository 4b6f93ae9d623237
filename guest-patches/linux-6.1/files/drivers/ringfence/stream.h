/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Streams: open files whose bytes a graft of the point `stream` filters on their way to and from
 * processes. Decision 0026 has the reasons.
 *
 * A file becomes a stream when it is opened, and stays one until it is closed: its file_operations
 * are replaced by the stream's. What the stream does not have there, as mmap, fails. A stream that
 * KEEPS lengths has the file's positions; one that CHANGES them goes from the begin to the end, like a
 * pipe.
 *
 * Connections are two streams each, see stream_socket.h.
 *
 * The stream belongs to the graft that was asked when it was opened. If the graft fails or is gone
 * before a filtered byte has passed, the stream goes on unfiltered (raw), unless the graft fails closed; later
 * each read and write fails with -EIO (broken), so nobody gets filtered bytes followed by others.
 */
#ifndef RINGFENCE_STREAM_H
#define RINGFENCE_STREAM_H

#include <linux/fs.h>
#include <linux/mutex.h>

#include "stream_answer.h"

/* A filter that keeps lengths is offered at most so much at a time, and other tasks wait as long. */
#define STREAM_KEEPS_BYTES 16384u

struct stream {
	struct file_operations fops; /* the file's, in place of `inner` */
	const struct file_operations *inner;
	struct file *file;
	u32 number; /* never given twice */
	u32 flags;  /* STREAM_READS, STREAM_WRITES, STREAM_SOCKET */
	u32 source; /* what the graft gets as `file` */
	u32 graft;  /* id */
	bool fails_closed;
	struct stream_plan plan;

	struct mutex lock; /* guards all below, and buffers */
	bool raw, broken;
	bool passed; /* a filtered byte has reached the process or the file, or the graft took one */
	u32 state[STREAM_STATE];
	u8 *in, *out;	    /* out is in, if the plan keeps lengths */
	u32 in_nr;	    /* bytes in `in` */
	u32 out_at, out_nr; /* bytes of `out` from out_at on have not been delivered */
	loff_t at;	    /* in the file, behind the bytes that were read, or written */
	u64 before;	    /* bytes that the graft has taken */
	u32 fruitless;	    /* as in struct stream_offer */
	bool at_end;	    /* of the file that is read */
	bool ended;	    /* the graft has given its last byte */
	int error; /* of the end of a stream that is written; of a socket: to be told to the process */
};

/* In graft_stream.c. */

/*
 * Ask the stream's graft to filter stream->in_nr bytes of stream->in, which are at @position, to
 * stream->out. 0; -EBADMSG: the graft says that they are no bytes of its kind; 1: the stream is raw
 * from now on; -EIO: it is broken.
 */
int stream_ask(struct stream *stream, u32 request, u32 flags, u64 position,
	       struct stream_answer *answer);

/*
 * Ask the stream's graft whether it filters, with stream->in_nr bytes of stream->in in hand. 0, and stream->plan is set; -EACCES: the
 * graft refuses; -EIO: the graft has failed, and fails closed; 1: the graft has failed, and the plan is STREAM_PASS.
 */
int stream_ask_plan(struct stream *stream);
u32 stream_new_number(void);

/* In stream_file.c. */

/* Read up to @nr bytes of the file, less only at its end. An errno: nothing was read. */
ssize_t stream_read_raw(struct stream *stream, void *to, size_t nr, loff_t at);
/* Write to the file, with what @iocb_flags has of IOCB_APPEND, _DSYNC and _SYNC. Returns how much; an errno: nothing was written. */
ssize_t stream_write_raw(struct stream *stream, const void *from, size_t nr, loff_t at,
			 int iocb_flags);
/* Make the open file a stream. 0 or -ENOMEM. The stream is then the file's. */
int stream_begin(struct stream *stream);

/* In stream_keep.c, with the lock. */

ssize_t stream_keep_read(struct stream *stream, struct kiocb *iocb, struct iov_iter *to);
ssize_t stream_keep_write(struct stream *stream, struct kiocb *iocb, struct iov_iter *from);

/* In stream_change.c, with the lock. */

ssize_t stream_change_read(struct stream *stream, struct iov_iter *to);
ssize_t stream_change_write(struct stream *stream, struct kiocb *iocb, struct iov_iter *from);
/*
 * Have the graft take all that was written; with STREAM_LAST for the last time. 0 or an errno. The
 * caller has begun a write.
 */
int stream_change_flush(struct stream *stream, u32 flag);

#endif /* RINGFENCE_STREAM_H */
