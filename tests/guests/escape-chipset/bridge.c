// SPDX-License-Identifier: MIT
/*
 * Ports of a function behind a PCI bridge. They may be open to ring 1 only while they reach
 * the function, by its own registers and the bridge's; otherwise something else can answer.
 * The bridge lies on bus 0, with functions that have I/O BARs behind it.
 */
#include <lib/trap.h>

#include "attacks.h"

#define COMMAND 0x04
#define BUSES	0x18
#define WINDOW	0x1c
#define CONTROL 0x3e
#define RESET	0x40

static u32 bridge, device, port; /* the device's first I/O BAR */

/* The monitor emulates no string instruction on a closed port: it faults. */
static bool is_open(u32 at)
{
	static u8 byte;

	return !PROBE_IO("insb", NO_OUTPUT, "d"(at), "D"(&byte));
}

static bool reaches(void)
{
	u32 window = pci_read(bridge, WINDOW);

	return (pci_read(device, COMMAND) & 1) && (pci_read(bridge, COMMAND) & 1) &&
	       (pci_read(device, 0x10) & ~3u) == port && port >= (window & 0xf0) << 8 &&
	       port <= ((window & 0xf000) | 0xfff);
}

static void check_ports(const char *after)
{
	check_eq(is_open(port), reaches(), "%s: port %x is open", after, port);
	check(!is_open(port + 0x100), "%s: port %x, which no function has, is open", after,
	      port + 0x100);
	attacks++;
}

/* Finds a bridge on bus 0 with a device behind it whose BAR 0 is of I/O. */
static bool find(void)
{
	u32 fn, dev;

	for (fn = 0; fn < 256; fn++) {
		bridge = 0x80000000 | fn << 8;
		if (pci_read(bridge, 8) >> 16 != 0x0604)
			continue;
		for (dev = 0; dev < 32; dev++) {
			device =
				0x80000000 | (pci_read(bridge, BUSES + 1) & 0xff) << 16 | dev << 11;
			port = pci_read(device, 0x10);
			if (port != ~0u && (port & 1)) {
				port &= ~3u;
				return true;
			}
		}
	}
	return false;
}

static void window(u32 value, const char *after)
{
	pci_write16(bridge, WINDOW, value);
	check_ports(after);
}

static void command(u32 fn, u32 value, const char *after)
{
	pci_write16(fn, COMMAND, value);
	check_ports(after);
}

/* Writes `bits` to a register, and then 0: a reset, or a power state. */
static void pulse(u32 fn, u32 reg, u32 bits, const char *what)
{
	u32 old = pci_read(fn, reg) & 0xffff & ~bits;

	pci_write16(fn, reg, old | bits);
	check_ports(what);
	pci_write16(fn, reg, old);
	check_ports(what);
	check(pci_read(device, COMMAND) & 1, "%s: the device was reset", what);
}

static void capabilities(void)
{
	u32 cap, left = 48;

	if (!(pci_read(device, COMMAND) & 1 << 20))
		return;
	for (cap = pci_read(device, 0x34) & 0xfc; cap && left--;
	     cap = pci_read(device, cap) >> 8 & 0xfc)
		switch (pci_read(device, cap) & 0xff) {
		case 0x01:
			pulse(device, cap + 4, 3, "D3 and back to D0");
			break;
		case 0x10:
			pulse(device, cap + 8, 0x8000, "function level reset");
			break;
		case 0x13:
			pulse(device, cap + 4, 1, "function level reset");
			break;
		}
}

void attack_bridge(void)
{
	u32 old;

	if (!wanted(10) || !find())
		return;
	command(bridge, 7, "the bridge decodes");
	command(device, 7, "the device decodes");
	check(is_open(port), "port %x of the device is closed", port);
	command(bridge, 6, "the bridge stops I/O");
	command(device, 6, "the device stops, too");
	command(device, 7, "the device decodes, the bridge does not");
	command(bridge, 7, "the bridge decodes again");
	old = pci_read(bridge, WINDOW) & 0xffff;
	window(0x00f0, "the window is closed");
	command(device, 6, "the device stops behind a closed window");
	command(device, 7, "the device decodes behind a closed window");
	window(old, "the window is back");
	window((old & ~0xf0u) | ((old + 0x10) & 0xf0), "the window begins above the device");
	window(old, "the window is back again");
	check(is_open(port), "port %x of the device is closed again", port);
	/* A device that cannot be found cannot be closed. */
	pci_write8(bridge, BUSES + 2, 0);
	pci_write8(bridge, BUSES + 1, 0);
	pci_write32(bridge, BUSES, 0);
	check_ports("the bridge's bus numbers are written");
	window(0x00f0, "the window is closed behind other bus numbers");
	window(old, "the window is back behind other bus numbers");
	pulse(bridge, CONTROL, RESET, "reset of the secondary bus");
	capabilities();
	kernel_row(10);
}
