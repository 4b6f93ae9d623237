// SPDX-License-Identifier: MIT
/*
 * Writes of ring 1 to the configuration registers of a device and of a bridge: the value
 * afterwards, the open ports, and that no BAR is written while its function decodes. The
 * rules of permitted ranges are the real ones (pci_rules.h).
 *
 * Cannot tell: which functions are the chipset's; chipset_test does. What real functions
 * do with a write; guests/escape-chipset attacks those of QEMU.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "fake_bus.h"
#include "refuse.h"

#define RAM  0x00200000u
#define FREE 0xfd000000u /* memory that a device may have */

static struct function *host, *dev, *other, *bridge, *ide;

static void make(void)
{
	functions_nr = 0;
	host = add(AT(0, 0, 0), 0x12378086, 0x0600, 0);
	host->reg[0x40 / 4] = 0xb001; /* an area of ports of the chipset */
	dev = add(AT(0, 3, 2), 0x11111af4, 0x0200, 0x80);
	bar(dev, 0x10, 0xc101, 0x40);
	bar(dev, 0x14, FREE, 0x1000);
	bar(dev, 0x18, FREE + 0x1000004, 0x4000); /* of 64 bits */
	bar(dev, 0x1c, 0, 0x10);
	dev->keeps[0x1c / 4] = ~0u;
	bar(dev, 0x30, FREE + 0x10000, 0x10000);
	add(AT(0, 3, 0), 0x11101af4, 0x0200, 0x80);
	other = add(AT(0, 4, 0), 0x22221af4, 0x0100, 0);
	bar(other, 0x10, 0x7001, 0x1000);
	ide = add(AT(0, 5, 0), 0x70108086, 0x0101, 0);
	bar(ide, 0x10, 0x1f1, 8);
	bar(ide, 0x20, 0xc201, 0x10);
	bridge = add(AT(255, 31, 0), 0x00011b36, 0x0604, 1);
	bar(bridge, 0x10, FREE + 0x20000, 0x1000);
	bar(bridge, 0x38, FREE + 0x30000, 0x1000);
	bridge->reg[0x1c / 4] = 0xd0d0;
	bridge->reg[0x20 / 4] = 0xfb10fb00;
}

static bool ports(u32 first, u32 last)
{
	struct port_range r = { (u16)first, (u16)last };

	return only_open(&r, first <= last);
}

#define NO_PORTS ports(1, 0)

static void start(void)
{
	memset(open, 0, sizeof(open));
	make();
}

/* ---- reaching a register ---- */

static void address(void)
{
	u32 i;

	pci_set_address(~0u);
	CHECK(pci_address() == 0x80fffffc && pci_data_read(0, 4) == ~0u);
	/* Without the enable bit of the address there is no access. */
	pci_set_address(dev->at | 0x3c);
	data_accesses = 0;
	CHECK(pci_address() == (dev->at | 0x3c) && pci_data_read(0, 4) == ~0u);
	pci_data_write(0, 4, ~0u);
	CHECK(!data_accesses && !dev->reg[0x3c / 4]);
	/* A function that does not exist. */
	pci_set_address(ENABLE | AT(0, 3, 1) | 0x3c);
	CHECK(pci_data_read(0, 4) == ~0u);
	pci_data_write(0, 4, 0);
	CHECK(!said); /* a write without effect is not logged as a refusal */
	/* Each byte of a register can be read and written, without effect on other bytes. */
	CHECK(get(dev, 0, 4) == 0x11111af4 && get(dev, 2, 2) == 0x1111 && get(dev, 0, 1) == 0xf4);
	for (i = 0; i < 4; i++) {
		start();
		dev->keeps[0x3c / 4] = ~0u;
		put(dev, 0x3c + i, 1, 0x5a);
		CHECK(dev->reg[0x3c / 4] == 0x5au << 8 * i, "byte %u", i);
		CHECK(last_at == (dev->at | (0x3c + i)) && last_size == 1 && dev->writes == 1);
		CHECK(get(dev, 0x3c + i, 1) == 0x5a && !get(dev, 0x3c + (i ^ 1), 1));
	}
	put(dev, 0x0e, 2, 0x1234);
	CHECK(last_at == (dev->at | 0x0e) && last_size == 2 && last_value == 0x1234);
	put(dev, 0x0c, 4, 0x12345678);
	CHECK(last_at == (dev->at | 0x0c) && last_size == 4 && last_value == 0x12345678);
}

static void monitors_own(void)
{
	u32 at = ENABLE | host->at | 0x73;

	CHECK(pci_read(at) == host->reg[0x70 / 4] && pci_read(ENABLE | host->at) == host->reg[0]);
	pci_write8(at, 0x9a);
	CHECK(last_at == (host->at | 0x73) && last_size == 1 && last_value == 0x9a);
}

static void closed(void)
{
	u32 reg, i;

	for (reg = 0; reg < 0x100; reg += 4)
		put(host, reg, 4, 0x5a5a5a5a);
	CHECK(!host->writes);
	for (i = 0; i < 4; i++)
		put(bridge, 0x40 + i, 1, 0x5a);
	CHECK(!bridge->writes);
	put(bridge, 0x3c, 1, 0x5a);
	CHECK(bridge->writes == 1 && bridge->reg[0x3c / 4] == 0x5a);
}

/* ---- the command ---- */

static void command(void)
{
	start();
	put(dev, 4, 2, IO);
	CHECK(dev->reg[1] == IO && ports(0xc100, 0xc13f));
	put(dev, 4, 2, IO | MEMORY | MASTER);
	CHECK(dev->reg[1] == (IO | MEMORY | MASTER) && ports(0xc100, 0xc13f));
	put(dev, 5, 1, 4); /* the upper byte alone: decoding does not change */
	CHECK(dev->reg[1] == (0x400 | IO | MEMORY | MASTER) && ports(0xc100, 0xc13f));
	put(dev, 4, 1, MEMORY | MASTER);
	CHECK(dev->reg[1] == (0x400 | MEMORY | MASTER) && NO_PORTS);
	/* Ones clear bits of status, the upper half: only the command is written. */
	put(dev, 4, 4, 0xffff0000 | IO | MASTER);
	CHECK(dev->reg[1] == (IO | MASTER) && ports(0xc100, 0xc13f));
	CHECK(last_at == (dev->at | 4) && last_size == 2);
	put(dev, 6, 2, 0xf900);
	CHECK(last_at == (dev->at | 6) && last_size == 2 && last_value == 0xf900);
	CHECK(dev->reg[1] == (IO | MASTER) && ports(0xc100, 0xc13f));
	/* BARs with address 0: no port is opened, whether decoding is refused or not. */
	start();
	dev->reg[0x10 / 4] = 1;
	put(dev, 4, 2, IO);
	CHECK(!(dev->reg[1] & IO) && NO_PORTS);
	bar(dev, 0x10, 1, 0x20);
	put(dev, 4, 2, IO);
	CHECK(dev->reg[1] == IO && NO_PORTS);
}

/* A decode bit that is refused stays clear; the other bits of the command are written. */
static void refused_commands(void)
{
	u32 log = said;

	start();
	dev->reg[0x14 / 4] = RAM;
	put(dev, 4, 2, IO | MEMORY | MASTER);
	CHECK(dev->reg[1] == (IO | MASTER) && ports(0xc100, 0xc13f));
	CHECK(said <= log + 1);
	/* A range that was decoded before is not checked again. */
	start();
	dev->reg[0x14 / 4] = RAM;
	dev->reg[1] = MEMORY;
	put(dev, 4, 2, IO | MEMORY);
	CHECK(dev->reg[1] == (IO | MEMORY) && ports(0xc100, 0xc13f));
	start();
	dev->reg[0x10 / 4] = 0xb001; /* the chipset's */
	put(dev, 4, 2, IO | MEMORY | MASTER);
	CHECK(dev->reg[1] == (MEMORY | MASTER) && NO_PORTS);
	start();
	dev->reg[0x10 / 4] = 0xb001;
	dev->reg[0x14 / 4] = RAM;
	put(dev, 4, 2, IO | MEMORY | MASTER);
	CHECK(dev->reg[1] == MASTER && NO_PORTS);
}

/* Tries to set the memory bit of the function's command. Is it set afterwards? */
#define MEMORY_TAKEN(f) (put(f, 4, 2, MEMORY), (f)->reg[1] & MEMORY)

static void memory(void)
{
	struct function f;

	start();
	CHECK(MEMORY_TAKEN(dev) && NO_PORTS);
	start();
	dev->reg[0x18 / 4] = RAM | 4;
	CHECK(!MEMORY_TAKEN(dev));
	start();
	dev->reg[0x18 / 4] = RAM | 4; /* with its upper half: above 4 GiB */
	dev->reg[0x1c / 4] = 1;
	CHECK(MEMORY_TAKEN(dev));
	start();
	dev->reg[0x1c / 4] = 0x10; /* upper half of a BAR of 64 GiB */
	dev->reg[0x18 / 4] = 4;
	dev->keeps[0x18 / 4] = 0;
	dev->keeps[0x1c / 4] = ~0u << 4;
	CHECK(MEMORY_TAKEN(dev));
	start();
	dev->reg[0x18 / 4] = 4;
	dev->keeps[0x18 / 4] = dev->keeps[0x1c / 4] = 0; /* no BAR at all */
	CHECK(MEMORY_TAKEN(dev));
	/* The BAR that follows a 64-bit BAR. */
	start();
	bar(dev, 0x20, RAM, 0x1000);
	CHECK(!MEMORY_TAKEN(dev));
	/* A 64-bit BAR in the last register: its upper half would lie behind the BARs. */
	start();
	bar(dev, 0x24, RAM | 4, 0x1000);
	dev->reg[0x28 / 4] = 1;
	CHECK(!MEMORY_TAKEN(dev));
	/* Register 28h is not a BAR. */
	start();
	dev->reg[0x28 / 4] = RAM;
	CHECK(MEMORY_TAKEN(dev));
	/* A range that the firmware's map has as reserved. */
	start();
	dev->reg[0x14 / 4] = 0xe8000000;
	CHECK(!MEMORY_TAKEN(dev));
	/* No register but the command has changed. */
	f = *dev;
	f.reg[1] = 0;
	CHECK(!memcmp(f.reg, dev->reg, sizeof(f.reg)));
}

static void roms(void)
{
	static const u32 at[] = { 0x30, 0x38 };
	u32 i;

	for (i = 0; i < 2; i++) {
		struct function *f;

		start();
		f = i ? bridge : dev;
		bar(f, at[i], RAM, 0x1000); /* not enabled */
		put(f, 4, 2, IO | MEMORY);
		CHECK(f->reg[1] == (IO | MEMORY), "%u", i);
		start();
		f = i ? bridge : dev;
		bar(f, at[i], RAM | 1, 0x1000);
		put(f, 4, 2, IO | MEMORY);
		CHECK(f->reg[1] == IO && f->reg[at[i] / 4] == (RAM | 1), "%u", i);
		start();
		f = i ? bridge : dev;
		bar(f, at[i], (FREE + 0x40000) | 1, 0x1000);
		put(f, 4, 2, IO | MEMORY);
		CHECK(f->reg[1] == (IO | MEMORY), "%u", i);
	}
}

/* ---- BARs ---- */

static void moves(void)
{
	struct function f;

	/* While the function does not decode, any address may be written, bytewise too. */
	start();
	put(dev, 0x14, 4, ~0u);
	CHECK(dev->reg[0x14 / 4] == 0xfffff000 && dev->writes == 1);
	put(dev, 0x17, 1, 0);
	CHECK(dev->reg[0x14 / 4] == 0x00fff000 && last_size == 1 && dev->writes == 2);
	put(dev, 0x10, 4, 0xb001);
	CHECK(dev->reg[0x10 / 4] == 0xb001 && NO_PORTS);
	/* While the function decodes, a write of a BAR moves its open ports. */
	start();
	put(dev, 4, 2, IO | MEMORY | MASTER);
	put(dev, 0x10, 4, 0xc301);
	CHECK(dev->reg[0x10 / 4] == 0xc301 && ports(0xc300, 0xc33f));
	CHECK(dev->reg[1] == (IO | MEMORY | MASTER));
	put(dev, 0x10, 2, 0xc400);
	CHECK(dev->reg[0x10 / 4] == 0xc401 && ports(0xc400, 0xc43f));
	put(dev, 0x14, 4, FREE + 0x5000);
	CHECK(dev->reg[0x14 / 4] == FREE + 0x5000 && ports(0xc400, 0xc43f));
	/* A refused write changes nothing. */
	f = *dev;
	put(dev, 0x10, 4, 0xb041);
	CHECK(!memcmp(f.reg, dev->reg, sizeof(f.reg)) && ports(0xc400, 0xc43f));
	put(dev, 0x14, 4, RAM);
	CHECK(!memcmp(f.reg, dev->reg, sizeof(f.reg)) && ports(0xc400, 0xc43f));
	put(dev, 0x14, 4, ~0u); /* as software does to measure the size */
	CHECK(!memcmp(f.reg, dev->reg, sizeof(f.reg)) && ports(0xc400, 0xc43f));
	put(dev, 0x1b, 1, 0);
	CHECK(!memcmp(f.reg, dev->reg, sizeof(f.reg)) && ports(0xc400, 0xc43f));
	put(dev, 0x30, 4, RAM | 1);
	CHECK(!memcmp(f.reg, dev->reg, sizeof(f.reg)) && ports(0xc400, 0xc43f));
	/* While the function does not decode memory, a memory BAR may have any address. */
	start();
	put(dev, 4, 2, IO);
	put(dev, 0x14, 4, RAM);
	CHECK(dev->reg[0x14 / 4] == RAM && dev->reg[1] == IO && ports(0xc100, 0xc13f));
}

/* Ranges that firmware may leave in BARs and that must not open or close ports. */
static void others_ports(void)
{
	start();
	put(other, 4, 2, IO);
	CHECK(ports(0x7000, 0x7fff));
	/* Memory whose address equals the number of another device's port. */
	dev->reg[0x10 / 4] = 1;
	bar(dev, 0x14, 0x7000, 0x1000);
	dev->reg[1] = MEMORY;
	put(dev, 0x10, 4, 1);
	CHECK(ports(0x7000, 0x7fff) && dev->reg[1] == MEMORY);
	put(other, 4, 2, 0);
	put(dev, 0x10, 4, 1);
	CHECK(NO_PORTS && dev->reg[1] == MEMORY);
	/* Ports of the chipset that a device decodes are not opened with its others. */
	start();
	bar(dev, 0x20, 0xb001, 0x40);
	dev->reg[1] = IO;
	put(dev, 0x10, 4, 0xc301);
	CHECK(dev->reg[0x10 / 4] == 0xc101 && ports(0xc100, 0xc13f));
	/* Ports below IO_PORTS_BAR_FIRST are always open and are not passed to io_ports_set(). */
	start();
	put(ide, 4, 2, IO);
	CHECK(ide->reg[1] == IO && ports(0xc200, 0xc20f));
	put(ide, 4, 2, 0);
	CHECK(!ide->reg[1] && NO_PORTS);
}

/* ---- interrupts as memory writes ---- */

static void capabilities(void)
{
	start();
	dev->reg[1] = CAPS;
	dev->reg[0x34 / 4] = 0x40;
	dev->reg[0x40 / 4] = 0x00035001; /* power management */
	dev->reg[0x50 / 4] = 0x00806005;
	dev->reg[0x60 / 4] = 0x00037011;
	dev->reg[0x70 / 4] = 0x00009009;
	dev->reg[0x90 / 4] = 0x0002a010; /* PCI Express */
	dev->reg[0xa0 / 4] = 0x03064013; /* advanced features; back to the first: a ring */
	dev->reg[0x80 / 4] = 0x00000005; /* in no list */
}

static bool private(u32 reg, u32 size, u32 v)
{
	u32 writes;

	capabilities();
	writes = dev->writes;
	put(dev, reg, size, v);
	return dev->writes == writes + 1 && last_at == (dev->at | reg) && last_size == size &&
	       last_value == v;
}

static void msi(void)
{
	CHECK(!private(0x50, 4, 0x00016005) && !private(0x52, 2, 0x81) && !private(0x52, 1, 1));
	CHECK(private(0x52, 2, 0x80) && private(0x53, 1, 1) && private(0x50, 4, 0x80006005));
	CHECK(private(0x54, 4, ~0u) && private(0x58, 4, ~0u));
	CHECK(!private(0x60, 4, 0x80007011) && !private(0x62, 2, 0x8000) &&
	      !private(0x63, 1, 0x80));
	CHECK(private(0x62, 2, 0x4001) && private(0x62, 1, 1) && private(0x64, 4, ~0u));
	CHECK(private(0x40, 4, ~0u) && private(0x70, 4, ~0u) && private(0x80, 4, ~0u));
	CHECK(private(0xff, 1, 0xff) && private(0xb0, 2, 0xffff));
	/* No capability list, though the pointer is set; the ID is that of an MSI capability. */
	capabilities();
	dev->reg[0] = 0x11115005;
	dev->reg[1] = 0;
	dev->reg[0x34 / 4] = 0x50;
	put(dev, 0x50, 4, 0x00016005);
	CHECK(dev->reg[0x50 / 4] == 0x00016005);
	/* The last capability of a list that is not a ring. */
	capabilities();
	dev->reg[0x60 / 4] = 0x00030011;
	put(dev, 0x60, 4, 0x80030011);
	CHECK(dev->reg[0x60 / 4] == 0x00030011);
	put(dev, 0x70, 4, 0x80000011);
	CHECK(dev->reg[0x70 / 4] == 0x80000011);
}

/* Writes that reset the function or take its power: FLR, and D1 to D3. */
static void resets(void)
{
	u32 state;

	for (state = 1; state <= 3; state++)
		CHECK(!private(0x44, 2, state) && !private(0x44, 1, state) &&
			      !private(0x44, 4, 0x8000 | state),
		      "D%u", state);
	CHECK(private(0x44, 2, 0x8100) && private(0x45, 1, 0x81) && private(0x46, 2, ~0u & 0xffff));
	CHECK(!private(0x98, 2, 0x8000) && !private(0x99, 1, 0x80) && !private(0x98, 4, 0x8000));
	CHECK(private(0x98, 2, 0x7fff) && private(0x9a, 2, 0x8000) && private(0x94, 4, ~0u));
	CHECK(!private(0xa4, 1, 1) && !private(0xa4, 4, 0xffffffff) && private(0xa4, 1, 0xfe));
	CHECK(private(0xa5, 1, 1) && private(0xa0, 4, ~0u) && private(0xa8, 4, ~0u));
	/* A function that is not in D0 (as no function is after boot) cannot be left there. */
	capabilities();
	dev->reg[0x44 / 4] = 3;
	put(dev, 0x45, 1, 0x80);
	CHECK(dev->reg[0x44 / 4] == 3);
	put(dev, 0x44, 2, 0);
	CHECK(!dev->reg[0x44 / 4]);
}

static void init(const void *unused)
{
	(void)unused;
	pci_init();
}

/*
 * Writes v to the register twice, in a child process, and expects that number of log lines:
 * pci.c logs only the first refusal of a boot, and a boot is the life of a process here.
 */
static void told(const struct function *f, u32 reg, u32 v, u32 lines)
{
	int status;

	fflush(stdout);
	if (!fork()) {
		capabilities();
		said = 0;
		put(f, reg, 4, v);
		put(f, reg, 4, v);
		_Exit(said == lines ? 0 : 1);
	}
	CHECK(wait(&status) > 0 && !status, "%x: register %x", f->at, reg);
}

static void refusals(void)
{
	told(host, 0x40, 0, 1);
	told(dev, 0x50, 0x00016005, 1);	   /* MSI */
	told(dev, 0x44, 3, 1);		   /* power */
	told(bridge, 0x3c, 0x00400000, 1); /* reset of its bus */
	told(bridge, 0x3c, 0x00000001, 0);
	told(dev, 0x50, 0x00006005, 0);
	told(dev, 0x40, 0, 0);
}

int main(void)
{
	bus_init();
	make();
	TAKEN(init, NULL);
	CHECK(NO_PORTS);
	refusals(); /* before this process has logged one */
	address();
	monitors_own();
	start();
	closed();
	command();
	refused_commands();
	memory();
	roms();
	moves();
	others_ports();
	msi();
	resets();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
