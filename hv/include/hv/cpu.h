/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Privileged instructions, and the tables and state of the physical CPU.
 */
#ifndef HV_CPU_H
#define HV_CPU_H

#include <hv/types.h>

static always_inline void outb(u16 port, u8 v)
{
	asm volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}
static always_inline void outw(u16 port, u16 v)
{
	asm volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}
static always_inline void outl(u16 port, u32 v)
{
	asm volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}
static always_inline u8 inb(u16 port)
{
	u8 v;
	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static always_inline u16 inw(u16 port)
{
	u16 v;
	asm volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static always_inline u32 inl(u16 port)
{
	u32 v;
	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static always_inline u64 rdtsc(void)
{
	u64 v;
	asm volatile("rdtsc" : "=A"(v));
	return v;
}
/* The low half of the TSC, for differences below 2^32 cycles. */
static always_inline u32 rdtsc_low(void)
{
	u32 v;
	asm volatile("rdtsc" : "=a"(v) : : "edx");
	return v;
}
/* rdmsr and wrmsr of an MSR that the CPU does not have are #GP in ring 0, a panic. */
static always_inline u64 rdmsr(u32 msr)
{
	u64 v;
	asm volatile("rdmsr" : "=A"(v) : "c"(msr));
	return v;
}
static always_inline void wrmsr(u32 msr, u64 v)
{
	asm volatile("wrmsr" : : "c"(msr), "A"(v) : "memory");
}
#ifdef MM_HOST_TEST
void cpuid(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d);
#else
static always_inline void cpuid(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	asm volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "0"(leaf), "2"(sub));
}
#endif
static always_inline u32 read_cr0(void)
{
	u32 v;
	asm volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}
static always_inline void write_cr0(u32 v)
{
	asm volatile("mov %0, %%cr0" : : "r"(v) : "memory");
}
static always_inline u32 read_cr2(void)
{
	u32 v;
	asm volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}
static always_inline u32 read_cr3(void)
{
	u32 v;
	asm volatile("mov %%cr3, %0" : "=r"(v) : : "memory");
	return v;
}
static always_inline void write_cr3(u32 v)
{
	asm volatile("mov %0, %%cr3" : : "r"(v) : "memory");
}
static always_inline u32 read_cr4(void)
{
	u32 v;
	asm volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}
static always_inline void write_cr4(u32 v)
{
	asm volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}
static always_inline void clts(void)
{
	asm volatile("clts" ::: "memory");
}
#define CR0_TS	       (1u << 3)
#define CR4_TSD	       (1u << 2)
#define CR4_DE	       (1u << 3)
#define CR4_OSFXSR     (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define CR4_UMIP       (1u << 11)
#define CR4_SMEP       (1u << 20)

/* Does the CPU have NX? head.S sets this and enables NX. */
extern u32 have_nx;
void cpu_init(void); /* CR4, FPU, debug registers */

/* CPUID as the guest may see it. Pure, except that it executes cpuid. */
void cpuid_guest(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d);

/* ---- tables (cpu/idt.c, cpu/tss.c, cpu/gdt.c) ---- */
void idt_init(void);
void idt_gate(unsigned int vector, const void *entry, unsigned int dpl);
void tss_init(void);
void gdt_init(void); /* after memory_init(): needs hv_l2 and the heap */
struct tss {
	u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	u32 eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, iomap;
};
/* Open or close ports first..last for ring 1. trap/port.c emulates accesses to closed ones. */
void io_ports_set(u32 first, u32 last, bool open);
extern struct tss tss;			/* esp0: the stack that traps from rings 1..3 use */
extern u8 monitor_stack_top[];		/* the ring-0 stack for the guest */
#define IOMAP_OPEN   sizeof(struct tss) /* the port bitmap of the guest kernel */
#define IOMAP_CLOSED 0xffff		/* beyond the limit: every port faults */

/* ---- worlds (cpu/world.c): descriptor table, port bitmap, FS and GS of a ring ---- */
void world_kernel(void); /* for ring 1: every limit clamped, ports open */
void world_user(void);	 /* for ring 3: 4 GiB segments, ports closed */
struct gdtr {
	u16 limit;
	u32 base;
} __packed;
extern const struct gdtr gdtr_kernel, gdtr_user, gdtr_plugin;
static always_inline void lgdt(const struct gdtr *g)
{
	asm volatile("lgdt %0" : : "m"(*g));
}
extern bool in_user; /* the world is that of ring 3 */

#endif
