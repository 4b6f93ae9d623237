// SPDX-License-Identifier: GPL-2.0-only
/* Streams as open files: file operations, and what they do to the file below. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "stream.h"

static struct stream *stream_of(const struct file *file)
{
	return container_of(file->f_op, struct stream, fops);
}

/* Have the file below do @operation for all @nr bytes of @bytes, or until it has no more. */
static ssize_t transfer(struct stream *stream,
			ssize_t (*operation)(struct kiocb *iocb, struct iov_iter *iter),
			unsigned int direction, void *bytes, size_t nr, loff_t at, int iocb_flags)
{
	size_t done = 0;
	ssize_t err = 0;

	while (done < nr) {
		struct kvec vec = { .iov_base = bytes + done, .iov_len = nr - done };
		struct kiocb iocb;
		struct iov_iter iter;

		init_sync_kiocb(&iocb, stream->file);
		iocb.ki_flags = iocb_flags;
		iocb.ki_pos = at + done;
		iov_iter_kvec(&iter, direction, &vec, 1, vec.iov_len);
		err = operation(&iocb, &iter);
		if (err <= 0)
			break;
		done += err;
	}
	return done ? done : err;
}

ssize_t stream_read_raw(struct stream *stream, void *to, size_t nr, loff_t at)
{
	return transfer(stream, stream->inner->read_iter, ITER_DEST, to, nr, at, 0);
}

ssize_t stream_write_raw(struct stream *stream, const void *from, size_t nr, loff_t at,
			 int iocb_flags)
{
	return transfer(stream, stream->inner->write_iter, ITER_SOURCE, (void *)from, nr, at,
			iocb_flags & (IOCB_APPEND | IOCB_DSYNC | IOCB_SYNC));
}

/* Of a raw stream: as if there was none. */
static ssize_t read_through(struct stream *stream, struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t nr;

	if (stream->plan.kind == STREAM_CHANGES)
		iocb->ki_pos = stream->at;
	nr = stream->inner->read_iter(iocb, to);
	stream->at = iocb->ki_pos;
	return nr;
}

static ssize_t write_through(struct stream *stream, struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t nr;

	if (stream->plan.kind == STREAM_CHANGES)
		iocb->ki_pos = stream->at;
	nr = stream->inner->write_iter(iocb, from);
	stream->at = iocb->ki_pos;
	return nr;
}

static ssize_t read_stream(struct kiocb *iocb, struct iov_iter *to)
{
	struct stream *stream = stream_of(iocb->ki_filp);
	ssize_t nr = mutex_lock_killable(&stream->lock);

	if (nr)
		return nr;
	if (stream->broken)
		nr = -EIO;
	else if (stream->raw)
		nr = read_through(stream, iocb, to);
	else if (stream->plan.kind == STREAM_KEEPS)
		nr = stream_keep_read(stream, iocb, to);
	else
		nr = stream_change_read(stream, to);
	mutex_unlock(&stream->lock);
	return nr;
}

static ssize_t write_stream(struct kiocb *iocb, struct iov_iter *from)
{
	struct stream *stream = stream_of(iocb->ki_filp);
	ssize_t nr = mutex_lock_killable(&stream->lock);

	if (nr)
		return nr;
	if (stream->broken)
		nr = -EIO;
	else if (stream->raw)
		nr = write_through(stream, iocb, from);
	else if (stream->plan.kind == STREAM_KEEPS)
		nr = stream_keep_write(stream, iocb, from);
	else
		nr = stream_change_write(stream, iocb, from);
	mutex_unlock(&stream->lock);
	return nr;
}

/* Does the graft hold back bytes that were written? */
static bool holds_back(const struct stream *stream)
{
	return stream->plan.kind == STREAM_CHANGES && stream->flags & STREAM_WRITES;
}

/* Have the graft take what was written. 0 or an errno. */
static int flush(struct stream *stream, u32 flag)
{
	int err;

	file_start_write(stream->file);
	mutex_lock(&stream->lock);
	err = stream->broken ? -EIO : stream_change_flush(stream, flag);
	mutex_unlock(&stream->lock);
	file_end_write(stream->file);
	return err;
}

static int sync_stream(struct file *file, loff_t first, loff_t last, int datasync)
{
	struct stream *stream = stream_of(file);
	int err = holds_back(stream) ? flush(stream, STREAM_FLUSH) : 0;

	return err ? err : stream->inner->fsync(file, first, last, datasync);
}

/* A descriptor is closed: if it is the file's last, end the stream here, where an error is heard. */
static int flush_stream(struct file *file, fl_owner_t id)
{
	struct stream *stream = stream_of(file);
	int err = 0, inner_err = 0;

	if (holds_back(stream) && file_count(file) == 1)
		err = flush(stream, STREAM_LAST);
	if (stream->inner->flush)
		inner_err = stream->inner->flush(file, id);
	return err ?: inner_err;
}

static int release_stream(struct inode *inode, struct file *file)
{
	struct stream *stream = stream_of(file);
	int err = 0;

	if (holds_back(stream) && !stream->ended && !stream->broken)
		flush(stream, STREAM_LAST);
	file->f_op = stream->inner; /* whose module the caller puts */
	if (stream->inner->release)
		err = stream->inner->release(inode, file);
	if (stream->out != stream->in)
		kvfree(stream->out);
	kvfree(stream->in);
	kfree(stream);
	return err;
}

int stream_begin(struct stream *stream)
{
	const struct file_operations *inner = stream->inner;
	bool keeps = stream->plan.kind == STREAM_KEEPS;
	struct file *file = stream->file;

	stream->in_nr = 0;
	stream->in = kvmalloc(keeps ? STREAM_KEEPS_BYTES : STREAM_BYTES, GFP_KERNEL_ACCOUNT);
	stream->out = keeps ? stream->in : kvmalloc(STREAM_BYTES, GFP_KERNEL_ACCOUNT);
	if (!stream->in || !stream->out) {
		if (!keeps)
			kvfree(stream->out);
		kvfree(stream->in);
		return -ENOMEM;
	}
	mutex_init(&stream->lock);
	stream->fops = (struct file_operations){
		.owner = inner->owner,
		.llseek = keeps ? inner->llseek : no_llseek,
		.read_iter = inner->read_iter ? read_stream : NULL,
		.write_iter = inner->write_iter ? write_stream : NULL,
		.flush = flush_stream,
		.release = release_stream,
		.fsync = inner->fsync ? sync_stream : NULL,
		.lock = inner->lock,
		.flock = inner->flock,
		.splice_read = generic_file_splice_read,
		.splice_write = iter_file_splice_write,
		.setlease = inner->setlease,
		.show_fdinfo = inner->show_fdinfo,
		.fadvise = inner->fadvise,
	};
	if (!keeps)
		stream_open(file_inode(file), file);
	file->f_mode &= ~(FMODE_NOWAIT | FMODE_BUF_RASYNC | FMODE_BUF_WASYNC);
	file->f_op = &stream->fops;
	return 0;
}
