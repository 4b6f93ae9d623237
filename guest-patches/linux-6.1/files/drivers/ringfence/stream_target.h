/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets that a graft of the point `stream` is for. */
#ifndef RINGFENCE_STREAM_TARGET_H
#define RINGFENCE_STREAM_TARGET_H

#include <linux/types.h>

struct core_attach;
struct core_reason;
struct sock;
struct socket;

/* Can the socket become a stream now? 0; or an errno with a reason. */
int stream_socket_check(struct socket *socket, struct core_reason *why);
/*
 * The graft with the id @graft has been attached as @request says, for the socket: make that a stream, or
 * the connections that it accepts from now on. 0; or an errno with a reason: then detach the graft.
 */
int stream_socket_attached(struct socket *socket, const struct core_attach *request, u32 graft,
			   struct core_reason *why);
/* Is an open connection filtered by a graft that is for the socket @target? In any context. */
bool stream_socket_is_used(const struct sock *target);

#endif /* RINGFENCE_STREAM_TARGET_H */
