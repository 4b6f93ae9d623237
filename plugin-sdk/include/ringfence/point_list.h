/* SPDX-License-Identifier: MIT */
/*
 * The graft points: the places where the guest kernel asks a plugin for a decision. These are
 * made from this list: the prototypes of grafts (<ringfence/points.h>), the kernel's table of
 * points and its functions that ask (<linux/ringfence_graft.h>), and docs/points.md.
 *
 * POINT(number, version, name, kind, context, failures, budget, question)
 *
 * number, version: identify the point and its arguments. A graft states both, and is attached
 *	only if both are the kernel's. A changed argument or structure is a new version. The
 *	number of a point that is removed is not used again.
 * name: of the point, and of the entry that plugctl attach takes unless told another.
 * kind: METHOD: of the grafts that fit, one is asked, whose answer replaces the kernel's
 *	own decision. EVENT, which no point is yet and core_ask() does not do: all that fit are
 *	asked, one after another. EVENT_RING: none is asked. For all that fit, the kernel writes a
 *	record to a ring that the plugin can only read, and does when it is called for something
 *	else (<ringfence/events.h>). A graft is called once, when it is attached, to tell where.
 * context: PROCESS: a task asks, and never an interrupt. SOFTIRQ: a softirq asks, too, so during
 *	calls of the plugin no softirq runs. SWITCH: the scheduler asks, so during calls of the plugin
 *	interrupts are off, and services that may wake up a task are refused. ANY: nobody asks.
 * failures: detach a graft after so many failures, unless plugctl attach says another number.
 * budget: microseconds of CPU time that a graft has for an answer. An attach lowers the budget
 *	of the plugin to it.
 * question: what the graft decides, for people.
 *
 * Besides, for each point NAME there are
 *
 *	struct NAME_window	in pages that the kernel shares with the plugin from the first
 *				attach on; the first argument of a graft points to it
 *	POINT_ARGS_NAME(ARG)	the other arguments, at most five: ARG(type, name, meaning)
 */
#ifndef RINGFENCE_POINT_LIST_H
#define RINGFENCE_POINT_LIST_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define POINT_LIST(POINT)                                                                   \
	POINT(1, 1, readahead, METHOD, PROCESS, 3, 10000,                                   \
	      "which pages of a file to read from the disk before a process asks for them") \
	POINT(2, 1, trial, METHOD, PROCESS, 3, 10000,                                       \
	      "what a process asks with plugctl ask, to try out a graft")                   \
	POINT(3, 1, evict, METHOD, PROCESS, 3, 10000,                                       \
	      "which pages of files to drop from memory when there is too little of it")    \
	POINT(5, 1, packet, METHOD, SOFTIRQ, 3, 1000,                                       \
	      "what becomes of a datagram at a UDP socket")                                 \
	POINT(7, 1, sched, METHOD, SWITCH, 1, 1000, "which task of a cgroup runs next")     \
	POINT(8, 1, stream, METHOD, PROCESS, 3, 10000,                                      \
	      "what processes read of a file or connection, and what they write to it")     \
	POINT(9, 1, touched, EVENT_RING, ANY, 3, 10000,                                     \
	      "nothing: a record of each page of a file that is used, for other grafts")

/*
 * The head of the window of a point of kind EVENT_RING, struct NAME_window. Behind it are the events,
 * whose size and number are powers of two. An event's number is the bytes of all before it, modulo
 * 2^32, so its place is its number modulo the bytes of all in the ring. The first one has another
 * number than 0, as the ring has zeroes before.
 */
struct event_ring {
	uint32_t next; /* number of the next event; the newest may not be written yet */
	uint32_t reserved[3];
};

/*
 * readahead: asked when a process reads a page that is not in the page cache
 * (READAHEAD_MISSED), or a page that the graft has marked in an earlier plan
 * (READAHEAD_MARKED). The graft writes ranges of pages to the window and returns how many, at
 * most READAHEAD_RANGES; 0: read nothing ahead. READAHEAD_DEFAULT: the kernel decides, as if
 * there was no graft. The kernel reads the pages that the process has asked for in any case.
 * Not asked: if a process touches a page of a mapped file that is not in the page cache, unless
 * it has said MADV_SEQUENTIAL.
 *
 * A good plan has ranges of at least one page, each within the file, and READAHEAD_PAGES pages
 * in all at most. Pages that are in the page cache already are not read again.
 */
#define READAHEAD_RANGES  64u
#define READAHEAD_PAGES	  512u
#define READAHEAD_DEFAULT 0xffffffffu
#define READAHEAD_NO_MARK 0xffffffffu

#define READAHEAD_MISSED 0u
#define READAHEAD_MARKED 1u

struct readahead_range {
	uint32_t first; /* page of the file */
	uint32_t nr;	/* pages */
	uint32_t mark;	/* ask again when this page of the range is read, from 0; or NO_MARK */
};

struct readahead_window {
	struct readahead_range ranges[READAHEAD_RANGES]; /* the graft's answer */
};

#define POINT_ARGS_readahead(ARG)                                                   \
	ARG(uint32_t, page, "the first page that the process reads now")            \
	ARG(uint32_t, nr, "how many pages the process reads at least")              \
	ARG(uint32_t, file_pages, "size of the file in pages")                      \
	ARG(uint32_t, file, "a number of the file, the same as long as it is open") \
	ARG(uint32_t, reason, "READAHEAD_MISSED or READAHEAD_MARKED")

/*
 * trial: asked by a process (RINGFENCE_IOC_ASK) as often as the process says. The answer is
 * good if it is below the limit; the process gets the last one.
 */
struct trial_window {
	uint32_t words[256]; /* as the graft leaves them; zero at first */
};

#define POINT_ARGS_trial(ARG)                                                  \
	ARG(uint32_t, round, "how often the process has asked before, from 0") \
	ARG(uint32_t, limit, "a good answer is below")                         \
	ARG(uint32_t, a, "what the process says")                              \
	ARG(uint32_t, b, "what the process says")

/*
 * evict: asked when the kernel is about to drop pages of files from memory: because a cgroup is at
 * its limit, or because the machine has little free memory. Each candidate is a page of the page
 * cache that the kernel would try to drop now, in the order of the candidates. The graft writes to
 * `order` the index of each candidate, once: first the victims, which the kernel tries to drop in
 * that order, then the pages to keep; and returns the number of victims, `least` at least.
 * EVICT_DEFAULT: all are victims, in the kernel's order, and the kernel decides all below, too.
 *
 * The kernel has two lists of file pages, whose lengths are `active` and `inactive`. A page that
 * is read from the disk gets on the inactive list, and a page to keep is moved to the active
 * list. Candidates are the pages that have been on the inactive list longest. If that is too
 * short, the kernel moves pages from the active list to the inactive list, those first that have
 * been on the active list longest. Such pages become candidates with EVICT_WAS_ACTIVE. The graft
 * says in `inactive_share` when the inactive list is too short: if it has less than that many
 * 256ths of the pages of both lists, at most EVICT_SHARE_MAX. 0: when the kernel says so.
 * Unless that is 0, a page that was dropped and is read again gets on the inactive list, as
 * any other does; the kernel by itself would put it on the active list, if it came back soon.
 *
 * A good answer is a permutation. The kernel keeps no page if it could not drop a victim, and
 * does not drop a page that is written to or in use. With little success before, `least` is `nr`,
 * and the graft chooses an order only. Not asked: about fewer pages than EVICT_CANDIDATES_MIN.
 */
#define EVICT_CANDIDATES     32u
#define EVICT_CANDIDATES_MIN 4u
#define EVICT_SHARE_MAX	     128u
#define EVICT_DEFAULT	     0xffffffffu

/* Flags of a candidate. */
#define EVICT_REFERENCED 1u /* read, since it was read from the disk or was a candidate last */
#define EVICT_WAS_ACTIVE 2u /* was on the active list */
#define EVICT_MAPPED	 4u /* in the address space of a process */
#define EVICT_DIRTY	 8u /* to be written to the disk, before it can be dropped */

struct evict_candidate {
	uint32_t device; /* that the file is on */
	uint32_t file;	 /* inode number; of data about files (directories, inodes), the device's */
	uint32_t page;	 /* of the file */
	uint32_t flags;
};

struct evict_window {
	struct evict_candidate candidates[EVICT_CANDIDATES]; /* the kernel writes them */
	uint8_t order[EVICT_CANDIDATES];		     /* the graft's answer */
	uint32_t inactive_share;			     /* the graft's answer */
};

#define POINT_ARGS_evict(ARG)                                                         \
	ARG(uint32_t, nr, "candidates, EVICT_CANDIDATES_MIN to EVICT_CANDIDATES")     \
	ARG(uint32_t, least, "victims that the kernel needs at least, 1 to nr")       \
	ARG(uint32_t, active, "pages on the active list")                             \
	ARG(uint32_t, inactive, "pages on the inactive list, besides the candidates") \
	ARG(uint32_t, group, "a number of the cgroup whose pages these are; 1: of no cgroup's")

/*
 * packet: asked for each datagram that arrives at a UDP socket (PACKET_IN), after the socket's own
 * filter and with the right checksum, and for each that a process sends by the socket (PACKET_OUT).
 * The kernel has copied the first PACKET_BYTES of the payload to the window, or all if there are
 * less; what is behind it there is of earlier datagrams. The graft returns
 *
 * PACKET_PASS: the datagram goes on, as if there was no graft;
 * PACKET_DROP: the datagram is lost;
 * PACKET_REPLY(nr): only with PACKET_IN: the kernel sends the first nr bytes of `reply` from the
 * socket to the sender, and the socket does not get the datagram. At most PACKET_BYTES. A reply that
 * cannot be sent is lost.
 *
 * Addresses and ports are in the host's byte order: 127.0.0.1 is 0x7f000001.
 */
#define PACKET_BYTES 1472u

#define PACKET_IN  0u
#define PACKET_OUT 1u

#define PACKET_PASS	 0u
#define PACKET_DROP	 1u
#define PACKET_REPLY(nr) (0x10000u | (nr))

struct packet_window {
	uint8_t payload[PACKET_BYTES]; /* of the datagram */
	uint8_t reply[PACKET_BYTES];   /* the graft's answer with PACKET_REPLY */
};

#define POINT_ARGS_packet(ARG)                                             \
	ARG(uint32_t, direction, "PACKET_IN or PACKET_OUT")                \
	ARG(uint32_t, length, "bytes of the datagram's payload, to 65507") \
	ARG(uint32_t, address, "IPv4 address of the other side")           \
	ARG(uint32_t, port, "UDP port of the other side")                  \
	ARG(uint32_t, local_port, "UDP port of the socket")

/*
 * sched: asked when the kernel is about to choose which task of a cgroup runs next (`SCHED_PICK`), and
 * when a task of the cgroup is woken up while another one of it runs (`SCHED_WAKE`). Which of several
 * cgroups runs is the kernel's decision, and time that a cgroup has used is its own, whichever
 * task has run.
 *
 * Candidate 0 is the task that the kernel would run by itself. `SCHED_PICK`: the others are tasks that
 * could run, too, the one first that has had least of its share. `SCHED_WAKE`: there are two candidates, the
 * task that runs (`SCHED_RUNS`) and the one that is woken up. The graft returns the index of the task
 * that is to run, or `SCHED_DEFAULT`: the kernel decides, as if there was no graft. With
 * `SCHED_WAKE` the task that runs is preempted as soon as it does not run in the kernel.
 * To `SCHED_PICK` the graft may answer `SCHED_KEEP`(index): until the kernel asks `SCHED_PICK` again, no task that
 * is woken up preempts this one, and the kernel does not ask.
 *
 * `owed_us` is CPU time that the cgroup has used while the graft passed over candidate 0. It grows while
 * another candidate runs that the graft has named, and shrinks four times as fast while one runs that
 * the kernel has chosen. While it is above `SCHED_OWED_US`, the answer to `SCHED_PICK` must be 0 or
 * `SCHED_DEFAULT`: otherwise the task would starve, and the graft has failed. The kernel then asks at the
 * next tick at the latest. So a task that the kernel would run waits for less than 10 ms of the
 * cgroup's time, and the kernel's own choices get a fifth of it at least.
 *
 * Times of candidates are in units of 1,024 ns, so 2^32 are 73 minutes. Not asked: if only one task could run; if the kernel
 * would run the tasks of a cgroup below, which is a group of its own; about real-time tasks.
 * To a graft that the scheduler asks, the service `random` is refused with EBUSY.
 */
#define SCHED_CANDIDATES 32u
#define SCHED_DEFAULT	 0xffffffffu
#define SCHED_OWED_US	 5500u

#define SCHED_KEEP(index) (0x100u | (index))

#define SCHED_PICK 0u
#define SCHED_WAKE 1u

/* Flags of a candidate. */
#define SCHED_RUNS  1u /* is the task that runs, or has run up to now and could go on */
#define SCHED_WOKEN 2u /* has not run since it was woken up by a task */

struct sched_candidate {
	uint32_t
		task; /* number of the task, which is a thread; its PID if it is the first of its process */
	uint32_t process;  /* PID */
	uint32_t woken_by; /* with SCHED_WOKEN: number of the task that has woken it up; else 0 */
	uint32_t flags;
	uint32_t ran;	 /* CPU time that it has used since its begin, modulo 2^32 */
	uint32_t sleeps; /* how often it has waited for something */
	uint32_t since;	 /* time since it has run last, modulo 2^32 */
	int32_t ahead;	 /* how much more of its share it has had than candidate 0; below 0: less */
};

struct sched_window {
	struct sched_candidate candidates[SCHED_CANDIDATES]; /* the kernel writes them */
};

#define POINT_ARGS_sched(ARG)                                                                 \
	ARG(uint32_t, reason, "SCHED_PICK or SCHED_WAKE")                                     \
	ARG(uint32_t, nr, "candidates, 2 to SCHED_CANDIDATES")                                \
	ARG(uint32_t, running, "number of the task that runs, or has run up to now; 0: none") \
	ARG(uint32_t, owed_us, "CPU time for which tasks were passed over, see above")

/*
 * stream: asked when a file is opened (STREAM_OPEN), and each time bytes are on their way from the
 * file to the process that reads it (STREAM_READ), or from the process that writes to the file
 * (STREAM_WRITE). `in` has `length` bytes; what is behind them is of earlier questions.
 *
 * STREAM_OPEN: `in` has the first STREAM_HEAD_BYTES of the file, or fewer if it is shorter, or none if
 * it is not open to read. The graft returns
 *
 * STREAM_PASS: it does not filter this file, as long as it is open;
 * STREAM_KEEPS: it filters, and a byte of the file becomes a byte at the same position. The first
 * `head` bytes are not filtered. Others are filtered in whole units of `unit` bytes, to
 * STREAM_UNIT_MAX; only the last one of a file can be shorter. A file that is open to write has no
 * head, and units of one byte, which is what the kernel has written to both before it asks.
 * The process reads, writes and seeks as in any file;
 * STREAM_CHANGES: it filters, and the length may change. The file cannot be open to read and to write.
 * Processes read or write the file from its begin to its end, as a pipe;
 * STREAM_REFUSE: the file is not opened. The process gets EACCES.
 *
 * STREAM_READ, STREAM_WRITE: the graft writes filtered bytes to `out` and returns how many, at
 * most STREAM_BYTES. With STREAM_KEEPS that is `length`, and `position` is that of the first byte in
 * the file. With STREAM_CHANGES the graft writes to `taken` how many bytes of `in` it does not need
 * any more; it is asked with those behind them again, and with more. `position` is how many it has
 * taken before. An answer that takes no byte and gives none is wrong if there was a byte.
 * STREAM_LAST: no byte follows, because the file has ended, or the process closes it. The graft is
 * asked until it was asked with no byte, and gives none. STREAM_FLUSH: the process waits until all
 * bytes have been taken and are in the file.
 * STREAM_CORRUPT: these are no bytes that the graft can filter. The process gets EBADMSG.
 *
 * `state` is of the open file, and zero at first: the kernel shows what the graft left there in its last
 * answer that was taken.
 *
 * A connection, TCP of IPv4 or UNIX, is two streams: what the process receives is STREAM_READ of one that has
 * STREAM_READS, and what it sends is STREAM_WRITE of another with STREAM_WRITES. Both have STREAM_SOCKET.
 * The graft gets STREAM_OPEN for each when the process first uses the connection, without bytes. Lengths are
 * changed as above, or kept without a head, in units of one byte; then `position` is how many bytes came before in this
 * direction, since the connection was accepted, or since the attach. What is sent is to be taken at once
 * (STREAM_FLUSH). Of what is received there may be less than the graft needs: as long as `in` is not
 * full, and without STREAM_LAST, it may take no byte and give none. `file` is the same at both ends of the
 * connection, and another for each direction: STREAM_TO_SERVER or STREAM_TO_CLIENT.
 */
#define STREAM_BYTES	  65792u /* 64 KiB, and 256 bytes of what may be around them */
#define STREAM_HEAD_BYTES 4096u
#define STREAM_UNIT_MAX	  4096u
#define STREAM_STATE	  16u

#define STREAM_OPEN  0u
#define STREAM_READ  1u
#define STREAM_WRITE 2u

#define STREAM_READS  1u /* the file is open to read */
#define STREAM_WRITES 2u /* the file is open to write */
#define STREAM_FLUSH  4u
#define STREAM_LAST   8u
#define STREAM_SOCKET 16u /* of a connection */

/* `file` of a connection: for what its client sends, and for what its server sends. */
#define STREAM_TO_SERVER 0xffffffffu
#define STREAM_TO_CLIENT 0xfffffffeu

#define STREAM_PASS    0u
#define STREAM_KEEPS   1u
#define STREAM_CHANGES 2u
#define STREAM_REFUSE  3u
#define STREAM_CORRUPT 0xffffffffu

struct stream_window {
	uint64_t position;
	uint32_t taken;		      /* the graft's answer */
	uint32_t head, unit;	      /* the graft's answer to STREAM_OPEN */
	uint32_t state[STREAM_STATE]; /* the graft's own */
	uint8_t in[STREAM_BYTES];
	uint8_t out[STREAM_BYTES]; /* the graft's answer */
};

#define POINT_ARGS_stream(ARG)                                                   \
	ARG(uint32_t, request, "STREAM_OPEN, STREAM_READ or STREAM_WRITE")       \
	ARG(uint32_t, length, "bytes in `in`")                                   \
	ARG(uint32_t, flags, "STREAM_READS, _WRITES, _FLUSH, _LAST and _SOCKET") \
	ARG(uint32_t, stream, "a number of the open file, never given twice")    \
	ARG(uint32_t, file, "inode number of the file, or the direction of a connection")

/*
 * touched: the kernel writes an event for each use of a page of a file that is in the page cache:
 * when a process reads or writes it, of pages that follow each other each one, of the same page again
 * and again only the first time; and when Linux finds that a process has used it through a mapping,
 * which is before it is unmapped.
 *
 * `device`, `file` and `page` are those of a candidate of the point evict. An event is read with
 * next_touched() of <ringfence/events.h>.
 */
#define TOUCHED_EVENTS 1024u /* in the ring; older ones are lost */

struct touched_event {
	uint32_t number; /* of the event; written last */
	uint32_t device, file, page;
};

struct touched_window {
	struct event_ring ring;
	struct touched_event events[TOUCHED_EVENTS];
};

#define POINT_ARGS_touched(ARG)

#endif /* RINGFENCE_POINT_LIST_H */
