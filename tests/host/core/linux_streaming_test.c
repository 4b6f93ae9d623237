// SPDX-License-Identifier: MIT
/*
 * Streams, against a file in memory and a graft in this program.
 *
 * Claims: whatever the lengths of reads and writes, a process gets the filtered bytes of the file, and the file those of
 * the process, each once and in order, by a filter that keeps lengths, in units and with a head, from any
 * position; and by one that takes and gives as much as it likes. If the graft fails before a byte has passed, the bytes are
 * those without a filter; else what came before is followed by an error, for ever. A short write of the file is
 * told to the process. Cannot tell: what Linux does with the file operations.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "../check.h"

/* ---- the part of Linux that streams use ---- */
typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
#define min(a, b)		 ((a) < (b) ? (a) : (b))
#define min_t(type, a, b)	 ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)	 ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define roundup(n, unit)	 (((n) + (unit)-1) / (unit) * (unit))
#define rounddown(n, unit)	 ((n) / (unit) * (unit))
#define div_u64_rem(n, by, rest) ((void)(*(rest) = (u32)((u64)(n) % (by))))
#define READ_ONCE(what)		 (what)
#define IOCB_APPEND		 1
#define IOCB_DSYNC		 2
#define FAKE_ROOM		 400000

struct inode {
	size_t size;
};
struct file {
	struct inode inode;
	unsigned int f_flags;
};
struct file_operations {
	int unused;
};
struct mutex {
	int unused;
};
struct kiocb {
	struct file *ki_filp;
	loff_t ki_pos;
	int ki_flags;
};
/* The process's memory: faults from `fault` on. */
struct iov_iter {
	u8 *at;
	size_t left, fault;
};

#define O_APPEND	     02000
#define DEFINE_MUTEX(name)   struct mutex name
#define mutex_lock(mutex)    ((void)(mutex))
#define mutex_unlock(mutex)  ((void)(mutex))
#define file_inode(file)     (&(file)->inode)
#define i_size_read(inode)   ((loff_t)(inode)->size)
#define iov_iter_count(iter) ((iter)->left)
#define current		     NULL
static bool is_dying;
#define fatal_signal_pending(task) ((void)(task), is_dying)

static size_t move(struct iov_iter *iter, size_t nr)
{
	nr = min(min(nr, iter->left), iter->fault);
	iter->at += nr;
	iter->left -= nr;
	iter->fault -= nr;
	return nr;
}

static size_t copy_to_iter(const void *from, size_t nr, struct iov_iter *iter)
{
	u8 *to = iter->at;

	nr = move(iter, nr);
	memcpy(to, from, nr);
	return nr;
}

static size_t copy_from_iter(void *to, size_t nr, struct iov_iter *iter)
{
	const u8 *from = iter->at;

	nr = move(iter, nr);
	memcpy(to, from, nr);
	return nr;
}

static void iov_iter_revert(struct iov_iter *iter, size_t nr)
{
	iter->at -= nr;
	iter->left += nr;
	iter->fault += nr;
}

#include "stream_answer.c"
#include "stream_keep.c"
#define fill fill_change
#include "stream_change.c"
#undef fill
/* ---- the file, and the graft ---- */
static u8 disk[FAKE_ROOM];
static size_t disk_room; /* bytes that the file may have */
static struct file file;
static u8 in[STREAM_BYTES], out[STREAM_BYTES];
static struct stream stream;
static unsigned int asked,
	fails_at; /* questions, and the one that the graft fails at, from 1; 0: none */
static unsigned int seed = 1;

static unsigned int below(unsigned int limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

/* Often few, sometimes many, and at most so many. */
static size_t some(size_t most)
{
	size_t nr = below(4) ? 1 + below(300) : 1 + below(60000);

	return min(nr, most);
}

ssize_t stream_read_raw(struct stream *from, void *to, size_t nr, loff_t at)
{
	CHECK(from == &stream && at >= 0);
	nr = (size_t)at >= file.inode.size ? 0 : min(nr, file.inode.size - (size_t)at);
	memcpy(to, disk + at, nr);
	return (ssize_t)nr;
}

ssize_t stream_write_raw(struct stream *to, const void *from, size_t nr, loff_t at, int flags)
{
	CHECK(to == &stream);
	if (flags & IOCB_APPEND)
		at = (loff_t)file.inode.size;
	nr = (size_t)at >= disk_room ? 0 : min(nr, disk_room - (size_t)at);
	if (!nr)
		return -ENOSPC;
	memcpy(disk + at, from, nr);
	file.inode.size = max_t(size_t, file.inode.size, (size_t)at + nr);
	return (ssize_t)nr;
}

/* Keeps lengths: each byte with its position, from the head on. */
static u8 mask(u64 position)
{
	return (u8)(position * 7 + position / 256 + 1);
}

static void keep(const struct stream *kept, u32 request, u64 position, struct stream_answer *answer)
{
	u32 i;

	CHECK(position >= kept->plan.head && (position - kept->plan.head) % kept->plan.unit == 0);
	CHECK(request == STREAM_WRITE || kept->in_nr % kept->plan.unit == 0 ||
	      position + kept->in_nr == file.inode.size);
	for (i = 0; i < kept->in_nr; i++)
		kept->out[i] = kept->in[i] ^ mask(position + i);
	answer->taken = answer->given = kept->in_nr;
}

/* Changes lengths: gives each byte twice, as few or many at a time as it likes; at the end one more. */
static void change(struct stream *changed, u32 request, u32 flags, u64 position,
		   struct stream_answer *answer)
{
	u32 most = below(3) ? STREAM_BYTES / 2 : 1 + below(500), i;

	CHECK(position == changed->before);
	answer->taken = min(changed->in_nr, most);
	for (i = 0; i < answer->taken; i++)
		changed->out[2 * i] = changed->out[2 * i + 1] = changed->in[i];
	answer->given = 2 * answer->taken;
	if (!changed->in_nr && flags & STREAM_LAST && !changed->state[0]) {
		changed->state[0] = 1;
		changed->out[0] = 'E';
		answer->given = 1;
	}
	(void)request;
}

int stream_ask(struct stream *of, u32 request, u32 flags, u64 position,
	       struct stream_answer *answer)
{
	CHECK(of == &stream && !of->raw && !of->broken && of->in_nr <= STREAM_BYTES);
	if (++asked == fails_at) {
		of->raw = !of->passed && !of->fails_closed;
		of->broken = !of->raw;
		return of->raw ? 1 : -EIO;
	}
	*answer = (struct stream_answer){ 0 };
	if (of->plan.kind == STREAM_KEEPS)
		keep(of, request, position, answer);
	else
		change(of, request, flags, position, answer);
	return 0;
}

static void begin(struct stream_plan plan, u32 flags)
{
	memset(in, 0x11, sizeof(in));
	memset(out, 0x22, sizeof(out));
	stream = (struct stream){ .file = &file, .plan = plan, .flags = flags, .in = in };
	stream.out = plan.kind == STREAM_KEEPS ? in : out;
	asked = 0;
}

static void make_file(size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		disk[i] = (u8)below(256);
	file = (struct file){ .inode = { size } };
	disk_room = FAKE_ROOM;
}
/* ---- a process ---- */
static u8 memory[2 * FAKE_ROOM + 1], wanted[2 * FAKE_ROOM + 1];
static loff_t place;

static ssize_t do_read(size_t nr)
{
	struct iov_iter to = { memory, nr, SIZE_MAX };
	struct kiocb iocb = { &file, place, 0 };
	ssize_t got;

	if (stream.raw &&
	    stream.plan.kind == STREAM_CHANGES) { /* as read_through() of stream_file.c does */
		got = stream_read_raw(&stream, memory, nr, stream.at);
		stream.at += got;
		return got;
	}
	got = stream.broken		       ? -EIO :
	      stream.plan.kind == STREAM_KEEPS ? stream_keep_read(&stream, &iocb, &to) :
						 stream_change_read(&stream, &to);

	CHECK(stream.plan.kind != STREAM_KEEPS || iocb.ki_pos == place + max_t(ssize_t, got, 0));
	place = iocb.ki_pos;
	return got;
}

static ssize_t do_write(const u8 *from, size_t nr, int flags)
{
	struct iov_iter source = { (u8 *)from, nr, SIZE_MAX };
	struct kiocb iocb = { &file, place, flags };
	ssize_t done = stream.broken ? -EIO :
		       stream.plan.kind == STREAM_KEEPS ?
				       stream_keep_write(&stream, &iocb, &source) :
				       stream_change_write(&stream, &iocb, &source);

	CHECK(done < 0 || stream.plan.kind != STREAM_KEEPS || source.left == nr - (size_t)done);
	place = iocb.ki_pos;
	return done;
}

static void reads_that_keep(void)
{
	static const struct stream_plan plans[] = { { STREAM_KEEPS, 0, 1 },
						    { STREAM_KEEPS, 15, 3 },
						    { STREAM_KEEPS, 40000, 512 },
						    { STREAM_KEEPS, 7, STREAM_UNIT_MAX },
						    { STREAM_KEEPS, UINT32_MAX, 1 } };
	static const size_t sizes[] = { 0, 1, 14, 15, 17, 5000, 16384, 16385, 100000 };
	size_t i, j, size, at;
	ssize_t nr;

	for (i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			size = sizes[j];
			make_file(size);
			for (at = 0; at < size; at++)
				wanted[at] = at < plans[i].head ? disk[at] : disk[at] ^ mask(at);
			begin(plans[i], STREAM_READS);
			for (nr = 0; nr < 300; nr++) {
				size_t length = below(4) ? 1 + below(200) : 1 + below(60000);

				at = below((unsigned int)size + 5);
				place = (loff_t)at;
				length = at >= size ? 0 * (size_t)do_read(length) : length;
				if (at >= size)
					continue;
				CHECK(do_read(length) == (ssize_t)min(length, size - at));
				CHECK(!memcmp(memory, wanted + at, min(length, size - at)));
			}
		}
}

static void writes_that_keep(void)
{
	size_t size = 150000, at, i;

	make_file(size);
	memcpy(wanted, disk, size);
	file.inode.size = 0;
	begin((struct stream_plan){ STREAM_KEEPS, 0, 1 }, STREAM_WRITES);
	for (at = 0; at < size;) {
		size_t nr = some(size - at);

		place = (loff_t)(below(2) ? at : 7); /* appending, it is not looked at */
		CHECK(do_write(wanted + at, nr, place == (loff_t)at ? 0 : IOCB_APPEND) ==
		      (ssize_t)nr);
		at += nr;
		CHECK(place == (loff_t)at);
	}
	for (i = 0; i < size; i++)
		CHECK(disk[i] == (wanted[i] ^ mask(i)));
	/* The disk is full. */
	disk_room = 20000;
	file.inode.size = place = 0;
	CHECK(do_write(wanted, 50000, 0) == 20000 && place == 20000);
	CHECK(do_write(wanted, 1, 0) == -ENOSPC && place == 20000);
}

/* Reads all with reads of many lengths. Returns how much there was; *@err is 0 or the error behind. */
static size_t read_all(ssize_t *err)
{
	static u8 all[2 * FAKE_ROOM + 1];
	size_t done = 0;
	ssize_t nr;

	place = 0;
	while ((nr = do_read(below(3) ? 1 + below(100) : 1 + below(200000))) > 0) {
		memcpy(all + done, memory, (size_t)nr);
		done += (size_t)nr;
	}
	memcpy(memory, all, done);
	*err = nr;
	return done;
}

static void reads_that_change(void)
{
	static const size_t sizes[] = {
		0, 1, 1000, STREAM_BYTES - 1, STREAM_BYTES, STREAM_BYTES + 1, 300000
	};
	size_t i, j;
	ssize_t err;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make_file(sizes[i]);
		begin((struct stream_plan){ .kind = STREAM_CHANGES }, STREAM_READS);
		CHECK(read_all(&err) == 2 * sizes[i] + 1 && !err && stream.ended);
		for (j = 0; j < 2 * sizes[i]; j++)
			CHECK(memory[j] == disk[j / 2]);
		CHECK(memory[j] == 'E' && !do_read(10));
	}
}

static void writes_that_change(void)
{
	static const size_t sizes[] = { 0, 1, 1000, STREAM_BYTES, 190000 };
	size_t i, j, at;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make_file(sizes[i]);
		memcpy(wanted, disk, sizes[i]);
		file.inode.size = 0;
		begin((struct stream_plan){ .kind = STREAM_CHANGES }, STREAM_WRITES);
		for (at = 0; at < sizes[i];) {
			size_t nr = some(sizes[i] - at);

			CHECK(do_write(wanted + at, nr, 0) == (ssize_t)nr);
			at += nr;
			if (!below(5)) {
				CHECK(!stream_change_flush(&stream, STREAM_FLUSH));
				CHECK(file.inode.size == 2 * at && !stream.in_nr && !stream.ended);
			}
		}
		CHECK(!stream_change_flush(&stream, STREAM_LAST) && stream.ended);
		CHECK(!stream_change_flush(&stream, STREAM_LAST));
		CHECK(file.inode.size == 2 * sizes[i] + 1 && disk[2 * sizes[i]] == 'E',
		      "%zu of %zu", file.inode.size, sizes[i]);
		for (j = 0; j < 2 * sizes[i]; j++)
			CHECK(disk[j] == wanted[j / 2]);
	}
	/* The disk is full: told at the flush, and from then on. */
	file.inode.size = 0;
	disk_room = 1000;
	begin((struct stream_plan){ .kind = STREAM_CHANGES }, STREAM_WRITES);
	CHECK(do_write(wanted, 2000, 0) == 2000);
	CHECK(stream_change_flush(&stream, STREAM_FLUSH) == -EIO && do_write(wanted, 1, 0) == -EIO);
	disk_room = FAKE_ROOM;
}

/* The graft fails at each of its questions. */
static void failing_reads(void)
{
	size_t size = 100000, got, i;
	bool keeps, closed;
	ssize_t err;

	make_file(size);
	for (i = 0; i < 40; i++) {
		keeps = i & 1;
		closed = i & 2;
		begin((struct stream_plan){ keeps ? STREAM_KEEPS : STREAM_CHANGES, 0, 1 },
		      STREAM_READS);
		stream.fails_closed = closed;
		fails_at = 1 + (unsigned int)i / 4;
		got = read_all(&err);
		if (!stream.raw) {
			size_t j;

			CHECK(err == (asked < fails_at ? 0 : -EIO));
			for (j = 0; j < got && j < 2 * size; j++)
				CHECK(memory[j] == (keeps ? (disk[j] ^ mask(j)) : disk[j / 2]));
			CHECK(!closed || fails_at > 1 || !got);
			CHECK(asked < fails_at || do_read(1) == -EIO);
		} else {
			CHECK(!closed && !err && got == size && !memcmp(memory, disk, size));
		}
	}
	fails_at = 0;
}

static void failing_writes(void)
{
	size_t size = 150000, at, i;
	ssize_t nr = 0;
	bool keeps, closed;

	make_file(size);
	memcpy(wanted, disk, size);
	for (i = 0; i < 24; i++) {
		keeps = i & 1;
		closed = i & 2;
		begin((struct stream_plan){ keeps ? STREAM_KEEPS : STREAM_CHANGES, 0, 1 },
		      STREAM_WRITES);
		stream.fails_closed = closed;
		fails_at = 1 + (unsigned int)i / 4;
		file.inode.size = 0;
		place = 0;
		for (at = 0; at < size; at += (size_t)nr) {
			nr = do_write(wanted + at, min(size - at, 30000u), 0);
			if (nr < 0)
				break;
			if (stream.raw) { /* as write_through() of stream_file.c does */
				CHECK(stream.plan.kind == STREAM_KEEPS ||
				      (size_t)stream.at == at + (size_t)nr);
				break;
			}
		}
		if (!keeps && nr >= 0 && !stream.raw)
			nr = stream_change_flush(&stream, STREAM_LAST);
		if (stream.raw) {
			CHECK(!closed && fails_at == 1 && file.inode.size &&
			      !memcmp(disk, wanted, file.inode.size));
			continue;
		}
		CHECK(nr == -EIO || asked < fails_at);
		for (at = 0; at < file.inode.size && asked >= fails_at; at++)
			CHECK(disk[at] == (keeps ? (wanted[at] ^ mask(at)) : wanted[at / 2]));
	}
	fails_at = 0;
}

/* The process's memory ends in the middle, or the process is to end. */
static void faults(void)
{
	struct iov_iter to = { memory, 50000, 20000 };
	struct kiocb iocb = { &file, 0, 0 };
	ssize_t err;

	make_file(100000);
	begin((struct stream_plan){ STREAM_KEEPS, 0, 1 }, STREAM_READS);
	CHECK(stream_keep_read(&stream, &iocb, &to) == 20000 && iocb.ki_pos == 20000);
	CHECK(stream_keep_read(&stream, &iocb, &to) == -EFAULT && iocb.ki_pos == 20000);
	begin((struct stream_plan){ .kind = STREAM_CHANGES }, STREAM_READS);
	to = (struct iov_iter){ memory, 50000, 20000 };
	CHECK(stream_change_read(&stream, &to) == 20000);
	CHECK(stream_change_read(&stream, &to) == -EFAULT);
	is_dying = true;
	begin((struct stream_plan){ .kind = STREAM_CHANGES }, STREAM_READS);
	CHECK(!read_all(&err) && err == -EINTR);
	is_dying = false;
}

int main(void)
{
	reads_that_keep();
	writes_that_keep();
	reads_that_change();
	writes_that_change();
	failing_reads();
	failing_writes();
	faults();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
