/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How ring 1 may map a frame that is neither the guest's RAM nor the monitor's. Pure,
 * tested on the host.
 *
 *	     0 .. 9ffff    read-only: the firmware's RAM, where system management
 *			   mode begins unless the firmware moved it (30000)
 *	 a0000 .. bffff    any: VGA memory. SMRAM lies under it where the chipset
 *			   has one; the monitor locks it (dev/chipset.c)
 *	 c0000 .. fffff    read-only: firmware in shadow RAM; the handler of
 *			   system management mode may call it
 *	what the firmware's memory map names: read-only. ACPI tables, the chipset's
 *			   registers (MMCONFIG), RAM that the monitor does not use
 *	fec00000 .. ffffffff  refused: I/O APIC, HPET, local APIC, the chipset's
 *			   registers, flash memory
 *	else		   any: memory BARs, which lie nowhere else (pci_rules.h)
 *
 * Read-only: a writable entry is not refused, but loses its RW bit. Xen does the
 * same for its list of read-only device memory. A refusal would stop Linux, which maps
 * the whole first MiB.
 */
#ifndef HV_DEVICE_FRAMES_H
#define HV_DEVICE_FRAMES_H

#include <hv/boot.h>
#include <hv/pt_check.h>

#define CHIPSET_FIRST_FRAME 0xfec00u
#define CHIPSET_LAST_FRAME  0xfffffu

/* PT_MONITOR, PT_DEVICE or PT_FIRMWARE; `map` is the firmware's memory map. */
enum pt_owner device_frame_owner(mfn_t mfn, const struct e820entry *map, u32 nr);

#endif
