/* SPDX-License-Identifier: MIT */
/*
 * For -fstack-protector: the canary, and __stack_chk_fail(), which a function calls if its
 * canary has changed; ud2 ends the plugin's call. The canary contains 0, newline and 255,
 * so that string functions cannot copy it. It need not be secret, because the monitor
 * confines the plugin in any case.
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
