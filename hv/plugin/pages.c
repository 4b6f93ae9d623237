// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages of a plugin: p->pages has the page-table entry of each page of its address
 * space, 0 where no page is mapped. This list is the truth. The region (plugin/region.c)
 * and the private page directory (plugin/page_dir.c) are copies of it, from which the CPU
 * reads while the plugin runs.
 *
 * The list is also what a plugin holds: a writable entry holds a writable type reference
 * on its frame, a read-only one a general reference.
 */
#include <hv/cpu.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/plugin_slot.h>
#include <hv/printk.h>

static int take_one(pte_t *entry, mfn_t mfn, pte_t flags)
{
	pte_t e = mfn_pte(mfn, flags | PTE_P | PTE_A);
	int err = flags & PTE_RW ? frame_get_type(mfn, TYPE_WRITABLE) : frame_get(mfn);

	if (err)
		return err;
	if (!have_nx)
		e &= ~PTE_NX;
	*entry = flags & PTE_RW ? e | PTE_D : e;
	return 0;
}

int pages_take(const struct plugin *p, u32 *list, u32 page, u32 nr, pte_t flags)
{
	u32 mfn[64], i, n;
	int err;

	for (; nr; nr -= n, page += n, *list += n * sizeof(mfn[0])) {
		n = MIN(nr, ARRAY_SIZE(mfn));
		if (copy_from_guest(mfn, *list, n * sizeof(mfn[0])))
			return -EFAULT;
		for (i = 0; i < n; i++) {
			err = take_one(&p->pages[page + i], mfn[i], flags);
			if (err) {
				log_debug("plugin: frame %x refused: error %d", mfn[i], err);
				return -EPERM;
			}
		}
	}
	return 0;
}

void pages_drop(const struct plugin *p, u32 page, u32 nr)
{
	u32 i;

	region_hide(p, page, nr);
	for (i = page; i < page + nr; i++) {
		pte_t e = p->pages[i];

		if (!e)
			continue;
		p->pages[i] = 0;
		if (e & PTE_RW)
			frame_put_type(pte_mfn(e));
		else
			frame_put(pte_mfn(e));
	}
}
