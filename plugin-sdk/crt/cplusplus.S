/* SPDX-License-Identifier: MIT */
/*
 * Symbols that C++ compilers reference of their own accord. Destructors of static objects
 * never run, because a plugin does not run when it is unloaded: __cxa_atexit() and
 * atexit() only return 0. Each symbol has a section of its own, so that unused ones are
 * not linked.
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
