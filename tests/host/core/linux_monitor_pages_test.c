// SPDX-License-Identifier: MIT
/*
 * Memory for the monitor: port_plugin_create() and monitor_pages.c of Linux's driver, with the
 * monitor and Linux's page allocator played.
 *
 * Claims: the driver releases pages only when the monitor has no memory for a plugin, and
 * repeats the creation as long as the monitor takes some of them. Whatever is refused, by the
 * allocator or by the monitor, each page ends in one of three states: free in Linux and mapped;
 * kept by the monitor; lost, with a warning. Linux's count of its pages is lower by each page
 * kept or lost. The mutex is free again. Cannot tell: what the monitor takes pages for
 * (plugin-exhausted in tests/guests), nor how Linux runs when pages are gone.
 */
#include "../check.h"
#include "linux_port.h"

/* ---- Linux's lists, mutexes and pages, as far as monitor_pages.c uses them ---- */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)	   struct list_head name = { &(name), &(name) }
#define list_empty(head)   ((head)->next == (head))
#define page_of(node)	   ((struct page *)((char *)(node)-offsetof(struct page, lru)))
#define DEFINE_MUTEX(name) struct mutex name
#define __GFP_NORETRY	   8u
#define __GFP_ZERO	   16u
#define FIRST_PFN	   0x100u
#define page_to_pfn(page)  (FIRST_PFN + (unsigned long)((page)-pages))
#define page_address(page) ((void *)(0xc0000000ul + page_to_pfn(page) * PAGE_SIZE))
#define PRESENT		   1u
#define PAGE_KERNEL	   __pgprot(0x162 | PRESENT)
#define __pgprot(bits)	   ((pgprot_t)(bits))
#define mk_pte(page, prot) (page_to_pfn(page) * PAGE_SIZE | (prot))
#define pte_val(pte)	   (pte)

/* The only list is of pages, by their lru. */
#define list_for_each_entry_safe(page, next_page, head, member)                    \
	for (page = page_of((head)->next), next_page = page_of(page->member.next); \
	     &page->member != (head);                                              \
	     page = next_page, next_page = page_of(next_page->member.next))

typedef unsigned long pgprot_t, xen_pfn_t;

struct mutex {
	bool held;
};

static const struct mutex *holds; /* the one that the driver holds */

enum state {
	FREE,	   /* in the allocator */
	ALLOCATED, /* the driver's */
	RELEASED,  /* the monitor may take it */
	KEPT,	   /* the monitor has taken it */
};

static struct page {
	struct list_head lru;
	enum state state;
	bool mapped;
	int managed; /* 1: counted as the kernel's */
} pages[64];

/* Something that the allocator or the monitor does; refused when it is done for the nth time. */
struct action {
	unsigned int done, refuse;
};

static struct fake {
	struct action alloc, unmap, map, decrease;
	unsigned int populated, creates, warnings, nr_freed;
	unsigned int wants; /* pages the monitor needs for the plugin */
	unsigned int takes; /* pages the monitor takes at most in one hypercall */
	long refuse_create;
} fake;

static bool refused(struct action *action)
{
	return ++action->done == action->refuse;
}

static void list_add(struct list_head *node, struct list_head *head)
{
	*node = (struct list_head){ head->next, head };
	node->next->prev = node;
	head->next = node;
}

static void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	*node = (struct list_head){ 0 };
}

static void mutex_lock(struct mutex *mutex)
{
	CHECK(!mutex->held, "a deadlock");
	mutex->held = true;
	holds = mutex;
}

static void mutex_unlock(struct mutex *mutex)
{
	CHECK(mutex->held);
	mutex->held = false;
	holds = NULL;
}

/* An offer must neither wake the OOM killer nor warn. */
static struct page *alloc_page(unsigned int flags)
{
	struct page *page = pages;

	CHECK(flags == (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN));
	if (refused(&fake.alloc))
		return NULL;
	while (page->state != FREE)
		CHECK(++page < pages + ARRAY_SIZE(pages), "pages are offered for ever");
	page->state = ALLOCATED;
	return page;
}

static void __free_page(struct page *page)
{
	CHECK(page->state == ALLOCATED && page->mapped && page->managed == 1);
	CHECK(!page->lru.next, "a free page is in the driver's list");
	page->state = FREE;
	fake.nr_freed++;
}

static void adjust_managed_page_count(struct page *page, long count)
{
	page->managed += count;
}

void linux_print(const char *format, ...)
{
	CHECK(strstr(format, "is lost"));
	fake.warnings++;
}

/* ---- the monitor ---- */

#define UVMF_INVLPG			 2u
#define DOMID_SELF			 0x7ff0u
#define XENMEM_decrease_reservation	 1u
#define XENMEM_populate_physmap		 6u
#define set_xen_guest_handle(handle, to) ((handle) = (to))

struct xen_memory_reservation {
	xen_pfn_t *extent_start;
	unsigned long nr_extents;
	unsigned int extent_order, address_bits;
	uint16_t domid;
};

static struct page *page_at(unsigned long pfn)
{
	CHECK(pfn >= FIRST_PFN && pfn < FIRST_PFN + ARRAY_SIZE(pages));
	return &pages[pfn - FIRST_PFN];
}

static long HYPERVISOR_update_va_mapping(unsigned long address, uint64_t entry, unsigned int flags)
{
	struct page *page = page_at(entry / PAGE_SIZE);
	bool present = entry & PRESENT;

	CHECK(address == (unsigned long)page_address(page) && flags == UVMF_INVLPG);
	CHECK(page->state == ALLOCATED && page->mapped != present);
	if (refused(present ? &fake.map : &fake.unmap))
		return -EINVAL;
	page->mapped = present;
	return 0;
}

static long HYPERVISOR_memory_op(unsigned int command, struct xen_memory_reservation *what)
{
	struct page *page = page_at(*what->extent_start);

	CHECK(holds, "another caller would see the pages of this one");
	CHECK(what->nr_extents == 1 && !what->extent_order && what->domid == DOMID_SELF);
	if (command == XENMEM_decrease_reservation) {
		CHECK(page->state == ALLOCATED && !page->mapped);
		if (refused(&fake.decrease))
			return 0;
		page->state = RELEASED;
		return 1;
	}
	CHECK(command == XENMEM_populate_physmap);
	CHECK(page->state == RELEASED || page->state == KEPT);
	fake.populated++;
	if (page->state == KEPT)
		return 0;
	page->state = ALLOCATED;
	return 1;
}

/* Takes pages that are released, and creates the plugin when it has enough. */
static long create(void)
{
	unsigned int i, taken = 0;

	CHECK(++fake.creates < ARRAY_SIZE(pages), "port_plugin_create() repeats for ever");
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		if (pages[i].state != RELEASED || !fake.wants || taken == fake.takes)
			continue;
		CHECK(holds);
		pages[i].state = KEPT;
		fake.wants--;
		taken++;
	}
	if (fake.wants)
		return -ENOMEM;
	return fake.refuse_create ? fake.refuse_create : 7;
}

static long HYPERVISOR_plugin_op(uint32_t ebx, uint32_t ecx, uint32_t edx, uint32_t esi,
				 uint32_t edi)
{
	static uint32_t request;

	CHECK(ebx == PLUGINOP_create && ecx && !edx && !esi && !edi);
	CHECK(!fake.creates || ecx == request, "another request than before");
	request = ecx;
	return create();
}

/* ---- what else surroundings.c names; no test here runs it ---- */

#undef kvfree
#undef pr_warn_ratelimited
#define DECLARE_WAIT_QUEUE_HEAD(name)			 int name
#define wait_event_killable(queue, over)		 (!(over))
#define __wait_event_hrtimeout(queue, over, most, state) ((over) || !(most) ? 0 : -ETIME)
#define ns_to_ktime(ns)					 (ns)
typedef int64_t ktime_t;
#define wake_up_all(queue)	((void)*(queue))
#define cond_resched()		((void)0)
#define ktime_get_boottime_ns() 0
#define kvzalloc(size, flags)	calloc(1, size)
#define kvfree(memory)		free(memory)
#define __vmalloc(size, flags)	calloc(1, size)
#define vmalloc_to_pfn(address) ((uint32_t)(uintptr_t)(address) >> 12)
#undef vfree
#define vfree(address)		   free(address)
#define free_page(address)	   ((void)(address))
#define pr_info_ratelimited(...)   printf(__VA_ARGS__)
#define pr_warn_ratelimited(...)   printf(__VA_ARGS__)
#define get_random_bytes(to, size) memset(to, 0, size)
#define HYPERVISOR_plugin_op_results(command, a2, a3, a4, a5, answer) \
	((void)(handle), (void)(answer), -ENOSYS)

#include "monitor_pages.c"

#undef pr_fmt
#include "surroundings.c"

/* ---- the cases ---- */

/* All pages are Linux's, and the monitor needs @wants pages for a plugin. */
static void begin(unsigned int wants)
{
	unsigned int i;

	memset(pages, 0, sizeof(pages));
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i].mapped = true;
		pages[i].managed = 1;
	}
	fake = (struct fake){ .wants = wants, .takes = ARRAY_SIZE(pages) };
}

/*
 * Creates a plugin, and checks what became of every page. @released: pages that the monitor was
 * offered, in all rounds.
 */
static void end(long result, unsigned int creates, unsigned int released, unsigned int kept,
		unsigned int lost)
{
	static const struct plugin_create plugin = { .abi = PLUGIN_ABI };
	static const uint32_t frames[1];
	unsigned int i, nr_kept = 0, nr_lost = 0, allocated;
	long handle = port_plugin_create(&plugin, frames);

	CHECK(handle == result, "%ld", handle);
	CHECK(fake.creates == creates, "%u", fake.creates);
	CHECK(!offering.held && list_empty(&offered));
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		const struct page *page = &pages[i];

		CHECK(page->state != RELEASED, "page %u was not claimed back", i);
		if (page->state == FREE) {
			CHECK(page->mapped && page->managed == 1, "page %u", i);
			continue;
		}
		CHECK(!page->mapped && page->managed == 0, "page %u, state %d", i, page->state);
		nr_kept += page->state == KEPT;
		nr_lost += page->state == ALLOCATED;
	}
	CHECK(nr_kept == kept && nr_lost == lost, "%u, %u", nr_kept, nr_lost);
	CHECK(fake.warnings == lost, "%u", fake.warnings);
	allocated = fake.alloc.done - (fake.alloc.refuse && fake.alloc.done >= fake.alloc.refuse);
	CHECK(allocated == fake.nr_freed + kept + lost, "%u, %u", allocated, fake.nr_freed);
	CHECK(fake.populated == released, "%u", fake.populated);
}

static void monitor_has_memory(void)
{
	begin(0);
	end(7, 1, 0, 0, 0);
	CHECK(!fake.alloc.done);

	/* Pages do not help against another error. */
	begin(0);
	fake.refuse_create = -EPERM;
	end(-EPERM, 1, 0, 0, 0);
	CHECK(!fake.alloc.done);
}

static void monitor_takes_pages(void)
{
	/* One, some, all that it is offered. */
	begin(1);
	end(7, 2, MONITOR_PAGES, 1, 0);
	begin(5);
	end(7, 2, MONITOR_PAGES, 5, 0);
	begin(MONITOR_PAGES);
	end(7, 2, MONITOR_PAGES, MONITOR_PAGES, 0);

	/* More than one offer. */
	begin(MONITOR_PAGES + 3);
	end(7, 3, 2 * MONITOR_PAGES, MONITOR_PAGES + 3, 0);
	begin(3);
	fake.takes = 1;
	end(7, 4, 3 * MONITOR_PAGES, 3, 0);

	/* Pages taken for a plugin that the monitor refuses then for another reason. */
	begin(2);
	fake.refuse_create = -EPERM;
	end(-EPERM, 2, MONITOR_PAGES, 2, 0);

	/* The monitor needs memory, but takes no page that the kernel releases. */
	begin(1);
	fake.takes = 0;
	end(-ENOMEM, 2, MONITOR_PAGES, 0, 0);
}

static void linux_has_no_memory(void)
{
	begin(1);
	fake.alloc.refuse = 1;
	end(-ENOMEM, 1, 0, 0, 0);

	/* The pages before are offered, and may be enough. */
	begin(1);
	fake.alloc.refuse = 4;
	end(7, 2, 3, 1, 0);

	/* At the first page of the second offer. */
	begin(MONITOR_PAGES + 1);
	fake.alloc.refuse = MONITOR_PAGES + 1;
	end(-ENOMEM, 2, MONITOR_PAGES, MONITOR_PAGES, 0);
}

static void monitor_refuses(void)
{
	/* To unmap a page: the first, a later one. */
	begin(1);
	fake.unmap.refuse = 1;
	end(-ENOMEM, 1, 0, 0, 0);
	begin(1);
	fake.unmap.refuse = 3;
	end(7, 2, 2, 1, 0);
	CHECK(fake.alloc.done == 3);

	/* A page: it is mapped again and free. */
	begin(1);
	fake.decrease.refuse = 1;
	end(-ENOMEM, 1, 0, 0, 0);
	CHECK(fake.map.done == 1 && fake.alloc.done == 1);
	begin(1);
	fake.decrease.refuse = 3;
	end(7, 2, 2, 1, 0);
	CHECK(fake.map.done == 2 && fake.alloc.done == 3);
	/* A page, and then to map it again: it is lost. */
	begin(1);
	fake.decrease.refuse = 1;
	fake.map.refuse = 1;
	end(-ENOMEM, 1, 0, 0, 1);

	/* To map a page that it has not taken. */
	begin(1);
	fake.map.refuse = 2;
	end(7, 2, MONITOR_PAGES, 1, 1);
	begin(1);
	fake.takes = 0;
	fake.map.refuse = MONITOR_PAGES;
	end(-ENOMEM, 2, MONITOR_PAGES, 0, 1);
}

int main(void)
{
	monitor_has_memory();
	monitor_takes_pages();
	linux_has_no_memory();
	monitor_refuses();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
