/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which I/O ports ring 1 may touch directly. Everything not listed is denied:
 * a port can gate an address line (92h), raise an SMI (b2h), reset the machine
 * (cf9h) or start a DMA transfer (fw_cfg), and a list of dangerous ports would be
 * incomplete for some chipset. Pure, tested on the host; the reasons are in
 * docs/decisions/0011-ports-default-deny.md.
 */
#ifndef HV_IO_PORTS_H
#define HV_IO_PORTS_H

#include <hv/types.h>

/* First port of the area for the I/O BARs of PCI devices; legacy devices are below. */
#define IO_PORTS_BAR_FIRST 0x1000u

struct port_range {
	u16 first, last;
};

/* May ring 1 always use this port? dev/pci_decode.c opens those of I/O BARs besides. */
bool io_port_is_open(u32 port);

/*
 * Commands of the keyboard controller. Its output port drives address line 20 and the
 * reset line (Intel 8742 as in the IBM AT; commands: AT Technical Reference).
 */
enum kbc_command {
	KBC_PASS,   /* allowed: written to the controller */
	KBC_DROP,   /* not allowed: not written to the controller */
	KBC_SKIP,   /* not allowed, and the command's data byte must be dropped too */
	KBC_REBOOT, /* pulses the reset line: the machine reboots */
};
enum kbc_command kbc_command(u8 command);

#endif
