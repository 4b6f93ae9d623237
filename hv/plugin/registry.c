// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of plugins: creation, removal, and handles. A slot is an entry of
 * plugin_slots[]; once used, it keeps its struct plugin for ever. A handle is the slot's number with
 * a generation in the bits above, so that the handle of a destroyed plugin does not name
 * the next plugin of that slot.
 *
 * No handle is given twice. A slot whose generations are used up is retired: it stays
 * PLUGIN_FREE, with a generation that no handle can have. All slots together have 2^31
 * handles; when all are retired, create returns -ENOSPC.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/plugin.h>
#include <hv/plugin_slot.h>
#include <hv/poison.h>
#include <hv/printk.h>
#include <hv/string.h>

#define GENERATION_MAX (0x7fffffffu / PLUGINS_MAX)

struct plugin *plugin_slots[PLUGINS_MAX];
u32 plugins_nr, plugins_pages, plugin_slots_nr;

/* Entry of the slots that were never used: the hot path need not test for NULL. */
static struct plugin no_plugin;

static struct plugin *free_slots; /* linked by next; the one freed last is used first */

void registry_init(void)
{
	u32 i;

	for (i = 0; i < PLUGINS_MAX; i++)
		plugin_slots[i] = &no_plugin;
}

bool plugin_was(u32 handle)
{
	u32 generation = handle / PLUGINS_MAX;

	return generation && generation < plugin_slots[PLUGIN_SLOT(handle)]->handle / PLUGINS_MAX;
}

/* The slot can be used, with the handle that is in it. */
static void slot_put(struct plugin *p)
{
	poison_slot(p);
	p->next = free_slots;
	free_slots = p;
}

/* Make slots of a page of the store: 0, -ENOSPC or -ENOMEM. */
static int more_slots(void)
{
	u32 nr = MIN(PAGE_SIZE / sizeof(struct plugin), PLUGINS_MAX - plugin_slots_nr), i;
	struct plugin *p;

	if (!nr)
		return -ENOSPC;
	p = store_alloc(PAGE_SIZE);
	if (!p)
		return -ENOMEM;
	for (i = nr; i--;) {
		plugin_slots[plugin_slots_nr + i] = &p[i];
		p[i].handle = PLUGINS_MAX + plugin_slots_nr + i; /* generation 1 */
		slot_put(&p[i]);
	}
	plugin_slots_nr += nr;
	return 0;
}

/* A zeroed struct plugin with a new handle, still PLUGIN_FREE; or NULL and *err. */
static struct plugin *slot_alloc(int *err)
{
	struct plugin *p;
	u32 handle;

	*err = free_slots ? 0 : more_slots();
	if (*err)
		return NULL;
	p = free_slots;
	free_slots = p->next;
	poison_slot_check(p);
	handle = p->handle;
	memset(p, 0, sizeof(*p));
	p->handle = handle;
	p->first = REGION_NONE;
	return p;
}

/* The slot's next handle; after the last one the slot is retired. */
static void slot_free(struct plugin *p)
{
	p->handle += PLUGINS_MAX;
	p->state = PLUGIN_FREE;
	if (p->handle / PLUGINS_MAX <= GENERATION_MAX)
		slot_put(p);
	else
		poison_slot(p);
}

static int check_create(const struct plugin_create *c)
{
	u32 max = PLUGIN_PAGES_MAX;

	if (c->abi >> 16 != PLUGIN_ABI_MAJOR || (c->abi & 0xffff) > PLUGIN_ABI_MINOR)
		return -ENOEXEC;
	if (c->flags || c->budget_us > PLUGIN_BUDGET_MAX)
		return -EINVAL;
	/* Each count is bounded first, so that the sum cannot wrap. */
	if (c->nr_text > max || c->nr_rodata > max || c->nr_data > max || c->nr_stack > max ||
	    c->nr_text + c->nr_rodata + c->nr_data + c->nr_stack > max)
		return -EINVAL;
	if (!c->nr_text || !c->nr_stack || c->nr_window > PLUGIN_WINDOW_PAGES_MAX)
		return -EINVAL;
	if (c->start < PLUGIN_TEXT_BASE || c->start - PLUGIN_TEXT_BASE >= c->nr_text * PAGE_SIZE)
		return -EINVAL;
	return 0;
}

/* Take text, read-only data, data and stack from the guest's list of frame numbers. */
static int take_all(const struct plugin *p, u32 list)
{
	u32 page = PLUGIN_TEXT_BASE / PAGE_SIZE;
	int err = pages_take(p, &list, page, p->nr_text, 0);

	page += p->nr_text;
	if (!err)
		err = pages_take(p, &list, page, p->nr_rodata, PTE_NX);
	page += p->nr_rodata;
	if (!err)
		err = pages_take(p, &list, page, p->nr_data, PTE_RW | PTE_NX);
	page += p->nr_data + 1;
	if (!err)
		err = pages_take(p, &list, page, p->nr_stack, PTE_RW | PTE_NX);
	return err;
}

/* Drop all that the plugin holds. It is not mapped. */
static void drop_all(struct plugin *p)
{
	pages_drop(p, 0, plugin_pages(p));
	store_free(p->pages, plugin_pages(p) * sizeof(p->pages[0]));
}

long plugin_create(u32 at)
{
	struct plugin_create c;
	struct plugin *p;
	u32 pages;
	int err;

	if (copy_from_guest(&c, at, sizeof(c)))
		return -EFAULT;
	err = check_create(&c);
	if (err)
		return err;
	p = slot_alloc(&err);
	if (!p)
		return err;
	/*
	 * The slot stays PLUGIN_FREE until nothing can fail any more. The two pages more
	 * are page 0 and the guard below the stack; the guard above is part of the room
	 * for windows.
	 */
	pages = c.nr_text + c.nr_rodata + c.nr_data + c.nr_stack + 2;
	p->stack_end = pages * PAGE_SIZE;
	if (c.nr_window)
		pages += 1 + c.nr_window;
	p->pages = store_alloc(pages * sizeof(p->pages[0]));
	if (!p->pages) {
		slot_put(p);
		return -ENOMEM;
	}
	p->start = c.start;
	p->text_size = c.nr_text * PAGE_SIZE;
	p->end = pages * PAGE_SIZE;
	p->budget_us = c.budget_us ? c.budget_us : PLUGIN_BUDGET_DEFAULT;
	p->budget = us_to_cycles(p->budget_us);
	p->left = (s64)p->budget;
	p->strikes = 1;
	p->nr_text = (u16)c.nr_text;
	p->nr_rodata = (u16)c.nr_rodata;
	p->nr_data = (u16)c.nr_data;
	p->nr_stack = (u16)c.nr_stack;
	p->nr_window = (u16)c.nr_window;
	err = take_all(p, c.frames);
	if (err) {
		drop_all(p);
		slot_put(p);
		return err;
	}
	p->state = PLUGIN_READY;
	plugins_nr++;
	plugins_pages += pages;
	return (long)p->handle;
}

/* A paused call is over; resume or reply return PLUGIN_STATUS_KILLED (plugin/kill.c). */
long plugin_destroy(u32 handle)
{
	struct plugin *p = plugin_find(handle);

	if (!p)
		return -ENOENT;
	debug_destroy(p);
	fault_log(); /* which names the plugin, perhaps */
	fpu_forget(p);
	world_forget(p);
	region_remove(p);
	drop_all(p);
	plugins_pages -= plugin_pages(p);
	slot_free(p);
	plugins_nr--;
	debug_destroyed(p);
	return 0;
}
