/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What boot/memory.c found out and the hypercalls hand on: the memory map as
 * the guest is to see it (the monitor's own frames are reserved in it).
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

/* As the boot loader gave it. */
#define FIRMWARE_MAP_MAX 128
extern struct e820entry firmware_map[];
extern u32 firmware_map_nr;

extern struct e820entry guest_e820[];
extern u32 guest_e820_nr;

/* A multiboot module, where it lies now. */
struct module {
	u32 start, size; /* physical, bytes */
	const char *cmdline;
};
extern struct module modules[2]; /* kernel, initrd; size 0: absent */

/* Physical memory nobody has yet, in ascending order. Page aligned. */
struct range {
	u32 start, end;
};
#define RANGES_MAX 32
extern struct range ranges[RANGES_MAX];
extern u32 ranges_nr;
bool ranges_take(u32 start, u32 end); /* false: was not all free */
void ranges_give(u32 start, u32 end);
/* `size` bytes from the top of memory, page aligned; 0 when there are none. */
u32 ranges_alloc(u32 size);

/* ---- in the order boot/main.c calls them ---- */
void multiboot_scan(u32 magic, u32 mbi); /* ranges, modules, command line */
extern char monitor_cmdline[];
void options_parse(char *cmdline); /* monitor_cmdline into the below */
extern u32 option_tick_hz, option_guest_mem_mib;
/* Rehearse a busy host: only one tick of so many comes. */
extern u32 option_tick_late;
enum plugin_mode_option { MODE_AUTO, MODE_SEGMENT, MODE_PAGE, MODE_UNGUARDED };
extern enum plugin_mode_option option_plugin_mode;
/* crash=: break an invariant of the monitor's own, to see how that ends. */
enum crash_option { CRASH_NO, CRASH_BUG, CRASH_FAULT, CRASH_STACK };
extern enum crash_option option_crash;
void crash_rehearse(void);
void memory_init(void);		/* heap, frame table, m2p, protection */
void memory_hand_over(void);	/* all free ranges become the guest's */
u32 memory_monitor_bytes(void); /* what the monitor keeps */
struct regs;
struct regs *domain_build(void); /* the guest's first registers */
void memory_mark_io(void);	 /* frames that are no RAM */
void memory_make_e820(bool identity, u32 nr_pfns);
void time_init(u32 hz);
void time_set_wallclock(void);

/*
 * Physical memory through the boot page directory's identity map, which is
 * gone once the guest's is loaded.
 */
static always_inline void *phys(u32 pa)
{
	return (void *)pa;
}

#endif
