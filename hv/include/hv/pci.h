/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space, which only the monitor reaches: ports cf8h to cffh
 * are closed to ring 1, and trap/port.c carries its accesses out here.
 */
#ifndef HV_PCI_H
#define HV_PCI_H

#include <hv/types.h>

/* Boot: note the chipset's ports, open those of devices that decode already. */
void pci_init(void);
/* Boot, before pci_init(): lock SMRAM, switch the local APIC off. */
void chipset_init(void);

/* The guest's view of cf8h. */
u32 pci_address(void);
void pci_set_address(u32 v);
/* Ring 1 accesses cfch + `offset` (0..3), `size` bytes, within the dword. */
u32 pci_data_read(u32 offset, u32 size);
void pci_data_write(u32 offset, u32 size, u32 v);

/* The monitor's own accesses; `address` as in cf8h, any register. */
u32 pci_read(u32 address);
void pci_write8(u32 address, u8 v);

#endif
