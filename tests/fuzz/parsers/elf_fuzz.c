// SPDX-License-Identifier: MIT
/*
 * The guest kernel's ELF file and its Xen notes: a file that elf_parse() accepts can be loaded:
 * every segment lies inside the file and below the monitor; entry and hypercall page lie in a
 * segment.
 */
#include "target.h"

#include <hv/elf.h>
#include <hv/layout.h>

/* Where a physical address of the kernel is seen, without wrapping. */
static uint64_t seen_at(const struct elf_kernel *k, uint32_t paddr)
{
	return (uint64_t)paddr - k->paddr_offset + k->virt_base;
}

static void check_kernel(const struct elf_kernel *k, size_t size)
{
	uint32_t start = ~0u, end = 0, i;

	REQUIRE(k->nr_segments && k->nr_segments <= ELF_SEGMENTS_MAX);
	for (i = 0; i < k->nr_segments; i++) {
		const struct elf_segment *s = &k->segment[i];

		REQUIRE((uint64_t)s->offset + s->file_size <= size);
		REQUIRE(s->mem_size && s->file_size <= s->mem_size);
		REQUIRE((uint64_t)s->paddr + s->mem_size <= HV_VIRT_START);
		start = MIN(start, s->paddr);
		end = MAX(end, s->paddr + s->mem_size);
	}
	REQUIRE(start == k->p_start && end == k->p_end);
	REQUIRE(k->p_start >= k->paddr_offset);
	REQUIRE(seen_at(k, k->p_end) <= HV_VIRT_START - (16u << 20));
	REQUIRE(k->entry >= seen_at(k, k->p_start) && k->entry < seen_at(k, k->p_end));
	REQUIRE(k->hv_start_low <= HV_VIRT_START);
	REQUIRE(!(k->hypercall_page % PAGE_SIZE));
	if (k->hypercall_page) {
		REQUIRE(k->hypercall_page >= seen_at(k, k->p_start));
		REQUIRE((uint64_t)k->hypercall_page + PAGE_SIZE <= seen_at(k, k->p_end));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_kernel k;
	const char *error;

	memset(&k, 0x5a, sizeof(k));
	error = elf_parse(data, (uint32_t)size, &k);
	if (error)
		REQUIRE(is_sentence(error, 256));
	else
		check_kernel(&k, size);
	return 0;
}
