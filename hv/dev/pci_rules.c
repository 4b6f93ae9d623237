/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ring 1 may write to PCI configuration space. Pure; essay in pci_rules.h.
 */
#include <hv/device_frames.h>
#include <hv/pci_rules.h>

#define CLASS(v)    ((v) >> 24)
#define SUBCLASS(v) ((v) >> 16 & 0xff)

#define CAP_POWER    0x01
#define CAP_MSI	     0x05
#define CAP_EXPRESS  0x10
#define CAP_MSI_X    0x11
#define CAP_ADVANCED 0x13 /* Advanced Features, of conventional PCI */

#define NONE ((struct pci_range){ 1, 0 })

enum pci_kind pci_kind(u32 class_revision, u8 header_type)
{
	u32 class = CLASS(class_revision), sub = SUBCLASS(class_revision);

	if (class == 0x06 && sub == 0x04)
		return (header_type & 0x7f) == 1 ? PCI_BRIDGE : PCI_CHIPSET;
	if ((header_type & 0x7f) != 0)
		return PCI_CHIPSET;
	switch (class) {
	case 0x05: /* memory controllers */
	case 0x06: /* host, ISA, EISA and other bridges */
		return PCI_CHIPSET;
	case 0x08: /* PIC, DMA, timers, IOMMU; 05h is an SD host controller */
		return sub == 0x05 ? PCI_DEVICE : PCI_CHIPSET;
	/*
	 * Serial buses. Boards control power and reset by SMBus and IPMI, and Intel's
	 * controller of the firmware's flash is of this class: all but the four are kept.
	 */
	case 0x0c: /* FireWire, USB, Fibre Channel, InfiniBand */
		return sub == 0x00 || sub == 0x03 || sub == 0x04 || sub == 0x06 ? PCI_DEVICE :
										  PCI_CHIPSET;
	}
	return PCI_DEVICE;
}

static bool touches(u32 reg, u32 size, u32 first, u32 last)
{
	return reg <= last && reg + size > first;
}

enum pci_write pci_write(enum pci_kind kind, u32 reg, u32 size)
{
	if (kind == PCI_CHIPSET)
		return PCI_DROP;
	if (touches(reg, size, 0x04, 0x05))
		return PCI_COMMAND;
	if (kind == PCI_DEVICE) {
		if (touches(reg, size, 0x10, 0x27) || touches(reg, size, 0x30, 0x33))
			return PCI_ADDRESS;
		return reg >= 0x40 ? PCI_PRIVATE : PCI_FREE;
	}
	/*
	 * With other bus numbers a bridge could hide functions from the monitor that decode
	 * behind it. Firmware assigned them.
	 */
	if (touches(reg, size, 0x18, 0x1a))
		return PCI_DROP;
	if (touches(reg, size, 0x3e, 0x3f))
		return PCI_CONTROL;
	/* The secondary status (1eh) shares the dword and the rule of the I/O window (1ch). */
	if (touches(reg, size, 0x10, 0x17) || touches(reg, size, 0x1c, 0x33) ||
	    touches(reg, size, 0x38, 0x3b))
		return PCI_ADDRESS;
	return reg >= 0x40 ? PCI_DROP : PCI_FREE;
}

u32 pci_msi_enable(u32 head)
{
	switch (head & 0xff) {
	case CAP_MSI:
		return 1u << 16;
	case CAP_MSI_X:
		return 1u << 31;
	}
	return 0;
}

bool pci_cap_refuses(u32 head, u32 offset, u32 v)
{
	switch (head & 0xff) {
	case CAP_POWER: /* control and status at 4; bits 1:0 are the power state */
		return offset == 4 && v & 3;
	case CAP_EXPRESS: /* device control at 8; bit 15 initiates FLR */
		return offset == 8 && v & 1u << 15;
	case CAP_ADVANCED: /* control at 4; bit 0 initiates FLR */
		return offset == 4 && v & 1;
	}
	return offset == 0 && v & pci_msi_enable(head);
}

bool pci_bar_is_io(u32 bar)
{
	return bar & 1;
}

bool pci_bar_is_64(u32 bar)
{
	return (bar & 7) == 4;
}

struct pci_range pci_bar_range(u32 lo, u32 hi, u32 mask_lo, u32 mask_hi)
{
	u64 mask, base, size;

	if (pci_bar_is_io(lo)) {
		/* Devices may implement 16 bits only. */
		mask = (mask_lo & ~3u) | 0xffff0000;
		base = lo & ~3u & mask;
		size = (u32)-mask;
		return mask_lo & ~3u ? (struct pci_range){ base, base + size - 1 } : NONE;
	}
	if (!((mask_lo & ~15u) | mask_hi))
		return NONE;
	mask = (u64)(pci_bar_is_64(lo) ? mask_hi : ~0u) << 32 | (mask_lo & ~15u);
	base = ((u64)hi << 32 | (lo & ~15u)) & mask;
	size = -mask;
	/* A BAR is aligned to its size, so this cannot wrap. */
	return (struct pci_range){ base, base + size - 1 };
}

struct pci_range pci_window_io(u32 at_1c, u32 at_30)
{
	u64 first = (at_1c & 0xf0) << 8, last = (at_1c & 0xf000) | 0xfff;

	if ((at_1c & 0xf) == 1) {
		first |= (u64)(at_30 & 0xffff) << 16;
		last |= (u64)(at_30 >> 16) << 16;
	}
	return (struct pci_range){ first, last };
}

struct pci_range pci_window_memory(u32 at_20)
{
	return (struct pci_range){ (u64)(at_20 & 0xfff0) << 16, (at_20 & 0xfff00000) | 0xfffff };
}

struct pci_range pci_window_prefetch(u32 at_24, u32 at_28, u32 at_2c)
{
	struct pci_range r = pci_window_memory(at_24);

	if ((at_24 & 0xf) == 1) {
		r.first |= (u64)at_28 << 32;
		r.last |= (u64)at_2c << 32;
	}
	return r;
}

bool pci_bridge_leads_to(u32 at_18, u32 bus)
{
	u32 secondary = at_18 >> 8 & 0xff, subordinate = at_18 >> 16 & 0xff;

	return secondary && bus >= secondary && bus <= subordinate;
}

bool pci_bridge_passes_io(struct pci_range r, u32 at_04, u32 at_1c, u32 at_30, u32 at_3c)
{
	struct pci_range window = pci_window_io(at_1c, at_30);

	if (!(at_04 & PCI_COMMAND_IO) || at_3c & PCI_CONTROL_RESET)
		return false;
	/* ISA enable: only the first 256 of each 1024 ports. */
	if (at_3c & PCI_CONTROL_ISA && (r.first & 0x3ff) + (r.last - r.first) > 0xff)
		return false;
	return r.first >= window.first && r.last <= window.last;
}

/*
 * Is every port of the range open? True for an empty range. The loop is short: open
 * ports come in runs of at most 32.
 */
static bool all_open(struct pci_range r)
{
	u64 port;

	for (port = r.first; port <= r.last; port++)
		if (!io_port_is_open((u32)port))
			return false;
	return true;
}

bool pci_io_permitted(struct pci_range r, const struct port_range *kept, u32 nr)
{
	u32 i;

	if (r.last < 0x20 || all_open(r))
		return true;
	if (r.first < IO_PORTS_BAR_FIRST || r.last > 0xffff)
		return false;
	for (i = 0; i < nr; i++)
		if (r.first <= kept[i].last && r.last >= kept[i].first)
			return false;
	return true;
}

bool pci_io_opens(struct pci_range r)
{
	return r.first >= IO_PORTS_BAR_FIRST && r.first <= r.last && r.last <= 0xffff;
}

bool pci_memory_permitted(struct pci_range r, u64 ram_end, const struct e820entry *map, u32 nr)
{
	u32 i;

	if (r.first > r.last)
		return true;
	if (r.first < ram_end)
		return false;
	if (r.first < 1ull << 32 && r.last >= (u64)CHIPSET_FIRST_FRAME << PAGE_SHIFT)
		return false;
	for (i = 0; i < nr; i++)
		if (map[i].size && r.first < map[i].addr + map[i].size && r.last >= map[i].addr)
			return false;
	return true;
}

struct port_range pci_chipset_ports(u32 value)
{
	u32 ignored = value >> 16 & 0xfc, first = value & ~ignored & 0xffc0, last = first + 0xff;

	if (!(value & 1) || value & 0xff030000 || last < IO_PORTS_BAR_FIRST)
		return (struct port_range){ 1, 0 };
	return (struct port_range){ (u16)first, (u16)MIN(last, 0xffffu) };
}

static const struct {
	u32 host_bridge;
	struct port_range ports;
} unnamed_ports[PCI_UNNAMED_PORTS] = {
	/* i440FX, of QEMU's pc: hotplug of PCI devices and of CPUs, events of ACPI */
	{ 0x12378086, { 0xae00, 0xafff } },
	/* Bochs: the port that ends it, and those of its debugger */
	{ 0x12378086, { 0x8900, 0x8900 } },
	{ 0x12378086, { 0x8a00, 0x8a01 } },
	{ 0x71908086, { 0x8900, 0x8900 } },
	{ 0x71908086, { 0x8a00, 0x8a01 } },
	{ 0x01228086, { 0x8900, 0x8900 } },
	{ 0x01228086, { 0x8a00, 0x8a01 } },
};

struct port_range pci_unnamed_ports(u32 host_bridge, u32 i)
{
	if (unnamed_ports[i].host_bridge != host_bridge)
		return (struct port_range){ 1, 0 };
	return unnamed_ports[i].ports;
}
