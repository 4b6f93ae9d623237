/* SPDX-License-Identifier: MIT */
/*
 * exchange PLUGIN tcp|unix
 *
 * Has the plugin filter both ends of a connection, and sends bytes in each direction, by each way to send and
 * each way to receive that Linux has. Prints a JSON document: how many transfers were compared, how many differed, how often poll()
 * did not tell the truth, and how many of the calls that have to be refused were not.
 */
#define _GNU_SOURCE
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "ends.h"

#define SIZE 150001

static unsigned char plain[SIZE], got[SIZE];
static unsigned int compared, wrong, untrue, allowed;
static unsigned int seed = 1;

static unsigned int below(unsigned int limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

static size_t some(size_t most)
{
	size_t nr = below(3) ? 1 + below(2000) : 1 + below(60000);

	return nr < most ? nr : most;
}

/* ---- ways to send: each sends up to @nr bytes, and returns how many ---- */

static ssize_t by_send(int fd, size_t at, size_t nr)
{
	return send(fd, plain + at, nr, 0);
}

static ssize_t by_write(int fd, size_t at, size_t nr)
{
	return write(fd, plain + at, nr);
}

static ssize_t by_writev(int fd, size_t at, size_t nr)
{
	struct iovec parts[] = { { plain + at, nr / 3 }, { plain + at + nr / 3, nr - nr / 3 } };

	return writev(fd, parts, 2);
}

static ssize_t by_sendmsg(int fd, size_t at, size_t nr)
{
	struct iovec parts[] = { { plain + at, nr / 2 }, { plain + at + nr / 2, nr - nr / 2 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	return sendmsg(fd, &message, MSG_MORE * (int)below(2));
}

static ssize_t by_sendmmsg(int fd, size_t at, size_t nr)
{
	struct iovec parts[] = { { plain + at, nr / 2 }, { plain + at + nr / 2, nr - nr / 2 } };
	struct mmsghdr messages[] = { { .msg_hdr = { .msg_iov = &parts[0], .msg_iovlen = 1 } },
				      { .msg_hdr = { .msg_iov = &parts[1], .msg_iovlen = 1 } } };
	int done = sendmmsg(fd, messages, 2, 0);

	must(done > 0, "sendmmsg");
	return messages[0].msg_len + (done > 1 ? messages[1].msg_len : 0);
}

static int plain_file(void)
{
	int fd = memfd_create("plain", 0);

	must(fd >= 0 && write(fd, plain, SIZE) == SIZE, "memfd");
	return fd;
}

static ssize_t by_sendfile(int fd, size_t at, size_t nr)
{
	int file = plain_file();
	off_t from = (off_t)at;
	ssize_t done = sendfile(fd, file, &from, nr);

	close(file);
	return done;
}

static ssize_t by_splice(int fd, size_t at, size_t nr)
{
	int ends[2];
	ssize_t done, sent = 0, now;

	must(!pipe(ends), "pipe");
	nr = nr < 60000 ? nr : 60000;
	done = write(ends[1], plain + at, nr);
	while (sent < done && (now = splice(ends[0], NULL, fd, NULL, (size_t)(done - sent), 0)) > 0)
		sent += now;
	close(ends[0]);
	close(ends[1]);
	return sent;
}

/* Without waiting; then waits until there is room, and more than a byte of it must be taken. */
static ssize_t by_dontwait(int fd, size_t at, size_t nr)
{
	struct pollfd polled = { fd, POLLOUT, 0 };
	ssize_t done;

	while ((done = send(fd, plain + at, nr, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
		must(poll(&polled, 1, 20000) == 1, "poll for room");
	return done;
}

/* ---- ways to receive, in the same way ---- */

static ssize_t to_recv(int fd, size_t at, size_t nr)
{
	return recv(fd, got + at, nr, 0);
}

static ssize_t to_read(int fd, size_t at, size_t nr)
{
	return read(fd, got + at, nr);
}

static ssize_t to_readv(int fd, size_t at, size_t nr)
{
	struct iovec parts[] = { { got + at, nr / 3 }, { got + at + nr / 3, nr - nr / 3 } };

	return readv(fd, parts, 2);
}

static ssize_t to_recvmsg(int fd, size_t at, size_t nr)
{
	struct iovec parts[] = { { got + at, nr / 2 }, { got + at + nr / 2, nr - nr / 2 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	return recvmsg(fd, &message, 0);
}

static ssize_t to_recvmmsg(int fd, size_t at, size_t nr)
{
	struct iovec part = { got + at, nr };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };

	must(recvmmsg(fd, &message, 1, MSG_WAITFORONE, NULL) == 1, "recvmmsg");
	return message.msg_len;
}

static ssize_t to_waitall(int fd, size_t at, size_t nr)
{
	ssize_t done = recv(fd, got + at, nr, MSG_WAITALL);

	untrue += done != (ssize_t)nr;
	return done;
}

static ssize_t to_peek(int fd, size_t at, size_t nr)
{
	static unsigned char seen[SIZE];
	ssize_t peeked = recv(fd, seen, nr, MSG_PEEK), done;

	must(peeked > 0, "peek");
	done = recv(fd, got + at, (size_t)peeked, MSG_DONTWAIT);
	untrue += done != peeked || memcmp(seen, got + at, (size_t)done);
	return done;
}

static ssize_t to_splice(int fd, size_t at, size_t nr)
{
	ssize_t done, read_back;
	int ends[2];

	must(!pipe(ends), "pipe");
	done = splice(fd, NULL, ends[1], NULL, nr < 60000 ? nr : 60000, 0);
	read_back = done > 0 ? read(ends[0], got + at, (size_t)done) : 0;
	untrue += read_back != done;
	close(ends[0]);
	close(ends[1]);
	return done;
}

/* What poll() says must be so: bytes at once, or none. */
static ssize_t to_poll(int fd, size_t at, size_t nr)
{
	struct pollfd polled = { fd, POLLIN, 0 };
	ssize_t done;

	must(poll(&polled, 1, 20000) == 1, "poll for bytes");
	done = recv(fd, got + at, nr, MSG_DONTWAIT);
	untrue += done <= 0;
	return done;
}

#define WAY(name)           \
	{                   \
#name, name \
	}
static const struct way {
	const char *name;
	ssize_t (*move)(int fd, size_t at, size_t nr);
} sends[] = { WAY(by_send),	WAY(by_write),	  WAY(by_writev), WAY(by_sendmsg),
	      WAY(by_sendmmsg), WAY(by_sendfile), WAY(by_splice), WAY(by_dontwait) },
  receives[] = { WAY(to_recv),	  WAY(to_read), WAY(to_readv),	WAY(to_recvmsg), WAY(to_recvmmsg),
		 WAY(to_waitall), WAY(to_peek), WAY(to_splice), WAY(to_poll) };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void move_all(const struct way *way, int fd, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t nr = way->move(fd, at, some(size - at));

		must(nr > 0, way->name);
		at += (size_t)nr;
	}
}

/* A child sends, this process receives. */
static void transfer(const struct way *send_way, int from, const struct way *receive_way, int to)
{
	size_t size = 20000 + below(SIZE - 20000);
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		move_all(send_way, from, size);
		exit(0);
	}
	memset(got, 0, sizeof(got));
	move_all(receive_way, to, size);
	compared++;
	must(waitpid(child, &status, 0) == child, "wait");
	if (status || memcmp(got, plain, size)) {
		wrong++;
		fprintf(stderr, "%s to %s\n", send_way->name, receive_way->name);
	}
}

/* A sender that does not wait, fills all room there is, and then says nothing any more: everything arrives. */
static void fill_up(int from, int to)
{
	struct pollfd polled = { to, POLLIN, 0 };
	size_t sent = 0, at = 0;
	ssize_t nr;

	do {
		nr = send(from, plain + sent % SIZE, SIZE - sent % SIZE, MSG_DONTWAIT);
		sent += nr > 0 ? (size_t)nr : 0;
	} while (nr > 0);
	must(errno == EAGAIN, "fill up");
	polled = (struct pollfd){ from, POLLOUT, 0 };
	untrue += poll(&polled, 1, 0) != 0;
	polled = (struct pollfd){ to, POLLIN, 0 };
	while (at < sent && poll(&polled, 1, 20000) == 1) {
		nr = recv(to, got, SIZE - at % SIZE, MSG_DONTWAIT);
		if (nr <= 0) {
			untrue++;
			break;
		}
		wrong += memcmp(got, plain + at % SIZE, (size_t)nr) != 0;
		at += (size_t)nr;
	}
	compared++;
	wrong += at != sent;
	untrue += poll(&polled, 1, 0) != 0;
	polled = (struct pollfd){ from, POLLOUT, 0 };
	untrue += poll(&polled, 1, 20000) != 1;
}

/* Counts a call that must fail with that errno. */
static void refused(long result, int wanted, const char *what)
{
	if (result == -1 && errno == wanted)
		return;
	allowed++;
	fprintf(stderr, "%s: %ld (%s)\n", what, result, strerror(errno));
}

static void refusals(int fd, int is_tcp)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { plain, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int one = 1;

	refused(send(fd, plain, 1, MSG_OOB), EOPNOTSUPP, "send out of band");
	refused(recv(fd, got, 1, MSG_OOB | MSG_DONTWAIT), EOPNOTSUPP, "receive out of band");
	refused(recv(fd, got, 1, MSG_TRUNC | MSG_DONTWAIT), EOPNOTSUPP, "drop bytes");
	refused(listen(fd, 1), EOPNOTSUPP, "listen");
	refused(connect(fd, &none, sizeof(none)), EOPNOTSUPP, "disconnect");
	refused(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0, ENODEV,
		"map");
	*head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
				  .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	refused(sendmsg(fd, &message, 0), EOPNOTSUPP, "send a descriptor");
	refused(setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &one, sizeof(one)), EOPNOTSUPP,
		"peek behind");
	if (is_tcp) {
		unsigned char zero_copy[64] = { 0 };
		socklen_t length = sizeof(zero_copy);

		refused(getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, zero_copy, &length),
			EOPNOTSUPP, "receive by a mapping");
		refused(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)), EOPNOTSUPP,
			"repair");
		refused(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3), EOPNOTSUPP,
			"another filter");
	}
}

/* The end of each direction is heard after all bytes. */
static void ends(int client, int server)
{
	memset(got, 0, sizeof(got));
	must(send(client, plain, 3000, 0) == 3000 && !shutdown(client, SHUT_WR), "shutdown");
	wrong += recv(server, got, 3001, MSG_WAITALL) != 3000 || memcmp(got, plain, 3000);
	wrong += recv(server, got, 1, 0) != 0;
	refused(send(client, plain, 1, MSG_NOSIGNAL), EPIPE, "send after a shutdown");
	must(send(server, plain, 7000, 0) == 7000 && !close(server), "close");
	wrong += recv(client, got, 7001, MSG_WAITALL) != 7000 || memcmp(got, plain, 7000);
	wrong += recv(client, got, 1, 0) != 0;
	compared += 2;
	close(client);
}

int main(int argc, char **argv)
{
	int is_tcp, client, server;
	size_t i;

	if (argc != 3)
		return 2;
	is_tcp = !strcmp(argv[2], "tcp");
	for (i = 0; i < SIZE; i++)
		plain[i] = (unsigned char)(below(4) ? 'a' + below(3) : below(256));
	connect_ends(is_tcp, argv[1], argv[1], 0, &client, &server);
	for (i = 0; i < COUNT(sends); i++)
		transfer(&sends[i], client, &receives[i], server);
	for (i = 0; i < COUNT(receives); i++)
		transfer(&sends[(i + 3) % COUNT(sends)], server, &receives[i], client);
	fill_up(client, server);
	fill_up(server, client);
	refusals(client, is_tcp);
	refusals(server, is_tcp);
	ends(client, server);
	printf("{\"compared\": %u, \"wrong\": %u, \"untrue\": %u, \"allowed\": %u}\n", compared,
	       wrong, untrue, allowed);
	return 0;
}
