/* SPDX-License-Identifier: MIT */
/*
 * The start stub of a plugin that has constructors. In the first call it runs them before
 * the entry, within that call's budget; then, and in later calls at once, it continues at
 * __plugin_start. A constructor that faults ends the call and the plugin with it, so no
 * constructor runs twice.
 */
	.section .text.plugin_construct, "ax", @progbits
	.globl	__plugin_construct
	.type	__plugin_construct, @function
__plugin_construct:
	cmpb	$0, constructed
	jne	__plugin_start
	movb	$1, constructed
	pushal			/* entry and arguments; ESP stays 16-byte aligned */
	xorl	%ebp, %ebp	/* frame pointer 0 ends a backtrace */
	movl	$__plugin_constructors, %ebx
1:	cmpl	$__plugin_constructors_end, %ebx
	jae	2f
	call	*(%ebx)
	addl	$4, %ebx
	jmp	1b
2:	popal
	jmp	__plugin_start
	.size	__plugin_construct, . - __plugin_construct

	.section .bss.plugin_construct, "aw", @nobits
constructed:
	.byte	0

	.section .note.GNU-stack, "", @progbits
