/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages becoming page tables and ceasing to be; see arch/x86/ringfence/mmu.c. */
#ifndef _ASM_X86_RINGFENCE_PGALLOC_H
#define _ASM_X86_RINGFENCE_PGALLOC_H

void ringfence_attach_table(struct mm_struct *mm, unsigned long pfn);
void ringfence_release_table(unsigned long pfn);

#define paravirt_pgd_alloc(mm)	    __paravirt_pgd_alloc(mm)
#define paravirt_alloc_pte(mm, pfn) ringfence_attach_table(mm, pfn)
#define paravirt_alloc_pmd(mm, pfn) ringfence_attach_table(mm, pfn)
#define paravirt_release_pte(pfn)   ringfence_release_table(pfn)
#define paravirt_release_pmd(pfn)   ringfence_release_table(pfn)

static inline void paravirt_pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
}

#endif /* _ASM_X86_RINGFENCE_PGALLOC_H */
