/* SPDX-License-Identifier: MIT */
/* UDP sockets of other processes. */
#ifndef PLUGCTL_SOCKET_H
#define PLUGCTL_SOCKET_H

#include <stdint.h>

/*
 * Returns a descriptor of the UDP socket that has the local port, whichever process has it. Ends
 * the program if there is none or more than one, or if its process cannot be looked into.
 */
int socket_of_port(uint32_t port);

#endif /* PLUGCTL_SOCKET_H */
