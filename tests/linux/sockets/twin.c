/* SPDX-License-Identifier: MIT */
/*
 * twin PLUGIN open|closed send|receive
 *
 * A client whose connection a plugin filters exchanges bytes with a server whose connection is not filtered: the client sends, or
 * receives. The plugin turns bytes over, as stream_bad does, or fails. Prints a JSON document: how many bytes went
 * through, how many of them were turned over, how many of the others were as they had been, and the error that the client
 * got at the end.
 */
#include "ends.h"

#define PARTS 20
#define PART  1000

static unsigned char plain[PARTS * PART], got[PARTS * PART];

static size_t receive(int fd, unsigned char *to, int *error)
{
	size_t at = 0;
	ssize_t nr;

	while ((nr = recv(fd, to + at, PARTS * PART - at, 0)) > 0)
		at += (size_t)nr;
	if (nr < 0)
		*error = errno;
	return at;
}

/* In parts, so that there is a question for each. Returns 0 or an errno. */
static int send_parts(int fd)
{
	int i;

	for (i = 0; i < PARTS; i++)
		if (send(fd, plain + i * PART, PART, MSG_NOSIGNAL) != PART)
			return errno;
	return 0;
}

/* Receives each part before the next one is sent. */
static size_t receive_parts(int server, int client, int *error)
{
	size_t at = 0;
	ssize_t nr;
	int i;

	for (i = 0; i < PARTS && !*error; i++) {
		must(send(server, plain + i * PART, PART, MSG_NOSIGNAL) == PART, "send a part");
		nr = recv(client, got + at, PART, 0);
		if (nr < 0)
			*error = errno;
		else
			at += (size_t)nr;
	}
	return at;
}

int main(int argc, char **argv)
{
	int client, server, error = 0, unused = 0;
	size_t i, nr, turned = 0, same = 0;
	struct pollfd polled;

	if (argc != 4)
		return 2;
	for (i = 0; i < sizeof(plain); i++)
		plain[i] = (unsigned char)(i * 7 + i / 256);
	connect_ends(1, argv[1], "-", !strcmp(argv[2], "closed"), &client, &server);
	if (!strcmp(argv[3], "send")) {
		error = send_parts(client);
		polled = (struct pollfd){ client, POLLIN | POLLOUT, 0 };
		if (error && poll(&polled, 1, 0) != 1)
			printf("poll waits at a broken connection\n");
		close(client);
		nr = receive(server, got, &unused);
	} else {
		nr = receive_parts(server, client, &error);
	}
	for (i = 0; i < nr; i++) {
		turned += got[i] == (unsigned char)~plain[i];
		same += got[i] == plain[i];
	}
	printf("{\"bytes\": %zu, \"turned\": %zu, \"same\": %zu, \"error\": %d}\n", nr, turned,
	       same, error);
	return 0;
}
