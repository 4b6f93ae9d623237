/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels, 2-level ABI (xen/event_channel.h). The senders are the domain itself,
 * virtual interrupts (VIRQ) and the machine's interrupt lines (PIRQ).
 */
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/string.h>
#include <xen/event_channel.h>

#define NR_PORTS (EVTCHN_2L_NR_CHANNELS)

enum port_state { FREE, RESERVED, UNBOUND, INTERDOMAIN, PIRQ, VIRQ, IPI };

static struct {
	u8 state;
	u16 peer; /* INTERDOMAIN: remote port; PIRQ: line; VIRQ: number */
} ports[NR_PORTS] = { [0] = { .state = RESERVED } };

static u16 virq_port[NR_VIRQS], pirq_port[16];

static bool test_and_set(xen_ulong_t *map, u32 bit)
{
	u8 old;

	asm volatile("btsl %2, %0\n setc %1" : "+m"(*map), "=q"(old) : "r"(bit) : "memory");
	return old;
}

static void set_pending(u32 port)
{
	if (test_and_set(&shared->evtchn_pending[0] + port / 32, port % 32))
		return;
	if (shared->evtchn_mask[port / 32] & (1u << port % 32))
		return;
	if (!test_and_set(&vcpu_info->evtchn_pending_sel, port / 32))
		vcpu_info->evtchn_upcall_pending = 1;
	vcpu.blocked = false;
}

void event_set_virq(unsigned int virq)
{
	if (virq_port[virq])
		set_pending(virq_port[virq]);
}

void event_set_pirq(unsigned int irq)
{
	if (pirq_port[irq])
		set_pending(pirq_port[irq]);
}

bool event_port_pending(u32 port)
{
	return port < NR_PORTS && (shared->evtchn_pending[port / 32] & (1u << port % 32));
}

static u32 free_port(void)
{
	u32 p;

	for (p = 1; p < NR_PORTS; p++)
		if (ports[p].state == FREE)
			return p;
	return 0;
}

static bool is_self(domid_t dom)
{
	return dom == DOMID_SELF || dom == 0;
}

static void clear_pending(u32 p)
{
	shared->evtchn_pending[p / 32] &= ~(1u << p % 32);
}

static long close_port(u32 p)
{
	if (p >= NR_PORTS || !p)
		return -EINVAL;
	switch (ports[p].state) {
	case FREE:
	case RESERVED:
		return -EINVAL;
	case VIRQ:
		virq_port[ports[p].peer] = 0;
		break;
	case PIRQ:
		pic_mask(ports[p].peer);
		pirq_port[ports[p].peer] = 0;
		break;
	case INTERDOMAIN:
		if (ports[p].peer != p) {
			ports[ports[p].peer].state = UNBOUND;
			ports[ports[p].peer].peer = 0;
		}
		break;
	}
	ports[p].state = FREE;
	ports[p].peer = 0;
	clear_pending(p);
	return 0;
}

static long send(u32 p)
{
	if (p >= NR_PORTS)
		return -EINVAL;
	switch (ports[p].state) {
	case INTERDOMAIN:
		set_pending(ports[p].peer);
		return 0;
	case IPI:
		set_pending(p);
		return 0;
	case UNBOUND:
		return 0; /* no remote end yet: as Xen, the event is lost without an error */
	}
	return -EINVAL;
}

static long unmask(u32 p)
{
	if (p >= NR_PORTS)
		return -EINVAL;
	shared->evtchn_mask[p / 32] &= ~(1u << p % 32);
	if (shared->evtchn_pending[p / 32] & (1u << p % 32)) {
		test_and_set(&vcpu_info->evtchn_pending_sel, p / 32);
		vcpu_info->evtchn_upcall_pending = 1;
	}
	return 0;
}

static long bind_virq(struct evtchn_bind_virq *b)
{
	u32 p;

	if (b->virq >= NR_VIRQS)
		return -EINVAL;
	if (b->vcpu != 0)
		return -ENOENT;
	if (virq_port[b->virq])
		return -EEXIST;
	p = free_port();
	if (!p)
		return -ENOSPC;
	ports[p].state = VIRQ;
	ports[p].peer = (u16)b->virq;
	virq_port[b->virq] = (u16)p;
	b->port = p;
	if (b->virq == VIRQ_CONSOLE && uart_input_pending())
		set_pending(p);
	return 0;
}

static long bind_pirq(struct evtchn_bind_pirq *b)
{
	u32 p;

	if (b->pirq >= ARRAY_SIZE(pirq_port) || pic_line_is_ours(b->pirq))
		return -EINVAL;
	if (pirq_port[b->pirq])
		return -EEXIST;
	p = free_port();
	if (!p)
		return -ENOSPC;
	ports[p].state = PIRQ;
	ports[p].peer = (u16)b->pirq;
	pirq_port[b->pirq] = (u16)p;
	b->port = p;
	pic_unmask(b->pirq);
	return 0;
}

static long bind_ipi(struct evtchn_bind_ipi *b)
{
	u32 p = free_port();

	if (b->vcpu != 0)
		return -ENOENT;
	if (!p)
		return -ENOSPC;
	ports[p].state = IPI;
	b->port = p;
	return 0;
}

static long alloc_unbound(struct evtchn_alloc_unbound *a)
{
	u32 p = free_port();

	if (!is_self(a->dom))
		return -ESRCH;
	if (!is_self(a->remote_dom))
		return -ESRCH;
	if (!p)
		return -ENOSPC;
	ports[p].state = UNBOUND;
	a->port = p;
	return 0;
}

static long bind_interdomain(struct evtchn_bind_interdomain *b)
{
	u32 remote = b->remote_port, p = free_port();

	if (!is_self(b->remote_dom))
		return -ESRCH;
	if (remote >= NR_PORTS || ports[remote].state != UNBOUND)
		return -EINVAL;
	if (!p)
		return -ENOSPC;
	ports[p].state = INTERDOMAIN;
	ports[p].peer = (u16)remote;
	ports[remote].state = INTERDOMAIN;
	ports[remote].peer = (u16)p;
	b->local_port = p;
	set_pending(p); /* as Xen: the remote end may have sent an event before */
	return 0;
}

static long status(struct evtchn_status *s)
{
	static const u8 public[] = {
		[FREE] = EVTCHNSTAT_closed,	[RESERVED] = EVTCHNSTAT_closed,
		[UNBOUND] = EVTCHNSTAT_unbound, [INTERDOMAIN] = EVTCHNSTAT_interdomain,
		[PIRQ] = EVTCHNSTAT_pirq,	[VIRQ] = EVTCHNSTAT_virq,
		[IPI] = EVTCHNSTAT_ipi,
	};

	if (!is_self(s->dom))
		return -ESRCH;
	if (s->port >= NR_PORTS)
		return -EINVAL;
	memset(&s->u, 0, sizeof(s->u));
	s->status = public[ports[s->port].state];
	s->vcpu = 0;
	switch (ports[s->port].state) {
	case UNBOUND:
		s->u.unbound.dom = 0;
		break;
	case INTERDOMAIN:
		s->u.interdomain.dom = 0;
		s->u.interdomain.port = ports[s->port].peer;
		break;
	case PIRQ:
		s->u.pirq = ports[s->port].peer;
		break;
	case VIRQ:
		s->u.virq = ports[s->port].peer;
		break;
	}
	return 0;
}

static long reset(struct evtchn_reset *e)
{
	u32 p;

	if (!is_self(e->dom))
		return -ESRCH;
	for (p = 1; p < NR_PORTS; p++)
		close_port(p);
	return 0;
}

static long bind_vcpu(struct evtchn_bind_vcpu *b)
{
	if (b->vcpu != 0)
		return -ENOENT;
	if (b->port >= NR_PORTS)
		return -EINVAL;
	switch (ports[b->port].state) {
	case UNBOUND:
	case INTERDOMAIN:
	case PIRQ:
	case VIRQ:
		return 0; /* there is one virtual CPU, which gets all events */
	}
	return -EINVAL;
}

/*
 * A command whose structure is read, carried out and written back. Writing is tried
 * before the command changes anything: otherwise a structure that cannot be written
 * would leave a port whose number the guest does not learn. No command changes a
 * mapping, so the structure can be written afterwards as well.
 */
#define OP(type, call)                                            \
	({                                                        \
		struct type arg;                                  \
		long err = -EFAULT;                               \
		if (!copy_from_guest(&arg, at, sizeof(arg)) &&    \
		    !copy_to_guest(at, &arg, sizeof(arg)))        \
			err = call(&arg);                         \
		if (!err && copy_to_guest(at, &arg, sizeof(arg))) \
			err = -EFAULT;                            \
		err;                                              \
	})

/* A command whose structure is only read: as in Xen, the structure may be read-only. */
#define OP_IN(type, call)                                                      \
	({                                                                     \
		struct type arg;                                               \
		copy_from_guest(&arg, at, sizeof(arg)) ? -EFAULT : call(&arg); \
	})

static long op_close(struct evtchn_close *c)
{
	return close_port(c->port);
}
static long op_unmask(struct evtchn_unmask *u)
{
	return unmask(u->port);
}

long do_event_channel_op(struct regs *r)
{
	u32 at = hcall_arg1(r), port;

	switch (hcall_arg0(r)) {
	case EVTCHNOP_send: /* the only command on a hot path: reads one word */
		return get_guest_u32(&port, at) ? -EFAULT : send(port);
	case EVTCHNOP_unmask:
		return OP_IN(evtchn_unmask, op_unmask);
	case EVTCHNOP_close:
		return OP_IN(evtchn_close, op_close);
	case EVTCHNOP_alloc_unbound:
		return OP(evtchn_alloc_unbound, alloc_unbound);
	case EVTCHNOP_bind_interdomain:
		return OP(evtchn_bind_interdomain, bind_interdomain);
	case EVTCHNOP_bind_virq:
		return OP(evtchn_bind_virq, bind_virq);
	case EVTCHNOP_bind_pirq:
		return OP(evtchn_bind_pirq, bind_pirq);
	case EVTCHNOP_bind_ipi:
		return OP(evtchn_bind_ipi, bind_ipi);
	case EVTCHNOP_status:
		return OP(evtchn_status, status);
	case EVTCHNOP_bind_vcpu:
		return OP_IN(evtchn_bind_vcpu, bind_vcpu);
	case EVTCHNOP_reset:
		return OP_IN(evtchn_reset, reset);
	}
	return -ENOSYS;
}
