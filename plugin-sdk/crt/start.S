/* SPDX-License-Identifier: MIT */
/*
 * The start stub: where every call of a plugin begins. Turns the registers
 * described at PLUGIN_GATE in the plugin ABI into a cdecl call of the entry,
 * and its result into PLUGIN_GATE_RETURN. Also states the ABI version.
 */
#define __ASSEMBLY__
#include "plugin_op.h"
#include <ringfence/plg.h>

	.section .text.plugin_start, "ax", @progbits
	.globl	__plugin_start
	.type	__plugin_start, @function
__plugin_start:
	/* ESP is 16-byte aligned; it has to be again at the call. */
	subl	$8, %esp
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	xorl	%ebp, %ebp	/* where a backtrace ends */
	call	*%eax
	movl	%eax, %edx
	movl	$PLUGIN_GATE_RETURN, %eax
	int	$PLUGIN_GATE
	ud2			/* the gate does not come back */
	.size	__plugin_start, . - __plugin_start

	.section .note.ringfence, "a", @note
	.balign	4
	.long	PLG_NOTE_OWNER_SIZE, 8, PLG_NOTE_ABI
	.asciz	PLG_NOTE_OWNER
	.balign	4
	.long	PLUGIN_ABI, 0

	.section .note.GNU-stack, "", @progbits
