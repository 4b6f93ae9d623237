// SPDX-License-Identifier: MIT
/*
 * What pci_init() does to a machine's PCI functions: which functions it finds, whose ports
 * it opens, whose MSI it disables, and which ranges of ports it keeps for the chipset.
 *
 * Cannot tell: what real functions answer; every boot has those of QEMU.
 */
#include "fake_bus.h"
#include "refuse.h"

static struct function *disk, *nic, *idle, *loose, *bridge, *power;
static u32 areas; /* number of port ranges of the chipset so far */

/* Makes the register name the chipset's next port range: 100h ports each, from c000h. */
static void has_area(struct function *f, u32 reg)
{
	f->reg[reg / 4] = 0xc001 + 0x100 * areas++;
}

/* Writes a value that looks like a port range to a register that must not be used as one. */
static void no_area(struct function *f, u32 reg, u32 port)
{
	f->reg[reg / 4] = port | 1;
}

static void chipset(void)
{
	struct function *f;

	has_area(add(AT(0, 0, 0), 0x12378086, 0x0600, 0), 0x40);
	f = add(AT(0, 1, 0), 0x70008086, 0x0601, 0x80); /* multi-function device */
	no_area(f, 0x28, 0xe000);
	no_area(f, 0x3c, 0xe080);
	has_area(f, 0x10);
	has_area(f, 0x24);
	/* If read as a register of function 0, the ID would look like a port range. */
	add(AT(0, 1, 1), 0x0000e101, 0x0101, 0);
	power = add(AT(0, 1, 3), 0x71138086, 0x0680, 0);
	has_area(power, 0x40);
	has_area(power, 0xfc);
	power->reg[0x44 / 4] = 0x1c101; /* the upper half is not zero */
	no_area(add(AT(0, 1, 7), 0x71148086, 0x0c05, 0), 0x3c, 0xe180);
	/* The device after a multi-function device. */
	has_area(add(AT(0, 2, 0), 0x29c08086, 0x0600, 0), 0x80);
	/* With a header of another type, these registers are not BARs. */
	f = add(AT(0, 3, 0), 0xac56104c, 0x0607, 2);
	no_area(f, 0x10, 0xe200);
	no_area(f, 0x24, 0xe280);
	/* Not a multi-function device: function 1 must not be looked at. */
	add(AT(0, 4, 0), 0x12378087, 0x0600, 0);
	no_area(add(AT(0, 4, 1), 0x12378088, 0x0600, 0), 0x40, 0xe300);
	/* The last function that a machine can have. */
	add(AT(255, 31, 0), 0x12378089, 0x0600, 0x80);
	f = add(AT(255, 31, 7), 0x1237808a, 0x0600, 0);
	while (areas < 32 - 3) /* pci_unnamed_ports() adds three */
		has_area(f, 0x40 + 4 * areas);
}

static void devices(void)
{
	/* The disk's register 40h names ports; it counts only in functions of the chipset. */
	disk = add(AT(0, 5, 0), 0x11111af4, 0x0100, 0);
	disk->reg[1] = IO | MEMORY | MASTER;
	bar(disk, 0x10, 0x2001, 0x40);
	bar(disk, 0x14, 0x8000, 0x1000); /* memory */
	bar(disk, 0x18, 0x2101, 4);
	no_area(disk, 0x40, 0x2000);
	/* This BAR overlaps the chipset's last range by some ports, and must not be opened. */
	bar(disk, 0x1c, 0xdc81, 0x20);

	nic = add(AT(0, 6, 0), 0x22221af4, 0x0200, 0);
	nic->reg[1] = IO | CAPS | 1u << 16;
	bar(nic, 0x24, 0x3001, 0x100);
	nic->reg[0x34 / 4] = 0x43; /* its low bits are reserved */
	nic->reg[0x40 / 4] = 0x00015001;
	nic->reg[0x50 / 4] = 0x00836005;	  /* MSI, enabled */
	nic->reg[0x60 / 4] = 0xc00370a1 & ~0xffu; /* an unknown capability */
	nic->reg[0x70 / 4] = 0xc0034011;	  /* MSI-X, enabled, and the list is a ring */

	/* The ports of a function that does not decode them are not opened. */
	idle = add(AT(0, 7, 0), 0x33331af4, 0x0200, 0);
	idle->reg[1] = MEMORY;
	bar(idle, 0x10, 0x4001, 0x100);

	/* No capability list, though the pointer is set; the ID is that of an MSI capability. */
	loose = add(AT(0, 8, 0), 0x33335005, 0x0200, 0);
	loose->reg[0x34 / 4] = 0x50;
	loose->reg[0x50 / 4] = 0x00010005;

	/* A bridge's window opens nothing. */
	bridge = add(AT(0, 9, 0), 0x00011b36, 0x0604, 1);
	bridge->reg[1] = IO;
	bridge->reg[0x1c / 4] = 0x5050;
}

/* Is a device permitted to decode these 128 ports? */
static bool permitted(u32 port)
{
	bar(idle, 0x10, port | 1, 0x80);
	put(idle, 4, 2, IO);
	put(idle, 4, 2, 0);
	return last_value == 0 && idle->writes && (put(idle, 4, 2, IO), idle->reg[1] & IO);
}

static void kept(void)
{
	u32 i;

	for (i = 0; i < areas; i++)
		CHECK(!permitted(0xc000 + 0x100 * i) && !permitted(0xc080 + 0x100 * i), "area %u",
		      i);
	CHECK(permitted(0xbf80) && permitted(0xdd00));
	/* QEMU's i440FX has ports that no register names; so has Bochs's. */
	CHECK(!permitted(0xae00) && !permitted(0xaf80) && !permitted(0x8900));
	CHECK(permitted(0xad80) && permitted(0xb000) && permitted(0x8880) && permitted(0x8980));
	for (i = 0xe000; i < 0xe400; i += 0x80)
		CHECK(permitted(i), "port %x", i);
	CHECK(permitted(0x2000));
}

static void start(const void *unused)
{
	(void)unused;
	booting = true;
	pci_init();
	booting = false;
}

int main(void)
{
	static const struct port_range opened[] = { { 0x2000, 0x203f },
						    { 0x2100, 0x2103 },
						    { 0x3000, 0x30ff } };
	struct function before[FUNCTIONS];
	u32 i, reg;

	bus_init();
	chipset();
	devices();
	memcpy(before, functions, sizeof(before));
	TAKEN(start, NULL); /* with the largest number of ranges */
	CHECK(only_open(opened, 3));
	CHECK(nic->reg[0x50 / 4] == 0x00826005 && nic->reg[0x70 / 4] == 0x40034011);
	memcpy(before[nic - functions].reg + 0x50 / 4, nic->reg + 0x50 / 4, 4);
	memcpy(before[nic - functions].reg + 0x70 / 4, nic->reg + 0x70 / 4, 4);
	for (i = 0; i < functions_nr; i++) {
		for (reg = 0; reg < 64; reg++)
			CHECK(functions[i].reg[reg] == before[i].reg[reg], "%x: register %x",
			      functions[i].at, 4 * reg);
		/* Only functions that decode I/O are written: BARs are measured. */
		CHECK(!functions[i].writes || &functions[i] == disk || &functions[i] == nic ||
			      &functions[i] == bridge,
		      "%x", functions[i].at);
	}
	CHECK(disk->commands == 2 && nic->commands == 2 && bridge->commands == 2);
	kept();
	REFUSED(start, NULL, "more than 32 areas"); /* there are 32 already */
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
