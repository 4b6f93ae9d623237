/* SPDX-License-Identifier: MIT */
/*
 * Attaches stream_bad, which turns bytes over, and chacha20 to sockets in each state, and prints a line for each: what came of it. The connections
 * are of TCP on the loopback device unless the line says another.
 */
#include <signal.h>
#include <sys/wait.h>

#include "ends.h"

/* Prints what came of an attach. */
static void attach_says(const char *what, int result)
{
	printf("%s: %s\n", what, result ? said : "attached");
}

/* Sends five bytes. Prints whether they arrive, and as what. */
static void pass(const char *what, int from, int to)
{
	char bytes[6] = "";
	ssize_t nr = send(from, "bytes", 5, MSG_NOSIGNAL);

	if (nr == 5)
		nr = recv(to, bytes, 5, 0);
	if (nr < 0) {
		printf("%s: %s\n", what, strerror(errno));
		return;
	}
	printf("%s: %s\n", what, bytes[0] == (char)~'b' ? "filtered" : bytes);
}

/* Returns the id of the last graft that is attached, or 0. */
static uint32_t last_attached(void)
{
	struct ringfence_graft graft = { 0 };
	uint32_t id = 0;

	while (!plugin_ioctl(RINGFENCE_IOC_GRAFT, &graft, sizeof(graft)))
		if (graft.attached)
			id = graft.id;
	return id;
}

static void detach_last(void)
{
	struct ringfence_detach detach = { .id = last_attached() };

	must(!plugin_ioctl(RINGFENCE_IOC_DETACH, &detach, sizeof(detach)), "detach");
}

static void wrong_sockets(void)
{
	int pair[2];

	attach_says("a UDP socket", filter(socket(AF_INET, SOCK_DGRAM, 0), "stream_bad", 0));
	attach_says("a UNIX socket of datagrams",
		    filter(socket(AF_UNIX, SOCK_DGRAM, 0), "stream_bad", 0));
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	attach_says("one of a pair", filter(pair[0], "stream_bad", 0));
}

/* A connection that was made before the attach, of which one end has been attached to. */
static void made_before(int is_tcp, int is_client)
{
	int client, server;

	connect_ends(is_tcp, "-", "-", 0, &client, &server);
	attach_says(is_client ? "the client's end" : "the server's end",
		    filter(is_client ? client : server, "stream_bad", 0));
	attach_says("the same again", filter(is_client ? client : server, "stream_bad", 0));
	pass("from the client", client, server);
	pass("from the server", server, client);
	detach_last();
	pass("after the detach, from the client", client, server);
	close(client);
	close(server);
}

/* Both ends were attached to afterwards: bytes arrive as they were only if the kernel knows which end is the server's. */
static void deciphered(int is_tcp)
{
	int client, server;

	connect_ends(is_tcp, "-", "-", 0, &client, &server);
	must(!filter(client, "chacha20", 0) && !filter(server, "chacha20", 0), "attach to both");
	pass("enciphered and deciphered, from the client", client, server);
	pass("enciphered and deciphered, from the server", server, client);
	close(client);
	close(server);
}

static void detached_early(void)
{
	int client, server;

	connect_ends(1, "stream_bad", "-", 0, &client, &server);
	detach_last();
	pass("detached before a byte, from the client", client, server);
	pass("detached before a byte, from the server", server, client);
	attach_says("a socket that had a graft", filter(client, "stream_bad", 0));
	close(client);
	close(server);
}

static void waited_for(void)
{
	int client, server, status;
	char byte;
	pid_t child;

	connect_ends(1, "-", "-", 0, &client, &server);
	fflush(stdout);
	child = fork();
	if (!child)
		exit(recv(client, &byte, 1, 0) != 1);
	usleep(300000);
	attach_says("while a process waits for bytes", filter(client, "stream_bad", 0));
	must(send(server, "x", 1, 0) == 1 && waitpid(child, &status, 0) == child && !status,
	     "the process that waited");
	attach_says("afterwards", filter(client, "stream_bad", 0));
	close(client);
	close(server);
}

/* A process waits in accept() when the graft is attached: its connection is filtered, too. */
static void waited_to_accept(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listening = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	pid_t child;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(!bind(listening, (struct sockaddr *)&address, length) && !listen(listening, 1),
	     "listen");
	must(!getsockname(listening, (struct sockaddr *)&address, &length), "getsockname");
	fflush(stdout);
	child = fork();
	if (!child) {
		int server = accept(listening, NULL, NULL);

		exit(send(server, "bytes", 5, 0) != 5);
	}
	usleep(300000);
	must(!filter(listening, "stream_bad", 0), "attach");
	must(!connect(client, (struct sockaddr *)&address, length), "connect");
	must(waitpid(child, NULL, 0) == child, "wait");
	{
		char bytes[5];

		must(recv(client, bytes, 5, MSG_WAITALL) == 5, "receive");
		printf("accepted since: %s\n",
		       bytes[0] == (char)~'b' ? "filtered" : "not filtered");
	}
	close(client);
	close(listening);
}

/* The graft of a socket that listened lives as long as its connections. */
static void outlived(void)
{
	int client, server;

	connect_ends(1, "-", "stream_bad", 0, &client, &server);
	must(last_attached() != 0, "find the graft");
	pass("accepted by a socket that is closed, from the client", client, server);
	pass("accepted by a socket that is closed, from the server", server, client);
	close(client);
	close(server);
	printf("when the connection is closed, too: %s\n",
	       last_attached() ? "attached" : "detached");
}

int main(void)
{
	wrong_sockets();
	outlived();
	made_before(1, 1);
	made_before(1, 0);
	made_before(0, 1);
	deciphered(1);
	deciphered(0);
	detached_early();
	waited_for();
	waited_to_accept();
	return 0;
}
