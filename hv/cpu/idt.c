/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt descriptor table: every vector enters the monitor. A gate's DPL decides
 * which rings may issue its `int n`. Any other `int n` is #GP, for which
 * general_protection() in trap/emulate.c looks into the guest's trap table.
 */
#include <hv/cpu.h>
#include <hv/layout.h>
#include <hv/regs.h>
#include <hv/trace.h>

#define GATE_INTERRUPT 0x8e00u
#define GATE_TASK      0x8500u

static struct {
	u32 lo, hi;
} idt[256] __aligned(8);

extern const u32 vector_table[256];
extern u8 entry_hypercall[], entry_hypercall_traced[];

static void set_gate(unsigned int vector, u32 entry, unsigned int dpl)
{
	idt[vector].lo = SEL_HV_CS << 16 | (entry & 0xffff);
	idt[vector].hi = (entry & 0xffff0000) | GATE_INTERRUPT | dpl << 13;
}

void idt_gate(unsigned int vector, const void *entry, unsigned int dpl)
{
	set_gate(vector, (u32)entry, dpl);
}

void idt_init(void)
{
	struct gdtr idtr = { sizeof(idt) - 1, (u32)idt };
	unsigned int i;

	for (i = 0; i < 256; i++)
		set_gate(i, vector_table[i], 0);
	set_gate(VEC_BP, vector_table[VEC_BP], 3);
	set_gate(VEC_OF, vector_table[VEC_OF], 3);
	set_gate(VEC_SYSCALL, vector_table[VEC_SYSCALL], 3);
	set_gate(VEC_HYPERCALL, (u32)(trace_on ? entry_hypercall_traced : entry_hypercall), 1);
	idt[VEC_DF].lo = (u32)SEL_DF_TSS << 16;
	idt[VEC_DF].hi = GATE_TASK;
	asm volatile("lidt %0" : : "m"(idtr));
}
