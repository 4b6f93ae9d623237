/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot: the firmware's memory map, free memory, modules, options, and the steps of
 * boot/main.c. guest_e820[] is the memory map that hypercalls give to the guest.
 */
#ifndef HV_BOOT_H
#define HV_BOOT_H

#include <hv/types.h>

/* An entry as the BIOS, multiboot's mmap and XENMEM_memory_map lay it out. */
struct e820entry {
	u64 addr;
	u64 size;
	u32 type;
} __packed;

#define E820_RAM      1
#define E820_RESERVED 2

/* The firmware's memory map, as the boot loader passed it. */
#define FIRMWARE_MAP_MAX 128
extern struct e820entry firmware_map[];
extern u32 firmware_map_nr;

extern struct e820entry guest_e820[];
extern u32 guest_e820_nr;

/* A multiboot module; domain_build() moves it, and updates `start`. */
struct module {
	u32 start, size; /* physical, bytes */
	const char *cmdline;
};
extern struct module modules[2]; /* kernel, initrd; size 0: absent */

/* Free physical memory: bytes, page aligned, in ascending order. */
struct range {
	u32 start, end;
};
#define RANGES_MAX 32
extern struct range ranges[RANGES_MAX];
extern u32 ranges_nr;
bool ranges_take(u32 start, u32 end); /* false: a part of it was not free */
void ranges_give(u32 start, u32 end);
/* Take `size` bytes at the highest free address, page aligned; 0: no range is that large. */
u32 ranges_alloc(u32 size);

/* ---- in the order boot/main.c calls them ---- */
void multiboot_scan(u32 magic, u32 mbi); /* ranges, modules, command line */
extern char monitor_cmdline[];
void options_parse(char *cmdline); /* monitor_cmdline into the below */
extern u32 option_tick_hz, option_guest_mem_mib;
/* tick_late=: only one of so many ticks comes, as on a busy host. For tests. */
extern u32 option_tick_late;
enum plugin_mode_option { MODE_AUTO, MODE_SEGMENT, MODE_PAGE, MODE_UNGUARDED };
extern enum plugin_mode_option option_plugin_mode;
/* crash=: break an invariant of the monitor, to test panic. */
enum crash_option { CRASH_NO, CRASH_BUG, CRASH_FAULT, CRASH_STACK };
extern enum crash_option option_crash;
void crash_rehearse(void);
void memory_init(void);		/* heap, frame table, m2p, protection */
void memory_hand_over(void);	/* all free ranges become the guest's */
u32 memory_monitor_bytes(void); /* what the monitor keeps, as of boot */
/*
 * After boot: map a frame that the guest has released at the end of the store, which has
 * plugin_store_bytes then. False: there is none, or the store is as large as it can be.
 */
bool memory_grow_store(void);
struct regs;
struct regs *domain_build(void); /* the guest's first registers */
void memory_mark_io(void);	 /* frame_add_io() for all frames that are not RAM */
void memory_make_e820(bool identity, u32 nr_pfns);
void time_init(u32 hz);
void time_set_wallclock(void);

/*
 * Physical memory through the identity map of the boot page directory. Valid until
 * domain_build() loads the guest's page tables.
 */
static always_inline void *phys(u32 pa)
{
	return (void *)pa;
}

#endif
