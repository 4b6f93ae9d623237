/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What PCI functions decode, read from their registers; and the bits of the port bitmap
 * that belong to I/O BARs: a port of a BAR is open while the function decodes it and every
 * bridge before the function passes it on. Owns the list of the chipset's ports.
 */
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/mm.h>
#include <hv/pci_decode.h>
#include <hv/printk.h>

/* Ports of the chipset, at which no BAR may lie. */
static struct port_range kept[32];
static u32 kept_nr;

void pci_keep_ports(struct port_range r)
{
	if (r.first > r.last)
		return;
	if (kept_nr == ARRAY_SIZE(kept))
		cannot_boot("the chipset has more than %u areas of ports", (u32)ARRAY_SIZE(kept));
	kept[kept_nr++] = r;
}

bool pci_each_function(u32 first_bus, u32 last_bus, pci_function_fn f, const void *arg)
{
	u32 dev, nr, fn, i;

	for (dev = first_bus * 32; dev < (last_bus + 1) * 32; dev++) {
		fn = PCI_ENABLE | dev << 11;
		if (pci_read(fn) == ~0u)
			continue;
		nr = pci_read(fn | 0x0c) & 0x800000 ? 8 : 1;
		for (i = 0; i < nr; i++)
			if (pci_read(fn | i << 8) != ~0u && !f(fn | i << 8, arg))
				return false;
	}
	return true;
}

/* ---- one function: what it decodes ---- */

enum pci_kind pci_kind_of(u32 fn)
{
	return pci_kind(pci_read(fn | 0x08), (u8)(pci_read(fn | 0x0c) >> 16));
}

u32 pci_command_of(u32 fn)
{
	return pci_read(fn | 0x04) & 0xffff;
}

/* The BAR's value after `ones` is written; it is then restored. Decoding must be off. */
static u32 mask_of(u32 at, u32 ones)
{
	u32 old = pci_read(at), mask;

	pci_write_part(at, 0, 4, ones);
	mask = pci_read(at);
	pci_write_part(at, 0, 4, old);
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

	return !way.bus || pci_each_function(0, way.bus - 1, lets_pass, &way);
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
	pci_write_part(at, 0, size, ones);
	has = pci_read(at) & ones;
	pci_write_part(at, 0, size, old);
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
	u32 command = pci_command_of(fn), rom = fn | (kind == PCI_BRIDGE ? 0x38 : 0x30), v;
	bool ok;

	if (!(decode & PCI_DECODE))
		return true;
	pci_write_part(fn | 0x04, 0, 2, command & ~PCI_DECODE);
	ok = each_bar(fn, kind, decode, f);
	v = pci_read(rom);
	if ((v & 1) && (decode & PCI_COMMAND_MEMORY))
		ok &= f(fn, pci_bar_range(v & ~0x7ffu, 0, mask_of(rom, ~0x7ffu) & ~0x7ffu, 0),
			false);
	if (kind == PCI_BRIDGE)
		ok &= each_window(fn, decode, f);
	pci_write_part(fn | 0x04, 0, 2, command);
	return ok;
}

/* Call `f` for each I/O BAR of the function, if it decodes I/O. */
static void each_io_bar(u32 fn, enum pci_kind kind, range_fn f)
{
	u32 command = pci_command_of(fn);

	if (!(command & PCI_COMMAND_IO))
		return;
	pci_write_part(fn | 0x04, 0, 2, command & ~PCI_DECODE);
	each_bar(fn, kind, PCI_COMMAND_IO, f);
	pci_write_part(fn | 0x04, 0, 2, command);
}

/* each_io_bar() for all but the chipset's functions; arg: a range_fn. */
static bool io_bars_of(u32 fn, const void *arg)
{
	enum pci_kind kind = pci_kind_of(fn);

	if (kind != PCI_CHIPSET)
		each_io_bar(fn, kind, *(const range_fn *)arg);
	return true;
}

/* Call `f` for each I/O BAR of the function and, with `behind`, of all behind the bridge. */
static void each_io_bar_behind(u32 fn, enum pci_kind kind, bool behind, range_fn f)
{
	u32 buses;

	each_io_bar(fn, kind, f);
	if (!behind || kind != PCI_BRIDGE || !(pci_command_of(fn) & PCI_COMMAND_IO))
		return;
	buses = pci_read(fn | 0x18) >> 8;
	if (buses & 0xff)
		pci_each_function(buses & 0xff, buses >> 8 & 0xff, io_bars_of, &f);
}

bool pci_may_decode(u32 fn, enum pci_kind kind, u32 decode)
{
	return each_range(fn, kind, decode, permitted);
}

void pci_open_ports(u32 fn, enum pci_kind kind, bool behind)
{
	each_io_bar_behind(fn, kind, behind, open_ports);
}

void pci_close_ports(u32 fn, enum pci_kind kind, bool behind)
{
	each_io_bar_behind(fn, kind, behind, close_ports);
}
