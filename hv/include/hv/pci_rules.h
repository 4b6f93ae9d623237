/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ring 1 may write to PCI configuration space (PCI Local Bus 3.0, chapter
 * 6; PCI-to-PCI Bridge 1.2, chapter 3). These functions decide, are pure, and are
 * tested on the host; dev/pci.c makes the access.
 *
 * Three rules: no register of the chipset changes; a function that decodes addresses
 * decodes only permitted ones; and what a function decodes, and which ports its bridges
 * pass on, changes only by writes to registers that the monitor looks at: no reset, no
 * power state, no bus number. So a BAR may hold anything (all ones, to learn its size)
 * while the function does not decode.
 */
#ifndef HV_PCI_RULES_H
#define HV_PCI_RULES_H

#include <hv/boot.h>
#include <hv/io_ports.h>

#define PCI_COMMAND_IO	   0x1u
#define PCI_COMMAND_MEMORY 0x2u
#define PCI_DECODE	   (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

enum pci_kind {
	PCI_DEVICE,  /* header type 0 */
	PCI_BRIDGE,  /* PCI-to-PCI, header type 1 */
	PCI_CHIPSET, /* host and ISA bridges, power management, SMBus, IOMMU ... */
};
/* From the dword at 08h (class code, revision) and the byte at 0eh. */
enum pci_kind pci_kind(u32 class_revision, u8 header_type);

enum pci_write {
	PCI_DROP,    /* never permitted */
	PCI_FREE,    /* always permitted */
	PCI_COMMAND, /* permitted if all that the function then decodes is permitted */
	PCI_ADDRESS, /* the same, for a BAR, an expansion ROM or a bridge's window */
	PCI_CONTROL, /* bridge control: permitted unless the write resets the bus behind it */
	PCI_PRIVATE, /* registers from 40h up: permitted unless pci_cap_refuses() */
};
/* The rule for a write of `size` (1, 2, 4) bytes to `reg` (0..255), within a dword. */
enum pci_write pci_write(enum pci_kind kind, u32 reg, u32 size);

/*
 * Would writing v to the dword at `offset` of a capability, whose first dword is `head`,
 *   enable MSI or MSI-X: interrupts that are sent as memory writes, or
 *   reset the function (FLR) or change its power state from D0, from where it returns by
 *   a reset? The function would stop decoding without a write to its command register.
 */
bool pci_cap_refuses(u32 head, u32 offset, u32 v);
/* The bit in a capability's first dword that enables MSI or MSI-X; 0: another capability. */
u32 pci_msi_enable(u32 head);

/* Addresses that a BAR or window decodes, both ends included. Empty: first > last. */
struct pci_range {
	u64 first, last;
};
/*
 * The range of a BAR: its low and high dword (0 unless 64 bits), and the masks that the
 * two read after all ones were written.
 */
struct pci_range pci_bar_range(u32 lo, u32 hi, u32 mask_lo, u32 mask_hi);
bool pci_bar_is_io(u32 bar);
bool pci_bar_is_64(u32 bar);
/* A bridge's windows, from its dwords at 1ch..30h. */
struct pci_range pci_window_io(u32 at_1c, u32 at_30);
struct pci_range pci_window_memory(u32 at_20);
struct pci_range pci_window_prefetch(u32 at_24, u32 at_28, u32 at_2c);

#define PCI_CONTROL_ISA	  0x00040000u /* in the dword at 3ch: ISA enable */
#define PCI_CONTROL_RESET 0x00400000u /* secondary bus reset */
/* Does the bridge with this dword at 18h pass configuration accesses on to the bus? */
bool pci_bridge_leads_to(u32 at_18, u32 bus);
/* Does the bridge with these dwords pass accesses of all ports of r on to its secondary bus? */
bool pci_bridge_passes_io(struct pci_range r, u32 at_04, u32 at_1c, u32 at_30, u32 at_3c);

/*
 * May a device decode these ports? Only above IO_PORTS_BAR_FIRST and outside of the
 * chipset's ports (`kept`), or where ring 1 may always use every port. A BAR of up to
 * 32 bytes at 0 has no address assigned: permitted, but pci_io_opens() is false.
 */
bool pci_io_permitted(struct pci_range r, const struct port_range *kept, u32 nr);
/* Are the ports opened to ring 1 while a device decodes them, and they reach it? */
bool pci_io_opens(struct pci_range r);
/*
 * May a device decode this memory? Only above all RAM in the frame table
 * (`ram_end`, bytes), below the chipset's area at the top of 4 GiB or above
 * 4 GiB, and over nothing that the firmware's memory map names.
 */
bool pci_memory_permitted(struct pci_range r, u64 ram_end, const struct e820entry *map, u32 nr);

/*
 * The ports to keep from devices because a chipset's register with this value looks
 * like a port base: bit 0 set, upper half zero (as PIIX4 and ICH have for power
 * management, SMBus, GPIO) but for bits 23:18, the bits 7:2 of the address that Intel's
 * GENx_DEC ignore. 256 ports, the largest area that such a register has (ABASE of Intel's
 * series 100). The register may be something else. Empty (first > last) if the value does
 * not look so, or all its ports are below IO_PORTS_BAR_FIRST, where no BAR may lie.
 */
struct port_range pci_chipset_ports(u32 value);

/*
 * Ports from IO_PORTS_BAR_FIRST up that the chipset of an emulator has and that no
 * register names. The host bridge, by device and vendor ID, tells the emulator. Entry i
 * (0 .. PCI_UNNAMED_PORTS - 1) of the list; empty if it is not for this host bridge.
 */
#define PCI_UNNAMED_PORTS 7
struct port_range pci_unnamed_ports(u32 host_bridge, u32 i);

#endif
