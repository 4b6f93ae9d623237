/* SPDX-License-Identifier: MIT */
/*
 * The four functions that compilers call of their own accord. Each has a section of its
 * own, so that unused ones are not linked. They are weak, so that a plugin, or a C library
 * that is linked into a plugin, may define them as well.
 */
	.section .text.memcpy, "ax", @progbits
	.weak	memcpy
	.type	memcpy, @function
memcpy:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %ecx
	movl	%edi, %eax
	movl	%ecx, %edx
	shrl	$2, %ecx
	rep movsl
	movl	%edx, %ecx
	andl	$3, %ecx
	rep movsb
	popl	%edi
	popl	%esi
	ret
	.size	memcpy, . - memcpy

	.section .text.memmove, "ax", @progbits
	.weak	memmove
	.type	memmove, @function
memmove:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %ecx
	movl	%edi, %eax
	movl	%edi, %edx
	subl	%esi, %edx
	cmpl	%ecx, %edx	/* unsigned: jae is taken also if to < from */
	jae	1f
	leal	-1(%edi,%ecx), %edi
	leal	-1(%esi,%ecx), %esi
	std
1:	rep movsb
	cld
	popl	%edi
	popl	%esi
	ret
	.size	memmove, . - memmove

	.section .text.memset, "ax", @progbits
	.weak	memset
	.type	memset, @function
memset:
	pushl	%edi
	movl	8(%esp), %edi
	movzbl	12(%esp), %eax
	imull	$0x01010101, %eax, %eax
	movl	16(%esp), %edx
	movl	%edx, %ecx
	shrl	$2, %ecx
	rep stosl
	movl	%edx, %ecx
	andl	$3, %ecx
	rep stosb
	movl	8(%esp), %eax
	popl	%edi
	ret
	.size	memset, . - memset

	.section .text.memcmp, "ax", @progbits
	.weak	memcmp
	.type	memcmp, @function
memcmp:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %esi
	movl	16(%esp), %edi
	movl	20(%esp), %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx	/* sets ZF for a size of 0 */
	repe cmpsb
	je	1f
	movzbl	-1(%esi), %eax
	movzbl	-1(%edi), %edx
	subl	%edx, %eax
1:	popl	%edi
	popl	%esi
	ret
	.size	memcmp, . - memcmp

	.section .note.GNU-stack, "", @progbits
