/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct plugin, and the functions that the files of plugin/ call of one another.
 *
 * Reading order of plugin/ (docs/reading-order.md says what each file answers):
 * op.c, registry.c, store.c, pages.c, window.c, region.c, segment.c, page_dir.c, world.c,
 * gate.S, call.c, service.c, kill.c, fpu.c, fault.c, insn.c, probe.S.
 */
#ifndef HV_PLUGIN_SLOT_H
#define HV_PLUGIN_SLOT_H

#include <hv/mm.h>
#include <hv/regs.h>
#include "../public/plugin_op.h"

/*
 * State of a slot. READY: no call of the plugin is paused, so it can be invoked. There
 * is no RUNNING state, because the guest cannot issue hypercalls while a plugin runs:
 * plugin_running points to the running plugin, whose state is READY.
 */
enum plugin_run { PLUGIN_FREE, PLUGIN_READY, PLUGIN_SUSPENDED, PLUGIN_WAITING, PLUGIN_DEAD };

#define OWES_NOTHING PLUGIN_FREE /* for plugin.owed */

struct plugin {
	u32 handle; /* generation and slot; in a free slot those of its next plugin */
	enum plugin_run state;
	struct plugin *next; /* of a free slot: the next free slot; else see plugin/region.c */
	struct plugin *prev;
	pte_t *pages;  /* entry of each page of the address space (plugin/pages.c) */
	u32 start;     /* offset of the first instruction of a call */
	u32 text_size; /* bytes of text, from PLUGIN_TEXT_BASE */
	u32 stack_end; /* offset of the end of the stack: ESP when a call begins */
	u32 end;       /* bytes of the data segment: its limit, plus one */
	u32 budget_us;
	u64 budget; /* of a call, in TSC cycles */
	u32 calls, faults;
	u32 first; /* page of the region that maps the plugin's offset 0, or REGION_NONE */
	u16 nr_text, nr_rodata, nr_data, nr_stack; /* pages */
	u16 nr_window, windows; /* pages reserved for windows; number of windows granted */
	/* Service n is allowed if bit n is set; `strikes` refusals end a call. */
	u32 allowed[PLUGIN_SERVICES_MAX / 32], strikes;
	u32 services, refused; /* requests passed to the guest; requests refused */
	/* State of the call under way: */
	u32 since;		/* low half of the TSC when account() last charged the plugin */
	s64 left;		/* TSC cycles of the budget left at `since` */
	struct plugin_fpu *fpu; /* memory for its FPU registers, or NULL (plugin/fpu.c) */
	struct regs saved;	/* registers of a paused call that is not regs_owner's */
	u16 fs, gs;		/* of a paused call */
	/*
	 * How the call was paused when the plugin was killed, PLUGIN_SUSPENDED or
	 * PLUGIN_WAITING: resume or reply has still to return KILLED. Else OWES_NOTHING.
	 */
	enum plugin_run owed;
	struct plugin_fault fault;
#ifdef HV_DEBUG
	u32 paused_sum; /* checksum of the paused call (debug/invariants.c); 0: none */
#endif
};

/* Memory for the FPU registers of a plugin: fxsave's image, or a free list's link. */
struct plugin_fpu {
	u8 image[512] __aligned(16);
	struct plugin_fpu *next_free;
};

extern u32 plugin_mode; /* PLUGIN_MODE_*, from boot on */

#define PLUGIN_BUDGET_DEFAULT 100000u /* microseconds */
#define PLUGIN_BUDGET_MAX     10000000u

/* ---- plugin/registry.c: slots, handles, creation, removal ---- */
#define PLUGINS_MAX    16384u
#define PLUGIN_SLOT(h) ((h) & (PLUGINS_MAX - 1))
extern struct plugin *plugin_slots[PLUGINS_MAX]; /* no entry is NULL */
extern u32 plugin_slots_nr;	      /* slots that have a struct plugin: the first ones */
extern u32 plugins_nr, plugins_pages; /* plugins; pages of all their address spaces */
void registry_init(void);

static always_inline struct plugin *plugin_find(u32 handle)
{
	struct plugin *p = plugin_slots[PLUGIN_SLOT(handle)];

	if (unlikely(p->handle != handle || p->state == PLUGIN_FREE))
		return NULL;
	return p;
}
/* Did the handle name a plugin that has been destroyed since? */
bool plugin_was(u32 handle);
long plugin_create(u32 at);
long plugin_destroy(u32 handle);

/* ---- plugin/store.c: memory for structs and page lists ---- */
extern u32 store_bytes, store_bytes_free; /* of all blocks; of the free ones */
void store_init(void *at);		  /* page-aligned; no memory yet */
void store_add(u32 size);		  /* so many bytes more are mapped; whole pages */
void *store_alloc(u32 size);		  /* zeroed, aligned to its size; or NULL */
void store_free(void *at, u32 size);	  /* `size` as of store_alloc() */

/* ---- plugin/pages.c: the frames that a plugin holds ---- */
/*
 * Take `nr` frames as the plugin's pages from `page` on, with a reference on each. `*list`
 * is the guest's address of their numbers and is moved on. After -EFAULT or -EPERM some
 * pages are taken: the caller calls pages_drop().
 */
int pages_take(const struct plugin *p, u32 *list, u32 page, u32 nr, pte_t flags);
/* Unmap the pages, flush their translations, then drop the frames' references. */
void pages_drop(const struct plugin *p, u32 page, u32 nr);

/* ---- plugin/region.c: the linear region that plugins are mapped in ---- */
#define REGION_PAGES ((HV_PLUGIN_END - HV_PLUGIN_START) / PAGE_SIZE)
#define REGION_NONE  (~0u)
extern pte_t *region_pte;	     /* the L1 entry of each page of the region */
extern struct plugin *region_oldest; /* first of the mapped plugins, linked by next */
void region_init(void);
/* Map a plugin that is not mapped; others lose their place. */
void region_map(struct plugin *p);
/* Take the plugin out, if it is mapped. No translation of its pages is left. */
void region_remove(struct plugin *p);
/* If the plugin is mapped: map pages that p->pages has gained; unmap and flush pages. */
void region_show(const struct plugin *p, u32 page, u32 nr);
void region_hide(const struct plugin *p, u32 page, u32 nr);

/* Linear address of the offset 0 of space_owner: the base of its segments. */
static always_inline u32 plugin_base(const struct plugin *p)
{
	return plugin_mode == PLUGIN_MODE_PAGE ? HV_PLUGIN_PAGE_BASE :
						 HV_PLUGIN_START + p->first * PAGE_SIZE;
}
/* Pages of the plugin's address space, page 0 and the guard pages included. */
static always_inline u32 plugin_pages(const struct plugin *p)
{
	return p->end / PAGE_SIZE;
}

/* ---- plugin/segment.c: the running plugin's code and data descriptors ---- */
void segments_set(const struct plugin *p);

/* ---- plugin/page_dir.c: page mode's private page directory ---- */
extern u32 page_dir_cr3;
void page_dir_init(void);
void page_dir_fill(const struct plugin *p);
void page_dir_clear(void);

/* ---- plugin/fpu.c: the FPU registers of guest and plugin ---- */
void fpu_init(void);
extern u32 fpu_pages;	     /* pages of the store that hold images */
extern u8 fpu_of_guest[512]; /* the guest's registers while a plugin has the FPU */
/* Page mode: the registers of regs_owner, or of the plugin that ran last. */
extern u8 fpu_of_plugin[512];
/* Save the guest's registers; load those of p's paused call, or the state after reset. */
void fpu_to_plugin(struct plugin *p);
void fpu_to_guest(void);
/* Allocate p->fpu unless p has it already. False: no memory. */
bool fpu_reserve(struct plugin *p);
static always_inline void fpu_save(u8 image[512])
{
	asm volatile("fxsave %0" : "=m"(*(u8(*)[512])image));
}
/*
 * AMD's fxrstor loads FIP, FDP and FOP (last instruction, operand, opcode) only if
 * the image has an exception pending (XSA-52). fninit clears them first, or the next
 * owner of the FPU reads the addresses of the previous one. gate.S does the same.
 */
static always_inline void fpu_load(const u8 image[512])
{
	asm volatile("fninit\n fxrstor %0" : : "m"(*(const u8(*)[512])image));
}
void fpu_forget(struct plugin *p); /* free p->fpu */
/*
 * Page mode: exchange the image of `runs`, which must have one, with fpu_of_plugin.
 * `waits`, whose registers fpu_of_plugin held, takes over the memory of `runs`; if
 * `waits` is NULL the memory is freed.
 */
void fpu_swap(struct plugin *waits, struct plugin *runs);

/* ---- plugin/world.c (hv/plugin_world.h): from guest to plugin and back ---- */
void world_init(void);
/*
 * The plugin that the plugin table's descriptors and, in page mode, the page
 * directory are set up for; or NULL.
 */
extern const struct plugin *space_owner;
/* Callers change p's mappings or destroy p: space_owner is not p afterwards. */
void space_forget(const struct plugin *p);
/* On kill and destroy: neither space_owner nor regs_owner is p afterwards. */
void world_forget(const struct plugin *p);

/* ---- plugin/window.c: the guest's memory shared with a plugin ---- */
#define PTE_FIRST 0x200ull /* bit 9, which the CPU ignores: first page of a window */
long plugin_grant(u32 handle, u32 at);
long plugin_revoke(u32 handle, u32 offset);

/* ---- plugin/service.c: requests of a plugin to the guest kernel ---- */
long plugin_services(u32 handle, u32 at);
long plugin_reply(struct regs *r);

/* ---- plugin/kill.c: the guest ends a plugin ---- */
long plugin_kill(u32 handle);
/*
 * Result of resume (how = PLUGIN_SUSPENDED) or reply (PLUGIN_WAITING) when the plugin
 * is not paused that way: PLUGIN_STATUS_KILLED, -EINVAL or -ENOENT.
 */
long plugin_not_paused(struct regs *r, enum plugin_run how);

/* ---- plugin/call.c: begin, pause, resume and end of a call ---- */
long plugin_invoke(struct regs *r);
long plugin_resume(struct regs *r);
/* End the running plugin's call with a status above 0; r: the plugin's registers. */
void plugin_end(const struct regs *r, u32 status) noreturn;

/* ---- plugin/fault.c: the record of a call that ended badly ---- */
#define PLUGIN_VECTOR_TIMEOUT 32
#define PLUGIN_VECTOR_KILLED  33
/* Fill the running plugin's record from its registers r, and log one line. */
void fault_record(struct plugin *p, const struct regs *r, u32 status);
/* Fill and log the record of a killed plugin; r: registers of its paused call, or NULL. */
void fault_record_killed(struct plugin *p, const struct regs *r);

#endif
