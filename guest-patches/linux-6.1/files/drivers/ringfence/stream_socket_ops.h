/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the file operations of sockets that are streams and the point `stream`. */
#ifndef RINGFENCE_STREAM_SOCKET_OPS_H
#define RINGFENCE_STREAM_SOCKET_OPS_H

#include "stream_socket.h"

/* In stream_socket.c. */

/* Replace the operations of socket->socket. */
void stream_socket_begin(struct stream_socket *socket);
/* Have the operations of the socket been replaced? */
bool stream_is_socket(const struct socket *sock);

/* In graft_socket.c: the socket is closed. */
void stream_socket_free(struct stream_socket *socket);

#endif /* RINGFENCE_STREAM_SOCKET_OPS_H */
