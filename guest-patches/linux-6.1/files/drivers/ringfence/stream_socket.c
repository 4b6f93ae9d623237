// SPDX-License-Identifier: GPL-2.0-only
/* Sockets that are streams: their proto_ops. */
#include <asm/ioctls.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "stream_socket_ops.h"

/* The last descriptor of the socket is closed: the other side has so long to make room for what is held back. */
#define LINGER (5 * HZ)
/* When room came without a word. */
#define RETRY (HZ / 10)

/* Refused, or without a meaning for filtered bytes. */
#define NEVER_SENT     (MSG_OOB | MSG_ZEROCOPY | MSG_FASTOPEN)
#define NEVER_RECEIVED (MSG_OOB | MSG_TRUNC)

#define POLLED_IN  (EPOLLIN | EPOLLRDNORM)
#define POLLED_OUT (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND)

static struct stream_socket *stream_of(const struct socket *sock)
{
	return container_of(sock->ops, struct stream_socket, ops);
}

/* ---- the socket below ---- */

ssize_t stream_receive_raw(struct stream_socket *socket, void *to, size_t nr, int flags)
{
	struct kvec vec = { .iov_base = to, .iov_len = nr };
	struct msghdr msg = { 0 };

	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, nr);
	return socket->inner->recvmsg(socket->socket, &msg, nr, flags);
}

ssize_t stream_send_raw(struct stream_socket *socket, const void *from, size_t nr, int flags)
{
	struct kvec vec = { .iov_base = (void *)from, .iov_len = nr };
	struct msghdr msg = { .msg_flags = flags };

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, nr);
	return socket->inner->sendmsg(socket->socket, &msg, nr);
}

/* ---- what is held back ---- */

/*
 * With sends.lock, after a push that came out as @err: see to it that what is left is sent later, and that who waits for
 * room is told when nothing is.
 */
static void settle(struct stream_socket *socket, int err)
{
	struct socket *sock = socket->socket;

	if (err && stream_is_later(err)) {
		schedule_delayed_work(&socket->sending, RETRY);
		return;
	}
	if (socket->shuts) {
		socket->shuts = false;
		socket->inner->shutdown(sock, SHUT_WR);
	}
}

static void send_held_back(struct work_struct *work)
{
	struct stream_socket *socket =
		container_of(to_delayed_work(work), struct stream_socket, sending);
	struct socket *sock = socket->socket;
	const struct cred *creds;
	int err;

	/* A task that has the lock sends what is held back, or schedules this work again. */
	if (!mutex_trylock(&socket->sends.lock))
		return;
	creds = override_creds(sock->file->f_cred); /* which UNIX sockets tell to the other side */
	err = stream_flow_push(socket, socket->shuts ? STREAM_LAST : STREAM_FLUSH,
			       MSG_DONTWAIT | MSG_NOSIGNAL);
	settle(socket, err);
	revert_creds(creds);
	mutex_unlock(&socket->sends.lock);
	if (!err || !stream_is_later(err))
		wake_up_interruptible_poll(sk_sleep(sock->sk), POLLED_OUT);
}

/* There is room in the socket below. In any context. */
static void note_room(struct sock *sk)
{
	void (*inner)(struct sock * sk) = NULL;
	struct stream_socket *socket;

	read_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_write_space != note_room) {
		inner = sk->sk_write_space;
	} else if (sk->sk_socket && stream_is_socket(sk->sk_socket)) {
		socket = stream_of(sk->sk_socket);
		inner = socket->write_space;
		if (stream_flow_holds_back(socket))
			mod_delayed_work(system_wq, &socket->sending, 0);
	}
	read_unlock_bh(&sk->sk_callback_lock);
	if (inner)
		inner(sk);
}

/* ---- proto_ops ---- */

/* Take the lock of a direction, for which who does not want to wait does not wait. */
static int lock(struct stream *stream, int flags)
{
	if (!(flags & MSG_DONTWAIT))
		return mutex_lock_interruptible(&stream->lock) ? -ERESTARTSYS : 0;
	return mutex_trylock(&stream->lock) ? 0 : -EAGAIN;
}

static int refuse_message(const struct socket *sock, const struct msghdr *msg)
{
	if (msg->msg_flags & NEVER_SENT || msg->msg_controllen)
		return -EOPNOTSUPP;
	if (msg->msg_name && sock->ops->family == PF_UNIX)
		return -EISCONN;
	return 0;
}

static int send_message(struct socket *sock, struct msghdr *msg, size_t size)
{
	struct stream_socket *socket = stream_of(sock);
	int err = refuse_message(sock, msg) ?: stream_flow_begin(socket);
	ssize_t done = 0;

	if (!err)
		err = lock(&socket->sends, msg->msg_flags);
	if (err)
		return err;
	if (socket->sends.ended || socket->shuts) {
		if (!(msg->msg_flags & MSG_NOSIGNAL))
			send_sig(SIGPIPE, current, 0);
		err = -EPIPE;
	} else {
		done = stream_flow_send(socket, &msg->msg_iter, msg->msg_flags);
		err = min_t(ssize_t, done, 0);
		settle(socket, stream_flow_holds_back(socket) ? -EAGAIN : 0);
		if (!err && msg_data_left(msg) && stream_is_raw(socket, &socket->sends) &&
		    !stream_flow_holds_back(socket))
			err = socket->inner->sendmsg(sock, msg, msg_data_left(msg));
	}
	mutex_unlock(&socket->sends.lock);
	if (err > 0)
		return done + err;
	return done > 0 ? done : err;
}

static int receive_message(struct socket *sock, struct msghdr *msg, size_t size, int flags)
{
	struct stream_socket *socket = stream_of(sock);
	ssize_t done;
	int err;

	if (flags & MSG_ERRQUEUE)
		return socket->inner->recvmsg(sock, msg, size, flags);
	if (flags & NEVER_RECEIVED)
		return -EOPNOTSUPP;
	err = stream_flow_begin(socket) ?: lock(&socket->receives, flags);
	if (err)
		return err;
	if (socket->broken)
		done = socket->refusal;
	else
		done = stream_flow_receive(socket, &msg->msg_iter, flags);
	if (!done && msg_data_left(msg) && !socket->receives.ended &&
	    stream_is_raw(socket, &socket->receives))
		done = socket->inner->recvmsg(sock, msg, msg_data_left(msg), flags);
	mutex_unlock(&socket->receives.lock);
	return done;
}

static bool is_connected(const struct sock *sk)
{
	return !(1 << READ_ONCE(sk->sk_state) & (TCPF_CLOSE | TCPF_SYN_SENT | TCPF_LISTEN));
}

static __poll_t poll_socket(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	struct stream_socket *socket = stream_of(sock);
	__poll_t mask = socket->inner->poll(file, sock, wait);

	if (!socket->begun && !is_connected(sock->sk))
		return mask;
	if (stream_flow_begin(socket) || socket->broken)
		return mask | EPOLLERR | POLLED_IN | POLLED_OUT;
	if (mutex_trylock(&socket->receives.lock)) {
		mask = stream_flow_is_ready(socket, mask & EPOLLIN) ? mask | POLLED_IN :
								      mask & ~POLLED_IN;
		mutex_unlock(&socket->receives.lock);
	}
	if (socket->broken)
		return mask | EPOLLERR | POLLED_IN | POLLED_OUT;
	return stream_flow_holds_back(socket) ? mask & ~POLLED_OUT : mask;
}

static ssize_t splice_from(struct socket *sock, loff_t *at, struct pipe_inode_info *pipe, size_t nr,
			   unsigned int flags)
{
	return generic_file_splice_read(sock->file, at, pipe, nr, flags);
}

static int connect_socket(struct socket *sock, struct sockaddr *address, int length, int flags)
{
	struct stream_socket *socket = stream_of(sock);

	/* To end a connection, for another one. */
	if (length >= (int)sizeof(address->sa_family) && address->sa_family == AF_UNSPEC)
		return -EOPNOTSUPP;
	if (socket->passed)
		return -EISCONN;
	return socket->inner->connect(sock, address, length, flags);
}

static int shut_down(struct socket *sock, int how)
{
	struct stream_socket *socket = stream_of(sock);
	bool is_later = false;

	if (how != SHUT_RD && socket->begun && mutex_trylock(&socket->sends.lock)) {
		int err = stream_flow_push(socket, STREAM_LAST, MSG_DONTWAIT | MSG_NOSIGNAL);

		is_later = err && stream_is_later(err);
		socket->shuts |= is_later;
		if (is_later)
			settle(socket, err);
		mutex_unlock(&socket->sends.lock);
	}
	if (!is_later)
		return socket->inner->shutdown(sock, how);
	return how == SHUT_RDWR ? socket->inner->shutdown(sock, SHUT_RD) : 0;
}

/* SIOCINQ tells how many bytes can be received; of those that are not filtered yet nobody knows, if lengths change. */
static int count_received(struct stream_socket *socket, unsigned long arg)
{
	const struct stream *stream = &socket->receives;
	int err = socket->inner->ioctl(socket->socket, SIOCINQ, arg);
	int __user *to = (int __user *)arg;
	int nr;

	if (err || !socket->begun)
		return err;
	if (get_user(nr, to))
		return -EFAULT;
	if (stream->plan.kind == STREAM_CHANGES && !stream_is_raw(socket, stream))
		nr = 0;
	return put_user(nr + (int)(stream->out_nr - stream->out_at), to);
}

static int control(struct socket *sock, unsigned int command, unsigned long arg)
{
	struct stream_socket *socket = stream_of(sock);

	if (command == SIOCINQ)
		return count_received(socket, arg);
	return socket->inner->ioctl(sock, command, arg);
}

static int set_socket_option(struct socket *sock, int level, int option, sockptr_t value,
			     unsigned int length)
{
	if (level == SOL_TCP && (option == TCP_REPAIR || option == TCP_ULP))
		return -EOPNOTSUPP;
	return stream_of(sock)->inner->setsockopt(sock, level, option, value, length);
}

static int get_socket_option(struct socket *sock, int level, int option, char __user *value,
			     int __user *length)
{
	if (level == SOL_TCP && option == TCP_ZEROCOPY_RECEIVE)
		return -EOPNOTSUPP;
	return stream_of(sock)->inner->getsockopt(sock, level, option, value, length);
}

static int refuse_peek_offset(struct sock *sk, int offset)
{
	return -EOPNOTSUPP;
}

/* End what is sent, and wait a little for room. */
static void end_sends(struct stream_socket *socket)
{
	struct sock *sk = socket->socket->sk;
	int err;

	if (!socket->begun || socket->broken || socket->sends.ended)
		return;
	sk->sk_sndtimeo = min_t(long, sk->sk_sndtimeo, LINGER);
	mutex_lock(&socket->sends.lock);
	err = stream_flow_push(socket, STREAM_LAST, MSG_NOSIGNAL);
	if (err && stream_is_later(err))
		pr_warn_ratelimited("ringfence: bytes of a socket that was closed are lost\n");
	mutex_unlock(&socket->sends.lock);
}

static int release_socket(struct socket *sock)
{
	struct stream_socket *socket = stream_of(sock);
	const struct proto_ops *inner = socket->inner;
	struct sock *sk = sock->sk;

	end_sends(socket);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_write_space = socket->write_space;
	sock->ops = inner;
	write_unlock_bh(&sk->sk_callback_lock);
	cancel_delayed_work_sync(&socket->sending);
	stream_socket_free(socket);
	return inner->release(sock);
}

bool stream_is_socket(const struct socket *sock)
{
	return sock->ops && sock->ops->release == release_socket;
}

void stream_socket_begin(struct stream_socket *socket)
{
	const struct proto_ops *inner = socket->socket->ops;
	struct sock *sk = socket->socket->sk;

	INIT_DELAYED_WORK(&socket->sending, send_held_back);
	socket->inner = inner;
	/* Where callers call an operation if there is one, there has to be one if there was one. */
	socket->ops = *inner;
	socket->ops.release = release_socket;
	socket->ops.connect = connect_socket;
	socket->ops.socketpair = sock_no_socketpair;
	socket->ops.accept = sock_no_accept;
	socket->ops.listen = sock_no_listen;
	socket->ops.poll = poll_socket;
	socket->ops.ioctl = control;
	socket->ops.shutdown = shut_down;
	socket->ops.setsockopt = inner->setsockopt ? set_socket_option : NULL;
	socket->ops.getsockopt = inner->getsockopt ? get_socket_option : NULL;
	socket->ops.sendmsg = send_message;
	socket->ops.recvmsg = receive_message;
	socket->ops.mmap = sock_no_mmap;
	socket->ops.sendpage = sock_no_sendpage;
	socket->ops.splice_read = splice_from;
	socket->ops.set_peek_off = inner->set_peek_off ? refuse_peek_offset : NULL;
	/* What only the kernel calls. */
	socket->ops.read_sock = NULL;
	socket->ops.read_skb = NULL;
	socket->ops.sendpage_locked = NULL;
	socket->ops.sendmsg_locked = NULL;
	socket->ops.peek_len = NULL;

	write_lock_bh(&sk->sk_callback_lock);
	socket->write_space = sk->sk_write_space;
	sk->sk_write_space = note_room;
	WRITE_ONCE(socket->socket->ops, &socket->ops);
	write_unlock_bh(&sk->sk_callback_lock);
}
