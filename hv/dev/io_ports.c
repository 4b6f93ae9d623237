/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O ports that ring 1 may access directly, and the commands that it may send to
 * the keyboard controller. Pure.
 */
#include <hv/io_ports.h>

/* Legacy devices whose drivers the guest may have. */
static const struct port_range open_ports[] = {
	{ 0x70, 0x71 },	  /* CMOS clock; bit 7 of 70h masks NMIs, which the monitor ignores */
	{ 0x80, 0x80 },	  /* power-on diagnostics: legacy drivers write it for a delay */
	{ 0x170, 0x177 }, /* IDE, second channel */
	{ 0x1f0, 0x1f7 }, /* IDE, first channel */
	{ 0x2e8, 0x2ef }, /* COM4 */
	{ 0x2f8, 0x2ff }, /* COM2 */
	{ 0x376, 0x376 }, /* IDE, second channel: control */
	{ 0x3b0, 0x3bb }, /* VGA, monochrome */
	{ 0x3c0, 0x3df }, /* VGA */
	{ 0x3e8, 0x3ef }, /* COM3 */
	{ 0x3f6, 0x3f6 }, /* IDE, first channel: control */
};

bool io_port_is_open(u32 port)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(open_ports); i++)
		if (port >= open_ports[i].first && port <= open_ports[i].last)
			return true;
	return false;
}

enum kbc_command kbc_command(u8 command)
{
	switch (command) {
	case 0x20: /* read the command byte */
	case 0x60: /* write the command byte */
	case 0xa7: /* disable, enable, test the second port */
	case 0xa8:
	case 0xa9:
	case 0xaa: /* self-test */
	case 0xab: /* test, disable, enable the first port */
	case 0xad:
	case 0xae:
	case 0xd2: /* return the data byte as if from the keyboard (d2h), the mouse (d3h) */
	case 0xd3:
	case 0xd4: /* the data byte goes to the mouse */
		return KBC_PASS;
	case 0xd1: /* write the output port: A20 and reset */
		return KBC_SKIP;
	}
	/* Write the controller's RAM: a data byte follows. */
	if ((command & 0xe0) == 0x60)
		return KBC_SKIP;
	/* Pulse output lines; bit 0 is the reset line, active low. */
	if ((command & 0xf1) == 0xf0)
		return KBC_REBOOT;
	return KBC_DROP;
}
