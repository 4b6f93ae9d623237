// SPDX-License-Identifier: MIT
/* The mapping of shared_info, the handlers of ports, and the upcall. */
#include <lib/clock.h>
#include <lib/event.h>
#include <lib/hypercall.h>
#include <lib/report.h>
#include <lib/trap.h>

#define NR_PORTS (32 * 32)

struct shared_info shared_info PAGE_BUFFER;
u32 upcall_count;

static event_handler_t handlers[NR_PORTS];

long event_init(void)
{
	return hypercall(set_callbacks, FLAT_RING1_CS, upcall_entry, FLAT_RING1_CS, failsafe_entry);
}

void event_handle(u32 port, event_handler_t handler)
{
	handlers[port] = handler;
}

static u32 bit(u32 port)
{
	return 1u << (port & 31);
}

void event_mask(u32 port)
{
	__atomic_or_fetch(&shared_info.evtchn_mask[port / 32], bit(port), __ATOMIC_SEQ_CST);
}

long event_unmask(u32 port)
{
	struct evtchn_unmask op = { .port = port };

	return event_op(EVTCHNOP_unmask, &op);
}

bool event_pending(u32 port)
{
	return ACCESS_ONCE(shared_info.evtchn_pending[port / 32]) & bit(port);
}

void event_clear(u32 port)
{
	__atomic_and_fetch(&shared_info.evtchn_pending[port / 32], ~bit(port), __ATOMIC_SEQ_CST);
}

long event_send(u32 port)
{
	struct evtchn_send op = { .port = port };

	return event_op(EVTCHNOP_send, &op);
}

long event_close(u32 port)
{
	struct evtchn_close op = { .port = port };

	return event_op(EVTCHNOP_close, &op);
}

long event_bind_ipi(void)
{
	struct evtchn_bind_ipi op = { .vcpu = 0 };
	long error = event_op(EVTCHNOP_bind_ipi, &op);

	return error ? error : (long)op.port;
}

long event_bind_virq(u32 virq)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = 0 };
	long error = event_op(EVTCHNOP_bind_virq, &op);

	return error ? error : (long)op.port;
}

/* The two-level scan: selector word, then pending and not masked. */
void event_dispatch(struct regs *regs)
{
	u32 selector, ready, word, port;

	upcall_count++;
	vcpu0.evtchn_upcall_pending = 0;
	selector = __atomic_exchange_n((u32 *)&vcpu0.evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	while (selector) {
		word = (u32)__builtin_ctz(selector);
		selector &= selector - 1;
		while ((ready = ACCESS_ONCE(shared_info.evtchn_pending[word]) &
				~ACCESS_ONCE(shared_info.evtchn_mask[word]))) {
			port = word * 32 + (u32)__builtin_ctz(ready);
			event_clear(port);
			if (handlers[port])
				handlers[port](port, regs);
			else
				panic("event on port %u, which has no handler", port);
		}
	}
}

void upcalls_off(void)
{
	ACCESS_ONCE(vcpu0.evtchn_upcall_mask) = 1;
	barrier();
}

void upcalls_on(void)
{
	barrier();
	ACCESS_ONCE(vcpu0.evtchn_upcall_mask) = 0;
	barrier();
	/* An event that came while events were masked is delivered at the end of a hypercall. */
	if (ACCESS_ONCE(vcpu0.evtchn_upcall_pending))
		hypercall(xen_version, XENVER_version);
}

bool event_wait(volatile u32 *flag, u32 ms)
{
	u64 end = clock_ns() + (u64)ms * 1000000;

	upcalls_on();
	while (!*flag && clock_ns() < end)
		hypercall(sched_op, SCHEDOP_yield, 0);
	return *flag;
}
