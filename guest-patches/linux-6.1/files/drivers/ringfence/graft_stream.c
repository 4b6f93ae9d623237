// SPDX-License-Identifier: GPL-2.0-only
/* The graft point `stream`: what a process reads of a file, and what is written to it. */
#include <linux/atomic.h>
#include <linux/hugetlb.h>
#include <linux/jhash.h>
#include <linux/ringfence_graft.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "audit.h"
#include "points.h"
#include "stream.h"

/* A question that is being asked. */
struct asking {
	struct stream *stream;
	u32 request;
	bool is_last; /* STREAM_LAST */
	u64 position;
	struct stream_answer answer;
};

static void write_bytes(void *what, void *window)
{
	const struct asking *asking = what;
	const struct stream *stream = asking->stream;
	struct stream_window *question = window;

	question->position = asking->position;
	question->taken = 0;
	question->head = 0;
	question->unit = 1;
	memcpy(question->state, stream->state, sizeof(question->state));
	memcpy(question->in, stream->in, stream->in_nr);
}

static const char *check_plan(struct stream *stream, const struct stream_window *answer, u32 value)
{
	return stream_judge_plan(value, READ_ONCE(answer->head), READ_ONCE(answer->unit),
				 stream->flags, &stream->plan);
}

static const char *check_bytes(void *what, const void *window, u32 value)
{
	const struct stream_window *answer = window;
	struct asking *asking = what;
	struct stream *stream = asking->stream;
	const struct stream_offer offer = {
		.kind = stream->plan.kind,
		.request = asking->request,
		.nr = stream->in_nr,
		.fruitless = stream->fruitless,
		.waits = stream->flags & STREAM_SOCKET && !asking->is_last,
	};
	const char *refusal;

	if (asking->request == STREAM_OPEN)
		refusal = check_plan(stream, answer, value);
	else
		refusal = stream_judge_bytes(&offer, value, READ_ONCE(answer->taken),
					     &asking->answer);
	if (refusal)
		return refusal;
	if (asking->request != STREAM_OPEN)
		memcpy(stream->out, answer->out, asking->answer.given);
	memcpy(stream->state, answer->state, sizeof(stream->state));
	return NULL;
}

/* For an audit: what the graft was asked about, and its state. */
static u32 hash_stream(const void *what)
{
	const struct stream *stream = ((const struct asking *)what)->stream;

	return jhash(stream->in, stream->in_nr,
		     jhash2(stream->state, STREAM_STATE, stream->passed));
}

/* False: the graft has failed, or is gone. */
static bool ask(struct asking *asking, u32 flags)
{
	struct stream *stream = asking->stream;
	u32 args[] = { 0,
		       asking->request,
		       stream->in_nr,
		       stream->flags | flags,
		       stream->number,
		       stream->source };
	const struct core_question question = {
		.point = &point_stream,
		.args = args,
		.write = write_bytes,
		.check = check_bytes,
		.what = asking,
	};

	return audited_ask_graft(&question, stream->graft, hash_stream);
}

int stream_ask(struct stream *stream, u32 request, u32 flags, u64 position,
	       struct stream_answer *answer)
{
	struct asking asking = { .stream = stream,
				 .request = request,
				 .is_last = flags & STREAM_LAST,
				 .position = position };

	if (!ask(&asking, flags)) {
		stream->raw = !stream->passed && !stream->fails_closed;
		stream->broken = !stream->raw;
		return stream->raw ? 1 : -EIO;
	}
	*answer = asking.answer;
	if (answer->corrupt) {
		stream->broken = true;
		return -EBADMSG;
	}
	stream->fruitless = answer->taken ? 0 : stream->fruitless + 1;
	return 0;
}

int stream_ask_plan(struct stream *stream)
{
	struct asking asking = { .stream = stream, .request = STREAM_OPEN };

	if (ask(&asking, 0))
		return stream->plan.kind == STREAM_REFUSE ? -EACCES : 0;
	stream->plan.kind = STREAM_PASS;
	return stream->fails_closed ? -EIO : 1;
}

u32 stream_new_number(void)
{
	static atomic_t numbers;

	return atomic_inc_return(&numbers);
}

/* Ask about the open file, with its first bytes in hand. 0, or an errno if it cannot be opened. */
static int ask_to_open(struct stream *stream)
{
	ssize_t nr = 0;

	if (stream->flags & STREAM_READS)
		nr = stream_read_raw(stream, stream->in, STREAM_HEAD_BYTES, 0);
	stream->in_nr = nr > 0 ? nr : 0;
	return min(stream_ask_plan(stream), 0);
}

/* Of regular files those with a page cache can be streams: not those of /proc and /sys. */
static bool is_fit(struct file *file)
{
	const struct address_space_operations *aops = file->f_mapping->a_ops;
	const struct file_operations *fops = file->f_op;

	if (!S_ISREG(file_inode(file)->i_mode) || is_file_hugepages(file) ||
	    (!aops->read_folio && !aops->dirty_folio))
		return false;
	/* A program that is executed, and what a file system opens for itself. */
	if (file->f_flags & __FMODE_EXEC || file->f_mode & (FMODE_NOACCOUNT | FMODE_PATH))
		return false;
	return !fops->read && !fops->write && (!(file->f_mode & FMODE_READ) || fops->read_iter) &&
	       (!(file->f_mode & FMODE_WRITE) || fops->write_iter);
}

/* Ask the graft whether the file becomes a stream, and make it one. */
static int open_stream(struct file *file, const struct core_chosen *chosen)
{
	struct stream *stream = kzalloc(sizeof(*stream), GFP_KERNEL_ACCOUNT);
	u8 *head = kmalloc(STREAM_HEAD_BYTES, GFP_KERNEL_ACCOUNT);
	int err = stream && head ? 0 : -ENOMEM;

	if (!err) {
		stream->file = file;
		stream->inner = file->f_op;
		stream->number = stream_new_number();
		stream->source = file_inode(file)->i_ino;
		stream->flags = (file->f_mode & FMODE_READ ? STREAM_READS : 0) |
				(file->f_mode & FMODE_WRITE ? STREAM_WRITES : 0);
		stream->graft = chosen->id;
		stream->fails_closed = chosen->fails_closed;
		stream->in = head;
		err = ask_to_open(stream);
	}
	kfree(head);
	if (!err && stream->plan.kind != STREAM_PASS) {
		err = stream_begin(stream);
		if (!err)
			return 0;
	}
	kfree(stream);
	return err;
}

int graft_open_stream(struct file *file)
{
	const uintptr_t keys[CORE_SCOPES] = {
		[CORE_SCOPE_FILE] = POINT_FILE_KEY(file->f_mapping->host),
		[CORE_SCOPE_PROCESS] = POINT_PROCESS_KEY(task_tgid(current)),
		[CORE_SCOPE_CGROUP] = POINT_CGROUP_KEY(cgroup_of_current()),
	};
	struct core_chosen chosen;

	if (!is_fit(file) || !core_choose(&point_stream, keys, &chosen))
		return 0;
	return chosen.shut ? -EIO : open_stream(file, &chosen);
}
