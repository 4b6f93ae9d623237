// SPDX-License-Identifier: MIT
/* Ports: gate A20, resets, power management, controllers, DMA. */
#include "attacks.h"

/* Two frames of the guest that differ in address line 20 only. */
static volatile u32 *twin[2];

/* Chooses both from the middle of the guest's memory, which is not used. */
static void find_twins(void)
{
	u32 pfn = start_info->nr_pages / 2, frame;

	while (frame_of_pfn(pfn) & 0x100)
		pfn++;
	frame = frame_of_pfn(pfn);
	twin[0] = page_alloc();
	twin[1] = page_alloc();
	check_errno(page_map(twin[0], frame, PTE_WRITABLE), 0, "map frame %x", frame);
	check_errno(page_map(twin[1], frame + 0x100, PTE_WRITABLE), 0, "map frame %x",
		    frame + 0x100);
}

static void check_a20(const char *after)
{
	twin[0][0] = 0x20202020;
	twin[1][0] = 0x21212121;
	/* A20 takes effect at the bus. Caches would hide the effect; the engines have none. */
	check_eq(twin[0][0], 0x20202020, "%s: a frame 1 MiB below", after);
	attacks++;
}

static void kbc(u32 command)
{
	u32 spin = 100000;

	while ((in8(0x64) & 2) && --spin)
		;
	out8(0x64, command);
}

static void kbc_data(u32 value)
{
	u32 spin = 100000;

	while ((in8(0x64) & 2) && --spin)
		;
	out8(0x60, value);
}

void attack_a20(void)
{
	u32 command;

	find_twins();
	if (wanted(1)) {
		out8(0x92, 0);
		check_a20("bit 1 of port 92 cleared");
		out16(0x91, 0);
		check_a20("the same with a word at 91");
		out32(0x90, 0);
		check_a20("the same with a doubleword at 90");
		kernel_row(1);
	}
	if (wanted(2)) {
		kbc(0xdd);
		check_a20("8042 command dd");
		kbc(0xd1);
		kbc_data(0xdd);
		check_a20("8042 command d1, dd");
		/*
		 * Every command except those that reset, with a data byte if the
		 * command takes one. Bochs panics at a command with an answer if
		 * the answer of the previous command has not been read.
		 */
		for (command = 0; command < 0x100; command++) {
			if (command >= 0xf0 && !(command & 1))
				continue;
			kbc(command);
			if ((command >= 0x60 && command < 0x80) || (command & 0xf0) == 0xd0)
				kbc_data(0xdd);
			check_a20("an 8042 command");
			while (in8(0x64) & 1)
				in8(0x60);
		}
		kernel_row(2);
	}
}

/* Open to ring 1: docs/decisions/0011-ports-default-deny.md. */
static bool is_open(u32 port)
{
	static const u16 open[][2] = {
		{ 0x60, 0x60 },	  { 0x64, 0x64 },   { 0x70, 0x71 },   { 0x80, 0x80 },
		{ 0x170, 0x177 }, { 0x1f0, 0x1f7 }, { 0x2e8, 0x2ef }, { 0x2f8, 0x2ff },
		{ 0x376, 0x376 }, { 0x3b0, 0x3bb }, { 0x3c0, 0x3df }, { 0x3e8, 0x3ef },
		{ 0x3f6, 0x3f6 }, { 0xcf8, 0xcf8 }, { 0xcfc, 0xcff },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(open); i++)
		if (port >= open[i][0] && port <= open[i][1])
			return true;
	return false;
}

static void write(u32 port, u32 value)
{
	out8(port, value);
	attacks++;
}

static void resets(void)
{
	const char *shutdown = "Shutdown";

	write(0x92, 3);
	write(0x92, 1);
	write(0xcf9, 0x02);
	write(0xcf9, 0x06);
	write(0xcf9, 0x0e);
	out16(0xcf8, 0x0600);
	out16(0xcf9, 0x0006);
	write(0xf4, 0);
	write(0x501, 0);
	while (*shutdown)
		write(0x8900, *shutdown++);
	/* PM1a control of PIIX4 and ICH9: soft off, S3. */
	out16(0x604, 0x2000);
	out16(0x604, 0x2400);
	out16(0xb004, 0x2000);
	out16(0x4004, 0x3400);
	attacks += 6;
}

/* Ports at which one of the engines has a device. */
static void controllers(void)
{
	static const u16 ports[] = {
		0x20,  0x21,  0x24,  0x25,  0x3d,  0xa0,   0xa1,   0xa4,   0xbd,   0x40,  0x43,
		0x50,  0x53,  0x22,  0x23,  0x4d0, 0x4d1,  0x61,   0x00,   0x08,   0x0f,  0x81,
		0x87,  0x8b,  0xc0,  0xde,  0xb2,  0xb3,   0x510,  0x511,  0x514,  0x518, 0x600,
		0x604, 0x608, 0x620, 0x630, 0x700, 0xae00, 0xafe0, 0xb000, 0xb004, 0xcf9, 0x92,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		check_eq(in8(ports[i]), 0xff, "port %x", ports[i]);
		attacks++;
	}
	/* fw_cfg: its signature must not be readable. */
	out16(0x510, 0);
	check_eq(in8(0x511), 0xff, "fw_cfg");
}

void attack_ports(void)
{
	u32 port;

	if (wanted(3)) {
		resets();
		kernel_row(3);
	}
	if (wanted(4)) {
		controllers();
		for (port = 0; port < 0x1000; port++) {
			if (is_open(port))
				continue;
			check_eq(in8(port), 0xff, "port %x", port);
			/* Port e9 is the monitor's log: do not write to it. */
			if (port == 0xe9)
				continue;
			write(port, 0);
			write(port, 0xff);
		}
		kernel_row(4);
	}
}
