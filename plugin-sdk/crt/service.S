/* SPDX-License-Identifier: MIT */
/*
 * int32_t plugin_service(uint32_t number, const uint32_t args[4], uint32_t *value):
 * requests a service from the guest kernel through PLUGIN_GATE, and returns the status.
 * If the status is 0 and value is not NULL, stores the service's value to *value.
 */
#define __ASSEMBLY__
#include "plugin_op.h"

	.section .text.plugin_service, "ax", @progbits
	.globl	plugin_service
	.type	plugin_service, @function
plugin_service:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	16(%esp), %eax
	movl	20(%esp), %edx
	movl	(%edx), %ebx
	movl	4(%edx), %ecx
	movl	8(%edx), %esi
	movl	12(%edx), %edi
	int	$PLUGIN_GATE
	movl	24(%esp), %ecx
	testl	%ecx, %ecx
	jz	1f
	testl	%eax, %eax
	jnz	1f
	movl	%edx, (%ecx)
1:	popl	%edi
	popl	%esi
	popl	%ebx
	ret
	.size	plugin_service, . - plugin_service

	.section .note.GNU-stack, "", @progbits
