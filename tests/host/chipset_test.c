// SPDX-License-Identifier: MIT
/*
 * What ring 1 may access of the chipset: every port, every command of the keyboard
 * controller, PCI functions by class, BARs and windows by their addresses, and frames that
 * are not RAM.
 *
 * Cannot tell: that the monitor asks; guests/escape-chipset attacks it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/device_frames.h>
#include <hv/io_ports.h>
#include <hv/pci_rules.h>

#include "check.h"

/* ---- ports ---- */

/* All ports of the devices in docs/decisions/0011-ports-default-deny.md. */
static const struct port_range open[] = {
	{ 0x70, 0x71 },	  { 0x80, 0x80 },   { 0x170, 0x177 }, { 0x1f0, 0x1f7 },
	{ 0x2e8, 0x2ef }, { 0x2f8, 0x2ff }, { 0x376, 0x376 }, { 0x3b0, 0x3bb },
	{ 0x3c0, 0x3df }, { 0x3e8, 0x3ef }, { 0x3f6, 0x3f6 },
};

static void ports(void)
{
	u32 port, i, number = 0;
	bool expected;

	for (port = 0; port < 0x10800; port++) {
		expected = false;
		for (i = 0; i < ARRAY_SIZE(open); i++)
			expected |= port >= open[i].first && port <= open[i].last;
		CHECK(io_port_is_open(port) == expected, "port %x", port);
		number += expected;
	}
	CHECK(number == 89, "%u ports are open", number);
}

static void keyboard_controller(void)
{
	static const u8 pass[] = { 0x20, 0x60, 0xa7, 0xa8, 0xa9, 0xaa,
				   0xab, 0xad, 0xae, 0xd2, 0xd3, 0xd4 };
	u32 c;

	for (c = 0; c < 0x100; c++) {
		enum kbc_command is = kbc_command((u8)c), expected = KBC_DROP;

		if (memchr(pass, (int)c, sizeof(pass)))
			expected = KBC_PASS;
		else if (c == 0xd1 || (c > 0x60 && c < 0x80))
			expected = KBC_SKIP;
		else if (c >= 0xf0 && !(c & 1))
			expected = KBC_REBOOT;
		CHECK(is == expected, "command %x: %d", c, is);
	}
}

/* ---- PCI ---- */

static void kinds(void)
{
	static const u16 chipset[] = { 0x0500, 0x0580, 0x0600, 0x0601, 0x0602, 0x0680, 0x0800,
				       0x0801, 0x0802, 0x0806, 0x0880, 0x0c05, 0x0c07, 0x0c80 };
	static const u16 devices[] = { 0x0000, 0x0100, 0x0101, 0x0106, 0x0200, 0x0300,
				       0x0401, 0x0780, 0x0805, 0x0c00, 0x0c03, 0x0c06,
				       0x1000, 0xff00, 0x0104, 0x0c04, 0x0705 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(chipset); i++) {
		CHECK(pci_kind((u32)chipset[i] << 16, 0) == PCI_CHIPSET, "class %x", chipset[i]);
		CHECK(pci_kind((u32)chipset[i] << 16 | 0xffff, 0x80) == PCI_CHIPSET);
		CHECK(pci_kind((u32)chipset[i] << 16, 1) == PCI_CHIPSET, "class %x", chipset[i]);
	}
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		CHECK(pci_kind((u32)devices[i] << 16, 0x80) == PCI_DEVICE, "class %x", devices[i]);
		CHECK(pci_kind((u32)devices[i] << 16, 1) == PCI_CHIPSET, "class %x", devices[i]);
	}
	CHECK(pci_kind(0x06040000, 1) == PCI_BRIDGE);
	CHECK(pci_kind(0x06040100, 0x81) == PCI_BRIDGE);
	CHECK(pci_kind(0x06040000, 0) == PCI_CHIPSET);
	CHECK(pci_kind(0x06070000, 2) == PCI_CHIPSET, "CardBus");
}

static bool within(u32 at, u32 first, u32 last)
{
	return at >= first && at <= last;
}

/* Expected kind of a write of one byte. A longer write is of the strictest kind of its bytes. */
static enum pci_write byte_of(enum pci_kind kind, u32 at)
{
	if (kind == PCI_CHIPSET)
		return PCI_DROP;
	if (within(at, 4, 5))
		return PCI_COMMAND;
	if (kind == PCI_DEVICE) {
		if (within(at, 0x10, 0x27) || within(at, 0x30, 0x33))
			return PCI_ADDRESS;
		return at >= 0x40 ? PCI_PRIVATE : PCI_FREE;
	}
	if (within(at, 0x10, 0x17) || within(at, 0x1c, 0x33) || within(at, 0x38, 0x3b))
		return PCI_ADDRESS;
	if (within(at, 0x3e, 0x3f))
		return PCI_CONTROL;
	return at >= 0x40 || within(at, 0x18, 0x1a) ? PCI_DROP : PCI_FREE;
}

static void registers(void)
{
	enum pci_kind kind;
	u32 at, size, i;

	for (kind = PCI_DEVICE; kind <= PCI_CHIPSET; kind++)
		for (size = 1; size <= 4; size *= 2)
			for (at = 0; at < 256; at += size) {
				enum pci_write expected = byte_of(kind, at);

				for (i = 1; i < size; i++)
					if (byte_of(kind, at + i) != PCI_FREE &&
					    expected == PCI_FREE)
						expected = byte_of(kind, at + i);
				CHECK(pci_write(kind, at, size) == expected, "kind %d at %x", kind,
				      at);
			}
}

#define SAME(r, a, b)                                                             \
	do {                                                                      \
		struct pci_range it = r;                                          \
		CHECK(it.first == (a) && it.last == (b), "%llx-%llx",             \
		      (unsigned long long)it.first, (unsigned long long)it.last); \
	} while (0)

static void address_ranges(void)
{
	CHECK(pci_bar_is_io(1) && pci_bar_is_io(0xc005) && !pci_bar_is_io(0xfffffffe));
	CHECK(pci_bar_is_64(0x4) && pci_bar_is_64(0xfebf800c) && !pci_bar_is_64(0));
	CHECK(!pci_bar_is_64(0x8) && !pci_bar_is_64(0x5) && !pci_bar_is_64(0x2));
	CHECK(pci_bar_range(0, 0, 0, 0).first > pci_bar_range(0, 0, 0, 0).last);
	CHECK(pci_bar_range(1, 0, 1, 0).first > pci_bar_range(1, 0, 1, 0).last);
	SAME(pci_bar_range(0xc001, 0, 0xfffffff1, 0), 0xc000, 0xc00f);
	SAME(pci_bar_range(0xc0c1, 0, 0x0000ffc1, 0), 0xc0c0, 0xc0ff);
	SAME(pci_bar_range(0xfebf1000, 0, 0xfffff000, 0), 0xfebf1000, 0xfebf1fff);
	SAME(pci_bar_range(0xe0000008, 0, 0xf0000008, 0), 0xe0000000, 0xefffffff);
	SAME(pci_bar_range(0xfebf800c, 0, 0xffffc00c, ~0u), 0xfebf8000, 0xfebfbfff);
	SAME(pci_bar_range(0x0000000c, 0x20, 0xffffc00c, ~0u), 0x2000000000, 0x2000003fff);
	SAME(pci_bar_range(0xc, 0x20, 0xc, 0xfffffff0), 0x2000000000, 0x2fffffffff);
	SAME(pci_bar_range(0xfebf1000, 0, 0xfffff000, ~0u), 0xfebf1000, 0xfebf1fff);
	/* A device with fewer address bits than its BAR has. */
	SAME(pci_bar_range(0xffffffff, 0, 0xfffffff1, 0), 0xfffffff0, 0xffffffff);
	SAME(pci_window_io(0xd0c0, 0), 0xc000, 0xdfff);
	SAME(pci_window_io(0xd0c0, 0x00020001), 0xc000, 0xdfff);
	SAME(pci_window_io(0x00f0, 0), 0xf000, 0xfff);
	SAME(pci_window_io(0xd1c1, 0x00020001), 0x1c000, 0x2dfff);
	SAME(pci_window_memory(0xfe90fe80), 0xfe800000, 0xfe9fffff);
	SAME(pci_window_memory(0x0000fff0), 0xfff00000, 0xfffff);
	SAME(pci_window_prefetch(0x10f110f1, 8, 9), 0x810f00000, 0x910ffffff);
	SAME(pci_window_prefetch(0x10f010f0, 8, 9), 0x10f00000, 0x10ffffff);
}

static bool io(u32 first, u32 last)
{
	/* The last range is behind the end of the list. */
	static const struct port_range kept[] = { { 0x1800, 0x187f },
						  { 0xb000, 0xb07f },
						  { 0xc000, 0xc0ff } };

	return pci_io_permitted((struct pci_range){ first, last }, kept, 2);
}

static void io_places(void)
{
	CHECK(io(1, 0) && io(0x61, 0x60) && io(0x1840, 0x183f) && io(0x20000, 0), "no ports");
	CHECK(io(0xc000, 0xc0ff), "behind the end of the list");
	CHECK(io(0, 0xf) && io(0, 0x1f) && !io(0, 0x20) && !io(0x10, 0x2f));
	CHECK(io(0x1f0, 0x1f7) && io(0x3f6, 0x3f6) && !io(0x1f0, 0x1ff) && !io(0x3f4, 0x3f7));
	CHECK(!io(0x60, 0x60) && !io(0x92, 0x92) && !io(0xb2, 0xb3) && !io(0x600, 0x63f));
	CHECK(!io(0xcf8, 0xcff) && !io(0xff0, 0x100f) && io(0x1000, 0x100f));
	CHECK(io(0x17f0, 0x17ff) && !io(0x17f0, 0x1800) && !io(0x187f, 0x1880));
	CHECK(!io(0x1840, 0x184f) && !io(0x1000, 0xffff) && io(0x1880, 0x18bf));
	CHECK(io(0xfff0, 0xffff) && !io(0xfff0, 0x10000) && !io(0x10000, 0x1000f));
	CHECK(!pci_io_opens((struct pci_range){ 0, 0xf }));
	CHECK(!pci_io_opens((struct pci_range){ 0x1f0, 0x1f7 }));
	CHECK(!pci_io_opens((struct pci_range){ 0x2000, 0x1fff }));
	CHECK(!pci_io_opens((struct pci_range){ 0xfff0, 0x1000f }));
	CHECK(pci_io_opens((struct pci_range){ 0x1000, 0x100f }));
	CHECK(pci_io_opens((struct pci_range){ 0x1000, 0x1000 }));
	CHECK(pci_io_opens((struct pci_range){ 0xfff0, 0xffff }));
	CHECK(!pci_io_opens((struct pci_range){ 0xfff, 0x100f }));
}

static void capabilities(void)
{
	/* ID of a capability, offset from its start, bits that are refused there. */
	static const struct {
		u32 id, offset, bits;
	} refused[] = {
		{ 0x05, 0, 1u << 16 }, /* MSI */
		{ 0x11, 0, 1u << 31 }, /* MSI-X */
		{ 0x01, 4, 3 },	       /* power state */
		{ 0x10, 8, 1u << 15 }, /* FLR of PCI Express */
		{ 0x13, 4, 1 },	       /* FLR of Advanced Features */
	};
	u32 id, offset, bit, i, want;

	for (id = 0; id < 0x100; id++)
		for (offset = 0; offset < 0x20; offset += 4) {
			for (want = i = 0; i < ARRAY_SIZE(refused); i++)
				if (refused[i].id == id && refused[i].offset == offset)
					want = refused[i].bits;
			CHECK(!pci_cap_refuses(0x00037000 | id, offset, ~want), "%x", id);
			for (bit = 0; bit < 32; bit++)
				CHECK(pci_cap_refuses(id, offset, 1u << bit) == (want >> bit & 1),
				      "%x, offset %x, bit %u", id, offset, bit);
		}
	/* Of a capability behind the register: the difference of the offsets wraps. */
	CHECK(!pci_cap_refuses(0x01, -4u, 3) && !pci_cap_refuses(0x13, -8u, 1));
}

static bool passes(u32 first, u32 last, u32 at_04, u32 at_1c, u32 at_3c)
{
	return pci_bridge_passes_io((struct pci_range){ first, last }, at_04, at_1c, 0x00010000,
				    at_3c);
}

static void bridges(void)
{
	u32 bus, at;

	for (bus = 0; bus < 0x100; bus++) {
		CHECK(pci_bridge_leads_to(0xff050400, bus) == within(bus, 4, 5), "%x", bus);
		CHECK(pci_bridge_leads_to(0x40040403, bus) == (bus == 4), "%x", bus);
		CHECK(pci_bridge_leads_to(0x00ff0100, bus) == (bus != 0), "%x", bus);
		/* Not configured, and upside down. */
		CHECK(!pci_bridge_leads_to(0, bus) && !pci_bridge_leads_to(0x00ff0000, bus));
		CHECK(!pci_bridge_leads_to(0x00040500, bus), "%x", bus);
	}
	/* A window from c000h to dfffh. */
	CHECK(passes(0xc000, 0xdfff, 1, 0xd0c0, 0) &&
	      passes(0xc000, 0xc000, 7, 0xd0c0, ~0x440000u));
	CHECK(!passes(0xc000, 0xc000, 6, 0xd0c0, 0), "does not decode I/O");
	CHECK(!passes(0xbfff, 0xc000, 1, 0xd0c0, 0) && !passes(0xdfff, 0xe000, 1, 0xd0c0, 0));
	CHECK(!passes(0xc000, 0xc03f, 1, 0xc0d0, 0), "closed");
	CHECK(!passes(0x1000, 0x100f, 1, 0, 0), "no window");
	/* Of 32 bits: to 1dfffh. */
	CHECK(passes(0xe000, 0xffff, 1, 0xd1c1, 0) && !passes(0xb000, 0xb0ff, 1, 0xd1c1, 0));
	CHECK(!passes(0xc000, 0xc00f, 1, 0xd0c0, 0x400000), "reset of the secondary bus");
	/* ISA enable. */
	for (at = 0xc000; at < 0xd000; at += 0x10)
		CHECK(passes(at, at + 0xf, 1, 0xd0c0, 0x40000) == !(at & 0x300), "%x", at);
	CHECK(passes(0xc400, 0xc4ff, 1, 0xd0c0, 0x40000));
	CHECK(!passes(0xc4ff, 0xc500, 1, 0xd0c0, 0x40000));
	CHECK(!passes(0xc000, 0xc400, 1, 0xd0c0, 0x40000));
}

/* QEMU's q35 with 512 MiB, and 1 GiB above 4 GiB. */
static const struct e820entry map[] = {
	{ 0, 0x9fc00, E820_RAM },
	{ 0x9fc00, 0x400, E820_RESERVED },
	{ 0xf0000, 0x10000, E820_RESERVED },
	{ 0x100000, 0x1fedb000, E820_RAM },
	{ 0x1ffdb000, 0x25000, E820_RESERVED },
	{ 0x90000800, 0, E820_RESERVED },
	{ 0xb0000000, 0x10000000, E820_RESERVED },
	{ 0xfed1c000, 0x4000, E820_RESERVED },
	{ 0xfffc0000, 0x40000, E820_RESERVED },
	{ 0x100000000, 0x40000000, E820_RAM },
	{ 0x200000000, 0x1000, E820_RESERVED }, /* behind the end of the map */
};
#define MAP_ENTRIES (ARRAY_SIZE(map) - 1)
#define RAM_END	    0x1ffdb000ull

static bool mem(u64 first, u64 last)
{
	return pci_memory_permitted((struct pci_range){ first, last }, RAM_END, map, MAP_ENTRIES);
}

/* Is the range permitted for memory, without a map and with RAM up to ram_end? */
static bool bare(u64 first, u64 last, u64 ram_end)
{
	return pci_memory_permitted((struct pci_range){ first, last }, ram_end, NULL, 0);
}

static void memory_places(void)
{
	CHECK(mem(1, 0) && !mem(0, 0) && !mem(0xb0000000, 0xb0000000), "no memory at all");
	CHECK(bare(0x1000, 0x1fff, 0x1000) && !bare(0xfff, 0x1fff, 0x1000), "end of RAM");
	CHECK(bare(0x100000000, 0x100000fff, 0) && !bare(0xffffffff, 0x100000fff, 0), "4 GiB");
	CHECK(bare(0xfebff000, 0xfebfffff, 0) && !bare(0xfec00000, 0xfec00000, 0), "I/O APIC");
	CHECK(!mem(0, 0xfff) && !mem(0xa0000, 0xbffff) && !mem(0x100000, 0x100fff));
	CHECK(!mem(0x1ffda000, 0x1ffdafff) && !mem(0x1ffdb000, 0x1ffdbfff), "reserved memory");
	CHECK(mem(0x20000000, 0x20000fff) && !mem(0x1fffffff, 0x20000fff));
	CHECK(mem(0x90000000, 0x9fffffff), "an entry of no bytes names nothing");
	CHECK(mem(0xa0000000, 0xafffffff) && !mem(0xa0000000, 0xb0000000), "MMCONFIG");
	CHECK(!mem(0xbffff000, 0xbfffffff) && mem(0xc0000000, 0xc0000fff));
	CHECK(mem(0xfebff000, 0xfebfffff) && !mem(0xfebff000, 0xfec00000), "I/O APIC");
	CHECK(!mem(0xfee00000, 0xfee00fff) && !mem(0xfffff000, 0xffffffff));
	CHECK(!mem(0xfd000000, 0x1ffffffff) && !mem(0x20000000, ~0ull));
	CHECK(!mem(0x100000000, 0x100000fff) && !mem(0x13ffff000, 0x13fffffff));
	CHECK(mem(0x140000000, 0x17fffffff), "above all RAM");
	CHECK(mem(0x200000000, 0x200000fff), "behind the end of the map");
}

static void keeps(u32 value, u32 first, u32 last)
{
	struct port_range r = pci_chipset_ports(value);

	CHECK(r.first == first && r.last == last, "%x: %x-%x", value, r.first, r.last);
}

static void chipset_ports(void)
{
	static const u32 none[] = { 0,	   1,	  0xffffffff, 0x00011001, 0x00021001, 0x01001001,
				    0x601, 0xec1, 0x1000,     0x80001001, 0xfe000001 };
	struct port_range r;
	u32 i, mask, port;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		CHECK(pci_chipset_ports(none[i]).first > pci_chipset_ports(none[i]).last, "%x",
		      none[i]);
	/* PIIX4's bases are multiples of 64; an area can begin below 1000h. */
	keeps(0x1001, 0x1000, 0x10ff);
	keeps(0xb041, 0xb040, 0xb13f);
	keeps(0xb03f, 0xb000, 0xb0ff);
	keeps(0xf41, 0xf40, 0x103f);
	keeps(0xff01, 0xff00, 0xffff);
	keeps(0xffc1, 0xffc0, 0xffff);
	/* GENx_DEC: no mask, 128 and 256 ports; and all ports for each mask. */
	keeps(0x001c1641, 0x1640, 0x173f);
	keeps(0x007c1681, 0x1680, 0x177f);
	keeps(0x00fc1681, 0x1600, 0x16ff);
	for (mask = 0; mask < 0x100; mask += 4) {
		r = pci_chipset_ports(mask << 16 | 0x68c5);
		for (port = 0x6800; port < 0x6900; port++)
			if ((port & ~mask & 0xfffc) == (0x68c4 & ~mask))
				CHECK(port >= r.first && port <= r.last, "%x: %x", mask, port);
	}
}

/* Is the port in the list for this host bridge? */
static bool unnamed(u32 host_bridge, u32 port)
{
	u32 i;

	for (i = 0; i < PCI_UNNAMED_PORTS; i++) {
		struct port_range r = pci_unnamed_ports(host_bridge, i);

		if (port >= r.first && port <= r.last)
			return true;
	}
	return false;
}

static void emulators_ports(void)
{
	static const u16 qemu[] = { 0xae00, 0xae17, 0xaf00, 0xaf1f, 0xafe0, 0xafe3 };
	static const u32 bochs[] = { 0x12378086, 0x71908086, 0x01228086 };
	u32 i, port;

	for (i = 0; i < ARRAY_SIZE(qemu); i++) {
		CHECK(unnamed(0x12378086, qemu[i]), "%x", qemu[i]);
		CHECK(!unnamed(0x71908086, qemu[i]), "%x", qemu[i]);
	}
	for (i = 0; i < ARRAY_SIZE(bochs); i++)
		CHECK(unnamed(bochs[i], 0x8900) && unnamed(bochs[i], 0x8a00) &&
			      unnamed(bochs[i], 0x8a01),
		      "%x", bochs[i]);
	CHECK(!unnamed(0x12378086, 0xadff) && !unnamed(0x12378086, 0xb000));
	CHECK(!unnamed(0x12378086, 0x88ff) && !unnamed(0x12378086, 0x8901));
	for (port = 0; port < 0x10000; port++)
		CHECK(!unnamed(0x29c08086, port), "%x", port);
}

/* ---- frames ---- */

static void frame(u32 mfn)
{
	enum pt_owner is = device_frame_owner(mfn, map, MAP_ENTRIES), expected;

	if (within(mfn, 0xfec00, 0xfffff))
		expected = PT_MONITOR;
	else if (mfn < 0xa0 || within(mfn, 0xc0, 0x1ffff) || within(mfn, 0xb0000, 0xbffff) ||
		 within(mfn, 0x100000, 0x13ffff))
		expected = PT_FIRMWARE;
	else
		expected = PT_DEVICE;
	CHECK(is == expected, "frame %x: %d", mfn, is);
}

static void frames(void)
{
	static const struct e820entry bytes[] = { { 0x30001fff, 2, E820_RESERVED } };
	u32 mfn;

	for (mfn = 0; mfn < 0x200; mfn++)
		frame(mfn);
	/* The frames on both sides of each multiple of 4 MiB. */
	for (mfn = 0x400; mfn < 0x180000; mfn += 0x400) {
		frame(mfn - 1);
		frame(mfn);
	}
	for (mfn = 0; mfn < 0x200; mfn++)
		CHECK(device_frame_owner(mfn, NULL, 0) ==
			      (mfn < 0xa0 || within(mfn, 0xc0, 0xff) ? PT_FIRMWARE : PT_DEVICE),
		      "frame %x", mfn);
	frame(0x200000);
	/* A frame of which the map names at least one byte is the firmware's. */
	CHECK(device_frame_owner(0x30000, bytes, 1) == PT_DEVICE);
	CHECK(device_frame_owner(0x30001, bytes, 1) == PT_FIRMWARE);
	CHECK(device_frame_owner(0x30002, bytes, 1) == PT_FIRMWARE);
	CHECK(device_frame_owner(0x30003, bytes, 1) == PT_DEVICE);
	CHECK(pt_l1_hold(LO_P, PT_FIRMWARE) == PT_NOTHING);
	CHECK(pt_l1_hold(LO_P | LO_RW, PT_FIRMWARE) == PT_READ_ONLY);
	CHECK(pt_l1_hold(LO_P | LO_RW | LO_PCD, PT_DEVICE) == PT_NOTHING);
}

int main(void)
{
	ports();
	keyboard_controller();
	kinds();
	registers();
	address_ranges();
	io_places();
	capabilities();
	bridges();
	memory_places();
	chipset_ports();
	emulators_ports();
	frames();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
