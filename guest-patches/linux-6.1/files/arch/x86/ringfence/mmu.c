// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables under a monitor that validates them.
 *
 * A table is either loose, an ordinary page that nothing walks, or live. A live
 * table is read-only in the direct map, its page has PagePinned set, and only
 * the monitor writes its entries (mmu_update). The monitor checks at each
 * update that no live table is mapped writable.
 *
 * init_mm's tables are live from the first instruction on. A process gets loose
 * tables, which fork and exec fill without the monitor; ringfence_write_cr3()
 * makes them live as a whole when they are first loaded, and
 * ringfence_exit_mmap() makes them loose again before they are taken apart.
 * Between the two, ringfence_attach_table() and ringfence_release_table() see
 * each table that is added or removed.
 *
 * Updates go into a queue, which is sent at once, except for PTEs in lazy MMU
 * mode. The queue is sent before any other hypercall about page tables, so that the monitor
 * does all updates in program order.
 */
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <asm/desc.h>
#include <asm/fixmap.h>
#include <asm/mmu_context.h>
#include <asm/pgalloc.h>
#include <asm/setup.h>
#include <asm/tlbflush.h>

#include "ringfence.h"

#define QUEUE_LEN 64

static struct mmu_update queue[QUEUE_LEN];
static unsigned int queued;
static bool lazy;

/* struct page is valid and PagePinned is kept; until then all is live. */
static bool tracked;

/*
 * init_mm's PMD for 3 GiB and up, which all page directories share (on stock Xen
 * none may). The last part is the monitor's, and the same everywhere.
 */
#define KERNEL_PMD_PTRS pmd_index(__HYPERVISOR_VIRT_START)

static pmd_t kernel_pmd[PTRS_PER_PMD] __page_aligned_bss;

/* The last page table of kernel_pmd: the permanent fixmap, with the shared info page. */
static pte_t fixmap_pte[PTRS_PER_PTE] __page_aligned_bss;

static const unsigned long *p2m;
static unsigned long p2m_len;

static void send_queue(void)
{
	u32 done = 0;
	unsigned int n = queued;

	if (!n)
		return;
	queued = 0;
	if (HYPERVISOR_mmu_update(queue, n, &done, DOMID_SELF))
		panic("ringfence: page table update %u of %u refused: entry at %llx = %llx", done,
		      n, queue[done].ptr, queue[done].val);
}

void ringfence_flush_lazy_mmu(void)
{
	unsigned long flags = arch_local_irq_save();

	send_queue();
	arch_local_irq_restore(flags);
}

void ringfence_enter_lazy_mmu(void)
{
	lazy = true;
}

void ringfence_leave_lazy_mmu(void)
{
	lazy = false;
	ringfence_flush_lazy_mmu();
}

static void enqueue(const void *entry, u64 val, bool may_wait)
{
	unsigned long flags = arch_local_irq_save();

	queue[queued].ptr = __pa(entry) | MMU_NORMAL_PT_UPDATE;
	queue[queued].val = val;
	if (++queued == QUEUE_LEN || !may_wait)
		send_queue();
	arch_local_irq_restore(flags);
}

static bool is_live(const void *entry)
{
	return !tracked || PagePinned(virt_to_page(entry));
}

void ringfence_set_pte(pte_t *ptep, pte_t pte)
{
	if (!is_live(ptep)) {
		native_set_pte(ptep, pte);
		return;
	}
	if (unlikely(!tracked)) {
		/*
		 * Setting up the direct map must not undo the protection of
		 * tables that are in it already.
		 */
		if (pte_present(*ptep) && !pte_write(*ptep) && pte_pfn(*ptep) == pte_pfn(pte))
			pte = pte_wrprotect(pte);
		if (ptep->pte == pte.pte)
			return;
	}
	/* This interrupt may have arrived while a task was in lazy MMU mode. */
	enqueue(ptep, pte.pte, lazy && !in_interrupt());
}

/*
 * Clears the accessed bit. The CPU sets that bit when it loads a translation, not
 * when it uses a loaded one, so the translation has to go as well, or the page
 * looks unused from here on. Only the loaded address space has translations.
 */
void ringfence_clear_young(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	unsigned long flags;

	if (this_cpu_read(cpu_tlbstate.loaded_mm) != mm) {
		ringfence_set_pte(ptep, pte_mkold(*ptep));
		return;
	}
	flags = arch_local_irq_save();
	send_queue();
	if (HYPERVISOR_update_va_mapping(addr, pte_mkold(*ptep).pte, UVMF_INVLPG))
		panic("ringfence: the accessed bit of %lx cannot be cleared", addr);
	arch_local_irq_restore(flags);
}

void ringfence_set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	if (is_live(pmdp))
		enqueue(pmdp, native_pmd_val(pmd), false);
	else
		native_set_pmd(pmdp, pmd);
}

void ringfence_set_pud(pud_t *pudp, pud_t pud)
{
	if (is_live(pudp))
		enqueue(pudp, native_pud_val(pud), false);
	else
		native_set_pud(pudp, pud);
}

/* The direct map's PTE of a page; the tables of the direct map never change once they are made. */
static pte_t *direct_pte(const void *page)
{
	unsigned long va = (unsigned long)page;
	pmd_t pmd = kernel_pmd[pmd_index(va)];

	return (pte_t *)__va(native_pmd_val(pmd) & PTE_PFN_MASK) + pte_index(va);
}

static void protect(void *page)
{
	pte_t *ptep = direct_pte(page);

	/* In early boot the entry itself may still be in the queue. */
	if (!tracked)
		ringfence_flush_lazy_mmu();
	enqueue(ptep, pte_wrprotect(*ptep).pte, true);
}

static void unprotect(void *page)
{
	pte_t *ptep = direct_pte(page);

	enqueue(ptep, pte_mkwrite(*ptep).pte, true);
}

static void mmuext(unsigned int cmd, unsigned long arg)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = arg };
	unsigned long flags = arch_local_irq_save();

	send_queue();
	if (HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF))
		panic("ringfence: mmuext_op %u of %lx refused", cmd, arg);
	arch_local_irq_restore(flags);
}

/* Calls @fn for each table of the process's own. */
static void for_each_table(pgd_t *pgd, void (*fn)(void *page))
{
	unsigned int i, j;

	for (i = 0; i < KERNEL_PGD_BOUNDARY; i++) {
		pmd_t *pmd;

		if (!(native_pgd_val(pgd[i]) & _PAGE_PRESENT))
			continue;
		pmd = __va(native_pgd_val(pgd[i]) & PTE_PFN_MASK);
		for (j = 0; j < PTRS_PER_PMD; j++)
			if (pmd_present(pmd[j]))
				fn((void *)pmd_page_vaddr(pmd[j]));
		fn(pmd);
	}
	fn(pgd);
}

static void make_live(void *table)
{
	protect(table);
	SetPagePinned(virt_to_page(table));
}

static void make_loose(void *table)
{
	ClearPagePinned(virt_to_page(table));
	unprotect(table);
}

void ringfence_write_cr3(unsigned long cr3)
{
	pgd_t *pgd = __va(cr3 & PAGE_MASK);

	if (!is_live(pgd)) {
		for_each_table(pgd, make_live);
		mmuext(MMUEXT_PIN_L3_TABLE, PFN_DOWN(cr3));
	}
	ringfence_cr3 = cr3;
	mmuext(MMUEXT_NEW_BASEPTR, PFN_DOWN(cr3));
}

void ringfence_exit_mmap(struct mm_struct *mm)
{
	if (this_cpu_read(cpu_tlbstate.loaded_mm) == mm)
		leave_mm(smp_processor_id());
	if (!is_live(mm->pgd))
		return;
	mmuext(MMUEXT_UNPIN_TABLE, PFN_DOWN(__pa(mm->pgd)));
	for_each_table(mm->pgd, make_loose);
	ringfence_flush_lazy_mmu();
}

/* The page is about to be entered into a table of @mm. */
void ringfence_attach_table(struct mm_struct *mm, unsigned long pfn)
{
	void *table = __va(PFN_PHYS(pfn));

	if (!tracked)
		protect(table);
	else if (PagePinned(virt_to_page(mm->pgd)) && !PagePinned(pfn_to_page(pfn)))
		make_live(table);
}

/* The page was taken out of all tables and will be freed. */
void ringfence_release_table(unsigned long pfn)
{
	if (PagePinned(pfn_to_page(pfn))) {
		make_loose(__va(PFN_PHYS(pfn)));
		ringfence_flush_lazy_mmu();
	}
}

void ringfence_flush_tlb_local(void)
{
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

void ringfence_flush_tlb_one(unsigned long addr)
{
	mmuext(MMUEXT_INVLPG_LOCAL, addr);
}

/* Frames of the monitor, of firmware and of devices are not in the p2m. */
bool __init ringfence_owns_frame(unsigned long pfn)
{
	return pfn < p2m_len && p2m[pfn] == pfn;
}

/* As protect(), for early boot, when the queue cannot be used yet. */
static void __init protect_boot(void *page)
{
	pte_t *ptep = direct_pte(page);

	BUG_ON(HYPERVISOR_update_va_mapping((unsigned long)page, pte_wrprotect(*ptep).pte,
					    UVMF_INVLPG));
}

/*
 * Moves from the builder's page directory to swapper_pg_dir. The builder's L1
 * tables stay in use; its L2 is copied to where kernel_pmd is known to be.
 *
 * The shared info page is not mapped yet: nothing here may touch the virtual
 * interrupt flag.
 */
void __init ringfence_init_page_tables(void)
{
	struct start_info *si = ringfence_start_info;
	pgd_t *boot_pgd = (pgd_t *)si->pt_base;
	unsigned int kernel = pgd_index(PAGE_OFFSET);
	const pmd_t *boot_pmd = __va(native_pgd_val(boot_pgd[kernel]) & PTE_PFN_MASK);
	struct mmuext_op op[2] = {
		{ .cmd = MMUEXT_PIN_L3_TABLE },
		{ .cmd = MMUEXT_NEW_BASEPTR },
	};
	pte_t shared;

	p2m = (const unsigned long *)si->mfn_list;
	p2m_len = si->nr_pages;

	memcpy(kernel_pmd, boot_pmd, KERNEL_PMD_PTRS * sizeof(pmd_t));
	kernel_pmd[pmd_index(RINGFENCE_SHARED_INFO)] =
		native_make_pmd(__pa(fixmap_pte) | _KERNPG_TABLE);
	swapper_pg_dir[kernel] = native_make_pgd(__pa(kernel_pmd) | _PAGE_PRESENT);

	protect_boot(fixmap_pte);
	protect_boot(kernel_pmd);
	protect_boot(swapper_pg_dir);
	protect_boot(get_cpu_gdt_rw(0));

	op[0].arg1.mfn = op[1].arg1.mfn = PFN_DOWN(__pa(swapper_pg_dir));
	BUG_ON(HYPERVISOR_mmuext_op(op, 2, NULL, DOMID_SELF));
	ringfence_cr3 = __pa(swapper_pg_dir);
	op[0].cmd = MMUEXT_UNPIN_TABLE;
	op[0].arg1.mfn = PFN_DOWN(__pa(boot_pgd));
	BUG_ON(HYPERVISOR_mmuext_op(op, 1, NULL, DOMID_SELF));

	shared = native_make_pte(si->shared_info | (__PAGE_KERNEL & ~(_PAGE_NX | _PAGE_GLOBAL)));
	BUG_ON(HYPERVISOR_update_va_mapping(RINGFENCE_SHARED_INFO, shared.pte, UVMF_INVLPG));
	BUG_ON(__fix_to_virt(FIX_RINGFENCE_SHARED_INFO) != RINGFENCE_SHARED_INFO);

	/* Memory up to the end of the boot stack is mapped. */
	max_pfn_mapped = PFN_DOWN(__pa(si->pt_base)) + si->nr_pt_frames;
	memblock_reserve(__pa(si->mfn_list), si->nr_pages * sizeof(*p2m));
	memblock_reserve(__pa(si->pt_base), PFN_PHYS(si->nr_pt_frames));
}

/* From here on PagePinned is set for exactly the live tables. */
void __init ringfence_tables_after_bootmem(void)
{
	unsigned int i;

	for (i = 0; i < KERNEL_PMD_PTRS; i++)
		if (pmd_present(kernel_pmd[i]))
			SetPagePinned(pmd_page(kernel_pmd[i]));
	SetPagePinned(virt_to_page(kernel_pmd));
	SetPagePinned(virt_to_page(swapper_pg_dir));
	tracked = true;
}
