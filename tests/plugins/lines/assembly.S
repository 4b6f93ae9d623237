/* SPDX-License-Identifier: MIT */
/* As lines.c, in assembly. */
	.text
	.globl	asm_write, asm_divide, asm_spin, asm_gate, asm_breakpoint
asm_write:
	movl	$0xc0100000, %eax
	movl	%eax, (%eax)		/* here: write */
	ret
asm_divide:
	movl	4(%esp), %ecx
	movl	$1, %eax
	xorl	%edx, %edx
	divl	%ecx			/* here: divide */
	ret
asm_spin:
	nop
1:	jmp	1b			/* here: spin */
asm_gate:
	movl	$255, %eax
	int	$0x81			/* here: gate */
	ret
asm_breakpoint:
	nop
	int3				/* here: breakpoint */
	ret
	.section .note.GNU-stack, "", @progbits
