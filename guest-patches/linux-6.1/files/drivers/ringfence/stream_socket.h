/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets whose bytes a graft of the point `stream` filters. Decision 0026 has the reasons.
 *
 * A connection is two streams, one for each direction, that begin and fail together. The socket's proto_ops
 * are replaced by those of stream_socket.c, which nothing that sends or receives goes around.
 */
#ifndef RINGFENCE_STREAM_SOCKET_H
#define RINGFENCE_STREAM_SOCKET_H

#include <linux/list.h>
#include <linux/net.h>
#include <linux/workqueue.h>

#include "stream.h"

struct stream_socket {
	struct proto_ops ops; /* the socket's, in place of `inner` */
	const struct proto_ops *inner;
	struct socket *socket;
	const struct sock
		*target; /* that the graft is for: this socket, or the one that has accepted it */
	struct list_head all;
	u32 graft; /* id */
	bool fails_closed;
	bool is_client; /* the socket has connected, or will; else it was accepted */

	/* Each has a lock for its bytes. A task that waits for bytes or room keeps the lock. */
	struct stream receives, sends;
	bool hungry; /* receives: the graft waits for more than receives.in has */
	bool shuts;  /* sends: the socket is shut down when everything has been sent */
	struct delayed_work sending;
	void (*write_space)(struct sock *sk); /* the socket's own */

	struct mutex asking; /* guards all below */
	bool begun;	     /* the graft has been asked for its plans */
	bool raw;	     /* both directions are unfiltered, from now on */
	bool broken;	     /* the graft has failed after a byte has passed, or fails closed */
	bool passed;	     /* a filtered byte, in any direction */
	int refusal;	     /* the errno of a broken socket */
};

/* In stream_flow.c. */

/* Ask the graft for its plans, unless it was asked. 0 or an errno. */
int stream_flow_begin(struct stream_socket *socket);
/*
 * Receive filtered bytes, with receives.lock. @flags: MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL. Returns how many; 0: at
 * the end, or the direction is raw and none is left here; or an errno.
 */
ssize_t stream_flow_receive(struct stream_socket *socket, struct iov_iter *to, int flags);
/* Would stream_flow_receive() return at once? With receives.lock. @more: the socket has bytes, or is at its end. */
bool stream_flow_is_ready(struct stream_socket *socket, bool more);
/*
 * Filter and send bytes, with sends.lock. Returns how many were taken, some of which may be held back for
 * stream_flow_push(); or an errno. If the direction is raw, fewer than there are may have been taken.
 */
ssize_t stream_flow_send(struct stream_socket *socket, struct iov_iter *from, int flags);
/*
 * Send what is held back, with sends.lock. @flag: STREAM_FLUSH; or STREAM_LAST to end the direction. 0; an errno for which
 * stream_is_later() is true: some is left; another: all that was held back is lost.
 */
int stream_flow_push(struct stream_socket *socket, u32 flag, int flags);
/* Are bytes held back that the process has sent? */
bool stream_flow_holds_back(const struct stream_socket *socket);
/* Is the direction unfiltered? */
bool stream_is_raw(const struct stream_socket *socket, const struct stream *stream);
/* Could a send that failed with this errno succeed later? */
bool stream_is_later(int err);

/* In stream_socket.c. */

/* By the socket below. Returns how many, 0 at the end, or an errno. */
ssize_t stream_receive_raw(struct stream_socket *socket, void *to, size_t nr, int flags);
ssize_t stream_send_raw(struct stream_socket *socket, const void *from, size_t nr, int flags);

#endif /* RINGFENCE_STREAM_SOCKET_H */
