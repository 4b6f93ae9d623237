/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page table writes. pfn == mfn, so that an entry's value needs no
 * translation; but a table that the CPU may walk is read-only here, and its
 * entries are written by hypercall. See arch/x86/ringfence/mmu.c.
 */
#ifndef _ASM_X86_RINGFENCE_PGTABLE_H
#define _ASM_X86_RINGFENCE_PGTABLE_H

struct task_struct;
struct vm_area_struct;

void ringfence_set_pte(pte_t *ptep, pte_t pte);
void ringfence_set_pmd(pmd_t *pmdp, pmd_t pmd);
void ringfence_set_pud(pud_t *pudp, pud_t pud);
void ringfence_enter_lazy_mmu(void);
void ringfence_leave_lazy_mmu(void);
void ringfence_flush_lazy_mmu(void);
bool ringfence_owns_frame(unsigned long pfn);

#define set_pte(ptep, pte)	  ringfence_set_pte(ptep, pte)
#define set_pte_atomic(ptep, pte) ringfence_set_pte(ptep, pte)
#define set_pmd(pmdp, pmd)	  ringfence_set_pmd(pmdp, pmd)
#define set_pud(pudp, pud)	  ringfence_set_pud(pudp, pud)

#define pte_clear(mm, addr, ptep) ringfence_set_pte(ptep, native_make_pte(0))
#define pmd_clear(pmdp)		  ringfence_set_pmd(pmdp, native_make_pmd(0))

#define pgd_val(x) native_pgd_val(x)
#define __pgd(x)   native_make_pgd(x)
#define pmd_val(x) native_pmd_val(x)
#define __pmd(x)   native_make_pmd(x)
#define pte_val(x) native_pte_val(x)
#define __pte(x)   native_make_pte(x)

/*
 * With one CPU nothing sets accessed or dirty bits between the two halves, so the entry need
 * not be cleared between the two writes.
 */
#define __HAVE_ARCH_PTEP_MODIFY_PROT_TRANSACTION
#define ptep_modify_prot_start(vma, addr, ptep) (*(ptep))
#define ptep_modify_prot_commit(vma, addr, ptep, old, new) \
	((void)(old), ringfence_set_pte(ptep, new))

#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE
#define arch_enter_lazy_mmu_mode() ringfence_enter_lazy_mmu()
#define arch_leave_lazy_mmu_mode() ringfence_leave_lazy_mmu()
#define arch_flush_lazy_mmu_mode() ringfence_flush_lazy_mmu()

#define arch_end_context_switch(next) \
	do {                          \
	} while (0)

#endif /* _ASM_X86_RINGFENCE_PGTABLE_H */
