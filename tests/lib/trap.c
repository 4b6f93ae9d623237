// SPDX-License-Identifier: MIT
/* The trap table, and the dispatch of a trap to a handler, a probe, or panic(). */
#include <lib/console.h>
#include <lib/event.h>
#include <lib/hypercall.h>
#include <lib/report.h>
#include <lib/trap.h>

struct extable {
	u32 insn, fixup;
};

extern const struct extable extable_start[], extable_end[];

volatile fault_t probe_fault;
u32 probe_landing, probe_landing_esp;
u32 last_cr2;
struct regs last_regs;
u32 failsafe_selectors[4];

static trap_handler_t handlers[NR_VECTORS + 2];

long trap_init(void)
{
	/* Static: the table stays valid if the monitor copies it late. */
	static struct trap_info table[34];
	unsigned int v, n = 0;

	for (v = 0; v < 32; v++) {
		/* Vectors 15 and 20 to 31 are reserved; NMI is not the guest's. */
		if (v == X86_NMI || v == 15 || v > X86_XM)
			continue;
		table[n].vector = v;
		/* int3 and into can be executed by ring 3. */
		table[n].flags = v == X86_BP || v == X86_OF ? 3 : 0;
		table[n].cs = FLAT_RING1_CS;
		table[n].address = trap_entries[v];
		n++;
	}
	table[n].vector = VECTOR_SYSCALL;
	table[n].flags = 3;
	table[n].cs = FLAT_RING1_CS;
	table[n++].address = trap_entries[VECTOR_SYSCALL];
	/* The entry after the last has address 0. */
	return hypercall(set_trap_table, table);
}

long trap_set(u8 vector, u8 flags, u16 cs, u32 address)
{
	struct trap_info table[2] = {
		{ .vector = vector, .flags = flags, .cs = cs, .address = address },
	};

	return hypercall(set_trap_table, table);
}

trap_handler_t trap_handle(unsigned int vector, trap_handler_t handler)
{
	trap_handler_t old = handlers[vector];

	handlers[vector] = handler;
	return old;
}

void regs_print(const struct regs *r)
{
	print("vector %u error %04x cr2 %08x eip %04x:%08x eflags %08x mask %02x\n"
	      "eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x ebp %08x\n"
	      "ds %04x es %04x fs %04x gs %04x",
	      r->vector, r->error, last_cr2, r->cs, r->eip, r->eflags, r->saved_mask, r->eax,
	      r->ebx, r->ecx, r->edx, r->esi, r->edi, r->ebp, r->ds, r->es, r->fs, r->gs);
	if ((r->cs & 3) != 1)
		print(" esp %04x:%08x\n", r->ss, r->esp);
	else
		print(" frame at %p\n", r);
}

void trap_dispatch(struct regs *regs);
/* entry.S calls trap_dispatch() with a pointer to the registers that it has pushed. */
void trap_dispatch(struct regs *regs)
{
	const struct extable *e;

	if (regs->vector == X86_PF)
		last_cr2 = vcpu0.arch.cr2;
	if (regs->vector < NR_VECTORS)
		last_regs = *regs;
	if (handlers[regs->vector] && handlers[regs->vector](regs))
		return;
	if (regs->vector == VECTOR_UPCALL) {
		event_dispatch(regs);
		return;
	}
	for (e = extable_start; e < extable_end; e++) {
		if (e->insn != regs->eip)
			continue;
		probe_fault = FAULT(regs->vector, regs->error);
		regs->eip = e->fixup;
		return;
	}
	if (probe_landing && regs->vector < NR_VECTORS) {
		probe_fault = FAULT(regs->vector, regs->error);
		regs->eip = probe_landing;
		return;
	}
	regs_print(regs);
	panic("unexpected %s", regs->vector == VECTOR_FAILSAFE ? "failsafe callback" : "trap");
}
