/* SPDX-License-Identifier: MIT */
/*
 * The ROM that Bochs starts from: 64 KiB at 0xffff0000, no BIOS.
 *
 * Bochs's option optramimage has put everything else into memory: the
 * kernel, its modules, and at BOOT_INFO a multiboot information structure (or
 * Linux boot_params) with the entry point beside it. The ROM does what a boot
 * loader's last step does: protected mode, flat segments, interrupts masked,
 * registers as multiboot 1 (EAX, EBX) and Linux's 32-bit boot protocol (ESI)
 * want them. Keep the addresses equal to those in multiboot.py.
 *
 * Bochs gives guest memory a block of the host's at the first touch of each,
 * in the order of touching, but optramimage reads a whole file to where its
 * first block went. A file longer than a block is only whole in memory when
 * the blocks behind its first are touched in ascending order, before all else.
 */
#define BOOT_INFO   0x10000
#define BOOT_ENTRY  0xfffc		/* u32: where to jump */
#define IMAGE_END   0xfff8		/* u32: end of the image at IMAGE */
#define IMAGE	    0x100000
#define BLOCK	    0x20000		/* no larger than Bochs's blocks */
#define ROM_BASE    0xffff0000
#define BOOT_MAGIC  0x2badb002
#define CODE32	    0x10		/* Linux insists on these two selectors */
#define DATA32	    0x18
#define PIIX3_IDE   0x80000900		/* PCI configuration address of 00:01.1 */

	.text
	.code16
	.globl	_start
_start:
	cli
	lgdtl	%cs:gdt_pointer
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$CODE32, $ROM_BASE + protected

	.code32
protected:
	mov	$DATA32, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss

	mov	$IMAGE, %edi
1:	mov	(%edi), %al
	add	$BLOCK, %edi
	cmp	IMAGE_END, %edi
	jb	1b

	mov	$0xff, %al		/* both PICs: all lines masked */
	out	%al, $0x21
	out	%al, $0xa1

	/* As a BIOS does: make the disk controller answer on the ISA ports. */
	mov	$0xcf8, %edx
	mov	$PIIX3_IDE + 0x40, %eax
	out	%eax, %dx
	mov	$0xcfc, %edx
	mov	$0x80008000, %eax	/* IDETIM: decode both channels */
	out	%eax, %dx
	mov	$0xcf8, %edx
	mov	$PIIX3_IDE + 0x04, %eax
	out	%eax, %dx
	mov	$0xcfc, %edx
	mov	$1, %eax		/* COMMAND: I/O space */
	out	%eax, %dx

	mov	$BOOT_MAGIC, %eax
	mov	$BOOT_INFO, %ebx
	mov	%ebx, %esi
	xor	%edi, %edi
	xor	%ebp, %ebp
	jmp	*BOOT_ENTRY

	.balign	8
gdt:
	.quad	0, 0
	.quad	0x00cf9a000000ffff
	.quad	0x00cf92000000ffff
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	ROM_BASE + gdt

	.org	0xfff0			/* the reset vector */
	.code16
	jmp	_start
	.org	0xffff
	.byte	0
