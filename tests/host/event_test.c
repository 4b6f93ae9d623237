// SPDX-License-Identifier: MIT
/*
 * Event channels: every command in every state of a port, with the last good and the
 * first bad number of a port, a virq, a line, a domain and a virtual CPU; and what a
 * notification does to the words that the guest reads.
 *
 * Cannot tell: that a pending event is delivered; guests/event-channel does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/event.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <xen/event_channel.h>

#include "check.h"

#define PORTS EVTCHN_2L_NR_CHANNELS
#define NO_AT HV_VIRT_START /* where nothing can be copied from */

/* ---- the rest of the monitor ---- */

static struct shared_info page;
struct shared_info *shared = &page;
struct vcpu_info *vcpu_info = &page.vcpu_info[0];
struct vcpu vcpu;
static u32 masked, unmasked; /* a bit for each line */
static bool input;

void pic_mask(unsigned int irq)
{
	masked |= 1u << irq;
}

void pic_unmask(unsigned int irq)
{
	unmasked |= 1u << irq;
}

bool pic_line_is_ours(unsigned int irq)
{
	return irq == 0 || irq == 2 || irq == 4;
}

bool uart_input_pending(void)
{
	return input;
}

/* ---- the commands ---- */

static union {
	struct evtchn_send send;
	struct evtchn_alloc_unbound unbound;
	struct evtchn_bind_interdomain interdomain;
	struct evtchn_bind_virq virq;
	struct evtchn_bind_pirq pirq;
	struct evtchn_bind_ipi ipi;
	struct evtchn_close close;
	struct evtchn_status status;
	struct evtchn_bind_vcpu vcpu;
	struct evtchn_reset reset;
} a;

static long op(u32 command)
{
	struct regs r = { .ebx = command, .ecx = (u32)&a };

	return do_event_channel_op(&r);
}

static long send(u32 port)
{
	a.send.port = port;
	return op(EVTCHNOP_send);
}

static long close_port(u32 port)
{
	a.close.port = port;
	return op(EVTCHNOP_close);
}

static long unmask(u32 port)
{
	a.send.port = port;
	return op(EVTCHNOP_unmask);
}

static long alloc(domid_t dom, domid_t remote)
{
	a.unbound = (struct evtchn_alloc_unbound){ .dom = dom, .remote_dom = remote };
	return op(EVTCHNOP_alloc_unbound) ?: (long)a.unbound.port;
}

static long join(domid_t dom, u32 remote)
{
	a.interdomain =
		(struct evtchn_bind_interdomain){ .remote_dom = dom, .remote_port = remote };
	return op(EVTCHNOP_bind_interdomain) ?: (long)a.interdomain.local_port;
}

static long virq(u32 nr, u32 of)
{
	a.virq = (struct evtchn_bind_virq){ .virq = nr, .vcpu = of };
	return op(EVTCHNOP_bind_virq) ?: (long)a.virq.port;
}

static long pirq(u32 line)
{
	a.pirq = (struct evtchn_bind_pirq){ .pirq = line };
	return op(EVTCHNOP_bind_pirq) ?: (long)a.pirq.port;
}

static long ipi(u32 of)
{
	a.ipi = (struct evtchn_bind_ipi){ .vcpu = of };
	return op(EVTCHNOP_bind_ipi) ?: (long)a.ipi.port;
}

static long bind_vcpu(u32 port, u32 of)
{
	a.vcpu = (struct evtchn_bind_vcpu){ .port = port, .vcpu = of };
	return op(EVTCHNOP_bind_vcpu);
}

static long status(domid_t dom, u32 port)
{
	memset(&a, 0xff, sizeof(a));
	a.status.dom = dom;
	a.status.port = port;
	return op(EVTCHNOP_status) ?: (long)a.status.status;
}

static long reset(domid_t dom)
{
	a.reset.dom = dom;
	return op(EVTCHNOP_reset);
}

/* ---- what the guest sees ---- */

static bool pending(u32 port)
{
	bool is = page.evtchn_pending[port / 32] >> port % 32 & 1;

	CHECK(event_port_pending(port) == is, "port %u", port);
	return is;
}

static void nothing_pending(void)
{
	memset(&page, 0, sizeof(page));
	vcpu.blocked = true;
}

/* Was the virtual CPU notified, by the word of this port? */
static bool notified(u32 port)
{
	bool told = vcpu_info->evtchn_upcall_pending;

	CHECK(!vcpu.blocked == told);
	CHECK(vcpu_info->evtchn_pending_sel == (told ? 1u << port / 32 : 0),
	      "port %u: selector %lx", port, (unsigned long)vcpu_info->evtchn_pending_sel);
	return told;
}

static void clean(void)
{
	CHECK(reset(DOMID_SELF) == 0);
	nothing_pending();
	masked = unmasked = 0;
}

/* ---- the tests ---- */

enum kind { CLOSED, UNBOUND, JOINED, LINE, VIRTUAL, SELF, KINDS };

/* Makes a port of this kind, the only port besides the peer of a JOINED one. */
static u32 make(enum kind kind)
{
	clean();
	switch (kind) {
	case UNBOUND:
		return (u32)alloc(DOMID_SELF, DOMID_SELF);
	case JOINED:
		CHECK(alloc(DOMID_SELF, 0) == 1 && join(0, 1) == 2);
		CHECK(pending(2) && notified(2)); /* something may have been sent */
		nothing_pending();
		return 2;
	case LINE:
		return (u32)pirq(9);
	case VIRTUAL:
		return (u32)virq(VIRQ_DEBUG, 0);
	case SELF:
		return (u32)ipi(0);
	default:
		return 1;
	}
}

static void in_every_state(void)
{
	static const struct {
		long status, send, close, vcpu;
		u32 about;	/* first word of the union in the answer to status */
		u32 sent, peer; /* the port that is pending after a send; the peer */
	} want[KINDS] = {
		[CLOSED] = { EVTCHNSTAT_closed, -EINVAL, -EINVAL, -EINVAL, 0, 0, 0 },
		[UNBOUND] = { EVTCHNSTAT_unbound, 0, 0, 0, 0, 0, 0 },
		[JOINED] = { EVTCHNSTAT_interdomain, 0, 0, 0, 0, 1, 1 },
		[LINE] = { EVTCHNSTAT_pirq, -EINVAL, 0, 0, 9, 0, 0 },
		[VIRTUAL] = { EVTCHNSTAT_virq, -EINVAL, 0, 0, VIRQ_DEBUG, 0, 0 },
		[SELF] = { EVTCHNSTAT_ipi, 0, 0, -EINVAL, 0, 1, 0 },
	};
	u32 kind, port;

	for (kind = 0; kind < KINDS; kind++) {
		port = make(kind);
		CHECK(port == (kind == JOINED ? 2 : 1), "kind %u: port %u", kind, port);
		CHECK(status(0, port) == want[kind].status, "kind %u", kind);
		CHECK(a.status.vcpu == 0, "kind %u", kind);
		if (kind == JOINED)
			CHECK(a.status.u.interdomain.dom == 0 &&
			      a.status.u.interdomain.port == want[kind].peer);
		else
			CHECK(a.status.u.pirq == want[kind].about, "kind %u: %x", kind,
			      a.status.u.pirq);
		CHECK(bind_vcpu(port, 0) == want[kind].vcpu, "kind %u", kind);
		CHECK(bind_vcpu(port, 1) == -ENOENT, "kind %u", kind);
		CHECK(send(port) == want[kind].send, "kind %u", kind);
		CHECK(notified(want[kind].sent) == !!want[kind].sent, "kind %u", kind);
		CHECK(pending(1) == (want[kind].sent == 1) && !pending(2), "kind %u", kind);
		page.evtchn_pending[0] |= 1u << port | 1u << 31;
		CHECK(close_port(port) == want[kind].close, "kind %u", kind);
		CHECK(pending(port) == (kind == CLOSED) && pending(31), "kind %u", kind);
		CHECK(masked == (kind == LINE ? 1u << 9 : 0), "kind %u: %x", kind, masked);
		CHECK(status(DOMID_SELF, port) == EVTCHNSTAT_closed, "kind %u", kind);
		CHECK(a.status.u.pirq == 0, "kind %u", kind);
		CHECK(close_port(port) == -EINVAL, "kind %u", kind);
		if (kind == JOINED) {
			CHECK(status(0, 1) == EVTCHNSTAT_unbound && a.status.u.unbound.dom == 0);
			CHECK(join(0, 1) == 2, "the peer's peer can be joined again");
		}
	}
}

/*
 * Address behind the table of ports, found by the contents of the table when every port
 * but 0 is an IPI's.
 */
extern u32 data_start[], _end[];

static noinline __attribute__((no_sanitize_address)) u32 *behind_ports(void)
{
	u32 *at, n;

	for (at = data_start; at + PORTS < _end; at++) {
		for (n = 1; n < PORTS && at[n] == at[1]; n++)
			;
		if (n == PORTS && at[1] && at[0] && at[0] != at[1])
			return at + PORTS;
	}
	CHECK(false, "no table of ports is found");
	return NULL;
}

/* Numbers that are not a port, with `entry` in memory where the table would have them. */
static noinline __attribute__((no_sanitize_address)) void no_port(u32 *behind, u32 entry)
{
	/* The number behind the last port; two that wrap to ports 1 and 2; the greatest number. */
	static const u32 numbers[] = { PORTS, 0x40000001, 0x40000002, ~0u };
	u32 kept = *behind, i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		u32 n = numbers[i];

		*behind = entry;
		CHECK(send(n) == -EINVAL && close_port(n) == -EINVAL, "port %x", n);
		CHECK(status(0, n) == -EINVAL && bind_vcpu(n, 0) == -EINVAL, "port %x", n);
		CHECK(join(0, n) == -EINVAL, "port %x", n);
		CHECK(*behind == entry, "port %x", n);
		*behind = kept;
	}
	CHECK(unmask(PORTS) == -EINVAL && unmask(~0u) == -EINVAL);
}

/* The last valid and the first invalid port of each command. */
static void numbers(void)
{
	u32 p, *behind;

	clean();
	CHECK(send(0) == -EINVAL && close_port(0) == -EINVAL && bind_vcpu(0, 0) == -EINVAL);
	CHECK(status(0, 0) == EVTCHNSTAT_closed && unmask(0) == 0);
	for (p = 1; p < PORTS; p++)
		CHECK(ipi(0) == (long)p, "port %u", p);
	behind = behind_ports();
	CHECK(ipi(0) == -ENOSPC && virq(VIRQ_DEBUG, 0) == -ENOSPC && pirq(9) == -ENOSPC);
	CHECK(alloc(0, 0) == -ENOSPC && !unmasked);
	CHECK(close_port(PORTS - 2) == 0 && alloc(0, 0) == PORTS - 2);
	CHECK(join(0, PORTS - 2) == -ENOSPC);
	CHECK(virq(NR_VIRQS, 0) == -EINVAL && pirq(16) == -EINVAL && ipi(1) == -ENOENT);
	nothing_pending();
	CHECK(send(PORTS - 1) == 0 && pending(PORTS - 1) && notified(PORTS - 1));
	CHECK(!pending(PORTS - 2) && status(0, PORTS - 1) == EVTCHNSTAT_ipi);
	CHECK(close_port(PORTS - 2) == 0 && virq(VIRQ_DEBUG, 0) == PORTS - 2);
	CHECK(bind_vcpu(PORTS - 2, 0) == 0 && unmask(PORTS - 1) == 0);
	CHECK(!event_port_pending(PORTS));
	*(u32 *)((u8 *)&page.evtchn_pending + sizeof(page.evtchn_pending)) = ~0u; /* masks */
	CHECK(!event_port_pending(PORTS));
	nothing_pending();
	no_port(behind, 1u << 16 | 6); /* like an IPI's, and like joined ones */
	no_port(behind, 1u << 16 | 3);
	no_port(behind, 2);
	CHECK(close_port(5) == 0 && join(0, PORTS) == -EINVAL && join(0, 4) == -EINVAL);
	CHECK(close_port(PORTS - 1) == 0);
	/* reset() closes all ports, the last one included. */
	CHECK(ipi(0) == 5 && ipi(0) == PORTS - 1 && reset(0) == 0);
	for (p = 0; p < PORTS; p++)
		CHECK(status(0, p) == EVTCHNSTAT_closed, "port %u", p);
	CHECK(ipi(0) == 1);
}

static void domains(void)
{
	clean();
	CHECK(alloc(1, 0) == -ESRCH && alloc(0, 1) == -ESRCH && alloc(1, 1) == -ESRCH);
	CHECK(alloc(DOMID_SELF - 1, 0) == -ESRCH && alloc(0, 0) == 1);
	CHECK(join(1, 1) == -ESRCH && join(DOMID_SELF, 1) == 2);
	CHECK(status(1, 1) == -ESRCH && reset(1) == -ESRCH);
	CHECK(status(DOMID_SELF, 1) == EVTCHNSTAT_interdomain);
	CHECK(a.status.u.interdomain.port == 2);
	CHECK(join(0, 1) == -EINVAL && join(0, 0) == -EINVAL && join(0, 3) == -EINVAL);
	CHECK(reset(0) == 0 && status(0, 1) == EVTCHNSTAT_closed);
	CHECK(op(EVTCHNOP_expand_array) == -ENOSYS && op(~0u) == -ENOSYS);
}

static void virqs(void)
{
	u32 v;

	clean();
	input = false;
	for (v = 0; v < NR_VIRQS; v++) {
		CHECK(virq(v, 1) == -ENOENT);
		event_set_virq(v); /* not bound: no effect */
		CHECK(virq(v, 0) == (long)v + 1 && virq(v, 0) == -EEXIST, "virq %u", v);
		CHECK(status(0, v + 1) == EVTCHNSTAT_virq && a.status.u.virq == v);
		CHECK(!pending(v + 1) && !notified(0));
	}
	CHECK(virq(NR_VIRQS, 0) == -EINVAL && virq(~0u, 0) == -EINVAL);
	event_set_virq(NR_VIRQS - 1);
	CHECK(pending(NR_VIRQS) && notified(NR_VIRQS));
	CHECK(close_port(VIRQ_CONSOLE + 1) == 0 && close_port(VIRQ_DEBUG + 1) == 0);
	input = true; /* a console bound late is notified of input that is there */
	nothing_pending();
	CHECK(virq(VIRQ_DEBUG, 0) == VIRQ_DEBUG + 1 && !notified(0));
	CHECK(virq(VIRQ_CONSOLE, 0) == VIRQ_CONSOLE + 1);
	CHECK(pending(VIRQ_CONSOLE + 1) && notified(VIRQ_CONSOLE + 1));
}

static void lines(void)
{
	u32 line;
	long port = 0;

	clean();
	for (line = 0; line < 16; line++) {
		bool ours = pic_line_is_ours(line);

		event_set_pirq(line);
		CHECK(pirq(line) == (ours ? -EINVAL : ++port), "line %u", line);
		CHECK(pirq(line) == (ours ? -EINVAL : -EEXIST), "line %u", line);
		CHECK(!(unmasked >> line & 1) == ours, "line %u", line);
		CHECK(!notified(0), "line %u", line);
	}
	CHECK(pirq(16) == -EINVAL && pirq(~0u) == -EINVAL && !masked);
	event_set_pirq(15);
	CHECK(pending((u32)port) && notified((u32)port));
	CHECK(close_port((u32)port) == 0 && masked == 1u << 15);
	nothing_pending();
	event_set_pirq(15);
	CHECK(!notified(0) && pirq(15) == port);
}

/* Masks and pending bits that keep a notification from the virtual CPU. */
static void masks(void)
{
	u32 p;

	clean();
	for (p = 1; p <= 70; p++)
		CHECK(ipi(0) == (long)p);
	for (p = 1; p <= 70; p++) {
		nothing_pending();
		page.evtchn_mask[p / 32] = 1u << p % 32;
		CHECK(send(p) == 0 && pending(p) && !notified(0), "port %u", p);
		CHECK(send(p) == 0 && !notified(0), "port %u", p);
		CHECK(unmask(p) == 0 && !page.evtchn_mask[p / 32], "port %u", p);
		CHECK(vcpu_info->evtchn_upcall_pending == 1, "port %u", p);
		CHECK(vcpu_info->evtchn_pending_sel == 1u << p / 32, "port %u", p);
		/* The masks of other ports have no effect. */
		nothing_pending();
		page.evtchn_mask[p / 32] = ~(1u << p % 32);
		CHECK(send(p) == 0 && pending(p) && notified(p), "port %u", p);
		CHECK(unmask(p) == 0 && page.evtchn_mask[p / 32] == ~(1u << p % 32));
		/* The unmask of a port that is not pending does not notify. */
		nothing_pending();
		page.evtchn_pending[p / 32] = ~(1u << p % 32);
		CHECK(unmask(p) == 0 && !notified(0), "port %u", p);
		/* A port that is pending already does not notify again. */
		page.evtchn_pending[p / 32] = 1u << p % 32;
		CHECK(send(p) == 0 && !notified(0), "port %u", p);
		/* If the word is selected already, the virtual CPU is not notified again. */
		nothing_pending();
		vcpu_info->evtchn_pending_sel = 1u << p / 32;
		CHECK(send(p) == 0 && pending(p), "port %u", p);
		CHECK(!vcpu_info->evtchn_upcall_pending && !vcpu.blocked, "port %u", p);
	}
}

/* A command whose structure is not in the guest's memory fails, and takes no port. */
static void no_structure(void)
{
	u32 command;

	clean();
	for (command = 0; command <= EVTCHNOP_reset; command++) {
		struct regs r = { .ebx = command, .ecx = NO_AT };
		bool none = command == EVTCHNOP_reset + 1;

		CHECK(do_event_channel_op(&r) == (none ? -ENOSYS : -EFAULT), "command %u", command);
	}
	CHECK(ipi(0) == 1);
}

int main(void)
{
	in_every_state();
	numbers();
	domains();
	virqs();
	lines();
	masks();
	no_structure();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
