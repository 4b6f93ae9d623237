/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables. The GDT is a read-only page that only the monitor writes;
 * the IDT is a table of the kernel's, passed on with set_trap_table. There is
 * no LDT and no TSS of the guest's.
 */
#ifndef _ASM_X86_RINGFENCE_DESC_H
#define _ASM_X86_RINGFENCE_DESC_H

struct thread_struct;

void ringfence_load_gdt(const struct desc_ptr *dtr);
void ringfence_load_idt(const struct desc_ptr *dtr);
void ringfence_load_tls(struct thread_struct *t);
void ringfence_write_gdt_entry(struct desc_struct *gdt, int entry, const void *desc, int type);
void ringfence_write_idt_entry(gate_desc *idt, int entry, const gate_desc *gate);

#define load_TR_desc() \
	do {           \
	} while (0)
#define load_tr(tr) \
	do {        \
	} while (0)
#define load_ldt(ldt) \
	do {          \
	} while (0)
#define load_gdt(dtr)	 ringfence_load_gdt(dtr)
#define load_idt(dtr)	 ringfence_load_idt(dtr)
#define load_TLS(t, cpu) ((void)(cpu), ringfence_load_tls(t))

#define store_tr(tr) ((tr) = 0)

#define write_gdt_entry(dt, entry, desc, type) ringfence_write_gdt_entry(dt, entry, desc, type)
#define write_idt_entry(dt, entry, g)	       ringfence_write_idt_entry(dt, entry, g)

static inline void set_ldt(const void *addr, unsigned int entries)
{
}

#endif /* _ASM_X86_RINGFENCE_DESC_H */
