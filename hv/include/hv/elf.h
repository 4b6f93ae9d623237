/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ELF file of a Xen PV kernel: segments, entry and notes. Pure: works on a buffer.
 */
#ifndef HV_ELF_H
#define HV_ELF_H

#include <hv/types.h>

#define ELF_SEGMENTS_MAX 16

struct elf_segment {
	u32 offset, file_size; /* in the file */
	u32 paddr, mem_size;
};

struct elf_kernel {
	u32 virt_base, paddr_offset; /* virtual = paddr - offset + virt_base */
	u32 entry;		     /* virtual */
	u32 hypercall_page;	     /* virtual; 0: the kernel wants none */
	u32 hv_start_low;	     /* lowest address the monitor may use; 0: no such note */
	u32 p_start, p_end;	     /* physical span of all segments */
	bool identity;		     /* Ringfence note: pfn == mfn */
	bool mod_start_pfn;	     /* start_info.mod_start may be a pfn */
	u32 nr_segments;
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/*
 * Parse `file` (`size` bytes). NULL: *k is valid. Otherwise a message that says what is
 * wrong with the file, and *k is undefined.
 */
const char *elf_parse(const u8 *file, u32 size, struct elf_kernel *k);

#endif
