/* SPDX-License-Identifier: MIT */
/* Must fail: the exit status of a monitor's panic after the verdict of a pass. */
#include <lib/machine.inc>
	print	"Test result: SUCCESS\n"
	exit	0x12
