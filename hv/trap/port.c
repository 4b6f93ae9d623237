/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Emulation of port instructions of ring 1 on ports that are closed to it. Accesses to
 * PCI configuration space and to the keyboard controller are made if the rules permit
 * (hv/pci_rules.h, hv/io_ports.h). Any other port reads as all ones, and a write to it
 * has no effect.
 */
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/guest_access.h>
#include <hv/io_ports.h>
#include <hv/pci.h>
#include <hv/printk.h>
#include <hv/trap.h>

#define PCI_ADDRESS_PORT 0xcf8
#define PCI_DATA_PORT	 0xcfc
#define KBC_DATA	 0x60
#define KBC_STATUS	 0x64

/* A port instruction, decoded. */
struct port_insn {
	u16 port;
	u8 size; /* bytes: 1, 2, 4 */
	bool out;
	u8 length;
};

/* in and out: E4..E7 and EC..EF (SDM volume 2), also with an operand-size prefix. */
static bool decode_port(const u8 *b, u32 len, const struct regs *r, struct port_insn *p)
{
	u32 i = 0;
	bool small = false;
	u8 op;

	while (i < len && (b[i] == 0x66 || b[i] == 0x2e || b[i] == 0x3e)) {
		small |= b[i] == 0x66;
		i++;
	}
	if (i >= len)
		return false;
	op = b[i++];
	if ((op & 0xf4) != 0xe4)
		return false;
	p->size = op & 1 ? (small ? 2 : 4) : 1;
	p->out = op & 2;
	if (op & 8) {
		p->port = (u16)r->edx;
	} else {
		if (i >= len)
			return false;
		p->port = b[i++];
	}
	p->length = (u8)i;
	return true;
}

/* The next byte to KBC_DATA belongs to a command that was dropped. */
static bool skip_data;

static void kbc_out(u8 v)
{
	enum kbc_command c = kbc_command(v);

	if (c == KBC_REBOOT) {
		log_info("guest: reboot");
		machine_exit(EXIT_REBOOT);
	}
	skip_data = c == KBC_SKIP;
	if (c == KBC_PASS)
		outb(KBC_STATUS, v);
}

static void kbc_data_out(u8 v)
{
	if (!skip_data)
		outb(KBC_DATA, v);
	skip_data = false;
}

/* Log the first denied access at level info, and every one at level debug. */
static void denied(const struct port_insn *p)
{
	static bool said;

	if (!said)
		log_info("guest: access to port %x denied; loglvl=debug shows every denied access",
			 p->port);
	said = true;
	log_debug("guest: %s port %x, %u bytes, denied", p->out ? "out to" : "in from", p->port,
		  p->size);
}

/* Is the access within the data register of configuration space (cfch to cffh)? */
static bool is_pci_data(const struct port_insn *p)
{
	return p->port >= PCI_DATA_PORT && p->port + p->size <= PCI_DATA_PORT + 4u;
}

static u32 port_in(const struct port_insn *p)
{
	if (p->port == KBC_DATA && p->size == 1)
		return inb(KBC_DATA);
	if (p->port == KBC_STATUS && p->size == 1)
		return inb(KBC_STATUS);
	if (p->port == PCI_ADDRESS_PORT && p->size == 4)
		return pci_address();
	if (is_pci_data(p))
		return pci_data_read(p->port - PCI_DATA_PORT, p->size);
	denied(p);
	return ~0u; /* as a port without a device */
}

static void port_out(const struct port_insn *p, u32 v)
{
	if (p->port == KBC_DATA && p->size == 1)
		kbc_data_out((u8)v);
	else if (p->port == KBC_STATUS && p->size == 1)
		kbc_out((u8)v);
	else if (p->port == PCI_ADDRESS_PORT && p->size == 4)
		pci_set_address(v);
	else if (is_pci_data(p))
		pci_data_write(p->port - PCI_DATA_PORT, p->size, v);
	else
		denied(p);
}

bool emulate_port(struct regs *r)
{
	struct port_insn p;
	u8 insn[6];
	u32 len, mask;

	for (len = sizeof(insn); len && copy_from_guest(insn, r->eip, len); len--)
		;
	if (!decode_port(insn, len, r, &p))
		return false;
	mask = p.size == 4 ? ~0u : (1u << (8 * p.size)) - 1;
	if (p.out)
		port_out(&p, r->eax & mask);
	else
		r->eax = (r->eax & ~mask) | (port_in(&p) & mask);
	r->eip += p.length;
	return true;
}
