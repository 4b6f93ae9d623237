/* SPDX-License-Identifier: MIT */
/* The plugin files as plugin-cc makes them. */
	.macro	image name
	.globl	image_\name, image_\name\()_end
image_\name:
	.incbin	"\name\().plg"
image_\name\()_end:
	.endm

	.section .rodata
	image	hello
	image	sum
	image	wild
	image	spin
	image	many
	image	thief
	image	logger
	image	gray
	.section .note.GNU-stack, "", @progbits
