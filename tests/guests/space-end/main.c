// SPDX-License-Identifier: MIT
/*
 * Claim: hypercalls access guest memory only below HYPERVISOR_VIRT_START: an argument
 * that ends at the last byte before it is accepted; one that reaches further, into
 * mapped or unmapped memory of the monitor, is -EFAULT.
 *
 * Provoked by: a page mapped below that address, and arguments laid up to its end and
 * over it: words and structures, read and written, and an iret frame.
 *
 * Cannot tell: hypercalls that do not use the common functions for access.
 */
#include <lib/test.h>

#define END ((u8 *)0xf5800000)

/* Addresses behind the end: readable for the monitor, writable for the monitor, and wrapping. */
static const u32 beyond[] = { 0xf5800000 - 3, 0xf5800000 - 1, 0xf5800000, 0xf5800004,
			      0xf6800000,     0xff000000,     0xff001000, 0xfffffffd };

static void map_last_page(void)
{
	void *table = page_alloc();
	u64 flags = PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D;

	require(l2_entry(END - 1), "no table of level 2 for the last page");
	require(!*l2_entry(END - 1), "the last 2 MiB are in use");
	check_errno(page_rights(table, PTE_READONLY), 0, "table read-only");
	check_errno(
		mmu_update_one(machine_of((void *)l2_entry(END - 1)), pte(frame_of(table), flags)),
		0, "table");
	check_errno(page_map(END - PAGE_SIZE, frame_of(page_alloc()), PTE_WRITABLE), 0, "page");
}

/* A hypercall that reads one word: the port of EVTCHNOP_send. */
static void word_in(void)
{
	u32 *last = (u32 *)END - 1;
	long port = event_bind_ipi();
	u32 i;

	require(port > 0, "no port: %ld", port);
	*last = (u32)port;
	check_errno(event_op(EVTCHNOP_send, last), 0, "the last word in");
	check(event_pending((u32)port), "nothing was sent");
	for (i = 0; i < ARRAY_SIZE(beyond); i++)
		check_errno(event_op(EVTCHNOP_send, (void *)beyond[i]), XEN_EFAULT, "word in at %x",
			    beyond[i]);
	event_close((u32)port);
}

/* A hypercall that writes one word: how many requests of mmu_update were done. */
static void word_out(void)
{
	u8 *page = page_alloc();
	struct mmu_update request = { .ptr = machine_of((void *)l1_entry(page)) };
	u32 *last = (u32 *)END - 1, frames, i, first = *m2p(&frames);

	request.val = pte(frame_of(page), PTE_WRITABLE);
	*last = 0;
	check_errno(hypercall(mmu_update, &request, 1, last, DOMID_SELF), 0, "the last word out");
	check_eq(*last, 1, "requests done");
	for (i = 0; i < ARRAY_SIZE(beyond); i++)
		check_errno(hypercall(mmu_update, &request, 1, beyond[i], DOMID_SELF), XEN_EFAULT,
			    "word out at %x", beyond[i]);
	check_eq(*m2p(&frames), first, "the monitor's table");
}

/* A structure in and out: the status of a port. */
static void structure(void)
{
	struct evtchn_status *s = (struct evtchn_status *)END - 1;
	u32 frames, i, first = *m2p(&frames);

	memset(s, 0, sizeof(*s));
	s->dom = DOMID_SELF;
	s->status = 77;
	check_errno(event_op(EVTCHNOP_status, s), 0, "the last structure");
	check_eq(s->status, EVTCHNSTAT_closed, "status of port 0");
	for (i = 1; i < sizeof(*s); i++)
		check_errno(event_op(EVTCHNOP_status, (u8 *)s + i), XEN_EFAULT,
			    "structure %u bytes over the end", i);
	for (i = 0; i < ARRAY_SIZE(beyond); i++)
		check_errno(event_op(EVTCHNOP_status, (void *)beyond[i]), XEN_EFAULT,
			    "structure at %x", beyond[i]);
	check_eq(*m2p(&frames), first, "the monitor's table");
}

/* A frame of iret: EAX, EIP, CS, EFLAGS, and two words that ring 1 has not. */
static void frame(void)
{
	u32 *f = (u32 *)END - 6, kept, result;

	vcpu0.evtchn_upcall_mask = 1;
	f[0] = 0x12345678;
	f[2] = FLAT_RING1_CS;
	f[3] = 0x2;
	asm volatile("movl %%esp, %1; movl $1f, 4(%2); movl %2, %%esp\n"
		     "movl $23, %%eax; int $0x82; ud2\n"
		     "1: movl %1, %%esp"
		     : "=&a"(result), "=&S"(kept)
		     : "D"(f)
		     : "memory");
	check_eq(result, 0x12345678, "eax behind the last frame");
}

void test_main(void)
{
	map_last_page();
	word_in();
	word_out();
	structure();
	frame();
	report_success();
}
