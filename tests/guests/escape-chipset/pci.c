// SPDX-License-Identifier: MIT
/* PCI configuration space: the chipset's registers, and where BARs lie. */
#include "attacks.h"

#define COMMAND 0x04
#define BAR(n)	(0x10 + 4 * (n))
#define IO	1u
#define MEMORY	2u

/* A PCI bridge is no chipset: Linux programs it. bridge.c attacks it. */
static bool is_bridge(u32 fn)
{
	return pci_read(fn, 8) >> 16 == 0x0604;
}

static bool is_chipset(u32 fn)
{
	u32 class = pci_read(fn, 8) >> 16;

	return (class >> 8 == 6 && !is_bridge(fn)) || class == 0x0c05;
}

/* Writes of ring 1 to a function of the chipset do not change its registers. */
static void chipset_function(u32 fn)
{
	u32 reg, before, value, i;
	static const u32 values[] = { 0, ~0u, 0x00000601, 0xe0000001 };

	for (reg = COMMAND; reg < 0x100; reg += 4)
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			/* Registers that count for themselves, as timers do. */
			before = pci_read(fn, reg);
			if (pci_read(fn, reg) != before)
				continue;
			pci_write32(fn, reg, values[i]);
			pci_write8(fn, reg + 1, values[i]);
			pci_write16(fn, reg + 2, values[i]);
			value = pci_read(fn, reg);
			check_eq(value, before, "function %x register %x", fn, reg);
			attacks += 3;
			if (value != before)
				return;
		}
}

static void each_function(void (*f)(u32 fn))
{
	u32 i;

	for (i = 0; i < 256; i++)
		if (pci_read(0x80000000 | i << 8, 0) != ~0u)
			f(0x80000000 | i << 8);
}

static void chipset(u32 fn)
{
	if (is_chipset(fn))
		chipset_function(fn);
}

void attack_configuration(void)
{
	if (!wanted(6))
		return;
	each_function(chipset);
	kernel_row(6);
}

/* ---- BARs ---- */

static u32 home_of_bars; /* functions with BARs that were tried */

static u32 size_of(u32 fn, u32 reg)
{
	u32 old = pci_read(fn, reg), mask;

	pci_write32(fn, reg, ~0u);
	mask = pci_read(fn, reg);
	pci_write32(fn, reg, old);
	check_eq(pci_read(fn, reg), old, "BAR %x of %x after sizing", reg, fn);
	mask &= old & 1 ? ~3u : ~15u;
	return (-mask) & (old & 1 ? 0xffff : ~0u);
}

/* Does the function decode this BAR at `place`? */
static bool decodes(u32 fn, u32 reg, u32 place, u32 bit)
{
	return (pci_read(fn, COMMAND) & bit) &&
	       (pci_read(fn, reg) & ~(bit == IO ? 3u : 15u)) == place;
}

static void place_bar(u32 fn, u32 reg, u32 place, u32 bit)
{
	u32 old = pci_read(fn, reg), command = pci_read(fn, COMMAND) & 0xffff, i;

	/* Write the BAR while the function decodes, in bytes too; then before it decodes. */
	pci_write16(fn, COMMAND, command | bit);
	pci_write32(fn, reg, place);
	check(!decodes(fn, reg, place, bit), "BAR %x of %x at %x", reg, fn, place);
	for (i = 0; i < 4; i++)
		pci_write8(fn, reg + i, place >> 8 * i);
	check(!decodes(fn, reg, place, bit), "BAR %x of %x at %x, by bytes", reg, fn, place);
	pci_write16(fn, COMMAND, command & ~bit);
	pci_write32(fn, reg, place);
	pci_write8(fn, COMMAND, command | bit);
	check(!decodes(fn, reg, place, bit), "BAR %x of %x at %x, then decoding", reg, fn, place);
	pci_write32(fn, COMMAND, command | bit);
	check(!decodes(fn, reg, place, bit), "BAR %x of %x at %x, then decoding", reg, fn, place);
	attacks += 4;
	pci_write16(fn, COMMAND, command & ~(IO | MEMORY));
	pci_write32(fn, reg, old);
	pci_write16(fn, COMMAND, command);
	check_eq(pci_read(fn, reg), old, "BAR %x of %x put back", reg, fn);
	check_eq(pci_read(fn, COMMAND) & 3, command & 3, "command of %x put back", fn);
}

static void memory_bar(u32 fn, u32 reg)
{
	static const u32 places[] = { 0x100000,	  0x200000,   0x1000000,  0xfec00000,
				      0xfed00000, 0xfee00000, 0xff000000, 0xffff0000 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		place_bar(fn, reg, places[i], MEMORY);
}

/* Ports of QEMU's i440FX (hotplug, ACPI events) and of Bochs's (its end, its debugger). */
static void emulators_ports(u32 fn, u32 reg, u32 size)
{
	static const u16 places[] = { 0x8900, 0x8a00, 0xae00, 0xaf00, 0xafe0 };
	u32 i;

	if (pci_read(PCI_FN(0, 0), 0) != 0x12378086)
		return;
	for (i = 0; i < ARRAY_SIZE(places); i++)
		place_bar(fn, reg, places[i] & ~(size - 1), IO);
}

static void io_bar(u32 fn, u32 reg, u32 size)
{
	static const u16 places[] = { 0x20, 0x40, 0x60, 0x80, 0xa0, 0x600, 0x700, 0xcc0, 0xce0 };
	u32 i, at, old = pci_read(fn, reg) & ~3u;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (size <= 0x20 || places[i] >= 0x600) {
			at = places[i] & ~(size - 1);
			if (at)
				place_bar(fn, reg, at, IO);
		}
	emulators_ports(fn, reg, size);
	/* At a permitted address the function answers; at its old address it does not. */
	at = (old ^ 0x2000) & 0xfffc;
	if (at < 0x1000)
		at |= 0x4000;
	pci_write16(fn, COMMAND, pci_read(fn, COMMAND) | IO);
	pci_write32(fn, reg, at);
	check(decodes(fn, reg, at, IO), "BAR %x of %x cannot be moved to %x", reg, fn, at);
	pci_write32(fn, reg, old);
}

static void bars(u32 fn)
{
	u32 reg, bar, size, command = pci_read(fn, COMMAND) & 0xffff;

	if (is_chipset(fn) || is_bridge(fn))
		return;
	for (reg = BAR(0); reg <= BAR(5); reg += (bar & 7) == 4 ? 8 : 4) {
		pci_write16(fn, COMMAND, command & ~(IO | MEMORY));
		bar = pci_read(fn, reg);
		size = size_of(fn, reg);
		pci_write16(fn, COMMAND, command);
		if (!size)
			continue;
		home_of_bars++;
		if (bar & 1)
			io_bar(fn, reg, size);
		else
			memory_bar(fn, reg);
	}
	pci_write16(fn, COMMAND, command);
}

/* Interrupts as memory writes (MSI, MSI-X) are not to be enabled. */
static void msi(u32 fn)
{
	u32 cap, id, left = 48, bit;

	if (!(pci_read(fn, 4) & 1 << 20))
		return;
	for (cap = pci_read(fn, 0x34) & 0xfc; cap && left--; cap = pci_read(fn, cap) >> 8 & 0xfc) {
		id = pci_read(fn, cap) & 0xff;
		if (id != 0x05 && id != 0x11)
			continue;
		bit = id == 5 ? 1u << 16 : 1u << 31;
		pci_write32(fn, cap, pci_read(fn, cap) | bit);
		pci_write16(fn, cap + 2, bit >> 16);
		pci_write8(fn, cap + (id == 5 ? 2 : 3), id == 5 ? 1 : 0x80);
		check(!(pci_read(fn, cap) & bit), "MSI of %x enabled, capability %x", fn, id);
		attacks += 3;
	}
}

void attack_bars(void)
{
	if (wanted(7)) {
		each_function(bars);
		check(home_of_bars, "no function has a BAR");
		kernel_row(7);
	}
	if (wanted(8)) {
		each_function(msi);
		/* Bochs has no function that could. */
		if (attacks)
			kernel_row(8);
	}
}
