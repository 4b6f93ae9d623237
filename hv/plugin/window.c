// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows: parts of the guest's memory mapped into a plugin's address space, above its
 * stack. There is no list of windows but p->pages: every page of a window is present, its
 * first page has PTE_FIRST, and no other page there is present. Each entry holds a
 * reference on its frame, as for the plugin's own pages.
 *
 * The guest grants and revokes windows while the plugin does not run, also while its
 * call is paused. When revoke returns no translation is left.
 */
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/page_type.h>
#include <hv/plugin_slot.h>

#define NONE (~0u)

/* The page of the plugin where its windows begin. */
static u32 windows_at(const struct plugin *p)
{
	return p->stack_end / PAGE_SIZE + 1;
}

/* Index of the first `nr` free pages, counted from windows_at(); or NONE. */
static u32 find_room(const struct plugin *p, u32 nr)
{
	const pte_t *pte = p->pages + windows_at(p);
	u32 i, run = 0;

	for (i = 0; i < p->nr_window; i++) {
		run = pte[i] ? 0 : run + 1;
		if (run == nr)
			return i + 1 - nr;
	}
	return NONE;
}

/* Pages of the window that begins at `page`. */
static u32 length(const struct plugin *p, u32 page)
{
	u32 end = windows_at(p) + p->nr_window, i = page + 1;

	while (i < end && p->pages[i] && !(p->pages[i] & PTE_FIRST))
		i++;
	return i - page;
}

/*
 * Is one of these pages a page table in use? Such a window is refused even read-only:
 * not for secrecy; the request is a bug of the guest.
 */
static bool any_table(const struct plugin *p, u32 first, u32 nr)
{
	u32 i;

	for (i = first; i < first + nr; i++) {
		u32 type = frame_of(pte_mfn(p->pages[i]))->type;

		if (type_is_table(type) && (type & TYPE_COUNT))
			return true;
	}
	return false;
}

long plugin_grant(u32 handle, u32 at)
{
	struct plugin *p = plugin_find(handle);
	struct plugin_window w;
	u32 room, page;
	long err;

	if (!p)
		return -ENOENT;
	if (copy_from_guest(&w, at, sizeof(w)))
		return -EFAULT;
	if (!w.nr || w.nr > PLUGIN_WINDOW_PAGES_MAX || w.flags & ~PLUGIN_WINDOW_WRITE)
		return -EINVAL;
	room = find_room(p, w.nr);
	if (room == NONE)
		return -ENOSPC;
	page = windows_at(p) + room;
	err = pages_take(p, &w.frames, page, w.nr,
			 w.flags & PLUGIN_WINDOW_WRITE ? PTE_RW | PTE_NX : PTE_NX);
	if (!err && any_table(p, page, w.nr))
		err = -EPERM;
	if (!err && put_guest_u32(at + offsetof(struct plugin_window, offset), page * PAGE_SIZE))
		err = -EFAULT;
	if (err) {
		pages_drop(p, page, w.nr);
		return err;
	}
	p->pages[page] |= PTE_FIRST;
	p->windows++;
	region_show(p, page, w.nr);
	space_forget(p);
	return 0;
}

long plugin_revoke(u32 handle, u32 offset)
{
	struct plugin *p = plugin_find(handle);
	u32 page, first;

	if (!p)
		return -ENOENT;
	first = windows_at(p);
	page = offset / PAGE_SIZE;
	if (offset % PAGE_SIZE || page < first || page - first >= p->nr_window ||
	    !(p->pages[page] & PTE_FIRST))
		return -EINVAL;
	space_forget(p);
	pages_drop(p, page, length(p, page));
	p->windows--;
	return 0;
}
