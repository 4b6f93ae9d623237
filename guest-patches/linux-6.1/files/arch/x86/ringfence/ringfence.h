/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions and variables shared by the files of this directory. */
#ifndef _ARCH_X86_RINGFENCE_H
#define _ARCH_X86_RINGFENCE_H

#include <linux/interrupt.h>
#include <linux/types.h>
#include <asm/ringfence/hypercall.h>

/* setup.c */
extern struct start_info *ringfence_start_info;
static inline struct shared_info *ringfence_shared(void)
{
	return (struct shared_info *)RINGFENCE_SHARED_INFO;
}
void ringfence_start_kernel(struct start_info *si);

/* head.S, entry_32.S */
void ringfence_failsafe(void);
void asm_ringfence_upcall(void);

/* desc.c */
void ringfence_init_segments(void);

/* mmu.c */
void ringfence_init_page_tables(void);
void ringfence_tables_after_bootmem(void);

/* irq.c */
void ringfence_init_irq(void);
int ringfence_request_virq(unsigned int virq, irq_handler_t handler, unsigned long flags,
			   const char *name, void *dev);
int ringfence_bind_virq(unsigned int virq);

/* time.c */
void ringfence_init_time(void);

/* pci.c */
void ringfence_init_pci(void);

/* console.c */
void ringfence_init_console(void);

#endif /* _ARCH_X86_RINGFENCE_H */
