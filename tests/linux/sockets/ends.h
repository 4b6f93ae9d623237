/* SPDX-License-Identifier: MIT */
/* Both ends of a connection, with a graft or without one. */
#ifndef ENDS_H
#define ENDS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../packets/attaching.h"

union address {
	struct sockaddr any;
	struct sockaddr_in tcp;
	struct sockaddr_un unix_name;
};

/* Attaches the plugin for the socket, unless @plugin is "-". Returns as ioctl(). */
static inline int filter(int fd, const char *plugin, int fails_closed)
{
	struct ringfence_attach attach = { .scope = RINGFENCE_SCOPE_SOCKET, .target = fd };

	if (!strcmp(plugin, "-"))
		return 0;
	attach.failures = 1;
	attach.fails_closed = (uint32_t)fails_closed;
	strcpy(attach.point, "stream");
	strcpy(attach.name, plugin);
	return plugin_ioctl(RINGFENCE_IOC_ATTACH, &attach, sizeof(attach));
}

/* Makes a connection: the client's end is filtered from before the connect, the server's as the listening socket says. */
static inline void connect_ends(int is_tcp, const char *client_plugin, const char *server_plugin,
				int fails_closed, int *client, int *server)
{
	union address address = { .any = { 0 } };
	socklen_t length = is_tcp ? sizeof(address.tcp) : sizeof(address.unix_name);
	int listening = socket(is_tcp ? AF_INET : AF_UNIX, SOCK_STREAM, 0);

	if (is_tcp) {
		address.tcp = (struct sockaddr_in){ .sin_family = AF_INET };
		address.tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		address.unix_name.sun_family = AF_UNIX;
		snprintf(address.unix_name.sun_path, sizeof(address.unix_name.sun_path),
			 "/tmp/ends-%d", getpid());
	}
	must(!bind(listening, &address.any, length) && !listen(listening, 1), "listen");
	must(!is_tcp || !getsockname(listening, &address.any, &length), "getsockname");
	must(!filter(listening, server_plugin, fails_closed), "attach to the listening socket");
	*client = socket(is_tcp ? AF_INET : AF_UNIX, SOCK_STREAM, 0);
	must(!filter(*client, client_plugin, fails_closed), "attach to the client");
	must(!connect(*client, &address.any, length), "connect");
	*server = accept(listening, NULL, NULL);
	must(*server >= 0, "accept");
	/* The connection goes on when nobody listens any more. */
	close(listening);
	if (!is_tcp)
		unlink(address.unix_name.sun_path);
}

#endif /* ENDS_H */
