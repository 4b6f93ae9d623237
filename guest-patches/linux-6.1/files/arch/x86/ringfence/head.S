/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry points of the guest kernel for the monitor: the boot entry point, the failsafe
 * callback, the hypercall page, and the ELF notes that name them.
 */
#include <linux/elfnote.h>
#include <linux/init.h>
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/page_types.h>
#include <asm/pgtable_types.h>
#include <asm/segment.h>

#include <xen/interface/elfnote.h>
#include <asm/xen/interface.h>

/*
 * Flat ring 1 segments, paging on, ESI = start_info, BSS cleared by the
 * loader.
 */
	__INIT
SYM_CODE_START(ringfence_startup)
	cld
	movl	initial_stack, %esp
	movl	%esi, %eax
	xorl	%ebp, %ebp
	call	ringfence_start_kernel
	ud2
SYM_CODE_END(ringfence_startup)
	__FINIT

/*
 * Failsafe callback: the monitor could not load a selector at HYPERVISOR_iret or at its own
 * return to the guest. The stack holds
 *
 *	0 ds, 4 es, 8 fs, 12 gs, 16 eip, 20 cs, 24 eflags, 28 esp, 32 ss
 *
 * If a data segment of the four does not load, it was the culprit: it becomes
 * 0, as on real hardware when a descriptor goes away, and the return is tried
 * again. If they all load, the iret frame itself is bad.
 */
	.section .entry.text, "ax"
SYM_CODE_START(ringfence_failsafe)
	pushl	%eax
	movl	$0, %eax
1:	mov	4(%esp), %ds
2:	mov	8(%esp), %es
3:	mov	12(%esp), %fs
4:	mov	16(%esp), %gs
	testl	%eax, %eax
	popl	%eax
	leal	16(%esp), %esp
	jz	ringfence_iret_error
	jmp	ringfence_return_without_segments

11:	movl	$0, 4(%esp)
	jmp	15f
12:	movl	$0, 8(%esp)
	jmp	15f
13:	movl	$0, 12(%esp)
	jmp	15f
14:	movl	$0, 16(%esp)
15:	movl	$1, %eax
	jmp	1b

	_ASM_EXTABLE(1b, 11b)
	_ASM_EXTABLE(2b, 12b)
	_ASM_EXTABLE(3b, 13b)
	_ASM_EXTABLE(4b, 14b)
SYM_CODE_END(ringfence_failsafe)

/* The monitor writes the stubs, 32 bytes for each hypercall. */
	.text
	.balign PAGE_SIZE
SYM_DATA_START(ringfence_hypercall_page)
	.skip PAGE_SIZE, 0x90
SYM_DATA_END(ringfence_hypercall_page)

	ELFNOTE(Xen, XEN_ELFNOTE_GUEST_OS,	 .asciz "linux")
	ELFNOTE(Xen, XEN_ELFNOTE_GUEST_VERSION,	 .asciz "6.1")
	ELFNOTE(Xen, XEN_ELFNOTE_XEN_VERSION,	 .asciz "xen-3.0")
	ELFNOTE(Xen, XEN_ELFNOTE_VIRT_BASE,	 .long __PAGE_OFFSET)
	ELFNOTE(Xen, XEN_ELFNOTE_PADDR_OFFSET,	 .long 0)
	ELFNOTE(Xen, XEN_ELFNOTE_ENTRY,		 .long ringfence_startup)
	ELFNOTE(Xen, XEN_ELFNOTE_HYPERCALL_PAGE, .long ringfence_hypercall_page)
	ELFNOTE(Xen, XEN_ELFNOTE_HV_START_LOW,	 .long __HYPERVISOR_VIRT_START)
	ELFNOTE(Xen, XEN_ELFNOTE_FEATURES,
		.asciz "!writable_page_tables|pae_pgdir_above_4gb")
	ELFNOTE(Xen, XEN_ELFNOTE_PAE_MODE,	 .asciz "yes")
	ELFNOTE(Xen, XEN_ELFNOTE_LOADER,	 .asciz "generic")
	ELFNOTE(Xen, XEN_ELFNOTE_L1_MFN_VALID,
		.quad _PAGE_PRESENT; .quad _PAGE_PRESENT)
	/* Page frame numbers are machine frame numbers. */
	ELFNOTE(Ringfence, 1, .long 1)
