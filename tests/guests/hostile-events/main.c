// SPDX-License-Identifier: MIT
/*
 * Claim: no flood of events harms the monitor or starves the guest's code outside of
 * handlers. Pending events are delivered one upcall at a time; bits that the guest
 * overwrites in shared_info affect only the guest.
 *
 * Provoked by: every port, bound and sent to at once; a handler that sends again, to its
 * own port and to all; upcalls that nest as deep as the stack allows; pending, mask and
 * selector words of random bits; timers that are already due.
 *
 * Cannot tell: interrupts of devices; none is attached.
 */
#include <lib/test.h>

#define PORTS 1024 /* 32 words of 32 bits: all that shared_info has */

static u32 ports[PORTS], nr;
static u32 taken, resend, depth, deepest;

static void on_any(u32 port, struct regs *regs)
{
	(void)regs;
	taken++;
	if (resend) {
		resend--;
		event_send(port);
	}
}

static void count(u32 want, const char *what)
{
	taken = 0;
	upcalls_on();
	upcalls_off();
	check_eq(taken, want, "%s: upcalls", what);
}

static void bind_all(void)
{
	long port;

	while ((port = event_bind_ipi()) > 0 && nr < PORTS) {
		ports[nr++] = (u32)port;
		event_handle((u32)port, on_any);
		event_unmask((u32)port);
	}
	check_errno(port, XEN_ENOSPC, "one port more");
	print("%u ports\n", nr);
	check(nr > 1000, "only %u ports", nr);
}

static void floods(void)
{
	u32 i, round;

	upcalls_off();
	for (i = 0; i < nr; i++)
		check_errno(event_send(ports[i]), 0, "send to %u", ports[i]);
	count(nr, "all at once");
	/* Each handler sends its own event again, ten thousand times. */
	resend = 10000;
	event_send(ports[0]);
	count(10001, "sent by its handler");
	resend = 2 * nr;
	for (i = 0; i < nr; i++)
		event_send(ports[i]);
	count(3 * nr, "all, by their handlers");
	/* Twice is once. */
	for (round = 0; round < 20; round++)
		for (i = 0; i < nr; i += 7)
			event_send(ports[i]);
	count((nr + 6) / 7, "sent many times");
}

static bool nest(struct regs *regs)
{
	u32 i;

	(void)regs;
	if (++depth > deepest)
		deepest = depth;
	vcpu0.evtchn_upcall_pending = 0;
	vcpu0.evtchn_pending_sel = 0;
	for (i = 0; i < 32; i++)
		shared_info.evtchn_pending[i] = 0;
	if (depth < 5) {
		/* The handler unmasks events before it ends: the next upcall comes at once. */
		vcpu0.evtchn_upcall_mask = 0;
		event_send(ports[depth]);
		vcpu0.evtchn_upcall_mask = 1;
	}
	depth--;
	return true;
}

static void nested(void)
{
	trap_handle(VECTOR_UPCALL, nest);
	upcalls_off();
	event_send(ports[0]);
	hypercall(xen_version, XENVER_version);
	check_eq(deepest, 0, "upcalls while masked");
	vcpu0.evtchn_upcall_mask = 0;
	hypercall(xen_version, XENVER_version);
	upcalls_off();
	check_eq(deepest, 5, "upcalls in one another");
	trap_handle(VECTOR_UPCALL, NULL);
}

static u32 upcalls;

static bool only_count(struct regs *regs)
{
	(void)regs;
	upcalls++;
	/*
	 * The pending word is left as it is; the upcall mask is set when this returns, for one
	 * call.
	 */
	if (upcalls % 64 == 0)
		vcpu0.evtchn_upcall_pending = 0;
	return true;
}

/* The guest writes random bits into the pending and mask words: at most one upcall follows. */
static void noise(void)
{
	static struct shared_info was;
	u32 seed = 0x5eed, i, k;

	memcpy(&was, &shared_info, sizeof(was));
	trap_handle(VECTOR_UPCALL, only_count);
	for (k = 0; k < 2000; k++) {
		struct evtchn_unmask unmask;
		struct evtchn_send send;

		for (i = 0; i < 32; i++) {
			seed = seed * 1664525 + 1013904223;
			shared_info.evtchn_pending[i] = seed;
			shared_info.evtchn_mask[i] = seed * 31;
		}
		vcpu0.evtchn_pending_sel = seed;
		vcpu0.evtchn_upcall_pending = (u8)(seed >> 8);
		vcpu0.evtchn_upcall_mask = (u8)(seed >> 20 & 1);
		unmask.port = send.port = seed >> 7 & 4095;
		event_op(EVTCHNOP_unmask, &unmask);
		event_op(EVTCHNOP_send, &send);
		set_timer(seed & 1 ? 1 : clock_ns());
		vcpu0.evtchn_upcall_mask = 1;
	}
	set_timer(0);
	check(upcalls > 100 && upcalls < 2000 * 64 * 4, "%u upcalls", upcalls);
	print("%u upcalls of noise\n", upcalls);
	trap_handle(VECTOR_UPCALL, NULL);
	memcpy(shared_info.evtchn_pending, was.evtchn_pending, sizeof(was.evtchn_pending));
	memcpy(shared_info.evtchn_mask, was.evtchn_mask, sizeof(was.evtchn_mask));
	vcpu0.evtchn_pending_sel = 0;
	vcpu0.evtchn_upcall_pending = 0;
}

static void after(void)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		event_clear(ports[i]);
		event_unmask(ports[i]);
	}
	vcpu0.evtchn_pending_sel = 0;
	vcpu0.evtchn_upcall_pending = 0;
	event_send(ports[nr - 1]);
	count(1, "after all that");
	for (i = 0; i < nr; i++)
		check_errno(event_close(ports[i]), 0, "close");
}

void test_main(void)
{
	upcalls_off();
	bind_all();
	floods();
	nested();
	noise();
	after();
	report_success();
}
