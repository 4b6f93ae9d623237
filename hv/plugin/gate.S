/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * int $PLUGIN_GATE: where plugins come back. The frame lies on the plugin stack
 * (plugin/call.c); when the call is over nothing of it but the value matters.
 * Everything else that gets here is an exception like any other.
 */
#include "../include/public/plugin.h"

	.section .entry.text, "ax"
	.balign 16
	.globl entry_plugin_gate
entry_plugin_gate:
	cmpl $0, %ss:plugin_running	/* DS is not ours yet */
	je 1f
	cmpl $PLUGIN_GATE_RETURN, %eax
	jne 1f
	movl %ss, %ecx
	cld
	movl %ecx, %ds
	movl %ecx, %es
	movl %edx, %eax
	jmp plugin_returned
1:	pushl $0
	pushl $PLUGIN_GATE
	jmp entry_common
