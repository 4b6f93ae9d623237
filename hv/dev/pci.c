/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration accesses of ring 1, carried out where pci_rules.h permits. Owns the
 * address register of mechanism 1. No state of a function is kept: registers are read when
 * a write may change what a function decodes or which ports reach it. Writes that would
 * change these in another way are refused: resets, power states, bus numbers.
 */
#include <hv/cpu.h>
#include <hv/pci_decode.h>
#include <hv/printk.h>

#define ADDRESS 0xcf8
#define DATA	0xcfc

#define ADDRESS_BITS  0x80fffffcu
#define FUNCTION_BITS 0x80ffff00u

#define CAP_POWER 0x01

static u32 address;

u32 pci_read(u32 at)
{
	outl(ADDRESS, at & ADDRESS_BITS);
	return inl(DATA);
}

void pci_write_part(u32 at, u32 offset, u32 size, u32 v)
{
	outl(ADDRESS, at & ADDRESS_BITS);
	if (size == 4)
		outl(DATA, v);
	else if (size == 2)
		outw((u16)(DATA + offset), (u16)v);
	else
		outb((u16)(DATA + offset), (u8)v);
}

void pci_write8(u32 at, u8 v)
{
	pci_write_part(at, at & 3, 1, v);
}

/* ---- capabilities ---- */

#define CAPS_MAX 48 /* capabilities that fit in 40h..ffh: ends a list that is circular */

/* Offset of the function's first capability, 0 if it has none. */
static u32 first_cap(u32 fn)
{
	return pci_read(fn | 0x04) & 1u << 20 ? pci_read(fn | 0x34) & 0xfc : 0;
}

/* Would this write do what pci_cap_refuses() refuses, to any capability? */
static bool cap_refuses(u32 at, u32 v)
{
	u32 fn = at & FUNCTION_BITS, cap, head, left = CAPS_MAX;

	for (cap = first_cap(fn); cap && left--; cap = head >> 8 & 0xfc) {
		head = pci_read(fn | cap);
		if (pci_cap_refuses(head, (at & 0xfc) - cap, v))
			return true;
	}
	return false;
}

/* ---- what ring 1 writes ---- */

/* Log the first write that is refused. */
static void refuse(u32 at, u32 v)
{
	static bool said;

	if (!said)
		log_info("guest: PCI %02x:%02x.%u: write of register %02x refused (value %x)",
			 at >> 16 & 0xff, at >> 11 & 31, at >> 8 & 7, at & 0xff, v);
	said = true;
}

/* The dword at `at` as it would be after `size` bytes of `v` are written at `offset`. */
static u32 merged(u32 at, u32 offset, u32 size, u32 v)
{
	u32 mask = size == 4 ? ~0u : ((1u << (8 * size)) - 1) << (8 * offset);

	return (pci_read(at) & ~mask) | ((v << (8 * offset)) & mask);
}

/* Write the command register, without decode bits whose ranges are not permitted. */
static void write_command(u32 fn, enum pci_kind kind, u32 command)
{
	u32 old = pci_command_of(fn), bit;

	if ((old ^ command) & PCI_COMMAND_IO)
		pci_close_ports(fn, kind, true);
	for (bit = PCI_COMMAND_IO; bit <= PCI_COMMAND_MEMORY; bit <<= 1)
		if ((command & ~old & bit) && !pci_may_decode(fn, kind, bit)) {
			refuse(fn | 0x04, command);
			command &= ~bit;
		}
	pci_write_part(fn | 0x04, 0, 2, command);
	if (command & ~old & PCI_COMMAND_IO)
		pci_open_ports(fn, kind, true);
}

/*
 * Write a BAR or window, and restore it if the new range is not permitted. Decoding is
 * off meanwhile, so that the function never decodes a range that is then refused.
 */
static void write_address(u32 at, enum pci_kind kind, u32 offset, u32 size, u32 v)
{
	u32 fn = at & FUNCTION_BITS, command = pci_command_of(fn), old = pci_read(at);
	bool io_window = (at & 0xfc) == 0x1c || (at & 0xfc) == 0x30; /* if it is a bridge */

	if (!(command & PCI_DECODE)) {
		pci_write_part(at, offset, size, v);
		return;
	}
	pci_close_ports(fn, kind, io_window);
	pci_write_part(fn | 0x04, 0, 2, command & ~PCI_DECODE);
	pci_write_part(at, offset, size, v);
	if (!pci_may_decode(fn, kind, command)) {
		refuse(at, v);
		pci_write_part(at, 0, 4, old);
	}
	pci_write_part(fn | 0x04, 0, 2, command);
	pci_open_ports(fn, kind, io_window);
}

/* Write bridge control. Its bit ISA changes which ports reach the functions behind. */
static void write_control(u32 at, u32 offset, u32 size, u32 v)
{
	u32 fn = at & FUNCTION_BITS, whole = merged(at, offset, size, v);
	bool changes = (pci_read(at) ^ whole) & PCI_CONTROL_ISA;

	if (whole & PCI_CONTROL_RESET) {
		refuse(at + offset, v);
		return;
	}
	if (changes)
		pci_close_ports(fn, PCI_BRIDGE, true);
	pci_write_part(at, offset, size, v);
	if (changes)
		pci_open_ports(fn, PCI_BRIDGE, true);
}

u32 pci_address(void)
{
	return address;
}

void pci_set_address(u32 v)
{
	address = v & ADDRESS_BITS;
}

u32 pci_data_read(u32 offset, u32 size)
{
	if (!(address & PCI_ENABLE))
		return ~0u;
	return pci_read(address) >> (8 * offset);
}

void pci_data_write(u32 offset, u32 size, u32 v)
{
	u32 at = address, fn = at & FUNCTION_BITS, whole;
	enum pci_kind kind;

	if (!(at & PCI_ENABLE) || pci_read(fn) == ~0u)
		return;
	kind = pci_kind_of(fn);
	switch (pci_write(kind, (at & 0xff) + offset, size)) {
	case PCI_FREE:
		break;
	case PCI_COMMAND:
		/* The status register in the upper half is not written: ones clear its bits. */
		whole = merged(at, offset, size, v);
		write_command(fn, kind, whole & 0xffff);
		return;
	case PCI_ADDRESS:
		write_address(at, kind, offset, size, v);
		return;
	case PCI_CONTROL:
		write_control(at, offset, size, v);
		return;
	case PCI_PRIVATE:
		if (!cap_refuses(at, merged(at, offset, size, v)))
			break;
		refuse(at + offset, v);
		return;
	default:
		refuse(at + offset, v);
		return;
	}
	pci_write_part(at, offset, size, v);
}

/* ---- boot ---- */

static void keep_chipset(u32 fn)
{
	u32 reg;

	for (reg = 0x40; reg < 0x100; reg += 4)
		pci_keep_ports(pci_chipset_ports(pci_read(fn | reg)));
	/* BARs of the chipset are not sized: decoding would have to be off meanwhile. */
	for (reg = 0x10; reg < 0x28 && !(pci_read(fn | 0x0c) & 0x7f0000); reg += 4)
		pci_keep_ports(pci_chipset_ports(pci_read(fn | reg)));
}

/*
 * Firmware, or a kernel before kexec, may have enabled MSI. Ring 1 may write the address
 * and data of its messages, so the monitor disables it.
 */
static void msi_off(u32 fn)
{
	u32 cap, head, left = CAPS_MAX;

	for (cap = first_cap(fn); cap && left--; cap = head >> 8 & 0xfc) {
		head = pci_read(fn | cap);
		if (pci_msi_enable(head))
			pci_write_part(fn | cap, 2, 2, (head & ~pci_msi_enable(head)) >> 16);
	}
}

static bool prepare(u32 fn, const void *unused)
{
	if (pci_kind_of(fn) == PCI_CHIPSET)
		keep_chipset(fn);
	msi_off(fn);
	return true;
}

/*
 * Firmware may have left a device in D1 to D3, and ring 1 may not change that. The way to
 * D0 may reset the device, so it stops decoding I/O first. False if it was in D0.
 */
static bool power_on(u32 fn)
{
	u32 cap, head, left = CAPS_MAX;

	for (cap = first_cap(fn); cap && left--; cap = head >> 8 & 0xfc) {
		head = pci_read(fn | cap);
		if ((head & 0xff) != CAP_POWER || cap > 0xf8 || !(pci_read(fn | (cap + 4)) & 3))
			continue;
		pci_write_part(fn | 0x04, 0, 2, pci_command_of(fn) & ~PCI_COMMAND_IO);
		pci_write_part(fn | (cap + 4), 0, 2, 0);
		return true;
	}
	return false;
}

static bool start(u32 fn, const void *unused)
{
	enum pci_kind kind = pci_kind_of(fn);

	if (kind == PCI_CHIPSET || (kind == PCI_DEVICE && power_on(fn)))
		return true;
	pci_open_ports(fn, kind, false);
	return true;
}

void pci_init(void)
{
	u32 i, host_bridge = pci_read(PCI_ENABLE);

	for (i = 0; i < PCI_UNNAMED_PORTS; i++)
		pci_keep_ports(pci_unnamed_ports(host_bridge, i));
	pci_each_function(0, 255, prepare, NULL);
	pci_each_function(0, 255, start, NULL);
}
