/* SPDX-License-Identifier: MIT */
/*
 * -fstack-protector: the canary, and the end of a call whose function found it
 * changed. The canary has a zero, a newline and a 255, which strings cannot
 * copy; it is no secret, for the monitor holds a plugin in whatever it does.
 */
	.section .text.__stack_chk_fail, "ax", @progbits
	.weak	__stack_chk_fail, __stack_chk_fail_local
	.type	__stack_chk_fail, @function
	.type	__stack_chk_fail_local, @function
__stack_chk_fail_local:
__stack_chk_fail:
	ud2
	.size	__stack_chk_fail, . - __stack_chk_fail
	.size	__stack_chk_fail_local, . - __stack_chk_fail_local

	.section .rodata.__stack_chk_guard, "a", @progbits
	.weak	__stack_chk_guard
	.type	__stack_chk_guard, @object
	.balign	4
__stack_chk_guard:
	.long	0xff0a0d00
	.size	__stack_chk_guard, 4

	.section .note.GNU-stack, "", @progbits
