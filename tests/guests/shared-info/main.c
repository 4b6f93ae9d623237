// SPDX-License-Identifier: MIT
/*
 * Claim: the guest may map the shared_info frame as often as it likes, writable or not,
 * and use it for nothing else: not as a page table or descriptor table, and it cannot
 * give it back. All mappings show the same memory.
 *
 * Provoked by: two more mappings, an event seen through one of them, and each misuse.
 *
 * Cannot tell: fields for other vcpus.
 */
#include <lib/test.h>

void test_main(void)
{
	u32 frame = start_info->shared_info >> PAGE_SHIFT, port = event_bind_ipi();
	struct shared_info *writable = page_alloc(), *readonly = page_alloc();
	unsigned long frames[1] = { frame };
	struct xen_memory_reservation give = { .nr_extents = 1, .domid = DOMID_SELF };

	check_errno(page_map(writable, frame, PTE_WRITABLE), 0, "second mapping");
	check_errno(page_map(readonly, frame, PTE_READONLY), 0, "read-only mapping");
	require((int)port > 0, "no port: %d", port);
	upcalls_off();
	event_mask(port);
	check_errno(event_send(port), 0, "send");
	check(readonly->evtchn_pending[port / 32] & 1u << port % 32,
	      "the event is not seen through the read-only mapping");
	writable->evtchn_pending[port / 32] = 0;
	check(!event_pending(port), "the event cannot be cleared through another mapping");
	check_eq(probe_write(readonly, 0), FAULT(X86_PF, PF_PRESENT | PF_WRITE),
		 "write through the read-only mapping");
	check_eq(readonly->vcpu_info[0].evtchn_upcall_mask, 1, "upcall mask");

	check(mmuext(MMUEXT_PIN_L1_TABLE, frame, 0) < 0, "shared_info was pinned as L1");
	check(mmuext(MMUEXT_PIN_L3_TABLE, frame, 0) < 0, "shared_info was pinned as L3");
	check(mmuext(MMUEXT_NEW_BASEPTR, frame, 0) < 0, "shared_info became the page tables");
	check(hypercall(set_gdt, frames, 512) < 0, "shared_info became the GDT");
	set_xen_guest_handle(give.extent_start, frames);
	hypercall(memory_op, XENMEM_decrease_reservation, &give);
	check_errno(event_send(port), 0, "send after all that");
	check(event_pending(port), "shared_info is no longer the monitor's");
	report_success();
}
