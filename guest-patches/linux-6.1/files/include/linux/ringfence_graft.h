/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Graft points in Linux: the functions by which the kernel asks a graft. Each is called where
 * the kernel decides, costs a comparison while nothing is attached, and returns true if the
 * graft's answer has been taken. After false the caller decides as it always did.
 */
#ifndef _LINUX_RINGFENCE_GRAFT_H
#define _LINUX_RINGFENCE_GRAFT_H

#include <linux/compiler.h>
#include <linux/types.h>

struct file;
struct flowi4;
struct folio;
struct readahead_control;
struct sk_buff;
struct sock;
struct socket;

#ifdef CONFIG_RINGFENCE_PLUGINS

#include <ringfence/point_list.h>

/* Is a graft attached to the point? */
#define GRAFT_ARMED(number, version, name, ...) extern bool graft_armed_##name;
POINT_LIST(GRAFT_ARMED)
#undef GRAFT_ARMED

bool graft_ask_readahead(struct readahead_control *ractl, unsigned long nr, u32 reason);

/*
 * mm/readahead.c: a process reads @nr pages from readahead_index() on, of which the first is not
 * in the page cache (@reason READAHEAD_MISSED) or has the readahead mark (READAHEAD_MARKED).
 * May sleep.
 */
static inline bool graft_readahead(struct readahead_control *ractl, unsigned long nr, u32 reason)
{
	return unlikely(graft_armed_readahead) && graft_ask_readahead(ractl, nr, reason);
}

bool graft_ask_packet_in(struct sock *sk, struct sk_buff *skb);

/*
 * net/ipv4/udp.c: the datagram @skb, with its UDP header, is to be queued to @sk. True: it is freed.
 * In a softirq.
 */
static inline bool graft_packet_in(struct sock *sk, struct sk_buff *skb)
{
	return unlikely(graft_armed_packet) && graft_ask_packet_in(sk, skb);
}

bool graft_ask_packet_out(struct sk_buff *skb, const struct flowi4 *fl4);

/*
 * net/ipv4/udp.c: skb->sk sends the datagram @skb, which has room for its UDP header. True: it is
 * freed. Where a softirq may interrupt.
 */
static inline bool graft_packet_out(struct sk_buff *skb, const struct flowi4 *fl4)
{
	return unlikely(graft_armed_packet) && graft_ask_packet_out(skb, fl4);
}

int graft_open_stream(struct file *file);

/*
 * fs/: @file has been opened, and is not used yet. 0, or an errno if it cannot be. May sleep.
 */
static inline int graft_stream(struct file *file)
{
	return unlikely(graft_armed_stream) ? graft_open_stream(file) : 0;
}

void graft_write_touched(struct folio *folio);

/* mm/swap.c: the page is used. In any context. */
static inline void graft_touched(struct folio *folio)
{
	if (graft_armed_touched)
		graft_write_touched(folio);
}

int graft_accept_stream(struct socket *listening, struct socket *socket);

/*
 * net/socket.c: @listening has accepted the connection @socket, which nobody has used. 0, or an errno if the
 * connection is to be closed. May sleep.
 */
static inline int graft_stream_accepted(struct socket *listening, struct socket *socket)
{
	return unlikely(graft_armed_stream) ? graft_accept_stream(listening, socket) : 0;
}

#else

static inline void graft_touched(struct folio *folio)
{
}

static inline int graft_stream_accepted(struct socket *listening, struct socket *socket)
{
	return 0;
}

static inline int graft_stream(struct file *file)
{
	return 0;
}

static inline bool graft_packet_in(struct sock *sk, struct sk_buff *skb)
{
	return false;
}

static inline bool graft_packet_out(struct sk_buff *skb, const struct flowi4 *fl4)
{
	return false;
}

static inline bool graft_readahead(struct readahead_control *ractl, unsigned long nr, u32 reason)
{
	return false;
}

#define READAHEAD_MISSED 0
#define READAHEAD_MARKED 1

#endif

#endif /* _LINUX_RINGFENCE_GRAFT_H */
