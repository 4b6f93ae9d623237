/* SPDX-License-Identifier: MIT */
/* Must fail: the exit status of a pass without a word. */
#include <lib/machine.inc>
	exit	0x10
