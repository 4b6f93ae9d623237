// SPDX-License-Identifier: MIT
/*
 * elf_parse(): a good Xen kernel, each possible error and its message, every truncation,
 * and half a million damaged copies. The sanitizers detect a read outside the file.
 *
 * Cannot tell: whether real kernels load; guests/ and the Linux tests do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_file.h"

/* The good file with 32 bits at `at` changed is refused with this message. */
static void refused(u32 at, u32 v, const char *part)
{
	struct elf_kernel k;
	const char *error;
	u8 f[SIZE];

	good(f);
	put32(f + at, v);
	error = parse(f, SIZE, &k);
	if (!error || !strstr(error, part)) {
		printf("offset %#x = %#x: said \"%s\", not \"%s\"\n", at, v, error ? error : "ok",
		       part);
		puts("Test result: FAILURE");
		exit(1);
	}
}

/* A file that elf_parse() accepts must be safe to load. */
static void check_accepted(const struct elf_kernel *k, u32 size)
{
	u32 i;

	CHECK(k->nr_segments && k->nr_segments <= ELF_SEGMENTS_MAX);
	for (i = 0; i < k->nr_segments; i++) {
		const struct elf_segment *s = &k->segment[i];

		CHECK((u64)s->offset + s->file_size <= size);
		CHECK(s->file_size <= s->mem_size);
		CHECK(s->paddr >= k->p_start && s->paddr + s->mem_size <= k->p_end);
	}
	CHECK((u64)k->p_end - k->paddr_offset + k->virt_base <= HV_VIRT_START);
	CHECK(k->entry >= k->p_start - k->paddr_offset + k->virt_base);
}

int main(void)
{
	struct elf_kernel k;
	u8 f[SIZE], g[SIZE];
	u32 i, n, seed = 20221, accepted = 0;

	good(f);
	CHECK(!parse(f, SIZE, &k));
	CHECK(k.virt_base == 0xc0000000 && k.entry == 0xc0100010 && k.identity);
	CHECK(k.hypercall_page == 0xc0101000 && k.nr_segments == 1);
	CHECK(k.p_start == 0x100000 && k.p_end == 0x104000);

	refused(0, 0x7f7f7f7f, "not an ELF");
	refused(4, 0x00010102, "64-bit");
	refused(16, 0x003e0002, "not an executable for i386");
	refused(16, 0x00030001, "not an executable for i386");
	refused(28, 0x10000, "program headers");
	refused(44, 0xffff, "program headers");
	refused(56, 0x10000, "cut short");
	refused(68, 0xfffffff0, "cut short");
	refused(72, 0x10, "larger in the file");
	refused(72, 0xfffff000, "below the monitor");
	refused(64, 0xf57ff000, "below the monitor");
	refused(84, 0, "no Xen notes");
	refused(0x100 + 16, 0xf5000000, "below the monitor");
	refused(0x100 + 20 + 16, 0xc0200000, "entry point");
	refused(0x100 + 40 + 16, 0xc0101004, "page boundary");
	refused(0x100 + 40 + 16, 0xc0104000, "hypercall page is outside");
	refused(0x100 + 60 + 16, 0x2d6e6578 + 1, "another ABI");
	refused(0x100 + 84 + 16, 0x6f6e, "PAE");

	for (i = 0; i < SIZE; i++) {
		good(f);
		if (!parse(f, i, &k))
			check_accepted(&k, i);
	}
	for (n = 0; n < 500000; n++) {
		good(g);
		for (i = 0; i < 1 + n % 4; i++) {
			seed = seed * 1664525 + 1013904223;
			g[(seed >> 8) % 0x200] = (u8)(seed >> 24);
		}
		if (!elf_parse(g, SIZE, &k)) {
			accepted++;
			check_accepted(&k, SIZE);
		}
	}
	printf("%lu checks, %u damaged files accepted, seed 20221\n", checks, accepted);
	puts("Test result: SUCCESS");
	return 0;
}
