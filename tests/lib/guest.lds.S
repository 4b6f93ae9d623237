/* SPDX-License-Identifier: MIT */
/*
 * Layout of a micro-guest, linked at VIRT_BASE + GUEST_LOAD; p_paddr is the pseudo-physical
 * address. Code, data and the parts for ring 3 are on separate pages, because the paging
 * tests change rights of pages, and because an emulator is slow if code and written data
 * share a page.
 */
#ifndef GUEST_LOAD
#define GUEST_LOAD 0x100000
#endif
#define VIRT_BASE 0xc0000000

OUTPUT_FORMAT("elf32-i386")
OUTPUT_ARCH(i386)
ENTRY(guest_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	. = VIRT_BASE + GUEST_LOAD;
	image_start = .;
	.text : AT(ADDR(.text) - VIRT_BASE) {
		*(.text.start)
		*(.text.hypercall_page)
		*(.text .text.*)
	} :text
	. = ALIGN(0x1000);
	.user_text : AT(ADDR(.user_text) - VIRT_BASE) {
		user_text_start = .;
		*(.user_text .user_text.*)
		. = ALIGN(0x1000);
		user_text_end = .;
	} :text
	.rodata : AT(ADDR(.rodata) - VIRT_BASE) {
		*(.rodata .rodata.*)
		. = ALIGN(4);
		extable_start = .;
		*(.extable)
		extable_end = .;
	} :text
	.note.guest : AT(ADDR(.note.guest) - VIRT_BASE) {
		*(.note.guest)
	} :text :note
	. = ALIGN(0x1000);
	.data : AT(ADDR(.data) - VIRT_BASE) {
		*(.data .data.*)
	} :data
	. = ALIGN(0x1000);
	.user_data : AT(ADDR(.user_data) - VIRT_BASE) {
		user_data_start = .;
		*(.user_data .user_data.*)
		. = ALIGN(0x1000);
		user_data_end = .;
	} :data
	.bss (NOLOAD) : AT(ADDR(.bss) - VIRT_BASE) {
		*(.bss.stack)
		*(.bss .bss.* COMMON)
		. = ALIGN(0x1000);
	} :data
	image_end = .;

	/DISCARD/ : {
		*(.comment) *(.eh_frame) *(.note.GNU-stack) *(.note.gnu.*)
	}
}
