// SPDX-License-Identifier: MIT
/*
 * The fake CPU is the worst one that the SDM allows. The CPU loads the four L3 entries only
 * when CR3 is written, walks speculatively to every table within reach, and caches every
 * translation and every pointer to a table until a flush. The CPU follows a cached pointer
 * again, whatever the frame contains by then. All that the CPU can reach in this way must
 * satisfy the invariants of mm/page_type.c.
 */
#include "fake_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/device_frames.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/hypercall.h>
#include <hv/page_type.h>
#include <hv/printk.h>
#include <hv/tlb.h>

u8 ram[NR_FRAMES][PAGE_SIZE] __aligned(4096);
/* Entries behind the ends of the tables. They look valid, so that a wrong access is noticed. */
#define BEHIND_M2P 1024 /* the m2p has whole pages */
static const struct frame behind = { FRAME_OWNED | FRAME_FREE | 5,
				     TYPE_WRITABLE | TYPE_PINNED | 5 };
struct frame frame_table[NR_FRAMES + 1];
u32 m2p_rw[BEHIND_M2P + 1];
pte_t hv_l2[512];
struct domain domain;
struct e820entry guest_e820[2] = { { 0, 4096, E820_RESERVED },
				   { 4096, (NR_FRAMES - 1) * 4096, E820_RAM } };
u32 guest_e820_nr = 2;
enum loglevel loglevel;
char doing[256];

u32 held[NR_FRAMES], held_typed[NR_FRAMES];

/* Levels of tables as the CPU uses them. A top L2 is a table that slot 3 of an L3 names. */
enum { AS_L1, AS_L2, AS_TOP_L2, AS_NR };
static bool cached_table[NR_FRAMES][AS_NR];
static bool cached_writable[NR_FRAMES];
static u64 pdpte[L3_ENTRIES];

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%s: ", doing);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\nTest result: FAILURE\n");
	fflush(stdout);
#ifdef FUZZING
	abort(); /* libFuzzer does not report an exit() */
#endif
	exit(1);
}

jmp_buf *panic_expected;

void panic(const char *fmt, ...)
{
	if (panic_expected)
		longjmp(*panic_expected, 1);
	fail("the monitor panics: %s", fmt);
}

void printk(enum loglevel level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

void hypercall_again(struct regs *r)
{
	r->eip -= 2;
}

static bool map_cache_made;

void map_cache_init(bool nx)
{
	(void)nx;
	map_cache_made = true;
}

void *map_frame(enum map_class c, mfn_t mfn)
{
	if (!map_cache_made || c >= MAP_NR || mfn >= NR_FRAMES ||
	    !(frame_table[mfn].count & FRAME_OWNED))
		fail("the monitor maps frame %x", mfn);
	return ram[mfn];
}

/* ---- the CPU ---- */

static void look_at_table(mfn_t mfn, int as);

static void look_at(u64 e, int as)
{
	u64 mfn = (e & PTE_ADDR) >> 12;

	if (!(e & PTE_P))
		return;
	if (e & 0x7ff0000000000000ull)
		fail("CPU finds reserved bits in entry %llx", e);
	if (mfn >= NR_FRAMES || frame_table[mfn].count & FRAME_IO) {
		if (as >= 0)
			fail("CPU walks through a device: %llx", e);
		return;
	}
	if (!(frame_table[mfn].count & (FRAME_OWNED | FRAME_FREE)))
		fail("CPU reaches frame %llx of the monitor", mfn);
	if (as >= 0)
		look_at_table((mfn_t)mfn, as);
	else if (e & PTE_RW)
		cached_writable[mfn] = true;
}

/* Set in each pass for a table whose entries have been followed. */
static bool looked_at[NR_FRAMES][AS_NR];

static void look_at_table(mfn_t mfn, int as)
{
	const u64 *e = (const u64 *)ram[mfn];
	u32 i;

	cached_table[mfn][as] = true;
	if (looked_at[mfn][as])
		return;
	looked_at[mfn][as] = true;
	for (i = 0; i < PT_ENTRIES; i++) {
		if (as == AS_TOP_L2 && i >= HV_L2_FIRST) {
			if (e[i] != hv_l2[i])
				fail("slot %u of top L2 %x is %llx", i, mfn, e[i]);
			continue;
		}
		if ((e[i] & PTE_P) && (e[i] & (as == AS_L1 ? PTE_PS | PTE_G : PTE_PS)))
			fail("CPU finds a large, global or PAT entry %llx", e[i]);
		look_at(e[i], as == AS_L1 ? -1 : AS_L1);
	}
}

static void cpu_look(void)
{
	u32 i;
	int as;

	memset(looked_at, 0, sizeof(looked_at));
	for (i = 0; i < L3_ENTRIES; i++)
		look_at(pdpte[i], i == L3_TOP ? AS_TOP_L2 : AS_L2);
	for (i = 0; i < NR_FRAMES; i++)
		for (as = 0; as < AS_NR; as++)
			if (cached_table[i][as])
				look_at_table(i, as);
}

bool cpu_can_write(mfn_t mfn)
{
	return cached_writable[mfn];
}

u32 all_flushes;

void tlb_flush(void)
{
	all_flushes++;
	memset(cached_table, 0, sizeof(cached_table));
	memset(cached_writable, 0, sizeof(cached_writable));
	/* The CPU fills its caches again before the monitor goes on. */
	cpu_look();
	tlb_stale = false;
}

u32 flushed_page;

void tlb_flush_page(u32 va)
{
	flushed_page = va; /* other addresses may map the same frame: nothing is flushed */
}

void tlb_load_base(mfn_t l3)
{
	u32 i;

	memcpy(pdpte, ram[l3], sizeof(pdpte));
	if (!(pdpte[L3_TOP] & PTE_P))
		fail("CR3 without the monitor");
	for (i = 0; i < L3_ENTRIES; i++)
		if ((pdpte[i] & PTE_P) && (pdpte[i] & 0x80000000000001e6ull))
			fail("#GP at the move to CR3");
	tlb_flush();
}

void caches_flush(void)
{
}

/* ---- the bookkeeper ---- */

static u32 uses[NR_FRAMES], refs[NR_FRAMES];

/* A released frame has list links in the bits of its counts. */
#define LINK 0xfffffu

static void expect(mfn_t mfn, u32 use, const char *why)
{
	if (!frame_is_guest(mfn))
		fail("frame %x is held (%s) but not the guest's", mfn, why);
	if ((frame_table[mfn].type & TYPE_USE) != use)
		fail("frame %x is of type %x but used as %x (%s)", mfn, frame_table[mfn].type, use,
		     why);
	uses[mfn]++;
	refs[mfn]++;
}

static void expect_entries(mfn_t mfn)
{
	u32 type = frame_table[mfn].type, i;
	const u64 *e = (const u64 *)ram[mfn];
	u32 nr = (type & TYPE_MASK) == TYPE_L3 ? L3_ENTRIES :
		 type & TYPE_TOP_L2	       ? HV_L2_FIRST :
						 PT_ENTRIES;

	for (i = 0; i < nr; i++) {
		u64 named = (e[i] & PTE_ADDR) >> 12;

		if (!(e[i] & PTE_P))
			continue;
		switch (type & TYPE_MASK) {
		case TYPE_L3:
			expect(named, i == L3_TOP ? TYPE_L2 | TYPE_TOP_L2 : TYPE_L2, "L3 entry");
			break;
		case TYPE_L2:
			expect(named, TYPE_L1, "L2 entry");
			break;
		default:
			if (named >= NR_FRAMES || (frame_table[named].count & FRAME_IO))
				break;
			if (e[i] & PTE_RW)
				expect(named, TYPE_WRITABLE, "writable L1 entry");
			else
				refs[named]++;
		}
	}
}

/* Is this a frame without counts: the monitor's, a device's, or a released one? */
static bool uncounted(u32 i, const struct frame *f)
{
	if (i >= FIRST_GUEST)
		return (f->count & ~LINK) == FRAME_FREE && !(f->type & ~LINK);
	return f->count == (i < DEVICE_FRAME ? 0 : FRAME_IO) && f->type == TYPE_NONE;
}

static void check_counts(void)
{
	u32 i;

	memset(uses, 0, sizeof(uses));
	memset(refs, 0, sizeof(refs));
	for (i = 0; i < NR_FRAMES; i++) {
		struct frame *f = &frame_table[i];

		if (f->count & FRAME_FREE || !(f->count & FRAME_OWNED))
			continue;
		if (f->type & TYPE_VALIDATED)
			expect_entries(i);
		if (f->type & TYPE_PINNED)
			expect(i, f->type & TYPE_USE, "pin");
		if (i == current_l3)
			expect(i, TYPE_L3, "base");
		if (i == SHARED_FRAME)
			expect(i, TYPE_WRITABLE, "shared");
		uses[i] += held_typed[i];
		refs[i] += held_typed[i] + held[i];
	}
	for (i = 0; i < NR_FRAMES; i++) {
		struct frame *f = &frame_table[i];
		bool table = type_is_table(f->type) && (f->type & TYPE_COUNT);

		if (!(f->count & FRAME_OWNED)) {
			if (refs[i] || uses[i] || !uncounted(i, f))
				fail("frame %x: refs %u, counts %x %x", i, refs[i], f->count,
				     f->type);
			continue;
		}
		if ((f->type & TYPE_COUNT) != uses[i] || (f->count & FRAME_COUNT) != refs[i])
			fail("frame %x: %u uses %u references, but counts are %x %x", i, uses[i],
			     refs[i], f->type, f->count);
		if (!(f->type & TYPE_VALIDATED) != !table)
			fail("frame %x: type %x", i, f->type);
	}
}

void machine_check(void)
{
	u32 i;

	if (memcmp(&frame_table[NR_FRAMES], &behind, sizeof(behind)) || m2p_rw[BEHIND_M2P] != 4711)
		fail("what lies behind the tables has changed");
	check_counts();
	cpu_look();
	for (i = 0; i < NR_FRAMES; i++) {
		u32 type = frame_table[i].type;
		bool used = (frame_table[i].count & FRAME_OWNED) && (type & TYPE_COUNT);

		if (cached_writable[i] && used && (type & TYPE_MASK) != TYPE_WRITABLE)
			fail("CPU can write frame %x of type %x", i, type);
		if (cached_writable[i] && i < FIRST_GUEST && i >= DEVICE_FRAME + 2 &&
		    i != SHARED_FRAME)
			fail("CPU can write frame %x", i);
		if ((cached_table[i][AS_L1] || cached_table[i][AS_L2] ||
		     cached_table[i][AS_TOP_L2]) &&
		    used && (type & TYPE_MASK) == TYPE_WRITABLE)
			fail("CPU walks frame %x of type %x", i, type);
	}
	if (current_l3 != MFN_INVALID)
		for (i = 0; i < L3_ENTRIES; i++)
			if (pdpte[i] != ((const u64 *)ram[current_l3])[i])
				fail("L3 entry %u is not what the CPU has", i);
}

/* ---- snapshots ---- */

void snapshot_take(struct snapshot *s)
{
	memcpy(s->ram, ram, sizeof(ram));
	memcpy(s->frames, frame_table, sizeof(s->frames));
}

/* Do the entries differ only in bits that validation clears: G, and RW of firmware memory? */
static bool only_stripped(u64 was, u64 is)
{
	u64 changed = (was ^ is) & ~(u64)PTE_G;
	mfn_t mfn = pte_mfn(was);

	return !changed || (changed == PTE_RW && (was & PTE_RW) && mfn >= NR_FRAMES &&
			    machine_frame_owner(mfn) == PT_FIRMWARE);
}

/*
 * Fails if the machine differs from the snapshot. These may differ: the type of a frame
 * without uses; and in frames that were validated meanwhile, the bits that validation
 * clears and the monitor's slots.
 */
void snapshot_compare(const struct snapshot *s)
{
	u32 i, j;

	for (i = 0; i < NR_FRAMES; i++) {
		const u64 *was = (const u64 *)s->ram[i], *is = (const u64 *)ram[i];
		u32 type = frame_table[i].type;

		for (j = 0; j < PT_ENTRIES; j++)
			if (!only_stripped(was[j], is[j]) &&
			    !((type & TYPE_TOP_L2) && j >= HV_L2_FIRST))
				fail("refused, but frame %x entry %u changed", i, j);
		if (s->frames[i].count != frame_table[i].count)
			fail("refused, but frame %x has count %x", i, frame_table[i].count);
		if (type & TYPE_COUNT ? type != s->frames[i].type :
					(s->frames[i].type & TYPE_COUNT) != 0)
			fail("refused, but frame %x has type %x", i, type);
	}
}

/* The device of the fake machine is at frames where a real machine has RAM. */
enum pt_owner machine_frame_owner(mfn_t mfn)
{
	return mfn < NR_FRAMES ? PT_DEVICE : device_frame_owner(mfn, NULL, 0);
}

void machine_init(void)
{
	u32 i;

	memset(ram, 0, sizeof(ram));
	memset(held, 0, sizeof(held));
	memset(held_typed, 0, sizeof(held_typed));
	memset(pdpte, 0, sizeof(pdpte));
	memset(cached_table, 0, sizeof(cached_table));
	memset(cached_writable, 0, sizeof(cached_writable));
	memset(&domain, 0, sizeof(domain));
	current_l3 = MFN_INVALID;
	tlb_stale = false;
	for (i = HV_L2_FIRST; i < 512; i++)
		hv_l2[i] = mfn_pte(MONITOR_FRAME, PTE_P | PTE_RW) | (u64)i << 9;
	frame_table[NR_FRAMES] = behind;
	m2p_rw[BEHIND_M2P] = 4711;
	mm_init(40, true);
	frame_init(NR_FRAMES);
	frame_add_io(DEVICE_FRAME, 2);
	frame_share(SHARED_FRAME);
	frame_add_guest_ram(FIRST_GUEST, NR_FRAMES - FIRST_GUEST);
	domain.tot_pages = domain.max_pages = NR_FRAMES - FIRST_GUEST;
	domain.nr_pfns = NR_FRAMES;
}
