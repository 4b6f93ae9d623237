/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's image: linked at HV_IMAGE, loaded at HV_LOAD_PHYS. Sections
 * begin on pages so that boot/memory.c can give each its own protection.
 */
#include <hv/layout.h>

OUTPUT_FORMAT("elf32-i386")
OUTPUT_ARCH(i386)
ENTRY(head_phys)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = HV_IMAGE;
	hv_start = .;
	.text : AT(ADDR(.text) - HV_PHYS_OFFSET) {
		*(.multiboot)
		*(.head.text)
		*(.entry.text)
		*(.text .text.*)
		*(.fixup)
		*(.init.text)
	} :text
	. = ALIGN(4096);
	hv_text_end = .;
	.rodata : AT(ADDR(.rodata) - HV_PHYS_OFFSET) {
		*(.rodata .rodata.*)
		. = ALIGN(4);
		extable_start = .;
		KEEP(*(.extable))
		extable_end = .;
		symbols_start = .;
		KEEP(*(.symbols))
		symbols_end = .;
	} :rodata
	. = ALIGN(4096);
	hv_rodata_end = .;
	.data : AT(ADDR(.data) - HV_PHYS_OFFSET) {
		*(.data.page_aligned)
		*(.data .data.*)
		*(.init.data)
	} :data
	hv_data_end = .;
	.bss : AT(ADDR(.bss) - HV_PHYS_OFFSET) {
		. = ALIGN(4096);
		*(.bss.page_aligned)
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
	} :data
	hv_end = .;
	head_phys = head - HV_PHYS_OFFSET;
	hv_size_kib = (hv_end - hv_start) / 1024;
	ASSERT(hv_end - hv_start <= 0x200000, "image and heap fit one L1 table")
	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) }
}
