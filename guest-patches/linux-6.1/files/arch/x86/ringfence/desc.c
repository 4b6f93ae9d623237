// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments and traps. Only the monitor writes the GDT page: this file keeps
 * a copy of the TLS entries, because the monitor changes those in the real GDT
 * while ring 1 runs (see its documentation on 4 GiB segments).
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/segment.h>

#include <xen/interface/callback.h>

#include "ringfence.h"

#define TRAP_DPL_SHIFT	 0
#define TRAP_MASK_EVENTS 4 /* as an interrupt gate does */

static struct desc_struct tls[GDT_ENTRY_TLS_ENTRIES];

static void update_descriptor(int entry, const void *desc)
{
	/* The GDT page is in the direct map, so that __pa() is right. */
	u64 maddr = __pa(&get_cpu_gdt_rw(0)[entry]);

	if (HYPERVISOR_update_descriptor(maddr, *(const u64 *)desc))
		WARN_ONCE(1, "GDT entry %d refused: %016llx\n", entry, *(const u64 *)desc);
}

/* Both the GDT and its alias in the CPU entry area are the same page. */
void ringfence_load_gdt(const struct desc_ptr *dtr)
{
	unsigned long frame = __pa(get_cpu_gdt_rw(0)) >> PAGE_SHIFT;

	BUG_ON(HYPERVISOR_set_gdt(&frame, (dtr->size + 1) / 8));
}

/* The TSS is the monitor's, and the guest has no LDT. */
void ringfence_write_gdt_entry(struct desc_struct *gdt, int entry, const void *desc, int type)
{
	if (type != DESC_TSS && type != DESC_LDT)
		update_descriptor(entry, desc);
}

void ringfence_load_tls(struct thread_struct *t)
{
	int i;

	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++) {
		if (!memcmp(&tls[i], &t->tls_array[i], sizeof(tls[i])))
			continue;
		tls[i] = t->tls_array[i];
		update_descriptor(GDT_ENTRY_TLS_MIN + i, &tls[i]);
	}
}

/* Exceptions and the system call; everything else comes by event. */
static bool trap_from_gate(struct trap_info *trap, int vector, const gate_desc *gate)
{
	if (vector >= NUM_EXCEPTION_VECTORS && vector != IA32_SYSCALL_VECTOR)
		return false;
	if (!gate->bits.p || (gate->bits.type != GATE_INTERRUPT && gate->bits.type != GATE_TRAP))
		return false;
	trap->vector = vector;
	trap->flags = gate->bits.dpl << TRAP_DPL_SHIFT;
	if (gate->bits.type == GATE_INTERRUPT)
		trap->flags |= TRAP_MASK_EVENTS;
	trap->cs = gate->segment;
	trap->address = gate_offset(gate);
	return true;
}

void ringfence_load_idt(const struct desc_ptr *dtr)
{
	/* Zero-terminated. Static for its size; there is one CPU. */
	static struct trap_info traps[NUM_EXCEPTION_VECTORS + 2];
	const gate_desc *gates = (const gate_desc *)dtr->address;
	unsigned int i, n = 0;

	for (i = 0; i < (dtr->size + 1) / sizeof(*gates); i++)
		if (trap_from_gate(&traps[n], i, &gates[i]))
			n++;
	memset(&traps[n], 0, sizeof(traps[n]));
	BUG_ON(HYPERVISOR_set_trap_table(traps));
}

void ringfence_write_idt_entry(gate_desc *idt, int entry, const gate_desc *gate)
{
	struct trap_info trap[2] = {};

	native_write_idt_entry(idt, entry, gate);
	if (trap_from_gate(&trap[0], entry, gate))
		BUG_ON(HYPERVISOR_set_trap_table(trap));
}

static void __init register_callback(u16 type, void (*entry)(void))
{
	struct callback_register cb = {
		.type = type,
		.flags = CALLBACKF_mask_events,
		.address = XEN_CALLBACK(__KERNEL_CS, entry),
	};

	BUG_ON(HYPERVISOR_callback_op(CALLBACKOP_register, &cb));
}

/* The GDT page is read-only already. */
void __init ringfence_init_segments(void)
{
	struct desc_ptr dtr = {
		.size = GDT_SIZE - 1,
		.address = (unsigned long)get_cpu_gdt_rw(0),
	};

	ringfence_load_gdt(&dtr);
	asm volatile("ljmp %0, $1f\n"
		     "1: movl %1, %%ss\n"
		     "movl %2, %%ds\n"
		     "movl %2, %%es\n"
		     "movl %3, %%fs\n"
		     "movl %3, %%gs\n"
		     :
		     : "i"(__KERNEL_CS), "r"(__KERNEL_DS), "r"(__USER_DS), "r"(0)
		     : "memory");
	ringfence_load_sp0(current->thread.sp0);

	register_callback(CALLBACKTYPE_event, asm_ringfence_upcall);
	register_callback(CALLBACKTYPE_failsafe, ringfence_failsafe);
}
