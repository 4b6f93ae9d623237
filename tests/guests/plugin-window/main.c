// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin reads the guest's own memory in a window, and writes it where that was
 * granted. It cannot execute there, reach memory beside the window, or access the window
 * after revoke, whenever revoke comes. A window holds references on its frames; revoke
 * and destroy drop them exactly once.
 *
 * Provoked by: frames that must not be granted, rooms of every size, and each frame of a
 * pool granted as a window, revoked, and made a page table again.
 *
 * Cannot tell: whether a kernel grants more than it should.
 */
#include <lib/escape.h>
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(peek, "movl 4(%esp), %eax; movl (%eax), %eax; ret");
PLUGIN_CODE(poke, "movl 4(%esp), %eax; movl 8(%esp), %ecx; movl %ecx, (%eax); ret");
PLUGIN_CODE(jump, "jmp *4(%esp)");
/* Reads the word at the first argument and requests service 1, in turns. */
PLUGIN_CODE(read_ask, "1: movl 4(%esp), %eax; movl (%eax), %edx; movl %edx, 0x3000\n"
		      "movl $1, %eax; int $0x81; jmp 1b");
/* Reads the word at the first argument until it equals the second argument. */
PLUGIN_CODE(watch, "1: movl 4(%esp), %ecx; movl 8(%esp), %eax; cmpl %eax, (%ecx); jne 1b; ret");

#define ROOM	8u
#define PAGES	16u
#define PAGE(n) (shared + (n)*PAGE_SIZE)

static struct test_plugin p, q;
static u8 *shared;
static bool limits;

static long grant_frames(long handle, const u32 *frames, u32 nr, u32 flags, u32 *offset)
{
	struct plugin_window w = { (u32)frames, nr, flags, 0x5a5a5a5a };
	long error = hypercall(plugin_op, PLUGINOP_grant, handle, &w);

	if (error)
		check_eq(w.offset, 0x5a5a5a5a, "offset after a refusal");
	if (offset)
		*offset = w.offset;
	return error;
}

/* Pages of `shared` from `first` on. */
static long grant(const struct test_plugin *to, u32 first, u32 nr, u32 flags, u32 *offset)
{
	u32 frames[PAGES], i;

	for (i = 0; i < nr && i < PAGES; i++)
		frames[i] = frame_of(PAGE(first + i));
	return grant_frames(to->handle, frames, nr, flags, offset);
}

static long revoke(const struct test_plugin *of, u32 offset)
{
	return hypercall(plugin_op, PLUGINOP_revoke, of->handle, offset);
}

static u32 must_grant(const struct test_plugin *to, u32 first, u32 nr, u32 flags)
{
	u32 offset = 0;
	long error = grant(to, first, nr, flags, &offset);

	check_eq(error, 0, "grant of %u pages", nr);
	return offset;
}

static void must_revoke(const struct test_plugin *of, u32 offset)
{
	escape_attacks++;
	check_errno(revoke(of, offset), 0, "revoke of %x", offset);
}

/* Can the frame of that page become a page table? Its mapping is read-only then. */
static long try_table(void *page)
{
	long error;

	memset(page, 0, PAGE_SIZE);
	require(!page_rights(page, PTE_READONLY), "read-only");
	error = mmuext(MMUEXT_PIN_L1_TABLE, frame_of(page), 0);
	if (!error)
		check_errno(mmuext(MMUEXT_UNPIN_TABLE, frame_of(page), 0), 0, "unpin");
	require(!page_rights(page, PTE_WRITABLE), "writable");
	return error;
}

static void check_free(const char *what, u32 first, u32 nr)
{
	for (; nr--; first++)
		check_errno(try_table(PAGE(first)), 0, "%s: page %u as a page table", what, first);
}

static void stopped(const char *what, const struct test_plugin *who, u32 address, u32 flags)
{
	struct plugin_fault f = plugin_query(who->handle).fault;
	bool inside = flags & PLUGIN_FAULT_IN_LIMIT;

	check_eq(f.status, PLUGIN_STATUS_FAULT, "%s: status in the record", what);
	check_eq(f.vector, inside || !limits ? X86_PF : X86_GP, "%s: vector", what);
	check_eq(f.flags, flags | PLUGIN_FAULT_ADDRESS, "%s: flags", what);
	check_eq(f.address, address, "%s: address", what);
}

/* The code is called with two arguments and faults at `address`. */
static void faults(const char *what, const u8 *code, const u8 *end, u32 a, u32 b, u32 flags)
{
	check_eq(plugin_call(&p, a, b, NULL), PLUGIN_STATUS_FAULT, "%s: status", what);
	stopped(what, &p, a, flags);
	plugin_remake(&p, code, end);
}

#define READ_IN	 PLUGIN_FAULT_IN_LIMIT
#define WRITE_IN (PLUGIN_FAULT_IN_LIMIT | PLUGIN_FAULT_WRITE)

static void layout(void)
{
	struct plugin_query r = plugin_query(p.handle);

	check_eq(r.stack, p.at_stack, "stack");
	check_eq(r.window, p.end + PAGE_SIZE, "room for windows");
	check_eq(r.data_limit, p.end + (ROOM + 1) * PAGE_SIZE - 1, "data limit");
	check_eq(r.windows, 0, "windows");
	r = plugin_query(q.handle);
	check_eq(r.window, 0, "room where there is none");
	check_eq(r.data_limit, q.end - 1, "data limit without windows");
	check_errno(grant(&q, 0, 1, 0, NULL), XEN_ENOSPC, "grant without room");
	check_errno(revoke(&q, q.end + PAGE_SIZE), XEN_EINVAL, "revoke without room");
}

static void errors(void)
{
	static const u32 wrong[] = { 0, 1, 2047, 0x7fffffff, 0x80000000, 0xffffffff };
	u32 *table = (u32 *)start_info->pt_base;
	u32 frames[3], offset, i;
	struct plugin_window w = { (u32)frames, 1, 0, 0 };
	u32 at = p.end + PAGE_SIZE;

	for (i = 0; i < 3; i++)
		frames[i] = frame_of(PAGE(i));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		check_errno(hypercall(plugin_op, PLUGINOP_grant, wrong[i], &w), XEN_ENOENT,
			    "grant to %x", wrong[i]);
		check_errno(hypercall(plugin_op, PLUGINOP_revoke, wrong[i], at), XEN_ENOENT,
			    "revoke of %x", wrong[i]);
	}
#define GRANT(nr, flags) grant_frames(p.handle, frames, nr, flags, NULL)
	check_errno(GRANT(0, 0), XEN_EINVAL, "no pages");
	check_errno(GRANT(PLUGIN_WINDOW_PAGES_MAX + 1, 0), XEN_EINVAL, "too many pages");
	check_errno(GRANT(0xffffffff, 0), XEN_EINVAL, "-1 pages");
	check_errno(GRANT(0x40000001, 0), XEN_EINVAL, "pages that wrap");
	check_errno(GRANT(1, 2), XEN_EINVAL, "flag 2");
	check_errno(GRANT(1, 0x80000001), XEN_EINVAL, "flag 31");
	check_errno(GRANT(ROOM + 1, 0), XEN_ENOSPC, "more than the room");
	check_errno(hypercall(plugin_op, PLUGINOP_grant, p.handle, NULL), XEN_EFAULT, "at 0");
	check_errno(hypercall(plugin_op, PLUGINOP_grant, p.handle, 0xff000000), XEN_EFAULT,
		    "in the monitor");
	check_errno(hypercall(plugin_op, PLUGINOP_grant, p.handle, 0xfffffff8), XEN_EFAULT,
		    "at the end");
#define LIST(at) grant_frames(p.handle, (u32 *)(at), 2, 0, NULL)
	check_errno(LIST(0), XEN_EFAULT, "frames at 0");
	check_errno(LIST(0xf57ffffc), XEN_EFAULT, "frames into the monitor");
	check_errno(LIST(0xff000000), XEN_EFAULT, "frames in the monitor");
	check_errno(LIST(0xfffffffc), XEN_EFAULT, "frames that wrap");
	for (i = 0; i <= PLUGIN_WINDOW_WRITE; i += PLUGIN_WINDOW_WRITE) {
#define FRAME(nr) (frames[2] = (nr), GRANT(3, i))
		check_errno(FRAME(0x100), XEN_EPERM, "frame of the monitor");
		check_errno(FRAME(0xb8), XEN_EPERM, "frame of a device");
		check_errno(FRAME(0xfec00), XEN_EPERM, "frame of the I/O APIC");
		check_errno(FRAME(0xffffffff), XEN_EPERM, "no frame");
		check_errno(FRAME(frame_of(table)), XEN_EPERM, "frame of a page table");
	}
	/* The answer does not fit: in a page that is only to be read. */
	memcpy(PAGE(4), &w, sizeof(w));
	check_errno(page_rights(PAGE(4), PTE_READONLY), 0, "read-only");
	check_errno(hypercall(plugin_op, PLUGINOP_grant, p.handle, PAGE(4)), XEN_EFAULT,
		    "read-only struct");
	check_errno(page_rights(PAGE(4), PTE_WRITABLE), 0, "writable");
	check_eq(plugin_query(p.handle).windows, 0, "windows after refusals");
	check_free("after refusals", 0, 3);

	offset = must_grant(&p, 0, 3, 0);
	check_eq(offset, at, "offset of the first");
	check_eq(plugin_query(p.handle).windows, 1, "windows");
#define NOT_THERE(at) check_errno(revoke(&p, at), XEN_EINVAL, "revoke of %x", at)
	NOT_THERE(0);
	NOT_THERE(PLUGIN_TEXT_BASE);
	NOT_THERE(p.at_stack);
	NOT_THERE(offset - PAGE_SIZE);
	NOT_THERE(offset + 1);
	NOT_THERE(offset + PAGE_SIZE);
	NOT_THERE(offset + 3 * PAGE_SIZE);
	NOT_THERE(offset + ROOM * PAGE_SIZE);
	NOT_THERE(0x06000000);
	NOT_THERE(0xfffff000);
	must_revoke(&p, offset);
	NOT_THERE(offset);
	check_eq(plugin_query(p.handle).windows, 0, "windows after revoke");
}

static void read_only(void)
{
	u32 *word = (u32 *)(PAGE(1) + 0x10), value = 0, at;

	plugin_remake(&p, peek, peek_end);
	at = must_grant(&p, 0, 2, 0) + PAGE_SIZE + 0x10;
	for (*word = 1; *word < 4; ++*word) {
		check_eq(plugin_call(&p, at, 0, &value), 0, "read: status");
		check_eq(value, *word, "read: value");
	}
	plugin_remake(&p, poke, poke_end);
	faults("not granted", poke, poke_end, at, 9, WRITE_IN);
	at = must_grant(&p, 0, 2, 0) + PAGE_SIZE + 0x10;
	faults("write", poke, poke_end, at, 9, WRITE_IN);
	check_eq(*word, 4, "the guest's word");
	check_free("destroyed with a window", 0, 2);
}

static void read_write(void)
{
	u32 *last = (u32 *)(PAGE(1) + PAGE_SIZE - 4), at, end;

	*(u32 *)PAGE(2) = 7;
	plugin_remake(&p, poke, poke_end);
	at = must_grant(&p, 0, 2, PLUGIN_WINDOW_WRITE);
	end = at + 2 * PAGE_SIZE;
	check_eq(plugin_call(&p, end - 4, 5, NULL), 0, "write: status");
	check_eq(*last, 5, "the guest's word");
	/* A write across the end of the window writes no byte. */
	check_eq(plugin_call(&p, end - 2, 0x66666666, NULL), PLUGIN_STATUS_FAULT, "edge: status");
	stopped("edge", &p, end, WRITE_IN);
	check_eq(*last, 5, "the guest's word at the edge");
	check_eq(*(u32 *)PAGE(2), 7, "the guest's page behind it");

	plugin_remake(&p, poke, poke_end);
	at = must_grant(&p, 0, ROOM, PLUGIN_WINDOW_WRITE);
	end = at + ROOM * PAGE_SIZE;
	check_eq(plugin_call(&p, end - 4, 6, NULL), 0, "last word: status");
	check_eq(*(u32 *)(PAGE(ROOM) - 4), 6, "last word");
	faults("behind the end", poke, poke_end, end, 9, PLUGIN_FAULT_WRITE);
	must_grant(&p, 0, ROOM, PLUGIN_WINDOW_WRITE);
	faults("guard before it", poke, poke_end, at - 4, 9, WRITE_IN);
	check_free("after writing", 0, ROOM);
}

static void execute(u32 flags)
{
	struct plugin_fault f;
	u32 at;

	memset(PAGE(0), 0xc3, PAGE_SIZE); /* ret */
	plugin_remake(&p, jump, jump_end);
	at = must_grant(&p, 0, 1, flags);
	check_eq(plugin_call(&p, at, 0, NULL), PLUGIN_STATUS_FAULT, "execute: status");
	f = plugin_query(p.handle).fault;
	check_eq(f.vector, limits ? X86_GP : X86_PF, "execute: vector");
	check_eq(f.error_code, limits ? 0 : page_mode ? 0x15 : 0x11, "execute: error code");
	check_eq(f.flags, PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH, "execute: flags");
	check_eq(f.address, at, "execute: address");
}

static void rooms(void)
{
	u32 base = p.end + PAGE_SIZE, a, b, c, d, value = 0;
	u32 *words[4];

	plugin_remake(&p, peek, peek_end);
	a = must_grant(&p, 0, 3, 0);
	b = must_grant(&p, 3, 3, PLUGIN_WINDOW_WRITE);
	check_eq(a, base, "first");
	check_eq(b, base + 3 * PAGE_SIZE, "second");
	check_errno(grant(&p, 6, 3, 0, NULL), XEN_ENOSPC, "third of 3");
	c = must_grant(&p, 6, 2, 0);
	check_eq(c, base + 6 * PAGE_SIZE, "third of 2");
	check_errno(grant(&p, 8, 1, 0, NULL), XEN_ENOSPC, "fourth");
	check_eq(plugin_query(p.handle).windows, 3, "windows");
	must_revoke(&p, b);
	check_eq(plugin_call(&p, a, 0, NULL), 0, "first after revoke of the second");
	check_eq(plugin_call(&p, c, 0, NULL), 0, "third after it");
	check_errno(grant(&p, 8, 4, 0, NULL), XEN_ENOSPC, "more than was freed");
	b = must_grant(&p, 8, 1, 0);
	d = must_grant(&p, 9, 2, 0);
	check_eq(b, base + 3 * PAGE_SIZE, "one in the place of three");
	check_eq(d, base + 4 * PAGE_SIZE, "two in the place of three");
	for (value = 0; value < 4; value++) {
		static const u8 pages[] = { 0, 8, 9, 6 };

		words[value] = (u32 *)PAGE(pages[value]);
		*words[value] = 100 + value;
	}
	check_eq((plugin_call(&p, a, 0, &value), value), 100, "first");
	check_eq((plugin_call(&p, b, 0, &value), value), 101, "one");
	check_eq((plugin_call(&p, d, 0, &value), value), 102, "two");
	check_eq((plugin_call(&p, c, 0, &value), value), 103, "third");
	must_revoke(&p, a);
	must_revoke(&p, c);
	must_revoke(&p, d);
	faults("revoked", peek, peek_end, d, 0, READ_IN);
	check_free("all of them", 0, 11);
}

/* Successive windows at the same offset, with a translation of the old one in the TLB. */
static void stale(void)
{
	u32 at = 0, value = 0, i;

	plugin_remake(&p, peek, peek_end);
	plugin_remake(&q, peek, peek_end);
	for (i = 0; i < PAGES; i++) {
		*(u32 *)PAGE(i) = 0x1000 + i;
		at = must_grant(&p, i, 1, i & 1);
		check_eq(plugin_call(&p, at, 0, &value), 0, "reused place: status");
		check_eq(value, 0x1000 + i, "reused place: value");
		must_revoke(&p, at);
		check_errno(try_table(PAGE(i)), 0, "page %u as a page table", i);
	}
	faults("reused place", peek, peek_end, at, 0, READ_IN);

	/* While the first plugin has a window, a second one has none at that offset. */
	at = must_grant(&p, 0, ROOM, PLUGIN_WINDOW_WRITE);
	check_eq(plugin_call(&p, at, 0, NULL), 0, "first plugin");
	check_eq(plugin_call(&q, at, 0, NULL), PLUGIN_STATUS_FAULT, "second plugin");
	check_eq(plugin_query(q.handle).fault.address, at, "address in the second");
	plugin_remake(&q, peek, peek_end);
	check_eq(plugin_call(&p, at, 0, NULL), 0, "first plugin again");
	must_revoke(&p, at);
}

static void counts(void)
{
	xen_pfn_t frame = frame_spare();
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	u32 at, at2, again, i, frames[1] = { frame };

	plugin_remake(&p, peek, peek_end);
	/* The frame of a writable window cannot become a page table before the last revoke. */
	at = must_grant(&p, 0, 1, PLUGIN_WINDOW_WRITE);
	at2 = must_grant(&p, 0, 1, PLUGIN_WINDOW_WRITE);
	check_errno(try_table(PAGE(0)), XEN_EBUSY, "in two windows");
	must_revoke(&p, at);
	check_errno(try_table(PAGE(0)), XEN_EBUSY, "in one window");
	must_revoke(&p, at2);
	check_errno(try_table(PAGE(0)), 0, "in none");
	/* The frame of a read-only window may become a table; a table cannot be granted. */
	at = must_grant(&p, 0, 1, 0);
	check_errno(try_table(PAGE(0)), 0, "in a read-only window");
	memset(PAGE(0), 0, PAGE_SIZE);
	check_errno(page_rights(PAGE(0), PTE_READONLY), 0, "read-only");
	check_errno(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(PAGE(0)), 0), 0, "pin");
	check_errno(grant(&p, 0, 1, 0, NULL), XEN_EPERM, "page table, to read");
	check_errno(grant(&p, 0, 1, PLUGIN_WINDOW_WRITE, NULL), XEN_EPERM, "page table, to write");
	check_errno(page_rights(PAGE(0), PTE_WRITABLE), XEN_EBUSY, "page table mapped writable");
	check_errno(mmuext(MMUEXT_UNPIN_TABLE, frame_of(PAGE(0)), 0), 0, "unpin");
	check_errno(page_rights(PAGE(0), PTE_WRITABLE), 0, "writable");
	must_revoke(&p, at);

	/* A frame cannot be released while it is in a window. */
	set_xen_guest_handle(r.extent_start, &frame);
	check_errno(grant_frames(p.handle, frames, 1, 0, &at), 0, "spare frame");
	check_eq(hypercall(memory_op, XENMEM_decrease_reservation, &r), 0, "given back");
	must_revoke(&p, at);
	check_eq(hypercall(memory_op, XENMEM_decrease_reservation, &r), 1, "given back then");
	check_errno(grant_frames(p.handle, frames, 1, 0, &at), XEN_EPERM, "what is not ours");

	/*
	 * Grant and revoke repeatedly; in the end destroy the plugin with its room full of
	 * windows.
	 */
	for (i = 0; i < 300; i++) {
		again = must_grant(&p, 0, ROOM, i & 1);
		must_revoke(&p, again);
	}
	check_free("again and again", 0, ROOM);
	for (i = 0; i < ROOM; i++)
		must_grant(&p, i, 1, PLUGIN_WINDOW_WRITE);
	check_errno(try_table(PAGE(ROOM - 1)), XEN_EBUSY, "before destroy");
	plugin_remake(&p, peek, peek_end);
	check_free("destroyed", 0, ROOM);
	check_eq(plugin_query(p.handle).windows, 0, "windows of a new plugin");

	/* A dead plugin still holds its windows. */
	at = must_grant(&p, 0, 1, PLUGIN_WINDOW_WRITE);
	check_eq(plugin_call(&p, 0, 0, NULL), PLUGIN_STATUS_FAULT, "death");
	check_errno(try_table(PAGE(0)), XEN_EBUSY, "of who is dead");
	must_revoke(&p, at);
	check_errno(try_table(PAGE(0)), 0, "no longer");
	plugin_remake(&p, peek, peek_end);
}

/* The largest window, with the same frame at each page. */
static void largest(void)
{
	static u32 frames[PLUGIN_WINDOW_PAGES_MAX];
	u32 before = plugin_info().pages_free, at, i, room = p.nr_window;

	plugin_remake(&p, poke, poke_end);
	p.nr_window = PLUGIN_WINDOW_PAGES_MAX + 1;
	check_errno(plugin_destroy(p.handle), 0, "destroy");
	check_errno(plugin_create(&p, 0), XEN_EINVAL, "too much room");
	p.nr_window = 0xffffffff;
	check_errno(plugin_create(&p, 0), XEN_EINVAL, "room that wraps");
	p.nr_window = PLUGIN_WINDOW_PAGES_MAX;
	require(plugin_create(&p, 0) > 0, "create: %ld", p.handle);
	for (i = 0; i < ARRAY_SIZE(frames); i++)
		frames[i] = frame_of(PAGE(0));
	check_errno(grant_frames(p.handle, frames, ARRAY_SIZE(frames), 1, &at), 0, "grant");
	for (i = 0; i < ARRAY_SIZE(frames); i += 819) {
		check_eq(plugin_call(&p, at + i * PAGE_SIZE + (i & ~3u), i, NULL), 0, "status");
		check_eq(*(u32 *)(PAGE(0) + (i & ~3u)), i, "value");
	}
	check_errno(try_table(PAGE(0)), XEN_EBUSY, "in 4096 places");
	must_revoke(&p, at);
	check_errno(try_table(PAGE(0)), 0, "in none");
	check_eq(plugin_call(&p, at, 0, NULL), PLUGIN_STATUS_FAULT, "after revoke");
	stopped("after revoke", &p, at, WRITE_IN);
	p.nr_window = room;
	plugin_remake(&p, poke, poke_end);
	check_eq(plugin_info().pages_free, before, "pages free");
}

/* ---- in the middle of a call ---- */

static volatile u32 events;
static u32 watched;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	events++;
	/* First the plugin sees the guest's write, then its window is revoked. */
	if (events == 1) {
		*(u32 *)PAGE(0) = 1;
		set_timer(clock_ns() + MS(5));
		return;
	}
	must_revoke(&p, watched);
	check_errno(try_table(PAGE(0)), 0, "revoked of who is suspended");
	*(u32 *)PAGE(0) = 2;
}

static void suspended(void)
{
	long port = event_bind_virq(VIRQ_TIMER);

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	plugin_remake(&p, watch, watch_end);
	hypercall(plugin_op, PLUGINOP_budget, p.handle, 5000000);
	*(u32 *)PAGE(0) = 0;
	watched = must_grant(&p, 0, 1, PLUGIN_WINDOW_WRITE);
	upcalls_on();
	set_timer(clock_ns() + MS(5));
	/* Without the revoke, the value written last would end the call. */
	check_eq(plugin_call(&p, watched, 2, NULL), PLUGIN_STATUS_FAULT, "suspended: status");
	check_eq(events, 2, "events");
	stopped("suspended", &p, watched, READ_IN);
	upcalls_off();
}

static void waiting(void)
{
	struct plugin_services s = { .allowed = { 2 }, .strikes = 1 };
	u32 at, again;

	plugin_remake(&p, read_ask, read_ask_end);
	check_errno(hypercall(plugin_op, PLUGINOP_services, p.handle, &s), 0, "services");
	*(u32 *)PAGE(0) = 77;
	*(u32 *)PAGE(1) = 88;
	at = must_grant(&p, 0, 1, 0);
	check_eq(plugin_call(&p, at, 0, NULL), PLUGIN_STATUS_SERVICE, "waiting: status");
	check_eq(*(u32 *)p.data, 77, "waiting: what it read");
	/* Another window at the same offset, then none. */
	must_revoke(&p, at);
	again = must_grant(&p, 1, 1, 0);
	check_eq(again, at, "place");
	check_eq(plugin_reply(p.handle, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "another window");
	check_eq(*(u32 *)p.data, 88, "another window: what it read");
	must_revoke(&p, at);
	check_errno(try_table(PAGE(1)), 0, "revoked of who waits");
	check_eq(plugin_reply(p.handle, 0, 0, NULL), PLUGIN_STATUS_FAULT, "revoked: status");
	stopped("revoked of who waits", &p, at, READ_IN);
}

void test_main(void)
{
	page_mode = plugin_info().mode == PLUGIN_MODE_PAGE;
	limits = plugin_info().enforces & PLUGIN_ENFORCES_LIMIT;
	shared = pages_alloc(PAGES);
	p.nr_window = ROOM;
	plugin_make(&p, peek, peek_end);
	plugin_make(&q, peek, peek_end);
	layout();
	errors();
	read_only();
	read_write();
	execute(0);
	execute(PLUGIN_WINDOW_WRITE);
	rooms();
	stale();
	counts();
	largest();
	suspended();
	waiting();
	escape_row(27, "stopped");
	report_success();
}
