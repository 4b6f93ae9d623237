/* SPDX-License-Identifier: MIT */
/* Must fail: halts with interrupts off after the verdict of a pass. */
#include <lib/machine.inc>
	print	"Test result: SUCCESS\n"
1:	cli
	hlt
	jmp	1b
