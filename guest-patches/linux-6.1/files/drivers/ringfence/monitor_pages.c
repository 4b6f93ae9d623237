// SPDX-License-Identifier: GPL-2.0-only
/* Pages for the monitor, see monitor_pages.h. */
#define pr_fmt(fmt) "ringfence: " fmt

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>

#include <asm/ringfence/hypercall.h>
#include <xen/interface/memory.h>

#include "monitor_pages.h"

static DEFINE_MUTEX(offering); /* held from a successful offer until it is settled */
static LIST_HEAD(offered);

/* The guest has the identity: the pfn of each page is its mfn. */
static bool reservation(u32 command, struct page *page)
{
	xen_pfn_t pfn = page_to_pfn(page);
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &pfn);
	return HYPERVISOR_memory_op(command, &r) == 1;
}

/* Set the entry of the page in the kernel's mapping of all memory. */
static bool map(struct page *page, pgprot_t prot)
{
	return !HYPERVISOR_update_va_mapping((unsigned long)page_address(page),
					     pte_val(mk_pte(page, prot)), UVMF_INVLPG);
}

/* Give the page, which the monitor has not, back to the allocator. */
static void take_back(struct page *page)
{
	if (map(page, PAGE_KERNEL)) {
		__free_page(page);
	} else {
		pr_warn("a page cannot be mapped again and is lost\n");
		adjust_managed_page_count(page, -1);
	}
}

/* Unmap and release a page of the allocator's. False: the page is given back. */
static bool release(struct page *page)
{
	if (!map(page, __pgprot(0))) {
		__free_page(page);
		return false;
	}
	if (reservation(XENMEM_decrease_reservation, page))
		return true;
	take_back(page);
	return false;
}

bool monitor_pages_offer(unsigned int nr)
{
	struct page *page;

	mutex_lock(&offering);
	while (nr--) {
		page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!page)
			break;
		if (!release(page))
			break;
		list_add(&page->lru, &offered);
	}
	if (!list_empty(&offered))
		return true;
	mutex_unlock(&offering);
	return false;
}

unsigned int monitor_pages_settle(void)
{
	struct page *page, *next;
	unsigned int kept = 0;

	list_for_each_entry_safe(page, next, &offered, lru)
	{
		list_del(&page->lru);
		if (reservation(XENMEM_populate_physmap, page)) {
			take_back(page);
		} else {
			kept++;
			adjust_managed_page_count(page, -1);
		}
	}
	mutex_unlock(&offering);
	return kept;
}
