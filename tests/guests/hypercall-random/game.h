/* SPDX-License-Identifier: MIT */
/* Shared by the files of this guest; the head of main.c says what it shows. */
#ifndef GAME_H
#define GAME_H

#include <lib/chance.h>
#include <lib/plugin.h>
#include <lib/segment.h>
#include <lib/test.h>

/* Anything goes, and the boot may end in the guest's death. */
extern bool deadly;
/* Does the machine enforce segment limits? If not, ring 1 must not write at random. */
extern bool limits_enforced;

/* ---- fire.S, main.c: one call or attack ---- */
struct call {
	u32 nr, arg[6]; /* EAX; EBX ECX EDX ESI EDI EBP */
	u32 eflags, ds, es, fs, gs;
	const void *entry; /* code that runs with these registers: fire_hypercall or code */
	u32 result, drift; /* EAX afterwards; by how much ESP was wrong */
	u32 edx;
};
void fire(struct call *c);
extern char fire_hypercall[], fire_done[];
extern u32 fire_esp; /* 0: no fire() is under way */

/* State that must be restored after a call that the guest survives. */
#define REPAIR_TRAPS	 (1u << 0)
#define REPAIR_CALLBACKS (1u << 1)
#define REPAIR_STACK	 (1u << 2)
extern u32 repairs;

/* ---- arena.c: the memory that is played with ---- */
#define NR_PLAY	  24 /* pages whose frames may become anything */
#define NR_SPARE  8  /* frames that are mapped nowhere */
#define NR_MIRROR 2  /* L1 tables of an address range that is free */
#define MIRROR	  0xd0000000u

extern u8 *play[NR_PLAY]; /* where their frames are mapped at first */
extern u32 frames[NR_PLAY + NR_SPARE];
extern volatile u64 *mirror_l1[NR_MIRROR];
/* The running page tables; found once, because random calls may change the m2p. */
extern volatile u64 *real_l3, *top_l2, *image_l1[8];
extern u32 real_tables[2]; /* their frames, but for image_l1 */
extern u8 *scratch;	   /* arguments: SCRATCH_PAGES, then a hole, read-only, a hole */
#define SCRATCH_PAGES 4
extern u8 *attack_code, *user_code, *user_data;
extern u32 image_frames, first_image_frame;
/* The frame that build_gdt() last gave to set_gdt. */
extern u32 gdt_frame;

void arena_init(void);
/* Undoes all changes to the arena. Reports a failure if that is not possible. */
void arena_reset(void);
/* May the monitor write to this address without harm to the guest? */
bool harmless(u32 address);
bool monitor_owns(u32 frame);
bool frame_is_ours(u32 frame);
bool page_writable(u8 *page);

/* audit.c: checks that no table has a forbidden entry, and that no table is writable. */
void audit(void);
void audit_gdt(void);

/* ---- values.c: arguments ---- */
u32 some_frame(void);
u32 some_va(void);
u64 some_pte(void);
u64 some_descriptor(void);
u64 legal_descriptor(void); /* most of the time */
u32 some_count(u32 usual);
u32 some_number(void);
u32 some_handle(void);
u32 some_entry(u32 *high); /* machine address of a page-table entry */
/* Allocates size bytes to be filled in at *fill. Returns the address for the argument. */
u32 some_place(u32 size, void **fill);
/* Copies size bytes to the end of scratch, before the hole: for counts that are too high. */
u32 place_at_end(const void *from, u32 size);
void places_free(void); /* before a call: all of scratch is free */

/* ---- memory.c ---- */
void fill_some_page(void);
void build_table(void);
void build_gdt(void);
u32 mmu_list(void);
u32 mmuext_list(void);
void memory_call(struct call *c);

/* ---- calls.c ---- */
void any_call(struct call *c);
bool answer_ok(const struct call *c);
void known_answers(void);

/* ---- plugins.c ---- */
extern u32 handles[16];
void plugins_init(void);
void plugin_args(struct call *c);
void plugin_game(void);
void plugins_reset(void);
void plugins_check(void);

/* ---- attacks.c: attacks without a hypercall ---- */
void any_attack(struct call *c);

#endif
