// SPDX-License-Identifier: GPL-2.0-only
/* The graft point `stream`: which sockets are streams, from when on, and by which graft. */
#include <linux/ringfence_graft.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <net/af_unix.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "core/reason.h"
#include "points.h"
#include "stream_socket_ops.h"
#include "stream_target.h"

/* Streams whose graft is for the socket that has accepted them. The lock is taken with that of the core held, too. */
static LIST_HEAD(accepted);
static DEFINE_SPINLOCK(accepted_lock);

bool stream_socket_is_used(const struct sock *target)
{
	struct stream_socket *socket;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&accepted_lock, flags);
	list_for_each_entry(socket, &accepted, all) found |= socket->target == target;
	spin_unlock_irq(&accepted_lock);
	return found;
}

static bool is_fit(const struct socket *sock)
{
	const struct sock *sk = sock->sk;

	return sk && sock->type == SOCK_STREAM &&
	       (sk->sk_family == AF_UNIX ||
		(sk->sk_family == AF_INET && sk->sk_protocol == IPPROTO_TCP));
}

/* Does a task wait in a call of the socket's operations? Those who poll wait with functions of their own. */
static bool is_waited_for(struct socket *sock)
{
	wait_queue_head_t *queue = sk_sleep(sock->sk);
	const struct wait_queue_entry *entry;
	bool found = false;

	spin_lock_bh(&queue->lock);
	list_for_each_entry(entry, &queue->head, entry) found |=
		entry->func == woken_wake_function || entry->func == autoremove_wake_function;
	spin_unlock_bh(&queue->lock);
	return found;
}

/* The address of a UNIX socket that has listened is that of the sockets that it has accepted. */
static bool has_name(struct sock *sk)
{
	return sk && smp_load_acquire(&unix_sk(sk)->addr);
}

/* Which end is the socket, of a connection that may have been made already? 1: the client's; 0: the server's; -1: unknown. */
static int is_client(struct sock *sk)
{
	struct sock *other;
	bool has_other;

	if (READ_ONCE(sk->sk_state) == TCP_CLOSE)
		return 1;
	if (sk->sk_family == AF_INET)
		return !READ_ONCE(sk->sk_max_ack_backlog); /* of the socket that has accepted it */
	other = unix_peer_get(sk);
	has_other = has_name(other);
	if (other)
		sock_put(other);
	return has_other == has_name(sk) ? -1 : has_other;
}

int stream_socket_check(struct socket *sock, struct core_reason *why)
{
	if (!is_fit(sock))
		return core_refuse(why, -EINVAL,
				   "a graft for stream can be for a TCP socket of IPv4 or a UNIX "
				   "stream socket: give one");
	if (stream_is_socket(sock))
		return core_refuse(why, -EISCONN,
				   "the socket has got a graft before: give a new connection");
	if (sock->sk->sk_state == TCP_LISTEN)
		return 0;
	if (is_waited_for(sock))
		return core_refuse(why, -EBUSY,
				   "a task waits in a call of the socket: attach before");
	if (is_client(sock->sk) < 0)
		return core_refuse(
			why, -EINVAL,
			"nothing tells which end of the connection is the server's: attach "
			"to the socket that listens, or before the connect");
	return 0;
}

static void init_direction(struct stream *stream, const struct stream_socket *socket, u32 flag)
{
	bool is_to_server = socket->is_client == (flag == STREAM_WRITES);

	mutex_init(&stream->lock);
	stream->number = stream_new_number();
	stream->source = is_to_server ? STREAM_TO_SERVER : STREAM_TO_CLIENT;
	stream->flags = flag | STREAM_SOCKET;
	stream->graft = socket->graft;
	stream->fails_closed = socket->fails_closed;
}

/* Make the socket a stream of the graft @chosen, which is for @target. 0 or -ENOMEM. */
static int begin(struct socket *sock, const struct core_chosen *chosen, const struct sock *target,
		 bool is_client)
{
	struct stream_socket *socket = kzalloc(sizeof(*socket), GFP_KERNEL_ACCOUNT);

	if (!socket)
		return -ENOMEM;
	socket->socket = sock;
	socket->target = target;
	socket->graft = chosen->id;
	socket->fails_closed = chosen->fails_closed;
	socket->is_client = is_client;
	mutex_init(&socket->asking);
	init_direction(&socket->receives, socket, STREAM_READS);
	init_direction(&socket->sends, socket, STREAM_WRITES);
	INIT_LIST_HEAD(&socket->all);
	if (target != sock->sk) {
		spin_lock_irq(&accepted_lock);
		list_add(&socket->all, &accepted);
		spin_unlock_irq(&accepted_lock);
	}
	stream_socket_begin(socket);
	return 0;
}

void stream_socket_free(struct stream_socket *socket)
{
	spin_lock_irq(&accepted_lock);
	list_del(&socket->all);
	spin_unlock_irq(&accepted_lock);
	kvfree(socket->receives.in);
	kvfree(socket->receives.out);
	kvfree(socket->sends.in);
	kvfree(socket->sends.out);
	kfree(socket);
}

int stream_socket_attached(struct socket *sock, const struct core_attach *request, u32 graft,
			   struct core_reason *why)
{
	const struct core_chosen chosen = { .id = graft, .fails_closed = request->fails_closed };
	int err = stream_socket_check(sock, why); /* what it has found may have changed */

	if (err || sock->sk->sk_state == TCP_LISTEN)
		return err;
	err = begin(sock, &chosen, sock->sk, is_client(sock->sk));
	return err ? core_refuse(why, err, "there is no memory") : 0;
}

int graft_accept_stream(struct socket *listening, struct socket *sock)
{
	const uintptr_t keys[CORE_SCOPES] = {
		[CORE_SCOPE_SOCKET] = POINT_SOCKET_KEY(listening->sk),
	};
	struct core_chosen chosen;

	if (!is_fit(sock) || !core_choose(&point_stream, keys, &chosen))
		return 0;
	return begin(sock, &chosen, listening->sk, false);
}
