// SPDX-License-Identifier: MIT
/* The guest's GDT page. */
#include <lib/hypercall.h>
#include <lib/paging.h>
#include <lib/report.h>
#include <lib/segment.h>

u64 *gdt_load(void)
{
	u64 *gdt = page_alloc();
	unsigned long frame = frame_of(gdt);
	long error;

	require(!page_rights(gdt, PTE_READONLY), "the GDT page cannot be made read-only");
	error = hypercall(set_gdt, &frame, 512);
	require(!error, "set_gdt: %ld", error);
	return gdt;
}

long gdt_set(u64 *gdt, u32 slot, u64 value)
{
	return update_descriptor(machine_of(&gdt[slot]), value);
}
