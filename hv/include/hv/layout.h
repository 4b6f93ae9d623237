/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The linear address space from HYPERVISOR_VIRT_START_PAE up, which every page
 * directory shares. The guest has everything below.
 *
 *   f5800000  machine-to-physical table, read-only; the guest's segments reach
 *             to its end and no further (Xen's MACH2PHYS_VIRT_{START,END}_PAE)
 *   f6800000  the same table, writable
 *   f7800000  frame table (struct frame, one per machine frame)
 *   f8800000  plugins, in segment mode
 *   fe800000  map cache: slots that map machine frames
 *   fea00000  three descriptor tables of 64 KiB each (kernel, user, plugin)
 *   ff000000  the monitor's image, bss and heap, linear to physical 1 MiB
 *   ff200000  what the monitor keeps of each plugin (plugin/store.c)
 *   ff800000  end; nothing is mapped above
 *
 * In L2 terms: slots 428 (0xf5800000 >> 21 & 511) to 511 of the page directory
 * page that maps 3..4 GiB are the monitor's.
 */
#ifndef HV_LAYOUT_H
#define HV_LAYOUT_H

#define HV_VIRT_START	0xf5800000
#define HV_M2P_RO	0xf5800000
#define HV_GUEST_LIMIT	0xf6800000 /* first byte no guest segment reaches */
#define HV_M2P_RW	0xf6800000
#define HV_FRAME_TABLE	0xf7800000
#define HV_PLUGIN_START 0xf8800000
#define HV_PLUGIN_END	0xfe800000
#define HV_MAP_CACHE	0xfe800000
#define HV_GDT_KERNEL	0xfea00000
#define HV_GDT_USER	0xfea10000
#define HV_GDT_PLUGIN	0xfea20000
#define HV_IMAGE	0xff000000
#define HV_PLUGIN_STORE 0xff200000
#define HV_IMAGE_END	0xff800000

#define PLUGIN_STORE_MAX (HV_IMAGE_END - HV_PLUGIN_STORE) /* bytes */
#define HV_LOAD_PHYS	 0x00100000

/*
 * Page mode: linear address of a plugin's offset 0 in the private page directory. It is
 * above all that virtual-8086 mode reaches (ffff:ffff): where a machine lets a plugin
 * enter that mode, the plugin cannot execute one instruction in it.
 */
#define HV_PLUGIN_PAGE_BASE 0x00200000

#define HV_L2_FIRST 428 /* first slot of the monitor in the top L2 */

#define HV_PHYS_OFFSET (HV_IMAGE - HV_LOAD_PHYS)

/* Bytes of the ring-0 stacks for the guest (cpu/tss.c) and for plugins (plugin/world.c). */
#define HV_STACK_SIZE	     8192
#define HV_PLUGIN_STACK_SIZE 4096

/* Selectors at Xen's FIRST_RESERVED_GDT_PAGE (14) and up. */
#define SEL_HV_CS	  0xe008
#define SEL_HV_DS	  0xe010
#define SEL_GUEST_CS	  0xe019 /* FLAT_RING1_CS */
#define SEL_GUEST_DS	  0xe021 /* FLAT_RING1_DS */
#define SEL_USER_CS	  0xe02b /* FLAT_RING3_CS */
#define SEL_USER_DS	  0xe033 /* FLAT_RING3_DS */
#define SEL_TSS		  0xe040
#define SEL_DF_TSS	  0xe048
#define SEL_PLUGIN_CS2	  0xe052 /* plugin in ring 2 (segment mode) */
#define SEL_PLUGIN_DS2	  0xe05a
#define SEL_PLUGIN_CS3	  0xe063 /* plugin in ring 3 (page mode) */
#define SEL_PLUGIN_DS3	  0xe06b
#define GDT_RESERVED_PAGE 14
#define GDT_LIMIT	  0xe07f

#endif
