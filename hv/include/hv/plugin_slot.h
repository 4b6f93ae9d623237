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
enum plugin_run { PLUGIN_FREE, PLUGIN_IDLE, PLUGIN_SUSPENDED, PLUGIN_WAITING, PLUGIN_DEAD };

struct plugin {
	u32 handle; /* generation and slot; when free, the next one, or one of no plugin */
	enum plugin_run state;
	u32 start;     /* offset of the first instruction of a call */
	u32 text_size; /* bytes of text, from PLUGIN_TEXT_BASE */
	u32 stack_end; /* where ESP begins */
	u32 end;       /* the data limit, plus one */
	u32 budget_us;
	u64 budget; /* in cycles */
	u32 calls, faults;
	u32 first; /* page of the region that is its offset 0 */
	u16 nr_text, nr_rodata, nr_data, nr_stack;
	u16 nr_window, windows; /* pages of room for them; how many there are */
	/* Services: a bit for each it may use; refusals that are left to it. */
	u32 allowed[PLUGIN_SERVICES_MAX / 32], strikes;
	u32 services, refused;
	/* Of the present call: */
	u32 since;		/* low half of the TSC when it last began to run */
	s64 left;		/* of the budget at that time, cycles */
	struct plugin_fpu *fpu; /* once it has used the FPU */
	struct regs saved;	/* of one that is suspended or waits */
	u16 fs, gs;
	/* It was killed when its call was paused like this, and nobody has heard yet. */
	enum plugin_run owed;
	struct plugin_fault fault;
#ifdef HV_DEBUG
	u32 paused_sum; /* of its paused call (debug/invariants.c); 0: none */
#endif
};

/* The FPU of a plugin while its call is paused. */
struct plugin_fpu {
	u8 image[512] __aligned(16);
	struct plugin_fpu *next_free;
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
/*
 * Frames of a list in the guest's memory, which moves on, at pages of the
 * region: takes the references that the entries stand for. -EFAULT or -EPERM
 * leaves it half done, for region_unmap.
 */
int region_map(u32 *list, u32 page, u32 nr, pte_t flags);
/* Every page of the range: no translation is left of it, and lets go. */
void region_unmap(u32 first, u32 pages);

static always_inline u32 region_address(const struct plugin *p)
{
	return HV_PLUGIN_START + p->first * PAGE_SIZE;
}
/* Where its segments begin. */
static always_inline u32 plugin_base(const struct plugin *p)
{
	return plugin_mode == PLUGIN_MODE_PAGE ? HV_PLUGIN_PAGE_BASE : region_address(p);
}
/* Pages of address space, with the unmapped one at 0 and the guards. */
static always_inline u32 plugin_pages(const struct plugin *p)
{
	return p->end / PAGE_SIZE;
}

/* ---- plugin/segment.c: the two descriptors of who runs ---- */
void segments_set(const struct plugin *p);

/* ---- plugin/page_dir.c: page mode's private page directory ---- */
extern u32 page_dir_cr3;
void page_dir_init(void);
void page_dir_fill(const struct plugin *p);
void page_dir_clear(void);

/* ---- plugin/fpu.c ---- */
void fpu_init(void);
extern u8 fpu_of_guest[512]; /* while the FPU is a plugin's */
/* Page mode: of the plugin whose frame is on the plugin stack, while it is not. */
extern u8 fpu_of_plugin[512];
/* As its call left them, or a fresh state. */
void fpu_to_plugin(struct plugin *p);
void fpu_to_guest(void);
/* Memory for its FPU registers when its call is paused, if it has none. */
bool fpu_reserve(struct plugin *p);
static always_inline void fpu_save(u8 image[512])
{
	asm volatile("fxsave %0" : "=m"(*(u8(*)[512])image));
}
/*
 * AMD's fxrstor loads the last instruction, operand and opcode only if the image
 * has an exception pending (XSA-52). So they are made 0 first, or who comes next
 * reads where the last one was. gate.S does the same.
 */
static always_inline void fpu_load(const u8 image[512])
{
	asm volatile("fninit\n fxrstor %0" : : "m"(*(const u8(*)[512])image));
}
void fpu_forget(struct plugin *p);
/*
 * Page mode: the image of `runs`, which has one, comes into fpu_of_plugin. What was
 * there is that of `waits`, which gets the memory; if `waits` is NULL it is nobody's.
 */
void fpu_swap(struct plugin *waits, struct plugin *runs);

/* ---- plugin/world.c (hv/plugin_world.h) ---- */
void world_init(void);
/* Whose the segments and, in page mode, the page directory are; or NULL. */
extern const struct plugin *space_owner;
/* What the space was made from has changed, or is going to. */
void space_forget(const struct plugin *p);
/* It is being destroyed. */
void world_forget(const struct plugin *p);

/* ---- plugin/window.c ---- */
#define PTE_FIRST 0x200ull /* ignored by the CPU: the first page of a window */
long plugin_grant(u32 handle, u32 at);
long plugin_revoke(u32 handle, u32 offset);

/* ---- plugin/service.c ---- */
long plugin_services(u32 handle, u32 at);
long plugin_reply(struct regs *r);

/* ---- plugin/kill.c ---- */
long plugin_kill(u32 handle);
/* The answer when a call is to go on that is not paused like that. */
long plugin_not_paused(struct regs *r, enum plugin_run how);

/* ---- plugin/call.c ---- */
long plugin_invoke(struct regs *r);
long plugin_resume(struct regs *r);
/* The running plugin's call ends with a status above 0; r is its frame. */
void plugin_end(const struct regs *r, u32 status) noreturn;

/* ---- plugin/fault.c ---- */
#define PLUGIN_VECTOR_TIMEOUT 32
#define PLUGIN_VECTOR_KILLED  33
/* Fill the record of the running plugin from its frame, and log it. */
void fault_record(struct plugin *p, const struct regs *r, u32 status);
/* Of one that does not run; r is its frame if a call is paused, or NULL. */
void fault_record_killed(struct plugin *p, const struct regs *r);

#endif
