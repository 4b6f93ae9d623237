// SPDX-License-Identifier: MIT
/*
 * The paging hypercalls of a guest whose every choice is a byte of the input, on
 * the machine of tests/host/fake_machine.c: after each call all reference counts are recomputed
 * and compared, the TLB has no translation that it must not have, and a refused call has
 * changed nothing.
 */
#include "target.h"

static struct input in;

#include "paging_guest.h"

#define STEPS_MAX 1500

static u32 rnd(u32 n)
{
	return (n <= 0x100 ? take8(&in) : n <= 0x10000 ? take16(&in) : take32(&in)) % n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 n;

	in = (struct input){ data, data + size };
	machine_init();
	build();
	for (n = 0; n < STEPS_MAX && input_left(&in); n++)
		step();
	return 0;
}
