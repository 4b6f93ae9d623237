/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two 8259 interrupt controllers, at vectors 0x20..0x2f. A line of the guest's is
 * masked when it fires (trap/irq.c) and unmasked by the guest's PHYSDEVOP_eoi, so that
 * a level-triggered device cannot interrupt the monitor without end.
 */
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/regs.h>

#define MASTER	 0x20
#define SLAVE	 0xa0
#define EOI	 0x20
#define READ_ISR 0x0b

static u16 mask = 0xffff;

static void write_mask(void)
{
	outb(MASTER + 1, (u8)mask);
	outb(SLAVE + 1, (u8)(mask >> 8));
}

void pic_init(void)
{
	outb(MASTER, 0x11); /* ICW1: cascade, ICW4 follows */
	outb(SLAVE, 0x11);
	outb(MASTER + 1, VEC_IRQ0);
	outb(SLAVE + 1, VEC_IRQ0 + 8);
	outb(MASTER + 1, 4); /* slave at line 2 */
	outb(SLAVE + 1, 2);
	outb(MASTER + 1, 1); /* 8086 mode */
	outb(SLAVE + 1, 1);
	mask = (u16) ~((1 << 0) | (1 << 2) | (1 << 4));
	write_mask();
}

bool pic_line_is_ours(unsigned int irq)
{
	return irq == 0 || irq == 2 || irq == 4;
}

void pic_mask(unsigned int irq)
{
	mask |= (u16)(1 << irq);
	write_mask();
}

void pic_unmask(unsigned int irq)
{
	mask &= (u16) ~(1 << irq);
	write_mask();
}

void pic_eoi(unsigned int irq)
{
	if (irq >= 8)
		outb(SLAVE, EOI);
	outb(MASTER, EOI);
}

/* Lines 7 and 15 also fire, without an in-service bit, when a request was withdrawn. */
bool pic_spurious(unsigned int irq)
{
	if (irq == 7) {
		outb(MASTER, READ_ISR);
		return !(inb(MASTER) & 0x80);
	}
	if (irq == 15) {
		outb(SLAVE, READ_ISR);
		if (inb(SLAVE) & 0x80)
			return false;
		outb(MASTER, EOI);
		return true;
	}
	return false;
}
