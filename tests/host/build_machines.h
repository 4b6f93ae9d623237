/* SPDX-License-Identifier: MIT */
/* The machines and kernels of build_test.c, and the guest expected of each. */
#ifndef HOST_BUILD_MACHINES_H
#define HOST_BUILD_MACHINES_H

#include <hv/boot.h>
#include <hv/elf.h>

#define RAM    0x01000000u
#define FRAMES 0x2000u	   /* to 32 MiB */
#define NONE   0x5a5a5a5au /* in memory that has not been written */
#define SPARE  (512u << 10)

/* ---- the machine ---- */

/* A machine with a kernel, and the guest expected of both. */
struct machine {
	const char *name;
	struct elf_kernel k;
	struct range ranges[4]; /* free memory; an empty range ends the list */
	struct module kernel, initrd;
	u32 guest_mem;	 /* MiB */
	u32 first, nr;	 /* frame of pfn 0, and how many pfns there are */
	u32 virtual_end; /* where the initial mapping ends */
	const char *refusal;
	bool (*own)(u32 mfn); /* identity: is this frame the guest's? */
};

static bool but_a_hole(u32 mfn)
{
	return (mfn >= 0x1000 && mfn < 0x1300) || (mfn >= 0x1380 && mfn < 0x1f00) ||
	       (mfn >= 0x1f10 && mfn < 0x1f12) || (mfn >= 0x1f20 && mfn < 0x1f23);
}

/* The frames of the kernel and initrd modules stay the monitor's. */
static bool to_12_mib(u32 mfn)
{
	return mfn >= 0x1000 && mfn < 0x1c00;
}

#define KERNEL(base, size)                                                             \
	.virt_base = base, .entry = base + 0x100123, .p_start = 0x100000,              \
	.p_end = 0x100000 + size, .nr_segments = 1, .hypercall_page = base + 0x101000, \
	.segment = { { 0x40, 0x1234, 0x100000, 0x2000 }, { 0, 0x1000, 0x180000, 0x1000 } }
#define IDENTITY(base, size)                                                                  \
	.identity = true, .virt_base = base, .entry = base + 0x1100000, .p_start = 0x1100000, \
	.p_end = 0x1100000 + size, .nr_segments = 2,                                          \
	.segment = { { 0x40, 0x1234, 0x1100000, 0x1234 },                                     \
		     { 0x1300, 0x10, 0x1104000, 0x800 },                                      \
		     { 0, 0x1000, 0x1180000, 0x1000 } }
#define MODULES \
	.kernel = { 0x1f10000, 0x1800, "root=/dev/sda quiet" }, .initrd = { 0x1f20000, 0x2345, "" }
#define ALL			.ranges = { { RAM, 0x1f00000 } }
#define TWO(a, b, c, d)		.ranges = { { a, b }, { c, d } }
#define NO_MODULES		.kernel = { 0x1f10000, 0, "" } /* of 0 bytes */
#define GUEST(frame, pfns, end) .first = frame, .nr = pfns, .virtual_end = end

static const struct machine machines[] = {
	{ "high", { KERNEL(0xc0000000, 0x40000) }, ALL, MODULES, GUEST(0x1000, 0xefb, 0xc0400000) },
	{ "no initrd",
	  { KERNEL(0xc0000000, 0x40000) },
	  ALL,
	  .kernel = { 0x1f10000, 0x1800, "" },
	  GUEST(0x1000, 0xefe, 0xc0400000) },
	{ "by pfn",
	  { KERNEL(0xc0000000, 0x40000), .mod_start_pfn = true },
	  ALL,
	  MODULES,
	  GUEST(0x1000, 0xefb, 0xc0400000) },
	{ "low",
	  { KERNEL(0, 0x40000), .paddr_offset = 0x80000 },
	  ALL,
	  MODULES,
	  GUEST(0x1000, 0xefb, 0x400000) },
	/* The mapping ends exactly at 3 GiB. */
	{ "below 3 GiB",
	  { KERNEL(0xbfc00000, 0x40000) },
	  ALL,
	  MODULES,
	  GUEST(0x1000, 0xefb, 0xc0000000) },
	/* The mapping begins at an odd MiB and crosses a border of 1 GiB. */
	{ "over 1 GiB",
	  { KERNEL(0x3ff00000, 0x40000) },
	  ALL,
	  MODULES,
	  GUEST(0x1000, 0xefb, 0x40400000) },
	{ "over 3 GiB",
	  { KERNEL(0xbff00000, 0x40000) },
	  ALL,
	  MODULES,
	  GUEST(0x1000, 0xefb, 0xc0400000) },
	/* Without its own page tables the mapping would need only 4 MiB. */
	{ "two rounds",
	  { KERNEL(0xc0000000, 0x274000) },
	  ALL,
	  MODULES,
	  GUEST(0x1000, 0xefb, 0xc0800000) },
	/* The mapping ends at the end of the guest's space, or above. */
	{ "top", { KERNEL(0xf5400000, 0x40000) }, ALL, MODULES, GUEST(0x1000, 0xefb, 0xf5800000) },
	{ "too high", { KERNEL(0xf5800000, 0x40000) }, ALL, MODULES, .refusal = "do not fit" },
	{ "wraps", { KERNEL(0xffc00000, 0x40000) }, ALL, MODULES, .refusal = "do not fit" },
	/* The guest gets the largest range; of two of the same size, the lower. */
	{ "second",
	  { KERNEL(0xc0000000, 0x40000) },
	  TWO(RAM, 0x1400000, 0x1500000, 0x1f00000),
	  MODULES,
	  GUEST(0x1500, 0x9fb, 0xc0400000) },
	{ "alike",
	  { KERNEL(0xc0000000, 0x40000) },
	  TWO(RAM, 0x1500000, 0x1600000, 0x1b00000),
	  NO_MODULES,
	  GUEST(0x1000, 0x500, 0xc0400000) },
	/* The mapping extends past the range's end, over a hole and another range. */
	{ "short",
	  { KERNEL(0xc0000000, 0x2c0000) },
	  TWO(0x1500000, 0x1900000, 0x1980000, 0x1a80000),
	  MODULES,
	  GUEST(0x1500, 0x400, 0xc0800000) },
	{ "too small",
	  { KERNEL(0xc0000000, 0x400000) },
	  TWO(0x1500000, 0x1900000, 0, 0),
	  NO_MODULES,
	  .refusal = "need 5 MiB from 01600000 on, free are 01500000-01900000" },
	{ "no room",
	  { KERNEL(0xc0000000, 0x1000) },
	  TWO(RAM, RAM + 0x2000, 0, 0),
	  .kernel = { 0x1f10000, 0x2001, "" },
	  .refusal = "no room for a module" },
	{ "damaged",
	  { .nr_segments = 99 },
	  ALL,
	  MODULES,
	  .refusal = "cannot be used: it is damaged" },
	/* pfn == mfn: the modules are moved to the top, and the guest gets their frames too. */
	{ "identity",
	  { IDENTITY(0xc0000000, 0x40000) },
	  TWO(RAM, 0x1300000, 0x1380000, 0x1f00000),
	  MODULES,
	  GUEST(0, FRAMES, 0xc1400000),
	  .own = but_a_hole },
	{ "identity, capped",
	  { IDENTITY(0xc0000000, 0x40000) },
	  ALL,
	  MODULES,
	  GUEST(0, FRAMES, 0xc1400000),
	  .guest_mem = 12,
	  .own = to_12_mib },
	/* guest_mem cuts the second range, leaves it out, or exceeds 4 GiB and has no effect. */
	{ "capped",
	  { KERNEL(0xc0000000, 0x40000) },
	  TWO(RAM, 0x1200000, 0x1300000, 0x1d00000),
	  MODULES,
	  GUEST(0x1300, 0x700, 0xc0400000),
	  .guest_mem = 9 },
	{ "capped to one",
	  { KERNEL(0xc0000000, 0x40000) },
	  TWO(RAM, 0x1400000, 0x1500000, 0x1d00000),
	  MODULES,
	  GUEST(0x1000, 0x400, 0xc0400000),
	  .guest_mem = 4 },
	{ "not capped",
	  { KERNEL(0xc0000000, 0x40000) },
	  ALL,
	  MODULES,
	  GUEST(0x1000, 0xefb, 0xc0400000),
	  .guest_mem = 4097 },
};

#endif /* HOST_BUILD_MACHINES_H */
