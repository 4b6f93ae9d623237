/* SPDX-License-Identifier: MIT */
/*
 * The entry points to which the monitor delivers traps and events, and the return.
 *
 * The stack after all pushes, lowest address last; this is struct regs of regs.h:
 *
 *   68  ss       \ only if the interrupted ring was not 1
 *   64  esp      /
 *   60  eflags     IF = upcalls were not masked
 *   56  cs         low half; bits 16..23 hold the saved upcall mask
 *   52  eip      - pushed by the monitor down to here, and the error code
 *   48  error      or a zero that the stub pushes
 *   44  vector
 *   40  gs   36 fs   32 es   28 ds
 *   24  eax  20 ebp  16 edi  12 esi   8 edx   4 ecx   0 ebx
 *
 * At entry SS and CS are those of ring 1, but DS to GS are the interrupted ring's. Every
 * return uses HYPERVISOR_iret, because only that restores the upcall mask.
 */
#define __ASSEMBLY__
#include <lib/regs.h>
#include <xen/arch-x86/xen-x86_32.h>

#define HYPERCALL_IRET (23 * 32)

	.text
	.altmacro
.macro trap_stub vector
	.align	8
	.globl	trap_entry_\vector
trap_entry_\vector:
	.set	has_error, 0
	.if \vector < 32
	.set	has_error, (X86_HAVE_ERROR >> \vector) & 1
	.endif
	.if !has_error
	pushl	$0
	.endif
	pushl	$\vector
	jmp	trap_save
	.pushsection .rodata.trap_entries, "a"
	.long	trap_entry_\vector
	.popsection
.endm

	.section .rodata.trap_entries, "a"
	.align	4
	.globl	trap_entries
trap_entries:
	.text
	.set	vector, 0
	.rept	NR_VECTORS
	trap_stub %vector
	.set	vector, vector + 1
	.endr

	.align	8
	.globl	upcall_entry
upcall_entry:
	pushl	$0
	pushl	$VECTOR_UPCALL
	jmp	trap_save

	/* The failsafe frame has DS, ES, FS, GS below EIP: drop them. */
	.globl	failsafe_entry
failsafe_entry:
	popl	failsafe_selectors
	popl	failsafe_selectors + 4
	popl	failsafe_selectors + 8
	popl	failsafe_selectors + 12
	pushl	$0
	pushl	$VECTOR_FAILSAFE

trap_save:
	pushl	%gs
	pushl	%fs
	pushl	%es
	pushl	%ds
	pushl	%eax
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	cld
	movl	$FLAT_RING1_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%esp, %eax
	pushl	%eax
	call	trap_dispatch
	addl	$4, %esp
	.globl	trap_return
trap_return:
	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
	popl	%eax
	popl	%ds
	popl	%es
	popl	%fs
	popl	%gs
	addl	$8, %esp
	jmp	hypercall_page + HYPERCALL_IRET

/*
 * u32 user_run(u32 eip, u32 esp, u32 eflags, u32 eax): enters ring 3. Returns when a trap
 * handler calls user_leave(), which restores the stack pointer saved here.
 */
	.globl	user_run
user_run:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	movl	12(%esp), %ecx
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	32(%esp), %ebx
	movl	%esp, user_return_esp
	pushl	user_ss
	pushl	%edx
	pushl	%ecx
	pushl	user_cs
	pushl	%eax
	movl	%ebx, %eax
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	movl	user_ds, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	jmp	hypercall_page + HYPERCALL_IRET

/* void user_leave(u32 value): user_run() returns value. */
	.globl	user_leave
user_leave:
	movl	4(%esp), %eax
	movl	user_return_esp, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.section .note.GNU-stack, "", @progbits
