// SPDX-License-Identifier: MIT
/*
 * Claim: event_channel_op refuses invalid ports, vcpus, domains, virqs, commands and
 * pointers with an errno, and still works afterwards.
 *
 * Provoked by: each of these with every command that has such an argument.
 *
 * Cannot tell: which errno a call with two mistakes gets.
 */
#include <lib/test.h>

#define NOBODY 1234 /* a domain that does not exist */

static void ports(void)
{
	static const u32 wrong[] = { 0, 1023, 1024, 4096, 0x7fffffff, 0x80000000, ~0u };
	struct evtchn_status s;
	struct evtchn_bind_vcpu v;
	struct evtchn_bind_interdomain b;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		u32 port = wrong[i];

		check_errno(event_send(port), XEN_EINVAL, "send to port %u", port);
		check_errno(event_close(port), XEN_EINVAL, "close of port %u", port);
		if (port >= 1024)
			check_errno(event_unmask(port), XEN_EINVAL, "unmask of port %u", port);
		v = (struct evtchn_bind_vcpu){ .port = port, .vcpu = 0 };
		check_errno(event_op(EVTCHNOP_bind_vcpu, &v), XEN_EINVAL, "bind_vcpu of port %u",
			    port);
		b = (struct evtchn_bind_interdomain){ .remote_dom = DOMID_SELF,
						      .remote_port = port };
		check_errno(event_op(EVTCHNOP_bind_interdomain, &b), XEN_EINVAL,
			    "bind_interdomain to port %u", port);
		if (port >= 4096) {
			s = (struct evtchn_status){ .dom = DOMID_SELF, .port = port };
			check_errno(event_op(EVTCHNOP_status, &s), XEN_EINVAL, "status of port %u",
				    port);
		}
	}
}

static void others(void)
{
	struct evtchn_bind_virq virq = { .virq = 24, .vcpu = 0 };
	struct evtchn_bind_ipi ipi = { .vcpu = 1 };
	struct evtchn_bind_interdomain bind = { .remote_dom = NOBODY, .remote_port = 1 };
	struct evtchn_alloc_unbound alloc = { .dom = NOBODY, .remote_dom = DOMID_SELF };
	struct evtchn_status s = { .dom = NOBODY, .port = 1 };
	struct evtchn_bind_pirq pirq = { .pirq = 12345 };
	long port;

	check_errno(event_op(EVTCHNOP_bind_virq, &virq), XEN_EINVAL, "virq 24");
	virq.virq = ~0u;
	check_errno(event_op(EVTCHNOP_bind_virq, &virq), XEN_EINVAL, "virq -1");
	virq.virq = VIRQ_DEBUG;
	virq.vcpu = 1;
	check_errno(event_op(EVTCHNOP_bind_virq, &virq), XEN_ENOENT, "virq of vcpu 1");
	check_errno(event_op(EVTCHNOP_bind_ipi, &ipi), XEN_ENOENT, "ipi of vcpu 1");
	ipi.vcpu = ~0u;
	check_errno(event_op(EVTCHNOP_bind_ipi, &ipi), XEN_ENOENT, "ipi of vcpu -1");
	check_errno(event_op(EVTCHNOP_bind_interdomain, &bind), XEN_ESRCH, "bind to nobody");
	check_errno(event_op(EVTCHNOP_alloc_unbound, &alloc), XEN_ESRCH, "alloc for nobody");
	check_errno(event_op(EVTCHNOP_status, &s), XEN_ESRCH, "status of nobody");
	check_errno(event_op(EVTCHNOP_bind_pirq, &pirq), XEN_EINVAL, "pirq 12345");

	port = event_bind_ipi();
	require(port > 0, "ipi: %ld", port);
	{
		struct evtchn_bind_vcpu v = { .port = port, .vcpu = 1 };

		check_errno(event_op(EVTCHNOP_bind_vcpu, &v), XEN_ENOENT, "bind_vcpu to vcpu 1");
	}
	check_errno(event_close(port), 0, "close");
}

static void pointers(void)
{
	static const u32 commands[] = { EVTCHNOP_bind_interdomain,
					EVTCHNOP_bind_virq,
					EVTCHNOP_bind_pirq,
					EVTCHNOP_close,
					EVTCHNOP_send,
					EVTCHNOP_status,
					EVTCHNOP_alloc_unbound,
					EVTCHNOP_bind_ipi,
					EVTCHNOP_bind_vcpu,
					EVTCHNOP_unmask };
	static const u32 wrong[] = { 0, 0x1000, 0xfffff000, 0xfffffffe };
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		for (j = 0; j < ARRAY_SIZE(wrong); j++)
			check_errno(hypercall(event_channel_op, commands[i], wrong[j]), XEN_EFAULT,
				    "command %u with pointer %x", commands[i], wrong[j]);
	check_errno(hypercall(event_channel_op, 77, 0), XEN_ENOSYS, "command 77");
	check_errno(hypercall(event_channel_op, ~0u, 0), XEN_ENOSYS, "command -1");
}

void test_main(void)
{
	long first = event_bind_ipi(), again;

	check_errno(event_close(first), 0, "close");
	ports();
	others();
	pointers();
	/* No port has leaked: the next bind gets the same port. */
	again = event_bind_ipi();
	check_eq(again, first, "port after all the refusals");
	report_success();
}
