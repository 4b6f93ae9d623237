/* SPDX-License-Identifier: MIT */
/*
 * Fake PCI functions behind configuration mechanism 1, for the tests of dev/pci.c and
 * dev/pci_decode.c. The port instructions of fake_cpu.h access their registers. A write
 * changes only the bits that the function implements. An access that the monitor must never
 * make fails the test.
 */
#ifndef HOST_FAKE_BUS_H
#define HOST_FAKE_BUS_H

#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/pci.h>
#include <hv/pci_rules.h>
#include <hv/printk.h>

#include "check.h"
#include "fake_cpu.h"

#define ENABLE	  0x80000000u
#define CAPS	  (1u << 20) /* of command and status: there is a list of capabilities */
#define IO	  PCI_COMMAND_IO
#define MEMORY	  PCI_COMMAND_MEMORY
#define MASTER	  4u
#define FUNCTIONS 16

#define AT(bus, dev, fn) ((bus) << 16 | (dev) << 11 | (fn) << 8)

struct function {
	u32 at;
	u32 reg[64], keeps[64]; /* registers; bits of each that a write changes */
	u32 writes, commands;	/* number of writes to any register, to the command */
	bool chipset;		/* its BARs and its command must stay as they are */
};

static struct function functions[FUNCTIONS];
static u32 functions_nr, selected, data_accesses;
static u32 last_at, last_size, last_value; /* the last write: register and bytes */
static bool booting;

/* ---- the rest of the monitor ---- */

u32 max_mfn = 0x10000; /* 256 MiB */
struct e820entry firmware_map[FIRMWARE_MAP_MAX] = {
	{ 0xe0000000, 0x10000000, E820_RESERVED },
};
u32 firmware_map_nr = 1;
static u8 open[0x10000]; /* is the port open in ring 1's bitmap? */

void io_ports_set(u32 first, u32 last, bool is)
{
	CHECK(first >= IO_PORTS_BAR_FIRST && first <= last && last <= 0xffff, "%x-%x", first, last);
	for (; first <= last; first++)
		open[first] = is;
}

static u32 said;

void printk(enum loglevel level, const char *fmt, ...)
{
	(void)level, (void)fmt;
	said++;
}

/* Are these the only open ports from IO_PORTS_BAR_FIRST to 0xffff? */
static bool only_open(const struct port_range *r, u32 nr)
{
	u32 port, i, is;

	for (port = IO_PORTS_BAR_FIRST; port < 0x10000; port++) {
		for (is = i = 0; i < nr; i++)
			is |= port >= r[i].first && port <= r[i].last;
		if (open[port] != is) {
			printf("port %x is %s;", port, is ? "closed" : "open");
			return false;
		}
	}
	return true;
}

/* ---- the functions ---- */

static struct function *find(u32 at)
{
	u32 i;

	for (i = 0; i < functions_nr; i++)
		if (functions[i].at == at)
			return &functions[i];
	return NULL;
}

static bool is_bridge(const struct function *f)
{
	return (f->reg[3] >> 16 & 0x7f) == 1;
}

/* Is this register a BAR, ROM BAR or window, i.e. does it hold an address? */
static bool is_address(const struct function *f, u32 reg)
{
	if (is_bridge(f))
		return (reg >= 0x10 && reg < 0x18) || (reg >= 0x1c && reg < 0x34) ||
		       (reg >= 0x38 && reg < 0x3c);
	return (reg >= 0x10 && reg < 0x28) || (reg >= 0x30 && reg < 0x34);
}

static void written(struct function *f, u32 reg, u32 size, u32 v)
{
	u32 shift = 8 * (reg & 3), lane = (size == 4 ? ~0u : (1u << 8 * size) - 1) << shift;
	u32 *r = &f->reg[reg / 4], changes = (*r ^ v << shift) & lane;

	CHECK(reg >= 4, "%x: vendor and device are written", f->at);
	CHECK(!is_address(f, reg) || !(f->reg[1] & PCI_DECODE), "%x decodes, and register %x moves",
	      f->at, reg);
	CHECK(!f->chipset || reg >= 0x40, "%x: register %x of the chipset", f->at, reg);
	/* Bus mastering must stay on while a BAR is measured: transfers are under way. */
	CHECK(reg != 4 || v & MASTER || !(f->reg[1] & MASTER), "%x: bus mastering stops", f->at);
	*r ^= changes & f->keeps[reg / 4];
	f->writes++;
	f->commands += reg / 4 == 1;
	last_at = f->at | reg;
	last_size = size;
	last_value = v;
}

static void port_access(void)
{
	struct function *f = find(selected & 0xffff00);
	u32 reg = (selected & 0xfc) + (cpu.port & 3);

	if (cpu.port == 0xcf8) {
		CHECK(cpu.write && cpu.size == 4 && !(cpu.out & 0x7f000003), "%x", cpu.out);
		selected = cpu.out;
		return;
	}
	CHECK(cpu.port >= 0xcfc && cpu.port + cpu.size <= 0xd00, "port %x", cpu.port);
	CHECK(selected & ENABLE && !(reg & (cpu.size - 1)), "%x", selected);
	data_accesses++;
	CHECK(f || (!cpu.write && !booting) || !reg, "%x is not there", selected);
	if (cpu.write)
		written(f, reg, cpu.size, cpu.out);
	else
		cpu.in = f ? f->reg[reg / 4] >> 8 * (reg & 3) : ~0u;
}

/* ---- making them ---- */

static struct function *add(u32 at, u32 id, u32 class, u32 header)
{
	struct function *f = &functions[functions_nr++];
	u32 i;

	CHECK(functions_nr <= FUNCTIONS);
	*f = (struct function){ .at = at };
	f->reg[0] = id;
	f->reg[2] = class << 16;
	f->reg[3] = header << 16;
	f->keeps[1] = 0x507; /* command: I/O, memory, master, SERR and the one of INTx */
	f->keeps[3] = 0xffff;
	f->keeps[15] = 0xff;
	for (i = 16; i < 64; i++)
		f->keeps[i] = ~0u;
	f->chipset = pci_kind(class << 16, (u8)header) == PCI_CHIPSET;
	return f;
}

/* Makes register `reg` a BAR or ROM BAR with value v, of `size` bytes. */
static void bar(struct function *f, u32 reg, u32 v, u32 size)
{
	f->reg[reg / 4] = v;
	f->keeps[reg / 4] = reg == (is_bridge(f) ? 0x38 : 0x30) ? -size | 1 :
			    v & 1				? -size & ~3u :
								  -size & ~15u;
}

/* ---- what ring 1 does ---- */

static void put(const struct function *f, u32 reg, u32 size, u32 v)
{
	pci_set_address(ENABLE | f->at | (reg & 0xfc));
	pci_data_write(reg & 3, size, v);
}

static u32 get(const struct function *f, u32 reg, u32 size)
{
	pci_set_address(ENABLE | f->at | (reg & 0xfc));
	return pci_data_read(reg & 3, size) & (size == 4 ? ~0u : (1u << 8 * size) - 1);
}

static void bus_init(void)
{
	fake_cpu_init();
	fake_port = port_access;
}

#endif /* HOST_FAKE_BUS_H */
