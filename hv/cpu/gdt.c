/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The three descriptor tables: kernel (ring 1 runs), user (ring 3 runs) and plugin.
 * Each has 14 pages for the guest's descriptors and one page of the monitor's.
 *
 * The guest gives frames by set_gdt, which become read-only to it. The CPU does not use
 * them, but copies that the monitor has checked. The kernel table has every limit below
 * HV_GUEST_LIMIT. The user table keeps the 4 GiB TLS segments that i386 programs need
 * and that ring 1 must not be able to load. The plugin table has no descriptor of the
 * guest (docs/threat-model.md, rows 1 to 4). Only the monitor can write the copies, so
 * a descriptor stays as it was checked.
 */
#include <hv/cpu.h>
#include <hv/errno.h>
#include <hv/gdt.h>
#include <hv/hypercall.h>
#include <hv/guest_access.h>
#include <hv/mm.h>
#include <hv/printk.h>
#include <hv/string.h>

#define GUEST_PAGES  GDT_RESERVED_PAGE
#define PAGE_ENTRIES 512u
#define SLOT(sel)    (((sel) >> 3) & (PAGE_ENTRIES - 1))

static pte_t gdt_l1[512] __page_bss;
static struct desc zero_page[PAGE_ENTRIES] __page_bss;
static struct desc *ours;	 /* page 14 of the guest's two tables */
static struct desc *plugin_ours; /* page 14 of the plugin table */
static struct desc *kernel_copy[GUEST_PAGES], *user_copy[GUEST_PAGES];
static mfn_t gdt_mfn[GUEST_PAGES];
static u32 gdt_frames;

const struct gdtr gdtr_kernel = { GDT_LIMIT, HV_GDT_KERNEL };
const struct gdtr gdtr_user = { GDT_LIMIT, HV_GDT_USER };
const struct gdtr gdtr_plugin = { GDT_LIMIT, HV_GDT_PLUGIN };

static void map_page(u32 table, u32 page, const void *at, bool writable)
{
	u32 va = table + page * PAGE_SIZE;
	pte_t e = hv_pa(at) | PTE_P | PTE_A | PTE_D;

	if (writable)
		e |= PTE_RW;
	if (have_nx)
		e |= PTE_NX;
	gdt_l1[(va >> PAGE_SHIFT) & 511] = e;
	invlpg(va);
}

void gdt_plugin_set(u32 selector, struct desc d)
{
	plugin_ours[SLOT(selector)] = d;
}

static void fill_monitor(struct desc *page, const struct tss *df_tss)
{
	page[SLOT(SEL_HV_CS)] = desc_make(0, ~0u, DESC_P | DESC_S | DESC_CODE | DESC_D);
	page[SLOT(SEL_HV_DS)] = desc_make(0, ~0u, DESC_P | DESC_S | DESC_DATA | DESC_D);
	page[SLOT(SEL_TSS)] = desc_make((u32)&tss, sizeof(tss) + 8192, DESC_P | DESC_TSS);
	page[SLOT(SEL_DF_TSS)] = desc_make((u32)df_tss, sizeof(*df_tss) - 1, DESC_P | DESC_TSS);
}

extern struct tss double_fault_tss;

void gdt_init(void)
{
	const u32 tables[] = { HV_GDT_KERNEL, HV_GDT_USER, HV_GDT_PLUGIN };
	const u32 guest = DESC_P | DESC_S | DESC_D;
	u32 t, i;

	ours = heap_pages(1);
	plugin_ours = heap_pages(1);
	BUG_ON(!ours || !plugin_ours);
	hv_l2[(HV_GDT_KERNEL >> 21) & 511] = hv_pa(gdt_l1) | PTE_P | PTE_RW | PTE_A;
	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (i = 0; i < 16; i++)
			map_page(tables[t], i, zero_page, false);
	map_page(HV_GDT_KERNEL, GDT_RESERVED_PAGE, ours, true);
	map_page(HV_GDT_USER, GDT_RESERVED_PAGE, ours, true);
	map_page(HV_GDT_PLUGIN, GDT_RESERVED_PAGE, plugin_ours, true);

	fill_monitor(ours, &double_fault_tss);
	fill_monitor(plugin_ours, &double_fault_tss);
	ours[SLOT(SEL_GUEST_CS)] =
		desc_make(0, HV_GUEST_LIMIT - 1, guest | DESC_CODE | DESC_DPL(1));
	ours[SLOT(SEL_GUEST_DS)] =
		desc_make(0, HV_GUEST_LIMIT - 1, guest | DESC_DATA | DESC_DPL(1));
	ours[SLOT(SEL_USER_CS)] = desc_make(0, HV_GUEST_LIMIT - 1, guest | DESC_CODE | DESC_DPL(3));
	ours[SLOT(SEL_USER_DS)] = desc_make(0, HV_GUEST_LIMIT - 1, guest | DESC_DATA | DESC_DPL(3));

	lgdt(&gdtr_kernel);
	asm volatile("ljmp %0, $1f\n1:\n"
		     "movl %1, %%ds\n movl %1, %%es\n movl %1, %%ss\n"
		     "movl %2, %%fs\n movl %2, %%gs\n"
		     "ltr %w3\n lldt %w2\n"
		     :
		     : "i"(SEL_HV_CS), "r"(SEL_HV_DS), "r"(0), "r"(SEL_TSS)
		     : "memory");
}

/* Check the descriptors of one guest frame and copy them to page `page` of both copies. */
static int copy_page(u32 page, mfn_t mfn)
{
	const struct desc *from = map_frame(MAP_TABLE, mfn);
	u32 i;

	for (i = 0; i < PAGE_ENTRIES; i++) {
		int err = desc_check(from[i], &kernel_copy[page][i], &user_copy[page][i]);

		if (err) {
			log_debug("set_gdt: descriptor %u, %08x:%08x, is refused",
				  page * PAGE_ENTRIES + i, from[i].hi, from[i].lo);
			return err;
		}
	}
	return 0;
}

static void drop_frames(const mfn_t *mfn, u32 nr)
{
	while (nr--)
		frame_put_type(mfn[nr]);
}

long do_set_gdt(struct regs *r)
{
	u32 list = hcall_arg0(r), entries = hcall_arg1(r), nr, i;
	mfn_t mfn[GUEST_PAGES];
	int err = 0;

	if (entries > GUEST_PAGES * PAGE_ENTRIES)
		return -EINVAL;
	nr = DIV_ROUND_UP(entries, PAGE_ENTRIES);
	if (copy_from_guest(mfn, list, nr * sizeof(mfn[0])))
		return -EFAULT;
	for (i = 0; i < nr; i++) {
		if (!kernel_copy[i])
			kernel_copy[i] = heap_pages(1);
		if (!user_copy[i])
			user_copy[i] = heap_pages(1);
		if (!kernel_copy[i] || !user_copy[i])
			return -ENOMEM;
	}
	for (i = 0; i < nr && !err; i++)
		err = frame_get_type(mfn[i], TYPE_DESC);
	if (err) {
		drop_frames(mfn, i - 1);
		return -EINVAL;
	}
	/*
	 * The copies in use are overwritten. If a descriptor is refused, the old frames
	 * are copied again, which cannot fail.
	 */
	for (i = 0; i < nr && !err; i++)
		err = copy_page(i, mfn[i]);
	if (err) {
		drop_frames(mfn, nr);
		for (i = 0; i < gdt_frames; i++)
			BUG_ON(copy_page(i, gdt_mfn[i]));
		return err;
	}
	for (i = 0; i < GUEST_PAGES; i++) {
		map_page(HV_GDT_KERNEL, i, i < nr ? kernel_copy[i] : zero_page, false);
		map_page(HV_GDT_USER, i, i < nr ? user_copy[i] : zero_page, false);
	}
	drop_frames(gdt_mfn, gdt_frames);
	memcpy(gdt_mfn, mfn, nr * sizeof(mfn[0]));
	gdt_frames = nr;
	return 0;
}

long do_update_descriptor(struct regs *r)
{
	paddr_t ma = (u64)hcall_arg1(r) << 32 | hcall_arg0(r);
	struct desc d = { hcall_arg2(r), hcall_arg3(r) }, kernel, user, *slot;
	mfn_t mfn = (mfn_t)(ma >> PAGE_SHIFT);
	u32 i, at = ((u32)ma & (PAGE_SIZE - 1)) / sizeof(d);
	int err;

	if ((ma & 7) || ma >> 32 || !frame_is_guest(mfn))
		return -EINVAL;
	err = desc_check(d, &kernel, &user);
	if (err)
		return err;
	for (i = 0; i < gdt_frames; i++)
		if (gdt_mfn[i] == mfn)
			break;
	if (i < gdt_frames) {
		slot = map_frame(MAP_TABLE, mfn);
		slot[at] = d;
		for (; i < gdt_frames; i++) { /* one frame may be several pages of the table */
			if (gdt_mfn[i] != mfn)
				continue;
			kernel_copy[i][at] = kernel;
			user_copy[i][at] = user;
		}
		return 0;
	}
	err = frame_get_type(mfn, TYPE_WRITABLE);
	if (err)
		return -EINVAL;
	slot = map_frame(MAP_TABLE, mfn);
	slot[at] = d;
	frame_put_type(mfn);
	return 0;
}
