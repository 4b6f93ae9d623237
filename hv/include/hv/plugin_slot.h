/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plugin as the monitor sees it, and what the files of plugin/ offer one
 * another.
 */
#ifndef HV_PLUGIN_SLOT_H
#define HV_PLUGIN_SLOT_H

#include <hv/mm.h>
#include <hv/regs.h>
#include "../public/plugin.h"

/* The one that runs is idle too: nobody can ask meanwhile. */
enum plugin_run { PLUGIN_FREE, PLUGIN_IDLE, PLUGIN_SUSPENDED, PLUGIN_DEAD };

struct plugin {
	u32 handle; /* generation and slot; when free, the next it will have */
	enum plugin_run state;
	u32 start;     /* offset of the first instruction of a call */
	u32 text_size; /* bytes of text, from PLUGIN_TEXT_BASE */
	u32 end;       /* of the stack: the data limit, plus one */
	u32 budget_us;
	u32 calls, faults;
	u32 first; /* page of the region that is its offset 0 */
	u16 nr_text, nr_rodata, nr_data, nr_stack;
	/* Of the present call: */
	u32 since;			/* low half of the TSC when it last began to run */
	u64 used_ns;			/* before that */
	struct plugin_context *context; /* once it has been suspended */
	struct plugin_fault fault;
};

/* What a suspended plugin will continue with. */
struct plugin_context {
	u8 fpu[512] __aligned(16);
	struct regs regs;
	u32 fs, gs;
	bool has_fpu;
	struct plugin_context *next_free;
};

extern u32 plugin_mode; /* PLUGIN_MODE_*, from boot on */

#define PLUGIN_BUDGET_DEFAULT 100000u /* microseconds */
#define PLUGIN_BUDGET_MAX     10000000u

/* ---- plugin/registry.c: slots, handles, creation, removal ---- */
#define PLUGINS_MAX    2048u
#define PLUGIN_SLOT(h) ((h) & (PLUGINS_MAX - 1))
extern struct plugin *plugin_slots[PLUGINS_MAX]; /* none is NULL */
extern u32 plugins_nr;
void registry_init(void);

static always_inline struct plugin *plugin_find(u32 handle)
{
	struct plugin *p = plugin_slots[PLUGIN_SLOT(handle)];

	if (unlikely(p->handle != handle || p->state == PLUGIN_FREE))
		return NULL;
	return p;
}
/* The handle was good once: its plugin has been destroyed. */
bool plugin_was(u32 handle);
long plugin_create(u32 at);
long plugin_destroy(u32 handle);

/* ---- plugin/region.c: the linear region that plugins are mapped in ---- */
#define REGION_PAGES ((HV_PLUGIN_END - HV_PLUGIN_START) / PAGE_SIZE)
#define REGION_NONE  (~0u)
extern pte_t *region_pte; /* one for each page of the region */
extern u32 region_free_pages;
void region_init(void);
u32 region_alloc(u32 pages); /* first page, or REGION_NONE */
void region_free(u32 first, u32 pages);
/* A page of the plugin's: takes the reference that the entry stands for. */
int region_map(u32 page, mfn_t mfn, pte_t flags);
/* Every page of the range: lets go, and no translation is left of it. */
void region_unmap(u32 first, u32 pages);

static always_inline u32 region_address(const struct plugin *p)
{
	return HV_PLUGIN_START + p->first * PAGE_SIZE;
}
/* Pages of address space, with the unmapped one at 0 and the guard. */
static always_inline u32 plugin_pages(const struct plugin *p)
{
	return p->end / PAGE_SIZE;
}

/* ---- plugin/segment.c: the two descriptors of who runs ---- */
/* Whose they are; in page mode nobody's, and page_dir_owner tells. */
extern const struct plugin *segments_owner;
void segments_set(const struct plugin *p);

/* ---- plugin/page_dir.c: page mode's private page directory ---- */
extern const struct plugin *page_dir_owner;
extern u32 page_dir_cr3;
void page_dir_init(void);
void page_dir_fill(const struct plugin *p);
void page_dir_forget(const struct plugin *p);

/* ---- plugin/fpu.c ---- */
void fpu_to_plugin(const struct plugin_context *c); /* NULL: a fresh state */
void fpu_to_guest(void);
void fpu_save(void *area);

/* ---- plugin/context.c: memory for suspended plugins ---- */
struct plugin_context *context_alloc(void); /* NULL: there is none left */
void context_free(struct plugin_context *c);

/* ---- plugin/call.c ---- */
void call_init(void);
long plugin_invoke(struct regs *r);
long plugin_resume(struct regs *r);
/* The running plugin's call ends with a status above 0; r is its frame. */
void plugin_end(const struct regs *r, u32 status) noreturn;

/* ---- plugin/fault.c ---- */
#define PLUGIN_VECTOR_TIMEOUT 32
/* Fill the record of the running plugin from its frame, and log it. */
void fault_record(struct plugin *p, const struct regs *r, u32 status);

#endif
