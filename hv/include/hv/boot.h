/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What boot/memory.c found out and the hypercalls hand on: the memory map as
 * the guest is to see it (the monitor's own frames are reserved in it).
 */
#ifndef HV_BOOT_H
#define HV_BOOT_H

#include <hv/types.h>

/* An entry as the BIOS, multiboot's mmap and XENMEM_memory_map lay it out. */
struct e820entry {
	u64 addr;
	u64 size;
	u32 type;
} __packed;

#define E820_RAM      1
#define E820_RESERVED 2

extern struct e820entry guest_e820[];
extern u32 guest_e820_nr;

#endif
