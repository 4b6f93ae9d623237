/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space. Ports cf8h to cffh are closed to ring 1: trap/port.c
 * emulates accesses of ring 1 with the functions below.
 */
#ifndef HV_PCI_H
#define HV_PCI_H

#include <hv/types.h>

/* Boot: note the chipset's ports, disable MSI, open the ports of devices that decode. */
void pci_init(void);
/* Boot, before pci_init(): lock SMRAM, switch the local APIC off. */
void chipset_init(void);

/* Port cf8h as the guest reads and writes it. */
u32 pci_address(void);
void pci_set_address(u32 v);
/* Ring 1 accesses port cfch + `offset` (0..3), `size` bytes, not beyond cffh. */
u32 pci_data_read(u32 offset, u32 size);
void pci_data_write(u32 offset, u32 size, u32 v);

/* The monitor's own accesses to any register; `address` as written to cf8h. */
u32 pci_read(u32 address);
void pci_write8(u32 address, u8 v);
/* Write `size` bytes from byte `offset` of the dword at `address`. */
void pci_write_part(u32 address, u32 offset, u32 size, u32 v);

#endif
