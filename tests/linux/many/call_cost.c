// SPDX-License-Identifier: MIT
/*
 * Measures a call of a plugin by name while many plugins are loaded: the least of many calls,
 * in instructions, where the time-stamp counter counts those (icount). Loads
 * copies of a plugin under names of their own and calls the first, the middle and
 * the last of them; leaves nothing loaded.
 *
 * Arguments: path of hello.plg, number of plugins.
 */
#include "../../plugins/device.h"

#define ROUNDS 50

static void name_of(char *name, unsigned int n)
{
	snprintf(name, RINGFENCE_NAME_SIZE, "plugin-%u", n);
}

static uint64_t now(void)
{
	return __builtin_ia32_rdtsc();
}

static uint64_t cost(unsigned int n)
{
	struct ringfence_call call = { 0 };
	uint64_t least = ~0ull, took;
	unsigned int i;

	head(&call, sizeof(call));
	name_of(call.name, n);
	strcpy(call.entry, "main");
	for (i = 0; i < ROUNDS; i++) {
		took = now();
		CHECK(!run(RINGFENCE_IOC_CALL, &call) && !call.status && call.value == 42);
		took = now() - took;
		if (took < least)
			least = took;
	}
	return least;
}

static void load_one(unsigned int n)
{
	struct ringfence_load arg = { 0 };

	head(&arg, sizeof(arg));
	arg.image = (uintptr_t)image;
	arg.image_size = image_size;
	name_of(arg.name, n);
	CHECK(!run(RINGFENCE_IOC_LOAD, &arg));
}

int main(int argc, char **argv)
{
	char name[RINGFENCE_NAME_SIZE];
	unsigned int nr, n;

	if (argc != 3)
		return 2;
	nr = (unsigned int)atoi(argv[2]);
	device_open(argv[1]);
	load_one(0);
	printf("one %llu\n", cost(0));
	for (n = 1; n < nr; n++)
		load_one(n);
	printf("first %llu\nmiddle %llu\nlast %llu\n", cost(0), cost(nr / 2), cost(nr - 1));
	for (n = 0; n < nr; n++) {
		name_of(name, n);
		CHECK(!unload(name));
	}
	nothing_loaded();
	return 0;
}
