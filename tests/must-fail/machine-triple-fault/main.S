/* SPDX-License-Identifier: MIT */
/* Must fail: the machine itself triple-faults after the verdict of a pass; QEMU's status is 0. */
#include <lib/machine.inc>
	print	"Test result: SUCCESS\n"
	lidt	empty
	ud2
empty:	.word	0
	.long	0
