// SPDX-License-Identifier: MIT
/*
 * Bridges: writes of ring 1 to their configuration registers, and the open ports of the
 * functions behind them. A port is open only while every bridge on the way to its BAR
 * passes it on. Functions stay where firmware's bus numbers have them, and cannot be reset.
 *
 * Cannot tell: what real bridges pass on; guests/escape-chipset has one of QEMU's.
 */
#include "fake_bus.h"
#include "refuse.h"

#define RAM  0x00200000u
#define FREE 0xfd000000u /* memory that a device may have */

static struct function *outer, *inner, *peer, *near, *far, *outside, *root;

static struct function *add_bridge(u32 at, u32 buses, u32 window)
{
	struct function *f = add(at, 0x00011b36, 0x0604, 1);
	u32 reg;

	f->reg[0x18 / 4] = buses;
	f->reg[0x1c / 4] = window;
	f->reg[0x20 / 4] = 0xfb10fb00;
	f->reg[0x24 / 4] = 0xfb30fb20;
	for (reg = 0x18; reg < 0x34; reg += 4)
		f->keeps[reg / 4] = ~0u;
	f->keeps[0x3c / 4] = ~0u;
	return f;
}

static struct function *add_device(u32 at, u32 ports)
{
	struct function *f = add(at, 0x11111af4, 0x0200, 0);

	bar(f, 0x10, ports | 1, 0x40);
	return f;
}

/* Two bridges, one behind the other, and a host bridge that begins at bus 128. */
static void start(void)
{
	memset(open, 0, sizeof(open));
	functions_nr = 0;
	add(AT(0, 0, 0), 0x12378086, 0x0600, 0)->reg[0x40 / 4] = 0xb001;
	outer = add_bridge(AT(0, 2, 0), 0x00020100, 0xe0d0);
	bar(outer, 0x10, FREE + 0x20000, 0x1000);
	bar(outer, 0x38, FREE + 0x30000, 0x1000);
	peer = add_device(AT(0, 3, 0), 0xc400);
	inner = add_bridge(AT(1, 1, 0), 0x00020201, 0xd0d0);
	near = add_device(AT(1, 3, 0), 0xe100);
	outside = add_device(AT(1, 5, 0), 0xc000);
	far = add_device(AT(2, 31, 0), 0xd200);
	root = add_device(AT(128, 0, 0), 0xf000);
}

static bool ports(const struct function *a, const struct function *b)
{
	struct port_range r[2];
	u32 nr = 0;

	if (a)
		r[nr++] = (struct port_range){ (u16)(a->reg[4] & ~1u), (u16)(a->reg[4] + 0x3e) };
	if (b)
		r[nr++] = (struct port_range){ (u16)(b->reg[4] & ~1u), (u16)(b->reg[4] + 0x3e) };
	return only_open(r, nr);
}

#define NO_PORTS ports(NULL, NULL)

/* Both bridges, and the two devices that they pass ports on to, decode. */
static void decoding(void)
{
	start();
	put(outer, 4, 2, IO | MEMORY);
	put(inner, 4, 2, IO | MEMORY);
	CHECK(NO_PORTS); /* a window opens nothing */
	put(near, 4, 2, IO);
	put(far, 4, 2, IO);
	CHECK(ports(near, far));
}

/* ---- which ports are open ---- */

static void commands(void)
{
	decoding();
	put(outer, 4, 2, MEMORY);
	CHECK(NO_PORTS && outer->reg[1] == MEMORY);
	CHECK(near->reg[1] == IO && far->reg[1] == IO);
	/* The devices may start and stop decoding meanwhile; peer is behind no bridge. */
	put(far, 4, 2, 0);
	put(far, 4, 2, IO);
	put(peer, 4, 2, IO);
	CHECK(far->reg[1] == IO && ports(peer, NULL));
	put(far, 0x10, 4, 0xd301);
	CHECK(far->reg[4] == 0xd301 && ports(peer, NULL));
	put(peer, 4, 2, 0);
	put(outer, 4, 1, IO);
	CHECK(ports(near, far));
	put(inner, 4, 1, MEMORY);
	CHECK(ports(near, NULL));
	put(outer, 4, 1, 0);
	put(outer, 4, 1, IO);
	CHECK(ports(near, NULL));
	put(inner, 4, 1, IO);
	CHECK(ports(near, far));
	/* Memory alone: no device is measured. */
	near->writes = 0;
	put(outer, 4, 1, IO | MEMORY);
	CHECK(ports(near, far) && !near->writes);
	/* A function that decodes, but outside of the window. */
	put(outside, 4, 2, IO);
	CHECK(outside->reg[1] == IO && ports(near, far));
	put(outside, 0x10, 4, 0xe001);
	put(near, 4, 2, 0);
	CHECK(ports(outside, far));
	/* Behind another host bridge. */
	decoding();
	put(near, 4, 2, 0);
	put(root, 4, 2, IO);
	CHECK(ports(root, far));
}

static void windows(void)
{
	decoding();
	put(outer, 0x1c, 2, 0xe0e0);
	CHECK(outer->reg[7] == 0xe0e0 && ports(near, NULL));
	put(outer, 0x1c, 1, 0xd0);
	CHECK(ports(near, far));
	put(outer, 0x1d, 1, 0xd0);
	CHECK(ports(far, NULL));
	put(outer, 0x1c, 2, 0x00f0); /* closed, as Linux closes it */
	CHECK(outer->reg[7] == 0x00f0 && NO_PORTS);
	put(inner, 0x1c, 2, 0xe0d0);
	put(outer, 0x1c, 4, 0xe0d0);
	CHECK(ports(near, far));
	put(inner, 0x1c, 2, 0x00f0);
	CHECK(ports(near, NULL));
	/* A window that is not permitted is put back. */
	decoding();
	put(outer, 0x1c, 2, 0xe0b0); /* the chipset's */
	CHECK(outer->reg[7] == 0xe0d0 && ports(near, far));
	near->writes = 0;
	put(outer, 0x20, 4, RAM | RAM >> 16);
	CHECK(outer->reg[8] == 0xfb10fb00 && ports(near, far) && !near->writes);
	/* The upper halves. */
	outer->reg[7] = inner->reg[7] = 0xe1d1;
	put(inner, 0x30, 4, 0x00010001);
	CHECK(inner->reg[12] == 0 && ports(near, far));
	/* While a bridge does not decode, a window may hold anything. */
	put(outer, 4, 2, 0);
	put(outer, 0x1c, 2, 0xe000);
	put(outer, 0x30, 4, 0x00010001);
	CHECK(outer->reg[7] == 0xe000 && outer->reg[12] == 0x00010001 && NO_PORTS);
}

static void control(void)
{
	u32 i;

	/* ISA enable stops ports 100h to 3ffh of each 400h. */
	decoding();
	put(inner, 0x3e, 2, 4);
	CHECK(inner->reg[15] == 0x00040000 && ports(near, NULL));
	put(outer, 0x3c, 4, 0x00040105);
	CHECK(outer->reg[15] == 0x00040105 && NO_PORTS);
	put(outer, 0x3e, 1, 0x20);
	CHECK(outer->reg[15] == 0x00200105 && ports(near, NULL));
	put(inner, 0x3e, 1, 0);
	CHECK(ports(near, far));
	/* Other bits: no device is measured. */
	near->writes = 0;
	put(outer, 0x3e, 2, 0xffbb);
	CHECK(outer->reg[15] == 0xffbb0105 && ports(near, far) && !near->writes);
	put(outer, 0x3c, 1, 0x0b);
	CHECK(outer->reg[15] == 0xffbb010b && last_size == 1);
	/* Resets of the secondary bus are refused. */
	outer->reg[15] = 0;
	put(outer, 0x3e, 2, 0x40);
	put(outer, 0x3e, 1, 0x44);
	put(outer, 0x3c, 4, 0x00400000);
	CHECK(!outer->reg[15] && ports(near, far));
	/* Firmware left the bus in reset: that can be ended. */
	outer->reg[15] = 0x00400000;
	put(outer, 0x3f, 1, 1);
	CHECK(outer->reg[15] == 0x00400000);
	put(outer, 0x3e, 1, 0);
	CHECK(!outer->reg[15]);
	/* Bus numbers stay; the latency timer, in the same dword, may change. */
	outer->writes = 0;
	for (i = 0; i < 3; i++)
		put(outer, 0x18 + i, 1, 3);
	put(outer, 0x18, 2, 0);
	put(outer, 0x18, 4, 0);
	CHECK(!outer->writes && ports(near, far));
	put(outer, 0x1b, 1, 0x20);
	CHECK(outer->reg[6] == 0x20020100);
	/* From 40h up nothing changes: slot power, link disable, power states. */
	outer->writes = 0;
	for (i = 0; i < 4; i++)
		put(outer, 0x40 + i, 1, 0x5a);
	CHECK(!outer->writes);
}

/* Bridges that are the chipset's own: ports behind them follow their registers, too. */
static void others(void)
{
	decoding();
	outer->reg[2] = 0x06090000; /* semi-transparent */
	put(near, 4, 2, 0);
	put(near, 4, 2, IO);
	CHECK(ports(near, far));
	outer->reg[1] = 0;
	put(near, 4, 2, 0);
	put(near, 4, 2, IO);
	CHECK(ports(far, NULL));
	/* CardBus: its windows are elsewhere, and nothing is opened. */
	decoding();
	outer->reg[2] = 0x06070000;
	outer->reg[3] = 0x00820000;
	put(near, 4, 2, 0);
	put(near, 4, 2, IO);
	CHECK(ports(far, NULL));
	/* A bridge that firmware has not configured leads nowhere. */
	start();
	outer->reg[6] = inner->reg[6] = 0;
	put(outer, 4, 2, IO);
	put(peer, 4, 2, IO);
	CHECK(ports(peer, NULL));
	put(outer, 0x1c, 2, 0xf0d0);
	put(outer, 4, 2, 0);
	CHECK(ports(peer, NULL));
}

/* A bridge's own I/O BAR is open while the bridge decodes I/O. */
static void own_bar(void)
{
	start();
	bar(inner, 0x10, 0xe201, 0x40);
	put(inner, 4, 2, IO);
	CHECK(NO_PORTS);
	put(outer, 4, 2, IO);
	CHECK(ports(inner, NULL));
	put(inner, 4, 2, 0);
	CHECK(NO_PORTS);
}

/* ---- what a bridge may decode ---- */

static u32 takes(u32 reg, u32 v)
{
	start();
	outer->reg[reg / 4] = v;
	put(outer, 4, 2, IO | MEMORY);
	return outer->reg[1];
}

static void places(void)
{
	CHECK(takes(0x10, RAM) == IO); /* two BARs */
	start();
	bar(outer, 0x14, RAM, 0x1000);
	put(outer, 4, 2, MEMORY);
	CHECK(!outer->reg[1]);
	CHECK(takes(0x18, RAM) == (IO | MEMORY)); /* numbers of buses */
	CHECK(takes(0x1c, 0xb0b0) == MEMORY);
	CHECK(takes(0x1c, 0x00f0) == (IO | MEMORY)); /* closed */
	CHECK(takes(0x1c, 0x0000) == MEMORY);	     /* from 0 to fffh */
	CHECK(takes(0x20, RAM | RAM >> 16) == IO);
	CHECK(takes(0x24, RAM | RAM >> 16) == IO);
	CHECK(takes(0x24, 0) == IO); /* from 0 to fffffh */
	/* The upper halves. */
	start();
	outer->reg[0x1c / 4] = 0xd1d1;
	outer->reg[0x30 / 4] = 0x00010001;
	put(outer, 4, 2, IO | MEMORY);
	CHECK(outer->reg[1] == MEMORY);
	start();
	outer->reg[0x24 / 4] = 0x00110001 | RAM | RAM >> 16;
	put(outer, 4, 2, MEMORY);
	CHECK(!outer->reg[1]);
	outer->reg[0x28 / 4] = outer->reg[0x2c / 4] = 1;
	put(outer, 4, 2, MEMORY);
	CHECK(outer->reg[1] == MEMORY);
	outer->reg[1] = outer->reg[0x28 / 4] = 0; /* base in RAM, limit above 4 GiB */
	put(outer, 4, 2, MEMORY);
	CHECK(!outer->reg[1]);
}

/* A bridge without a window for I/O, or for prefetchable memory. */
static void absent(void)
{
	start();
	outer->reg[0x1c / 4] = outer->reg[0x24 / 4] = outer->reg[0x30 / 4] = 0;
	outer->keeps[0x1c / 4] = outer->keeps[0x24 / 4] = outer->keeps[0x30 / 4] = 0;
	put(outer, 4, 2, IO | MEMORY);
	CHECK(outer->reg[1] == (IO | MEMORY));
	put(outer, 0x20, 4, 0xfb20fb00);
	CHECK(outer->reg[8] == 0xfb20fb00);
	put(near, 4, 2, IO);
	CHECK(NO_PORTS);
	/* The windows that are there are looked at as before. */
	put(outer, 0x20, 4, RAM | RAM >> 16);
	CHECK(outer->reg[8] == 0xfb20fb00);
	/* Of 64 bits: one bit of the register is set, though base and limit are 0. */
	start();
	outer->reg[0x24 / 4] = 0x00010001;
	put(outer, 4, 2, MEMORY);
	CHECK(!outer->reg[1] && outer->reg[0x24 / 4] == 0x00010001);
	/* The secondary status, above the I/O window, is not written by the probe. */
	start();
	outer->reg[0x1c / 4] = 0xf9000000;
	put(outer, 4, 2, IO);
	CHECK(!outer->reg[1] && outer->reg[0x1c / 4] == 0xf9000000);
}

/* ---- boot ---- */

static void init(const void *unused)
{
	(void)unused;
	booting = true;
	pci_init();
	booting = false;
}

static void boot(void)
{
	start();
	outer->reg[1] = near->reg[1] = far->reg[1] = outside->reg[1] = IO;
	TAKEN(init, NULL);
	CHECK(ports(near, NULL));
	start();
	outer->reg[1] = inner->reg[1] = near->reg[1] = far->reg[1] = outside->reg[1] = IO;
	TAKEN(init, NULL);
	CHECK(ports(near, far));
	/* A device in D3 gets power, and stops decoding first, for it may be reset then. */
	start();
	peer->reg[1] = IO | MEMORY | MASTER | CAPS;
	peer->reg[0x34 / 4] = 0x40;
	peer->reg[0x40 / 4] = 0x00035009;
	peer->reg[0x50 / 4] = 0x00030001;
	peer->reg[0x54 / 4] = 0x00008103;
	root->reg[1] = IO | CAPS;
	root->reg[0x34 / 4] = 0x40;
	root->reg[0x40 / 4] = 0x00030001;
	root->reg[0x44 / 4] = 0x00008100;
	TAKEN(init, NULL);
	CHECK(peer->reg[1] == (MEMORY | MASTER | CAPS) && !peer->reg[0x54 / 4]);
	CHECK(root->reg[1] == (IO | CAPS) && root->reg[0x44 / 4] == 0x8100);
	CHECK(ports(root, NULL));
}

int main(void)
{
	bus_init();
	boot();
	commands();
	windows();
	control();
	others();
	own_bar();
	places();
	absent();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
