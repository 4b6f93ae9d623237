// SPDX-License-Identifier: MIT
/* Sockets on this machine: stream and datagram, Unix and loopback, passed descriptors. */
#include "program.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SIZE (1 << 20)

static unsigned char *data;

static void send_all(int fd)
{
	size_t done = 0;

	while (done < SIZE)
		done += MUST(send(fd, data + done, SIZE - done > 9999 ? 9999 : SIZE - done, 0));
}

static void receive_all(const char *what, int fd)
{
	unsigned char *got = calloc(1, SIZE);
	size_t done = 0;
	ssize_t n;

	while (done < SIZE && (n = MUST(recv(fd, got + done, SIZE - done, 0))) > 0)
		done += n;
	printf("%s: %zu bytes, %#x\n", what, done, checksum(got, SIZE));
	free(got);
}

static void stream(const char *what, int domain, struct sockaddr *address, socklen_t size)
{
	int listener = MUST(socket(domain, SOCK_STREAM, 0)), fd;
	pid_t pid;

	MUST(bind(listener, address, size));
	MUST(listen(listener, 5));
	MUST(getsockname(listener, address, &size));
	fflush(stdout);
	pid = MUST(fork());
	if (!pid) {
		fd = MUST(socket(domain, SOCK_STREAM, 0));
		MUST(connect(fd, address, size));
		send_all(fd);
		MUST(shutdown(fd, SHUT_WR));
		receive_all("  and back", fd);
		fflush(stdout);
		_exit(0);
	}
	fd = MUST(accept(listener, NULL, NULL));
	receive_all(what, fd);
	send_all(fd);
	close(fd);
	MUST(waitpid(pid, NULL, 0));
	close(listener);
}

static void datagrams(void)
{
	struct sockaddr_in address = { AF_INET, 0, { htonl(INADDR_LOOPBACK) }, { 0 } };
	socklen_t size = sizeof(address);
	int in = MUST(socket(AF_INET, SOCK_DGRAM, 0)), out = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	unsigned char *got = malloc(65536);
	struct pollfd poll_in = { in, POLLIN, 0 };
	int i, length;

	MUST(bind(in, (struct sockaddr *)&address, size));
	MUST(getsockname(in, (struct sockaddr *)&address, &size));
	SHOW(recv(in, got, 65536, MSG_DONTWAIT));
	for (i = 1; i <= 60000; i *= 11) {
		MUST(sendto(out, data, i, 0, (struct sockaddr *)&address, size));
		MUST(poll(&poll_in, 1, 2000));
		length = MUST(recv(in, got, 65536, 0));
		printf("datagram: %d bytes %s\n", length, yes(!memcmp(got, data, length)));
	}
	SHOW(sendto(out, data, 70000, 0, (struct sockaddr *)&address, size));
	close(in);
	MUST(connect(out, (struct sockaddr *)&address, size));
	send(out, data, 1, 0);
	SHOW(send(out, data, 1, 0));
}

static void passed(void)
{
	int pair[2], fds[2];
	char byte = 'x', text[32] = "",
	     control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head;

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	MUST(pipe(fds));
	if (!fork()) {
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fds[1], sizeof(int));
		MUST(sendmsg(pair[1], &message, 0));
		_exit(0);
	}
	MUST(recvmsg(pair[0], &message, 0));
	wait(NULL);
	head = CMSG_FIRSTHDR(&message);
	MUST(write(*(int *)CMSG_DATA(head), "through it", 11));
	MUST(read(fds[0], text, 32));
	printf("descriptor passed: %s\n", text);
}

static void refusals(void)
{
	struct sockaddr_in address = { AF_INET, htons(1), { htonl(INADDR_LOOPBACK) }, { 0 } };
	int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), value = 0;
	socklen_t size = sizeof(value);

	SHOW(connect(fd, (struct sockaddr *)&address, sizeof(address)));
	SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &size));
	SHOW(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &size, sizeof(size)));
	SHOW(bind(fd, (struct sockaddr *)0xc0000000, sizeof(address)));
	SHOW(socket(AF_INET, 77, 0));
	SHOW(socket(99, SOCK_STREAM, 0));
	SHOW(accept(fd, NULL, NULL));
}

int main(void)
{
	struct sockaddr_in inet = { AF_INET, 0, { htonl(INADDR_LOOPBACK) }, { 0 } };
	struct sockaddr_un local = { AF_UNIX, "\0tests" };
	uint32_t seed = 8;
	int i, pair[2];

	data = malloc(SIZE);
	for (i = 0; i < SIZE; i++)
		data[i] = (unsigned char)next_number(&seed);
	stream("TCP", AF_INET, (struct sockaddr *)&inet, sizeof(inet));
	stream("Unix", AF_UNIX, (struct sockaddr *)&local, sizeof(local.sun_family) + 6);
	datagrams();
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	if (!fork()) {
		send_all(pair[1]);
		_exit(0);
	}
	receive_all("pair", pair[0]);
	wait(NULL);
	passed();
	refusals();
	return 0;
}
