/* SPDX-License-Identifier: MIT */
/* Ports, and PCI configuration space through cf8h and cfch, from ring 1. */
#ifndef LIB_PCI_H
#define LIB_PCI_H

#include <lib/types.h>

#define PCI_FN(dev, fn) (0x80000000u | (dev) << 11 | (fn) << 8)

static inline u8 in8(u32 port)
{
	u8 value;

	asm volatile("inb %w1, %0" : "=a"(value) : "d"(port));
	return value;
}

static inline void out8(u32 port, u32 value)
{
	asm volatile("outb %b0, %w1" : : "a"(value), "d"(port));
}

static inline void out16(u32 port, u32 value)
{
	asm volatile("outw %w0, %w1" : : "a"(value), "d"(port));
}

static inline u32 in32(u32 port)
{
	u32 value;

	asm volatile("inl %w1, %0" : "=a"(value) : "d"(port));
	return value;
}

static inline void out32(u32 port, u32 value)
{
	asm volatile("outl %0, %w1" : : "a"(value), "d"(port));
}

static inline u32 pci_read(u32 fn, u32 reg)
{
	out32(0xcf8, fn | (reg & 0xfc));
	return in32(0xcfc) >> 8 * (reg & 3);
}

static inline void pci_write8(u32 fn, u32 reg, u32 value)
{
	out32(0xcf8, fn | (reg & 0xfc));
	out8(0xcfc + (reg & 3), value);
}

static inline void pci_write16(u32 fn, u32 reg, u32 value)
{
	out32(0xcf8, fn | (reg & 0xfc));
	out16(0xcfc + (reg & 2), value);
}

static inline void pci_write32(u32 fn, u32 reg, u32 value)
{
	out32(0xcf8, fn | reg);
	out32(0xcfc, value);
}

#endif /* LIB_PCI_H */
