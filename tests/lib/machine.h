/* SPDX-License-Identifier: MIT */
/*
 * A bare machine in place of the monitor, for must-fail tests that no guest
 * can bring about: a multiboot header, and macros that speak to COM1 and to
 * QEMU's exit device. Include first; the code that follows is the program.
 */
	.macro	print text
	movl	$7f, %esi
8:	lodsb
	testb	%al, %al
	jz	9f
	movw	$0x3f8, %dx
	outb	%al, %dx
	jmp	8b
7:	.asciz	"\text"
9:
	.endm

	.macro	exit value
	movl	$\value, %eax
	outl	%eax, $0xf4
6:	hlt
	jmp	6b
	.endm

	.section .multiboot, "a"
	.align	4
	.long	0x1badb002, 0, -0x1badb002

	.section .note.GNU-stack, "", @progbits
	.text
	.globl	guest_start
guest_start:
