/* SPDX-License-Identifier: MIT */
/*
 * Owns the way into one call or attack, with all registers, flags and selectors as
 * struct call says, and the way back: the call returns, or a trap handler continues
 * at fire_done (main.c).
 *
 * void fire(struct call *c)
 */
#define __ASSEMBLY__
#include <xen/arch-x86/xen-x86_32.h>

#define C_NR	 0
#define C_ARG	 4
#define C_EFLAGS 28
#define C_DS	 32
#define C_ES	 36
#define C_FS	 40
#define C_GS	 44
#define C_ENTRY	 48
#define C_RESULT 52
#define C_DRIFT	 56
#define C_EDX	 60

	.text
	.globl	fire, fire_hypercall, fire_done
fire:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %eax
	movl	%esp, fire_esp
	pushl	C_ENTRY(%eax)
	pushl	C_EFLAGS(%eax)
	movl	C_ARG(%eax), %ebx
	movl	C_ARG+4(%eax), %ecx
	movl	C_ARG+8(%eax), %edx
	movl	C_ARG+12(%eax), %esi
	movl	C_ARG+16(%eax), %edi
	movl	C_ARG+20(%eax), %ebp
	movw	C_FS(%eax), %fs
	movw	C_GS(%eax), %gs
	movw	C_ES(%eax), %es
	movw	C_DS(%eax), %ds
	movl	%ss:C_NR(%eax), %eax
	popfl
	ret
fire_hypercall:
	int	$0x82
	/* The stack may be anywhere, and so may DS. */
fire_done:
	movl	$FLAT_RING1_DS, %ecx
	movl	%ecx, %ss:fire_selector
	movw	%ss:fire_selector, %ds
	movw	%ss:fire_selector, %es
	xorl	%ecx, %ecx
	movw	%cx, %fs
	movw	%cx, %gs
	movl	%esp, %ecx
	subl	fire_esp, %ecx
	movl	fire_esp, %esp
	pushl	$2
	popfl
	movl	20(%esp), %ebx
	movl	%eax, C_RESULT(%ebx)
	movl	%ecx, C_DRIFT(%ebx)
	movl	%edx, C_EDX(%ebx)
	movl	$0, fire_esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.bss
	.align	4
	.globl	fire_esp
fire_esp:
	.long	0
fire_selector:
	.long	0

	.section .note.GNU-stack, "", @progbits
