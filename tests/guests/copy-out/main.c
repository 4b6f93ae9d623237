// SPDX-License-Identifier: MIT
/*
 * Claim: a hypercall that cannot write its result changes nothing. A hypercall without a
 * result accepts its structure in read-only memory.
 *
 * Provoked by: a read-only structure for every command that writes its result into the
 * structure; a read-only counter for calls that process an array; arrays whose second
 * half is invalid.
 *
 * Cannot tell: memory that is unmapped in the middle of a call.
 */
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(nothing, "ret");

#define COPY_OUT_PIRQ 5 /* a line without a device */

static void *box; /* a page that is read-only during a call */

/* Puts the structure in the box, closed for writing. */
static void *closed(const void *structure, u32 size)
{
	require(!page_rights(box, PTE_WRITABLE), "the page cannot be opened");
	memcpy(box, structure, size);
	require(!page_rights(box, PTE_READONLY), "the page cannot be closed");
	return box;
}

#define CLOSED(structure) closed(&(structure), sizeof(structure))

/* The port that the next bind will get: the lowest free port. */
static long next_port(void)
{
	long port = event_bind_ipi();

	require(port > 0, "no port: %ld", port);
	check_errno(event_close((u32)port), 0, "close");
	return port;
}

static void refused(u32 command, void *structure, long next, const char *name)
{
	check_errno(event_op(command, structure), XEN_EFAULT, "%s, answer in read-only memory",
		    name);
	check_eq(next_port(), next, "%s: next free port", name);
}

static void binding(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain inter = { .remote_dom = DOMID_SELF };
	struct evtchn_bind_virq virq = { .virq = VIRQ_DEBUG };
	struct evtchn_bind_pirq pirq = { .pirq = COPY_OUT_PIRQ };
	struct evtchn_bind_ipi ipi = { .vcpu = 0 };
	struct evtchn_status status = { .dom = DOMID_SELF };
	long next = next_port();

	refused(EVTCHNOP_alloc_unbound, CLOSED(alloc), next, "alloc_unbound");
	refused(EVTCHNOP_bind_ipi, CLOSED(ipi), next, "bind_ipi");
	refused(EVTCHNOP_bind_virq, CLOSED(virq), next, "bind_virq");
	refused(EVTCHNOP_bind_pirq, CLOSED(pirq), next, "bind_pirq");
	/* The refused calls have taken nothing: virq and pirq can still be bound. */
	check_errno(event_op(EVTCHNOP_bind_virq, &virq), 0, "bind_virq after the refusal");
	check_errno(event_close(virq.port), 0, "close");
	check_errno(event_op(EVTCHNOP_bind_pirq, &pirq), 0, "bind_pirq after the refusal");
	check_errno(event_close(pirq.port), 0, "close");

	check_errno(event_op(EVTCHNOP_alloc_unbound, &alloc), 0, "alloc_unbound");
	inter.remote_port = alloc.port;
	next = next_port();
	refused(EVTCHNOP_bind_interdomain, CLOSED(inter), next, "bind_interdomain");
	status.port = alloc.port;
	check_errno(event_op(EVTCHNOP_status, &status), 0, "status");
	check_eq(status.status, EVTCHNSTAT_unbound, "the other end after bind_interdomain");
	check_errno(event_op(EVTCHNOP_status, CLOSED(status)), XEN_EFAULT, "status");
	check_errno(event_close(alloc.port), 0, "close");
}

static void read_only_is_enough(void)
{
	struct evtchn_bind_vcpu vcpu = { 0 };
	struct evtchn_unmask unmask;
	struct evtchn_close close;
	struct evtchn_send send;
	long port = event_bind_ipi();

	vcpu.port = unmask.port = close.port = send.port = (u32)port;
	event_mask((u32)port);
	check_errno(event_op(EVTCHNOP_send, CLOSED(send)), 0, "send from read-only memory");
	event_clear((u32)port);
	check_errno(event_op(EVTCHNOP_unmask, CLOSED(unmask)), 0, "unmask from read-only memory");
	check_errno(event_op(EVTCHNOP_bind_vcpu, CLOSED(vcpu)), XEN_EINVAL, "bind_vcpu of an ipi");
	check_errno(event_op(EVTCHNOP_close, CLOSED(close)), 0, "close from read-only memory");
	check_eq(next_port(), port, "port after the close");
}

static u32 reserved(void)
{
	domid_t self = DOMID_SELF;

	return (u32)hypercall(memory_op, XENMEM_current_reservation, &self);
}

static void memory(void)
{
	xen_pfn_t frames[2] = { ~0u, ~0u }, given = frame_spare();
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	u32 before;

	set_xen_guest_handle(r.extent_start, &given);
	check_eq(hypercall(memory_op, XENMEM_decrease_reservation, &r), 1, "a frame given back");
	before = reserved();
	set_xen_guest_handle(r.extent_start, CLOSED(frames));
	check_eq(hypercall(memory_op, XENMEM_increase_reservation, &r), 0, "increase");
	check_eq(reserved(), before, "pages after increase");
	frames[0] = start_info->nr_pages;
	set_xen_guest_handle(r.extent_start, CLOSED(frames));
	check_eq(hypercall(memory_op, XENMEM_populate_physmap, &r), 0, "populate");
	check_eq(reserved(), before, "pages after populate");
	set_xen_guest_handle(r.extent_start, &given);
	check_eq(hypercall(memory_op, XENMEM_increase_reservation, &r), 1, "a frame taken again");
	check_eq(reserved(), before + 1, "pages at the end");
}

static void arrays(void)
{
	u32 *page = page_alloc(), done = 0;
	u64 entry = pte_of(page), other;
	struct mmu_update update = { .ptr = machine_of(l1_entry(page)), .val = entry & ~PTE_RW };
	struct mmuext_op pin = { .cmd = MMUEXT_PIN_L1_TABLE };

	check_errno(hypercall(mmu_update, &update, 1, CLOSED(done), DOMID_SELF), XEN_EFAULT,
		    "mmu_update");
	check_eq(pte_of(page), entry, "the entry after mmu_update");
	require(!page_rights(page, PTE_READONLY), "a page cannot be made read-only");
	pin.arg1.mfn = frame_of(page);
	check_errno(hypercall(mmuext_op, &pin, 1, CLOSED(done), DOMID_SELF), XEN_EFAULT,
		    "mmuext_op");
	check_errno(mmuext(MMUEXT_UNPIN_TABLE, frame_of(page), 0), XEN_EINVAL, "unpin");
	other = pte_of(page);
	check_errno(hypercall(mmu_update, &update, 1, &done, DOMID_SELF), 0, "mmu_update, good");
	check_eq(done, 1, "updates done");
	check(!(other & PTE_RW), "the page is writable");
}

static void multicalls(void)
{
	struct multicall_entry list = { .op = __HYPERVISOR_set_debugreg, .args = { 0, 0x1234 } };

	check_errno(hypercall(set_debugreg, 0, 0x4321), 0, "set_debugreg");
	check_errno(hypercall(multicall, CLOSED(list), 1), XEN_EFAULT, "multicall");
	check_eq(hypercall(get_debugreg, 0), 0x4321, "the register after multicall");
	check_errno(hypercall(multicall, &list, 1), 0, "multicall, good");
	check_eq(hypercall(get_debugreg, 0), 0x1234, "the register after a good one");
	check_errno(hypercall(set_debugreg, 0, 0), 0, "set_debugreg");
}

static void plugins(void)
{
	struct plugin_window window = { .nr = 1 };
	struct plugin_info info = { .size = sizeof(info) };
	struct plugin_query query = { .size = sizeof(query) };
	static struct test_plugin p;
	u32 frame = frame_of(page_alloc());

	p.nr_window = 1;
	plugin_make(&p, nothing, nothing_end);
	window.frames = (u32)&frame;
	check_errno(hypercall(plugin_op, PLUGINOP_grant, p.handle, CLOSED(window)), XEN_EFAULT,
		    "grant");
	check_eq(plugin_query((u32)p.handle).windows, 0, "windows after the refusal");
	check_errno(hypercall(plugin_op, PLUGINOP_grant, p.handle, &window), 0, "grant, good");
	check_errno(hypercall(plugin_op, PLUGINOP_info, CLOSED(info)), XEN_EFAULT, "info");
	check_errno(hypercall(plugin_op, PLUGINOP_query, p.handle, CLOSED(query)), XEN_EFAULT,
		    "query");
	check_errno(plugin_destroy((u32)p.handle), 0, "destroy");
}

static u32 breakpoints;

static bool on_breakpoint(struct regs *regs)
{
	(void)regs;
	breakpoints++;
	return true;
}

/* A table of handlers or callbacks is taken as a whole. */
static void tables(void)
{
	struct trap_info traps[] = { { .vector = X86_BP, .cs = FLAT_RING1_CS, .address = 0x1000 },
				     { .vector = X86_OF, .cs = 2, .address = 0x1000 },
				     { 0 } };
	u32 at;

	trap_handle(X86_BP, on_breakpoint);
	check_errno(hypercall(set_trap_table, traps), XEN_EINVAL, "a table with a bad selector");
	asm volatile("int3");
	check_eq(breakpoints, 1, "the handler before it");
	/* A trap table whose end would be in an unmapped page. */
	require(!page_rights(box, PTE_WRITABLE), "the page cannot be opened");
	at = (u32)box + PAGE_SIZE - sizeof(traps[0]);
	memcpy((void *)at, traps, sizeof(traps[0]));
	require(!page_rights((u8 *)box + PAGE_SIZE, 0), "a page cannot be taken away");
	check_errno(hypercall(set_trap_table, at), XEN_EFAULT, "a table without an end");
	asm volatile("int3");
	check_eq(breakpoints, 2, "the handler before that one");
	check_errno(hypercall(set_callbacks, FLAT_RING1_CS, 0x1000, 2, 0x1000), XEN_EINVAL,
		    "callbacks, the second one bad");
}

static volatile u32 heard;

static void on_event(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	heard++;
}

void test_main(void)
{
	long port;

	box = pages_alloc(2);
	check_errno(event_init(), 0, "callbacks");
	binding();
	read_only_is_enough();
	memory();
	arrays();
	multicalls();
	plugins();
	tables();
	/* The event callback has not changed. */
	port = event_bind_ipi();
	event_handle((u32)port, on_event);
	event_unmask((u32)port);
	upcalls_on();
	event_send((u32)port);
	check_eq(heard, 1, "events");
	report_success();
}
