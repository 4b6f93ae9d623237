/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine memory: who owns a frame, what it is used as, and page tables.
 *
 * Invariants (essay in mm/page_type.c):
 *  1. no page table a CPU can use maps a frame of the monitor, but for the
 *     shared slots from HV_L2_FIRST up and the m2p;
 *  2. a frame in use as a page table (any level) or as a descriptor table is
 *     mapped writable nowhere in the guest's space;
 *  3. a frame has one type at a time; it changes only at type count zero.
 */
#ifndef HV_MM_H
#define HV_MM_H

#include <hv/types.h>
#include <hv/layout.h>

/* Page-table entry bits (SDM volume 3, 4.4 PAE paging). */
typedef u64 pte_t;
#define PTE_P		  0x001ull
#define PTE_RW		  0x002ull
#define PTE_US		  0x004ull
#define PTE_PWT		  0x008ull
#define PTE_PCD		  0x010ull
#define PTE_A		  0x020ull
#define PTE_D		  0x040ull
#define PTE_PS		  0x080ull /* in an L2 entry; PAT in an L1 entry */
#define PTE_G		  0x100ull
#define PTE_AVL		  0xe00ull
#define PTE_NX		  (1ull << 63)
#define PTE_ADDR	  0x000ffffffffff000ull
#define pte_mfn(e)	  ((mfn_t)(((e)&PTE_ADDR) >> PAGE_SHIFT))
#define mfn_pte(m, flags) (((pte_t)(m) << PAGE_SHIFT) | (flags))

/* A machine frame. 8 bytes, plus 4 in the m2p: 12 of the 16 bytes allowed per frame. */
struct frame {
	u32 count; /* FRAME_* flags and the general reference count */
	u32 type;  /* TYPE_* and the type reference count */
};
#define FRAME_OWNED (1u << 31) /* is the guest's RAM */
#define FRAME_IO    (1u << 30) /* not RAM: device or firmware */
/* Shared by the monitor with the guest (shared_info): always TYPE_WRITABLE. */
#define FRAME_SHARED (1u << 29)
/* Released by the guest: on the free list (mm/frame.c). */
#define FRAME_FREE (1u << 28)
/* Set once the count reaches 2^27: no more references are given. */
#define FRAME_FULL  (1u << 27)
#define FRAME_COUNT 0x0fffffffu

#define TYPE_MASK      (7u << 29)
#define TYPE_NONE      (0u << 29)
#define TYPE_L1	       (1u << 29)
#define TYPE_L2	       (2u << 29)
#define TYPE_L3	       (3u << 29)
#define TYPE_DESC      (4u << 29) /* descriptor table */
#define TYPE_WRITABLE  (5u << 29) /* has, or may have, writable mappings */
#define TYPE_PINNED    (1u << 28)
#define TYPE_VALIDATED (1u << 27)
/* This L2 maps 3..4 GiB and carries the monitor's slots. */
#define TYPE_TOP_L2 (1u << 26)
/* Set once the count reaches 2^24: no more references of this type are given. */
#define TYPE_FULL  (1u << 24)
#define TYPE_COUNT 0x01ffffffu

extern u32 max_mfn; /* frames in the frame table: 0 .. max_mfn - 1 */
#ifndef MM_HOST_TEST
#define frame_table ((struct frame *)HV_FRAME_TABLE)
#define m2p_rw	    ((u32 *)HV_M2P_RW)
#else
extern struct frame frame_table[];
extern u32 m2p_rw[];
#endif

/* ---- what boot (boot/memory.c) provides to mm ---- */
/* Monitor heap: `nr` zeroed contiguous pages of the image area. They are never freed. */
void *heap_pages(u32 nr); /* NULL when there are none left */
/* Bytes of memory at HV_PLUGIN_STORE. */
extern u32 plugin_store_bytes;
static always_inline paddr_t hv_pa(const void *va)
{
	return (u32)va - HV_PHYS_OFFSET;
}
/* The monitor's L2: every top L2 has a copy of its slots HV_L2_FIRST..511. */
extern pte_t hv_l2[512];
/* The L1 table of HV_MAP_CACHE, hooked into hv_l2, all zero. */
extern pte_t hv_map_cache_l1[512];

/* ---- boot calls, in this order, once the areas of layout.h are mapped ---- */
/* Tells mm the CPU's physical address width (bits) and whether it has NX. */
void mm_init(unsigned int maxphyaddr, bool nx);
/*
 * Initialise the frame table and m2p for frames 0 .. nr - 1: all are the monitor's and
 * have no pfn. Both areas are mapped to the end of their last page.
 */
void frame_init(u32 nr);
/* Make the guest the owner of frames; the domain builder writes m2p_rw and domain. */
void frame_add_guest_ram(mfn_t mfn, u32 nr);
/* Mark frames as not RAM: the guest may map them, but they never become tables. */
void frame_add_io(mfn_t mfn, u32 nr);
/* Allow the guest to map a frame of the monitor, also writable. */
void frame_share(mfn_t mfn);

/* ---- map cache (mm/map_cache.c; the hit path is in hv/map_cache.h) ---- */
/*
 * Map a machine frame in a slot of the class. The pointer is valid until a frame that
 * needs the same slot is mapped in that class: hold at most one pointer per class.
 * A hit costs a compare; a miss one PTE write and an invlpg.
 * The mm code uses the three TABLE classes for the three levels of tables.
 */
enum map_class { MAP_TABLE, MAP_TABLE2, MAP_TABLE3, MAP_COPY, MAP_NR };
void *map_frame(enum map_class c, mfn_t mfn);

/* ---- frames and types (mm/frame.c, mm/page_type.c) ---- */
/* The get functions return 0 or -errno (-EINVAL, -EPERM, -EBUSY); callers are hypercalls. */
int frame_get(mfn_t mfn); /* take a general reference; the guest's RAM only */
void frame_put(mfn_t mfn);
/*
 * Take a general and a type reference. Page tables are validated; the contents of a
 * TYPE_DESC frame are not: the caller checks them once it has the reference.
 */
int frame_get_type(mfn_t mfn, u32 type);
void frame_put_type(mfn_t mfn); /* undo of frame_get_type */
bool frame_is_guest(mfn_t mfn);

/*
 * Pin the L3 that the domain builder made, as if the guest had pinned it. An invalid
 * table is a bug of the monitor: panics.
 */
void mm_adopt(mfn_t l3);
/* Load `l3` into CR3, take a type reference on it and drop that on the old one. -errno. */
int mm_new_base(mfn_t l3);
extern mfn_t current_l3;

/*
 * Copy a slot of hv_l2 that the current top L2 lacks. True: the page fault at `cr2` was
 * due to that, and the access can be tried again. Entries of hv_l2 may be added at any
 * time but never changed or removed.
 */
struct regs;
bool mm_fixup_fault(struct regs *r, u32 cr2);

/* ---- hypercalls (entry/hypercall.c calls them with the caller's registers) -- */
long do_mmu_update(struct regs *r);
long do_update_va_mapping(struct regs *r);
long do_update_va_mapping_otherdomain(struct regs *r);
long do_mmuext_op(struct regs *r);
long do_memory_op(struct regs *r);

/* TLB */
static always_inline void invlpg(u32 va)
{
	asm volatile("invlpg (%0)" : : "r"(va) : "memory");
}
#ifdef MM_HOST_TEST
void flush_tlb(void);
#else
static always_inline void flush_tlb(void)
{
	u32 t;
	asm volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(t) : : "memory");
}
#endif

#endif
