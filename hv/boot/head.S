/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the boot loader to C: the multiboot 1 header, and the switch from flat
 * protected mode without paging to PAE paging at HV_IMAGE.
 *
 * The boot page directory maps 0..4 GiB to itself in 2 MiB pages, but for the
 * slots from HV_L2_FIRST up. It stays alive afterwards: the double fault task
 * runs on it.
 */
#include <hv/layout.h>

#define MB_MAGIC 0x1badb002
#define MB_FLAGS 0x00010003 /* modules on pages, memory map, addresses below */
#define MB_LOADER 0x2badb002
#define PHYS(x)	 ((x) - HV_PHYS_OFFSET)

	/*
	 * The header has the load and entry addresses (MB_FLAGS bit 16), because loaders
	 * differ: QEMU takes an ELF entry point for a physical address, GRUB for a virtual
	 * one.
	 */
	.section .multiboot, "ax"
	.balign 4
header:
	.long MB_MAGIC, MB_FLAGS, -(MB_MAGIC + MB_FLAGS)
	.long PHYS(header), PHYS(hv_start), PHYS(hv_data_end), PHYS(hv_end), PHYS(head)

	.section .head.text, "ax"
	.globl head
head:
	cli
	cld
	movl $PHYS(boot_stack_top), %esp
	movl %eax, %ebp			/* loader's magic */
	movl $0x400, %eax		/* disable breakpoints that another kernel left */
	movl %eax, %dr7
	movl %ebp, %eax

	/* Is there RAM for the whole image? mem_upper (8(%ebx)) is the KiB above 1 MiB. */
	cmpl $MB_LOADER, %eax
	jne 0f
	testl $1, (%ebx)
	jz 0f
	movl 8(%ebx), %ecx
	cmpl $(hv_size_kib), %ecx
	jae 0f
	movl $PHYS(no_memory_text), %esi
	jmp head_refuse
0:
	/* The monitor needs PAE: CPUID.1:EDX.6. */
	movl $1, %eax
	pushl %ebx
	cpuid
	popl %ebx
	testl $(1 << 6), %edx
	jnz 1f
	movl $PHYS(no_pae_text), %esi
	jmp head_refuse
1:
	/* Map 0..4 GiB to itself in 2 MiB pages. */
	movl $PHYS(boot_l2), %edi
	movl $0x83, %eax
	movl $2048, %ecx
2:	movl %eax, (%edi)
	movl $0, 4(%edi)
	addl $8, %edi
	addl $0x200000, %eax
	loop 2b
	/* Clear the monitor's slots, and map the image there. */
	movl $PHYS(boot_l2 + 3 * 4096 + HV_L2_FIRST * 8), %edi
	xorl %eax, %eax
	movl $((512 - HV_L2_FIRST) * 2), %ecx
	rep stosl
	movl $PHYS(image_l1), %edi
	movl $(HV_LOAD_PHYS | 3), %eax
	movl $512, %ecx
3:	movl %eax, (%edi)
	movl $0, 4(%edi)
	addl $8, %edi
	addl $4096, %eax
	loop 3b
	movl $PHYS(image_l1) + 3, PHYS(boot_l2 + 3 * 4096) + ((HV_IMAGE >> 21) & 511) * 8

	movl $PHYS(boot_l2) + 1, %eax
	movl $PHYS(boot_l3), %edi
	movl $4, %ecx
4:	movl %eax, (%edi)
	movl $0, 4(%edi)
	addl $8, %edi
	addl $4096, %eax
	loop 4b

	movl $0x20, %eax		/* CR4.PAE */
	movl %eax, %cr4
	movl $PHYS(boot_l3), %eax
	movl %eax, %cr3
	/*
	 * EFER: set NXE if the CPU has NX (CPUID.80000001:EDX.20), and clear all else:
	 * another kernel may have left SCE and LME. The CPU has EFER if it has NX,
	 * SYSCALL (bit 11) or long mode (bit 29).
	 */
	pushl %ebx
	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb 5f
	movl $0x80000001, %eax
	cpuid
	testl $(1 << 20 | 1 << 11 | 1 << 29), %edx
	jz 5f
	xorl %eax, %eax
	testl $(1 << 20), %edx
	jz 7f
	movl $1, PHYS(have_nx)
	movl $(1 << 11), %eax
7:	xorl %edx, %edx
	movl $0xc0000080, %ecx
	wrmsr
5:	popl %ebx
	movl %cr0, %eax
	/* CR0: PG, AM, WP, NE, MP, PE set; EM, TS, CD, NW clear. */
	andl $~0x6000000c, %eax
	orl $0x80050023, %eax
	movl %eax, %cr0
	ljmp_high:
	movl $6f, %eax
	jmp *%eax
6:
	movl $boot_stack_top, %esp
	movl %ebp, %eax
	movl %ebx, %edx
	xorl %ebp, %ebp
	call boot_main
	ud2

	/* cannot_boot() before paging and C: ESI = one line for debug port and COM1. */
head_refuse:
	lodsb
	testb %al, %al
	jz 8f
	outb %al, $0xe9
	movw $0x3f8, %dx
	outb %al, %dx
	jmp head_refuse
8:	movl $0x13, %eax
	movw $0xf4, %dx
	outl %eax, %dx
9:	hlt
	jmp 9b

	.section .rodata
no_memory_text:
	.asciz "(rf) cannot boot: too little memory: the monitor alone needs 3 MiB; give the machine more\n"
no_pae_text:
	.asciz "(rf) cannot boot: the CPU has no PAE; use a CPU model with PAE and NX such as coreduo\n"

	.section .data
	.globl have_nx
	.balign 4
have_nx:
	.long 0

	.section .bss.page_aligned, "aw", @nobits
	.balign 4096
	.globl boot_l2, hv_l2, image_l1, boot_l3, boot_stack_top, boot_stack
boot_l2:
	.skip 3 * 4096
hv_l2:
	.skip 4096
image_l1:
	.skip 4096
boot_stack:
	.skip 8192
boot_stack_top:
boot_l3:
	.skip 32

	.section .note.GNU-stack, "", @progbits
