// SPDX-License-Identifier: MIT
/*
 * Measures an attach to the point `trial` and its detach: the least of many, in instructions,
 * where the time-stamp counter counts those (icount). Leaves nothing loaded.
 *
 * Arguments: path of a plugin with a graft for the trial.
 */
#include "../../plugins/device.h"

#define ROUNDS 50

static uint64_t least(uint64_t before, uint64_t *sofar)
{
	uint64_t took = __builtin_ia32_rdtsc() - before;

	if (took < *sofar)
		*sofar = took;
	return *sofar;
}

int main(int argc, char **argv)
{
	uint64_t attaches = ~0ull, detaches = ~0ull, before;
	struct ringfence_attach attach = { 0 };
	struct ringfence_detach detach = { 0 };
	struct ringfence_load load = { 0 };
	unsigned int i;

	if (argc != 2)
		return 2;
	device_open(argv[1]);
	head(&load, sizeof(load));
	load.image = (uintptr_t)image;
	load.image_size = image_size;
	strcpy(load.name, "attached");
	CHECK(!run(RINGFENCE_IOC_LOAD, &load));
	head(&attach, sizeof(attach));
	strcpy(attach.point, "trial");
	strcpy(attach.name, "attached");
	attach.scope = RINGFENCE_SCOPE_ALL;
	head(&detach, sizeof(detach));
	for (i = 0; i < ROUNDS; i++) {
		before = __builtin_ia32_rdtsc();
		CHECK(!run(RINGFENCE_IOC_ATTACH, &attach));
		least(before, &attaches);
		detach.id = attach.id;
		before = __builtin_ia32_rdtsc();
		CHECK(!run(RINGFENCE_IOC_DETACH, &detach));
		least(before, &detaches);
	}
	CHECK(!unload("attached"));
	printf("attach %llu\ndetach %llu\n", attaches, detaches);
	return 0;
}
