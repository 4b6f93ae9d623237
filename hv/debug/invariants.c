// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug build: invariants of plugins, checked whenever one runs, stops or is destroyed
 * (hv/poison.h). A checksum of a paused call's registers is taken when it is paused and
 * compared when it is resumed.
 */
#include <hv/frame.h>
#include <hv/plugin_world.h>
#include <hv/poison.h>
#include <hv/printk.h>

static struct plugin *ran; /* the plugin that ran last */
static u32 guest_sum;	   /* checksum of the guest's registers when `ran` began to run */

static u32 sum(u32 so_far, const void *at, u32 size)
{
	const u32 *word = at;

	for (; size; size -= sizeof(*word))
		so_far = (so_far << 5 | so_far >> 27) ^ *word++;
	return so_far;
}

/* Checksum of selectors, EIP, EFLAGS and ESP; upper halves of selectors are undefined. */
static u32 sum_regs(const struct regs *r)
{
	const u32 selectors[] = { r->es & 0xffff, r->ds & 0xffff, r->cs & 0xffff, r->ss & 0xffff };
	u32 s = sum(1, selectors, sizeof(selectors));

	s = sum(s, &r->eip, sizeof(r->eip));
	s = sum(s, &r->eflags, sizeof(r->eflags));
	return sum(s, &r->esp, sizeof(r->esp));
}

/* Checksum of the guest's registers, without those for arguments and results. */
static u32 sum_guest(void)
{
	return sum(sum_regs(guest_regs), &guest_regs->ebp, sizeof(u32));
}

/* Checksum of p's paused call: registers and FPU image. Never 0. */
static u32 sum_call(const struct plugin *p)
{
	const struct regs *r = regs_owner == p ? plugin_regs : &p->saved;
	u32 s = sum(sum_regs(r), &r->edi,
		    offsetof(struct regs, unused_esp) - offsetof(struct regs, edi));

	s = sum(s, &r->ebx, offsetof(struct regs, vector) - offsetof(struct regs, ebx));
	if (plugin_mode == PLUGIN_MODE_PAGE && regs_owner == p)
		s = sum(s, fpu_of_plugin, sizeof(fpu_of_plugin));
	else if (p->fpu)
		s = sum(s, p->fpu->image, sizeof(p->fpu->image));
	return s | 1;
}

static bool exists(const struct plugin *p)
{
	return plugin_slots[PLUGIN_SLOT(p->handle)] == p && p->state != PLUGIN_FREE;
}

static bool is_paused(const struct plugin *p)
{
	return p->state == PLUGIN_SUSPENDED || p->state == PLUGIN_WAITING;
}

/* While the guest runs: no plugin's state is in use, and no global names a destroyed one. */
static void check_names(void)
{
	BUG_ON(plugin_running);
	BUG_ON(world_left);
	BUG_ON(tss.esp0 != (u32)(monitor_stack + sizeof(monitor_stack)));
	BUG_ON(space_owner && !exists(space_owner));
	BUG_ON(regs_owner && !exists(regs_owner));
	BUG_ON(regs_owner && !is_paused(regs_owner));
}

void debug_plugin_op(void)
{
	check_names();
}

/*
 * Page `page` of p is present, writable or not as `rw` says, and holds its reference. If p
 * is in the region, the page is mapped there in the same way.
 */
static void check_page(const struct plugin *p, u32 page, pte_t rw)
{
	pte_t e = p->pages[page];
	const struct frame *f = frame_of(pte_mfn(e));

	BUG_ON(!(e & PTE_P) || (e & PTE_RW) != rw);
	BUG_ON(p->first != REGION_NONE && region_pte[p->first + page] != e);
	BUG_ON(!(f->count & FRAME_COUNT));
	BUG_ON(rw && ((f->type & TYPE_MASK) != TYPE_WRITABLE || !(f->type & TYPE_COUNT)));
}

/* Check the first and the last of `nr` pages, or all of them. Returns the page behind. */
static u32 check_part(const struct plugin *p, u32 page, u32 nr, pte_t rw, bool all)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (all || !i || i == nr - 1)
			check_page(p, page + i, rw);
	return page + nr;
}

static void check_parts(const struct plugin *p, bool all)
{
	u32 page = PLUGIN_TEXT_BASE / PAGE_SIZE;

	BUG_ON(p->pages[0]);
	page = check_part(p, page, p->nr_text, 0, all);
	page = check_part(p, page, p->nr_rodata, 0, all);
	page = check_part(p, page, p->nr_data, PTE_RW, all);
	BUG_ON(p->pages[page]);
	page = check_part(p, page + 1, p->nr_stack, PTE_RW, all);
	BUG_ON(page != p->stack_end / PAGE_SIZE);
	BUG_ON(p->nr_window && p->pages[page]);
}

static void check_windows(const struct plugin *p)
{
	u32 page = p->stack_end / PAGE_SIZE + 1, windows = 0, i;
	bool inside = false;

	for (i = 0; i < p->nr_window; i++, page++) {
		pte_t e = p->pages[page];

		if (e & PTE_FIRST)
			windows++;
		inside = e & PTE_P && (inside || e & PTE_FIRST);
		BUG_ON(e && !inside);
		if (e)
			check_page(p, page, e & PTE_RW);
	}
	BUG_ON(windows != p->windows);
}

void debug_plugin_runs(struct plugin *p)
{
	BUG_ON(plugin_running);
	BUG_ON(p->state != PLUGIN_READY || !exists(p));
	check_parts(p, false);
	BUG_ON(regs_owner && regs_owner != p && space_owner == p);
	if (regs_owner)
		BUG_ON(regs_owner->paused_sum != sum_call(regs_owner));
	else
		poison_check(plugin_regs, sizeof(*plugin_regs), "plugin_stack");
	if (p->paused_sum)
		BUG_ON(p->paused_sum != sum_call(p));
	else
		BUG_ON(p->fpu || p->left != (s64)p->budget);
	p->paused_sum = 0;
	ran = p;
	guest_sum = sum_guest();
}

void debug_plugin_stops(void)
{
	BUG_ON(guest_sum != sum_guest());
}

void debug_guest_runs(void)
{
	if (is_paused(ran))
		ran->paused_sum = sum_call(ran);
	if (!regs_owner)
		poison(plugin_regs, sizeof(*plugin_regs));
	check_names();
}

void debug_destroy(const struct plugin *p)
{
	check_parts(p, true);
	check_windows(p);
}

void debug_destroyed(const struct plugin *p)
{
	u32 slot, page;

	BUG_ON(space_owner == p || regs_owner == p);
	if (ran == p)
		ran = NULL;
	check_names();
	if (plugins_nr)
		return;
	BUG_ON(region_oldest || plugins_pages);
	BUG_ON(store_bytes - store_bytes_free !=
	       (DIV_ROUND_UP(plugin_slots_nr, PAGE_SIZE / sizeof(*p)) + fpu_pages) * PAGE_SIZE);
	for (slot = 0; slot < PLUGINS_MAX; slot++)
		BUG_ON(plugin_slots[slot]->state != PLUGIN_FREE);
	for (page = 0; page < REGION_PAGES; page++)
		BUG_ON(region_pte[page]);
}
