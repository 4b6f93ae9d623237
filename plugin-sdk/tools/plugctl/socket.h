/* SPDX-License-Identifier: MIT */
/* Sockets of other processes. */
#ifndef PLUGCTL_SOCKET_H
#define PLUGCTL_SOCKET_H

#include <stdint.h>

enum socket_kind { SOCKET_UDP, SOCKET_TCP };

/*
 * Returns a descriptor of the IPv4 socket that has the local port, whichever process has it; of TCP sockets, of the
 * one that listens, or else is connected. Ends the program if there is none or more than one, or if its process cannot be
 * looked into.
 */
int socket_of_port(enum socket_kind kind, uint32_t port);

/* The same of the socket that is named PID:FD. */
int socket_of_process(const char *words);

#endif /* PLUGCTL_SOCKET_H */
