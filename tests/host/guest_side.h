/* SPDX-License-Identifier: MIT */
#ifndef HOST_GUEST_SIDE_H
#define HOST_GUEST_SIDE_H

/*
 * Where tests map memory that stands for the guest's. A 64-bit kernel that chooses a place for an
 * i386 program chooses one behind HV_VIRT_START, and the monitor refuses pointers to it.
 */
#define GUEST_SIDE ((void *)0x60000000)

#endif /* HOST_GUEST_SIDE_H */
