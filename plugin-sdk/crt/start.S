/* SPDX-License-Identifier: MIT */
/*
 * The start stub: the first instructions of every call of a plugin. Converts the registers
 * described at PLUGIN_GATE in the plugin ABI into a cdecl call of the entry, and passes
 * the entry's result to PLUGIN_GATE_RETURN. This file also has the note with the ABI version.
 */
#define __ASSEMBLY__
#include "plugin_op.h"
#include <ringfence/plg.h>

	.section .text.plugin_start, "ax", @progbits
	.globl	__plugin_start
	.type	__plugin_start, @function
__plugin_start:
	/* ESP is 16-byte aligned here and must be so at the call: 8 + 6 * 4 bytes. */
	subl	$8, %esp
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	xorl	%ebp, %ebp	/* frame pointer 0 ends a backtrace */
	call	*%eax
	movl	%eax, %edx
	movl	$PLUGIN_GATE_RETURN, %eax
	int	$PLUGIN_GATE
	ud2			/* not reached: the gate ends the call */
	.size	__plugin_start, . - __plugin_start

	.section .note.ringfence, "a", @note
	.balign	4
	.long	PLG_NOTE_OWNER_SIZE, 8, PLG_NOTE_ABI
	.asciz	PLG_NOTE_OWNER
	.balign	4
	.long	PLUGIN_ABI, 0

	.section .note.GNU-stack, "", @progbits
