/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The domain builder: makes the guest from a kernel file and an initrd.
 *
 * The guest's virtual layout, as Xen's public header promises it (xen/xen.h,
 * "Start-of-day memory layout"): from VIRT_BASE on, each starting on a page,
 *
 *	kernel image | initrd | list of machine frames (p2m) | start_info |
 *	page tables | boot stack | at least 512 KiB spare, to a 4 MiB boundary
 *
 * A guest that asks for identity (note "Ringfence") gets pfn == mfn: its
 * kernel is loaded at its physical address, and frames that are not the guest's
 * are holes in the p2m and in the initial mapping. Any other guest gets
 * pseudo-physical frames 0..n-1 in the largest free range.
 *
 * Runs on the boot page directory, which maps physical memory at equal addresses.
 */
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/elf.h>
#include <hv/hypercall.h>
#include <hv/mm.h>
#include <hv/printk.h>
#include <hv/string.h>

#define SPARE	    (512u << 10)
#define INVALID_PFN (~0u)

/* Flags of entries in the initial tables. L1 entries have no PTE_US: kernel only. */
#define L1_FLAGS (PTE_P | PTE_RW | PTE_A | PTE_D)
#define L2_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A)

static struct {
	struct elf_kernel k;
	u32 first; /* machine frame of pfn 0; 0 for an identity guest */
	u32 initrd, p2m, start_info, tables, stack, end; /* virtual */
	u32 initrd_size, nr_tables;
} b;

static u32 v_to_pfn(u32 v)
{
	return (v - b.k.virt_base) >> PAGE_SHIFT;
}

static u32 v_to_phys(u32 v)
{
	return v - b.k.virt_base + (b.first << PAGE_SHIFT);
}

static bool frame_is_free(u32 mfn)
{
	u32 i;

	for (i = 0; i < ranges_nr; i++)
		if (mfn >= ranges[i].start >> PAGE_SHIFT && mfn < ranges[i].end >> PAGE_SHIFT)
			return true;
	return false;
}

/* Page tables for [virt_base, end): the L3, the L2s and L1s, and an L2 for slot 3. */
static u32 tables_needed(u32 end)
{
	u32 l1 = ((end - 1) >> 21) - (b.k.virt_base >> 21) + 1;
	u32 l2 = ((end - 1) >> 30) - (b.k.virt_base >> 30) + 1;

	return 1 + l1 + l2 + ((end - 1) >> 30 != 3);
}

static void lay_out(void)
{
	u32 v = ROUND_UP(b.k.p_end - b.k.paddr_offset + b.k.virt_base, PAGE_SIZE), nr = 0;

	b.initrd = v;
	v = ROUND_UP(v + b.initrd_size, PAGE_SIZE);
	b.p2m = v;
	v = ROUND_UP(v + domain.nr_pfns * sizeof(u32), PAGE_SIZE);
	b.start_info = v;
	b.tables = v + PAGE_SIZE;
	do {
		b.nr_tables = nr;
		b.stack = b.tables + nr * PAGE_SIZE;
		b.end = ROUND_UP(b.stack + PAGE_SIZE + SPARE, 4u << 20);
		nr = tables_needed(b.end);
	} while (nr != b.nr_tables);
	if (b.end > HV_VIRT_START || b.end < b.k.virt_base)
		cannot_boot("kernel and initrd do not fit below %08x", HV_VIRT_START);
}

/* Choose the guest's frames and lay out its start; cannot_boot() if they are too few. */
static void choose_memory(void)
{
	/*
	 * What a refusal says, before the list changes. The list is not empty: the place
	 * from which move_module() took the kernel is free.
	 */
	u32 low = ranges[0].start, high = ranges[ranges_nr - 1].end;
	u32 i, best = 0, need;

	if (b.k.identity) {
		domain.nr_pfns = max_mfn;
	} else {
		for (i = 1; i < ranges_nr; i++)
			if (ranges[i].end - ranges[i].start > ranges[best].end - ranges[best].start)
				best = i;
		b.first = ranges[best].start >> PAGE_SHIFT;
		domain.nr_pfns = (ranges[best].end - ranges[best].start) >> PAGE_SHIFT;
	}
	lay_out();
	need = v_to_phys(b.stack + PAGE_SIZE);
	i = v_to_phys(b.k.p_start - b.k.paddr_offset + b.k.virt_base);
	if (need < i || !ranges_take(ROUND_DOWN(i, PAGE_SIZE), need))
		cannot_boot(
			"too little memory: guest kernel and initrd need %u MiB from %08x on, free are %08x-%08x; give the machine more",
			((need - i) >> 20) + 1, i, low, high);
	ranges_give(ROUND_DOWN(i, PAGE_SIZE), need);
}

/*
 * Boot option guest_mem=: keep the lowest free memory up to that size, leave the rest
 * unused. The kernel is loaded low, so its frames are among those kept.
 */
static void cap_memory(void)
{
	u32 left = option_guest_mem_mib << 20, i, size;

	if (!left || option_guest_mem_mib >= 4096)
		return;
	for (i = 0; i < ranges_nr; i++) {
		size = ranges[i].end - ranges[i].start;
		if (size > left)
			ranges[i].end = ranges[i].start + left;
		left -= MIN(size, left);
	}
	while (ranges_nr && ranges[ranges_nr - 1].start == ranges[ranges_nr - 1].end)
		ranges_nr--;
}

static void load_kernel(const u8 *file)
{
	u32 i;

	for (i = 0; i < b.k.nr_segments; i++) {
		const struct elf_segment *s = &b.k.segment[i];
		u8 *to = phys(v_to_phys(s->paddr - b.k.paddr_offset + b.k.virt_base));

		memcpy(to, file + s->offset, s->file_size);
		memset(to + s->file_size, 0, s->mem_size - s->file_size);
	}
	if (b.k.hypercall_page)
		hypercall_page_fill(phys(v_to_phys(b.k.hypercall_page)));
}

static void make_p2m(void)
{
	u32 *p2m = phys(v_to_phys(b.p2m)), pfn;

	for (pfn = 0; pfn < domain.nr_pfns; pfn++) {
		u32 mfn = b.first + pfn;

		if (!frame_is_free(mfn)) {
			p2m[pfn] = INVALID_PFN;
			continue;
		}
		p2m[pfn] = mfn;
		m2p_rw[mfn] = pfn;
		domain.tot_pages++;
	}
	domain.max_pages = domain.tot_pages;
}

/* The initial page tables; returns the L3's frame. */
static mfn_t make_tables(void)
{
	u32 next = v_to_phys(b.tables), v, i;
	pte_t *l3 = phys(next), *l2 = NULL, *l1 = NULL;

	memset(l3, 0, b.nr_tables * PAGE_SIZE);
	next += PAGE_SIZE;
	for (v = b.k.virt_base & ~0x1fffffu; v < b.end; v += PAGE_SIZE) {
		if (!l2 || !(v & 0x3fffffff)) {
			l2 = phys(next);
			l3[v >> 30] = next | PTE_P;
			next += PAGE_SIZE;
		}
		if (!l1 || !(v & 0x1fffff)) {
			l1 = phys(next);
			l2[(v >> 21) & 511] = next | L2_FLAGS;
			next += PAGE_SIZE;
		}
		if (v < b.k.virt_base || !frame_is_free(v_to_phys(v) >> PAGE_SHIFT))
			continue;
		if (v_to_pfn(v) >= domain.nr_pfns)
			continue;
		l1[(v >> PAGE_SHIFT) & 511] = v_to_phys(v) | L1_FLAGS;
		if (v >= b.tables && v < b.stack)
			l1[(v >> PAGE_SHIFT) & 511] &= ~PTE_RW;
	}
	if (!l3[3]) {
		l3[3] = next | PTE_P;
		next += PAGE_SIZE;
	}
	i = (next - v_to_phys(b.tables)) >> PAGE_SHIFT;
	BUG_ON(i != b.nr_tables);
	return v_to_phys(b.tables) >> PAGE_SHIFT;
}

static void make_start_info(void)
{
	struct start_info *si = phys(v_to_phys(b.start_info));

	memset(si, 0, PAGE_SIZE);
	memcpy(si->magic, "xen-3.0-x86_32p", sizeof("xen-3.0-x86_32p"));
	si->nr_pages = domain.nr_pfns; /* where frames are missing, their pfns count too */
	si->shared_info = (u32)hv_pa(shared);
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = b.tables;
	si->nr_pt_frames = b.nr_tables;
	si->mfn_list = b.p2m;
	if (b.initrd_size) {
		si->mod_len = b.initrd_size;
		si->mod_start = b.initrd;
		if (b.k.mod_start_pfn) {
			si->mod_start = v_to_pfn(b.initrd);
			si->flags |= SIF_MOD_START_PFN;
		}
	}
	memcpy(si->cmd_line, modules[0].cmdline,
	       MIN(strlen(modules[0].cmdline) + 1, sizeof(si->cmd_line)));
	si->cmd_line[sizeof(si->cmd_line) - 1] = '\0';
}

static struct regs *first_registers(void)
{
	static struct regs r;

	r.cs = SEL_GUEST_CS;
	r.ds = r.es = r.ss = SEL_GUEST_DS;
	r.eip = b.k.entry;
	r.esp = b.stack + PAGE_SIZE;
	r.esi = b.start_info;
	r.eflags = EFLAGS_IF | EFLAGS_ONE;
	asm volatile("movl %0, %%fs; movl %0, %%gs" : : "r"(SEL_GUEST_DS));
	return &r;
}

/*
 * Both modules are moved to the top of memory before the kernel is loaded, because the
 * kernel's addresses may overlap the place where the boot loader put them.
 */
static void move_module(struct module *m)
{
	u32 to;

	if (!m->size)
		return;
	to = ranges_alloc(m->size);
	if (!to)
		cannot_boot(
			"too little memory: no room for a module of %u KiB; give the machine more",
			m->size >> 10);
	memmove(phys(to), phys(m->start), m->size);
	ranges_give(ROUND_DOWN(m->start, PAGE_SIZE), ROUND_UP(m->start + m->size, PAGE_SIZE));
	m->start = to;
}

struct regs *domain_build(void)
{
	const char *error;
	mfn_t l3;
	u32 i;

	move_module(&modules[0]);
	move_module(&modules[1]);
	error = elf_parse(phys(modules[0].start), modules[0].size, &b.k);
	if (error)
		cannot_boot("the kernel (module 1, %u bytes) cannot be used: %s", modules[0].size,
			    error);
	domain.identity = b.k.identity;
	b.initrd_size = modules[1].size;
	cap_memory();
	choose_memory();
	load_kernel(phys(modules[0].start));
	memcpy(phys(v_to_phys(b.initrd)), phys(modules[1].start), b.initrd_size);
	for (i = 0; i < 2 && b.k.identity && !option_guest_mem_mib; i++)
		if (modules[i].size)
			ranges_give(modules[i].start,
				    ROUND_UP(modules[i].start + modules[i].size, PAGE_SIZE));
	memory_make_e820(b.k.identity, domain.nr_pfns);

	shared = heap_pages(1);
	BUG_ON(!shared);
	domain.shared_mfn = (mfn_t)(hv_pa(shared) >> PAGE_SHIFT);
	frame_share(domain.shared_mfn);
	vcpu_info = &shared->vcpu_info[0];
	vcpu_info->evtchn_upcall_mask = 1;

	memory_hand_over();
	make_p2m();
	l3 = make_tables();
	make_start_info();
	log_info("guest: kernel %08x-%08x, entry %08x, initrd %u KiB, memory %u MiB%s",
		 b.k.p_start - b.k.paddr_offset + b.k.virt_base,
		 b.k.p_end - b.k.paddr_offset + b.k.virt_base, b.k.entry, b.initrd_size >> 10,
		 domain.tot_pages >> 8, b.k.identity ? ", pfn == mfn" : "");
	mm_adopt(l3);
	i = (u32)mm_new_base(l3);
	BUG_ON(i);
	return first_registers();
}
