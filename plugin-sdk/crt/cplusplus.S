/* SPDX-License-Identifier: MIT */
/*
 * What C++ compilers call on their own account. Destructors of static objects
 * are never run: a plugin ends without a word of its own. Each is in a section
 * of its own: what is not used is not linked.
 */
	.section .text.__cxa_atexit, "ax", @progbits
	.weak	__cxa_atexit, atexit
	.type	__cxa_atexit, @function
	.type	atexit, @function
__cxa_atexit:
atexit:
	xorl	%eax, %eax
	ret
	.size	__cxa_atexit, . - __cxa_atexit
	.size	atexit, . - atexit

	.section .text.__cxa_pure_virtual, "ax", @progbits
	.weak	__cxa_pure_virtual
	.type	__cxa_pure_virtual, @function
__cxa_pure_virtual:
	ud2
	.size	__cxa_pure_virtual, . - __cxa_pure_virtual

	.section .rodata.__dso_handle, "a", @progbits
	.weak	__dso_handle
	.hidden	__dso_handle
	.balign	4
__dso_handle:
	.long	0

	.section .note.GNU-stack, "", @progbits
