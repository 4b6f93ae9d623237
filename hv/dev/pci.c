/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration accesses of ring 1, carried out where pci_rules.h permits.
 * Owns the address register of mechanism 1, the list of the chipset's ports, and
 * the bits of the port bitmap that belong to I/O BARs: a port of a BAR is open
 * while the function decodes it and every bridge before the function passes it on. No
 * state of a function is kept: registers are read when a write may change these. Writes
 * that would change them in another way are refused: resets, power states, bus numbers.
 */
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/mm.h>
#include <hv/pci.h>
#include <hv/pci_rules.h>
#include <hv/printk.h>

#define ADDRESS 0xcf8
#define DATA	0xcfc

#define ENABLE	      0x80000000u
#define ADDRESS_BITS  0x80fffffcu
#define FUNCTION_BITS 0x80ffff00u

#define CAP_POWER 0x01

static u32 address;

/* Ports of the chipset, at which no BAR may lie. */
static struct port_range kept[32];
static u32 kept_nr;

u32 pci_read(u32 at)
{
	outl(ADDRESS, at & ADDRESS_BITS);
	return inl(DATA);
}

static void write_part(u32 at, u32 offset, u32 size, u32 v)
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
	write_part(at, at & 3, 1, v);
}

/* ---- finding functions and capabilities ---- */

/* A function that is called for each PCI function; false ends the search. */
typedef bool (*function_fn)(u32 fn, const void *arg);

/* Call `f` for every PCI function on these buses. False if `f` was false. */
static bool each_function(u32 first_bus, u32 last_bus, function_fn f, const void *arg)
{
	u32 dev, nr, fn, i;

	for (dev = first_bus * 32; dev < (last_bus + 1) * 32; dev++) {
		fn = ENABLE | dev << 11;
		if (pci_read(fn) == ~0u)
			continue;
		nr = pci_read(fn | 0x0c) & 0x800000 ? 8 : 1;
		for (i = 0; i < nr; i++)
			if (pci_read(fn | i << 8) != ~0u && !f(fn | i << 8, arg))
				return false;
	}
	return true;
}

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

/* ---- one function: what it decodes ---- */

static enum pci_kind kind_of(u32 fn)
{
	return pci_kind(pci_read(fn | 0x08), (u8)(pci_read(fn | 0x0c) >> 16));
}

static u32 command_of(u32 fn)
{
	return pci_read(fn | 0x04) & 0xffff;
}

/* The BAR's value after `ones` is written; it is then restored. Decoding must be off. */
static u32 mask_of(u32 at, u32 ones)
{
	u32 old = pci_read(at), mask;

	write_part(at, 0, 4, ones);
	mask = pci_read(at);
	write_part(at, 0, 4, old);
	return mask;
}

/* A function that is called for each range of addresses that the PCI function fn decodes. */
typedef bool (*range_fn)(u32 fn, struct pci_range r, bool io);

static bool permitted(u32 fn, struct pci_range r, bool io)
{
	if (io)
		return pci_io_permitted(r, kept, kept_nr);
	return pci_memory_permitted(r, (u64)max_mfn << PAGE_SHIFT, firmware_map, firmware_map_nr);
}

/* A range of ports of a function on `bus`. */
struct way {
	u32 bus;
	struct pci_range ports;
};

/* False if the function is a bridge between the host and the bus, and stops the ports. */
static bool lets_pass(u32 fn, const void *arg)
{
	const struct way *way = arg;
	u32 type = pci_read(fn | 0x0c) >> 16 & 0x7f;

	if ((type != 1 && type != 2) || !pci_bridge_leads_to(pci_read(fn | 0x18), way->bus))
		return true;
	/* The windows of a CardBus bridge (type 2) have another layout. */
	return type == 1 &&
	       pci_bridge_passes_io(way->ports, pci_read(fn | 0x04), pci_read(fn | 0x1c),
				    pci_read(fn | 0x30), pci_read(fn | 0x3c));
}

/* Do the ports reach the bus of the function? Firmware gives a bus a number above its bridge's. */
static bool reaches(u32 fn, struct pci_range ports)
{
	struct way way = { fn >> 16 & 0xff, ports };

	return !way.bus || each_function(0, way.bus - 1, lets_pass, &way);
}

static bool open_ports(u32 fn, struct pci_range r, bool io)
{
	if (io && pci_io_opens(r) && permitted(fn, r, true) && reaches(fn, r))
		io_ports_set((u32)r.first, (u32)r.last, true);
	return true;
}

static bool close_ports(u32 fn, struct pci_range r, bool io)
{
	if (io && pci_io_opens(r))
		io_ports_set((u32)r.first, (u32)r.last, false);
	return true;
}

static bool each_bar(u32 fn, enum pci_kind kind, u32 decode, range_fn f)
{
	u32 reg, lo, hi, mask_hi, end = kind == PCI_BRIDGE ? 0x18 : 0x28;
	bool io, wide, ok = true;

	for (reg = 0x10; reg < end; reg += wide ? 8 : 4) {
		lo = pci_read(fn | reg);
		io = pci_bar_is_io(lo);
		wide = pci_bar_is_64(lo) && reg + 4 < end;
		if (!(decode & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)))
			continue;
		hi = wide ? pci_read(fn | (reg + 4)) : 0;
		mask_hi = wide ? mask_of(fn | (reg + 4), ~0u) : 0;
		ok &= f(fn, pci_bar_range(lo, hi, mask_of(fn | reg, ~0u), mask_hi), io);
	}
	return ok;
}

/*
 * Does the bridge have the window with these base and limit bits? A window that a bridge
 * does not have reads as 0 even after `ones` are written. Decoding must be off.
 */
static bool has_window(u32 at, u32 size, u32 ones)
{
	u32 old = pci_read(at);
	bool has;

	if (old & ones)
		return true;
	write_part(at, 0, size, ones);
	has = pci_read(at) & ones;
	write_part(at, 0, size, old);
	return has;
}

static bool each_window(u32 fn, u32 decode, range_fn f)
{
	bool ok = true;

	/* Two bytes: the upper half of 1ch is the secondary status, where ones clear bits. */
	if (decode & PCI_COMMAND_IO && has_window(fn | 0x1c, 2, 0xf0f0))
		ok &= f(fn, pci_window_io(pci_read(fn | 0x1c), pci_read(fn | 0x30)), true);
	if (!(decode & PCI_COMMAND_MEMORY))
		return ok;
	ok &= f(fn, pci_window_memory(pci_read(fn | 0x20)), false);
	if (has_window(fn | 0x24, 4, 0xfff0fff0))
		ok &= f(fn,
			pci_window_prefetch(pci_read(fn | 0x24), pci_read(fn | 0x28),
					    pci_read(fn | 0x2c)),
			false);
	return ok;
}

/*
 * Call `f` for each range that the PCI function decodes with the command bits `decode`.
 * Decoding is off while BARs are sized and `f` runs; bus mastering stays on. True if
 * `f` was true for every range.
 */
static bool each_range(u32 fn, enum pci_kind kind, u32 decode, range_fn f)
{
	u32 command = command_of(fn), rom = fn | (kind == PCI_BRIDGE ? 0x38 : 0x30), v;
	bool ok;

	if (!(decode & PCI_DECODE))
		return true;
	write_part(fn | 0x04, 0, 2, command & ~PCI_DECODE);
	ok = each_bar(fn, kind, decode, f);
	v = pci_read(rom);
	if ((v & 1) && (decode & PCI_COMMAND_MEMORY))
		ok &= f(fn, pci_bar_range(v & ~0x7ffu, 0, mask_of(rom, ~0x7ffu) & ~0x7ffu, 0),
			false);
	if (kind == PCI_BRIDGE)
		ok &= each_window(fn, decode, f);
	write_part(fn | 0x04, 0, 2, command);
	return ok;
}

/* Call `f` for each I/O BAR of the function, if it decodes I/O. */
static void each_io_bar(u32 fn, enum pci_kind kind, range_fn f)
{
	u32 command = command_of(fn);

	if (!(command & PCI_COMMAND_IO))
		return;
	write_part(fn | 0x04, 0, 2, command & ~PCI_DECODE);
	each_bar(fn, kind, PCI_COMMAND_IO, f);
	write_part(fn | 0x04, 0, 2, command);
}

/* each_io_bar() as a function_fn, for all but the chipset's functions; arg: a range_fn. */
static bool io_bars_of(u32 fn, const void *arg)
{
	enum pci_kind kind = kind_of(fn);

	if (kind != PCI_CHIPSET)
		each_io_bar(fn, kind, *(const range_fn *)arg);
	return true;
}

/*
 * Call `f` for each I/O BAR of the function and, if it is a bridge, of all functions
 * behind it: close_ports() before a write that can change which ports reach a BAR,
 * open_ports() after it.
 */
static void each_io_bar_behind(u32 fn, enum pci_kind kind, range_fn f)
{
	u32 buses;

	each_io_bar(fn, kind, f);
	if (kind != PCI_BRIDGE || !(command_of(fn) & PCI_COMMAND_IO))
		return;
	buses = pci_read(fn | 0x18) >> 8;
	if (buses & 0xff)
		each_function(buses & 0xff, buses >> 8 & 0xff, io_bars_of, &f);
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
	u32 old = command_of(fn), bit;

	if ((old ^ command) & PCI_COMMAND_IO)
		each_io_bar_behind(fn, kind, close_ports);
	for (bit = PCI_COMMAND_IO; bit <= PCI_COMMAND_MEMORY; bit <<= 1)
		if ((command & ~old & bit) && !each_range(fn, kind, bit, permitted)) {
			refuse(fn | 0x04, command);
			command &= ~bit;
		}
	write_part(fn | 0x04, 0, 2, command);
	if (command & ~old & PCI_COMMAND_IO)
		each_io_bar_behind(fn, kind, open_ports);
}

/*
 * Write a BAR or window, and restore it if the new range is not permitted. Decoding is
 * off meanwhile, so that the function never decodes a range that is then refused.
 */
static void write_address(u32 at, enum pci_kind kind, u32 offset, u32 size, u32 v)
{
	u32 fn = at & FUNCTION_BITS, command = command_of(fn), old = pci_read(at);
	bool io_window = (at & 0xfc) == 0x1c || (at & 0xfc) == 0x30; /* if it is a bridge */

	if (!(command & PCI_DECODE)) {
		write_part(at, offset, size, v);
		return;
	}
	(io_window ? each_io_bar_behind : each_io_bar)(fn, kind, close_ports);
	write_part(fn | 0x04, 0, 2, command & ~PCI_DECODE);
	write_part(at, offset, size, v);
	if (!each_range(fn, kind, command, permitted)) {
		refuse(at, v);
		write_part(at, 0, 4, old);
	}
	write_part(fn | 0x04, 0, 2, command);
	(io_window ? each_io_bar_behind : each_io_bar)(fn, kind, open_ports);
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
		each_io_bar_behind(fn, PCI_BRIDGE, close_ports);
	write_part(at, offset, size, v);
	if (changes)
		each_io_bar_behind(fn, PCI_BRIDGE, open_ports);
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
	if (!(address & ENABLE))
		return ~0u;
	return pci_read(address) >> (8 * offset);
}

void pci_data_write(u32 offset, u32 size, u32 v)
{
	u32 at = address, fn = at & FUNCTION_BITS, whole;
	enum pci_kind kind;

	if (!(at & ENABLE) || pci_read(fn) == ~0u)
		return;
	kind = kind_of(fn);
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
	write_part(at, offset, size, v);
}

/* ---- boot ---- */

static void keep_ports(struct port_range r)
{
	if (r.first > r.last)
		return;
	if (kept_nr == ARRAY_SIZE(kept))
		cannot_boot("the chipset has more than %u areas of ports", (u32)ARRAY_SIZE(kept));
	kept[kept_nr++] = r;
}

static void keep_chipset(u32 fn)
{
	u32 reg;

	for (reg = 0x40; reg < 0x100; reg += 4)
		keep_ports(pci_chipset_ports(pci_read(fn | reg)));
	/* BARs of the chipset are not sized: decoding would have to be off meanwhile. */
	for (reg = 0x10; reg < 0x28 && !(pci_read(fn | 0x0c) & 0x7f0000); reg += 4)
		keep_ports(pci_chipset_ports(pci_read(fn | reg)));
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
			write_part(fn | cap, 2, 2, (head & ~pci_msi_enable(head)) >> 16);
	}
}

static bool prepare(u32 fn, const void *unused)
{
	if (kind_of(fn) == PCI_CHIPSET)
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
		if ((head & 0xff) != CAP_POWER || !(pci_read(fn | (cap + 4)) & 3))
			continue;
		write_part(fn | 0x04, 0, 2, command_of(fn) & ~PCI_COMMAND_IO);
		write_part(fn | (cap + 4), 0, 2, 0);
		return true;
	}
	return false;
}

static bool start(u32 fn, const void *unused)
{
	static const range_fn open = open_ports;

	return (kind_of(fn) == PCI_DEVICE && power_on(fn)) || io_bars_of(fn, &open);
}

void pci_init(void)
{
	u32 i, host_bridge = pci_read(ENABLE);

	for (i = 0; i < PCI_UNNAMED_PORTS; i++)
		keep_ports(pci_unnamed_ports(host_bridge, i));
	each_function(0, 255, prepare, NULL);
	each_function(0, 255, start, NULL);
}
