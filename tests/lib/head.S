/* SPDX-License-Identifier: MIT */
/*
 * The ELF notes that make the image a Xen PV kernel, the first instructions, and the
 * hypercall page that the monitor fills.
 *
 * Start state (Xen's x86_32 ABI): flat ring-1 segments, ESI = start_info, ESP = top of the
 * boot stack from the domain builder, events masked, and the builder's page tables. The
 * library switches to a stack of its own and saves the initial registers in boot_regs, for
 * the test that checks them.
 */
#define __ASSEMBLY__
#include <lib/types.h>
#include <xen/elfnote.h>

#ifndef GUEST_LOAD
#define GUEST_LOAD 0x100000
#endif

.macro elfnote name, type, desc:vararg
	.pushsection .note.guest, "a", @note
	.align 4
	.long 2f - 1f, 4f - 3f, \type
1:	.asciz "\name"
2:	.align 4
3:	\desc
4:	.align 4
	.popsection
.endm

	elfnote Xen, XEN_ELFNOTE_GUEST_OS, .asciz "ringfence-test"
	elfnote Xen, XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
	elfnote Xen, XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	elfnote Xen, XEN_ELFNOTE_VIRT_BASE, .long 0xc0000000
	elfnote Xen, XEN_ELFNOTE_PADDR_OFFSET, .long 0
	elfnote Xen, XEN_ELFNOTE_ENTRY, .long guest_start
	elfnote Xen, XEN_ELFNOTE_HYPERCALL_PAGE, .long hypercall_page
	elfnote Xen, XEN_ELFNOTE_HV_START_LOW, .long 0xf5800000
	elfnote Xen, XEN_ELFNOTE_PAE_MODE, .asciz "yes"
	elfnote Xen, XEN_ELFNOTE_LOADER, .asciz "generic"
	elfnote Xen, XEN_ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"
#ifdef GUEST_MOD_START_PFN
	elfnote Xen, XEN_ELFNOTE_MOD_START_PFN, .long 1
#endif
#ifdef GUEST_IDENTITY
	elfnote Ringfence, 1, .long 1
#endif

	.section .text.start, "ax"
	.globl guest_start
guest_start:
	movl	%eax, boot_regs
	movl	%ebx, boot_regs + 4
	movl	%ecx, boot_regs + 8
	movl	%edx, boot_regs + 12
	movl	%esi, boot_regs + 16
	movl	%edi, boot_regs + 20
	movl	%ebp, boot_regs + 24
	movl	%esp, boot_regs + 28
	pushfl
	popl	boot_regs + 32
	movw	%cs, boot_regs + 36
	movw	%ss, boot_regs + 38
	movw	%ds, boot_regs + 40
	movw	%es, boot_regs + 42
	movw	%fs, boot_regs + 44
	movw	%gs, boot_regs + 46
	cld
	movl	$main_stack_end, %esp
	xorl	%ebp, %ebp
	pushl	%ebp		/* return address 0: lib_start() does not return */
	jmp	lib_start

	.section .text.hypercall_page, "ax"
	.align	PAGE_SIZE
	.globl hypercall_page
hypercall_page:
	.skip	PAGE_SIZE, 0xcc

	.section .bss.stack, "aw", @nobits
	.align	PAGE_SIZE
	.globl main_stack, main_stack_end
main_stack:
	.skip	4 * PAGE_SIZE
main_stack_end:

	.section .note.GNU-stack, "", @progbits
