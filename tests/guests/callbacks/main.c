// SPDX-License-Identifier: MIT
/*
 * Claim: set_callbacks and callback_op register the event callback, and the last
 * registration is in force. Callbacks that cannot be unregistered and unknown callback
 * types are refused.
 *
 * Provoked by: after each registration an event on an IPI port of this vcpu, with one of
 * two entry points.
 *
 * Cannot tell: how the failsafe callback is used; guests/failsafe shows that.
 */
#include <lib/test.h>

static volatile u32 first_calls;
volatile u32 second_calls;

/* A second entry point: increments second_calls, then continues at upcall_entry. */
asm(".pushsection .text\n"
    ".globl second_upcall\n"
    "second_upcall: incl second_calls; jmp upcall_entry\n"
    ".popsection");
extern char second_upcall[];

static void on_event(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	first_calls++;
}

static void expect(u32 port, u32 first, u32 second, const char *after)
{
	first_calls = second_calls = 0;
	upcalls_on();
	check_errno(event_send(port), 0, "send");
	check_eq(first_calls, first, "upcalls after %s", after);
	check_eq(second_calls, second, "upcalls by the second entry after %s", after);
}

static long register_callback(u16 type, u32 cs, void *eip)
{
	struct callback_register op = { .type = type, .address = { cs, (u32)eip } };

	return hypercall(callback_op, CALLBACKOP_register, &op);
}

static long unregister(u16 type)
{
	struct callback_unregister op = { .type = type };

	return hypercall(callback_op, CALLBACKOP_unregister, &op);
}

void test_main(void)
{
	long port = event_bind_ipi();

	require(port > 0, "no ipi port: %ld", port);
	event_handle(port, on_event);
	event_unmask(port);
	expect(port, 1, 0, "set_callbacks of the library");

	check_errno(register_callback(CALLBACKTYPE_event, FLAT_RING1_CS, second_upcall), 0,
		    "register event");
	expect(port, 1, 1, "callback_op");
	check_errno(hypercall(set_callbacks, FLAT_RING1_CS, upcall_entry, FLAT_RING1_CS,
			      failsafe_entry),
		    0, "set_callbacks");
	expect(port, 1, 0, "set_callbacks");
	/* The monitor changes RPL 0 of the selector to 1. */
	check_errno(register_callback(CALLBACKTYPE_event, FLAT_RING1_CS & ~3, second_upcall), 0,
		    "register event with RPL 0");
	expect(port, 1, 1, "callback_op with RPL 0");
	check_errno(register_callback(CALLBACKTYPE_failsafe, FLAT_RING1_CS, failsafe_entry), 0,
		    "register failsafe");
	check_errno(register_callback(CALLBACKTYPE_nmi, FLAT_RING1_CS, failsafe_entry), 0,
		    "register nmi");
	check_errno(unregister(CALLBACKTYPE_nmi), 0, "unregister nmi");

	check_errno(unregister(CALLBACKTYPE_event), XEN_EINVAL, "unregister event");
	check_errno(unregister(CALLBACKTYPE_failsafe), XEN_EINVAL, "unregister failsafe");
	check_errno(register_callback(77, FLAT_RING1_CS, second_upcall), XEN_ENOSYS,
		    "register type 77");
	check_errno(unregister(77), XEN_ENOSYS, "unregister type 77");
	check_errno(hypercall(callback_op, CALLBACKOP_register, 0x1000), XEN_EFAULT,
		    "register from an unmapped page");
	check_errno(hypercall(callback_op, CALLBACKOP_unregister, 0xfffff000), XEN_EFAULT,
		    "unregister from the monitor");
	check_errno(hypercall(callback_op, 99, 0), XEN_EINVAL, "command 99");
	expect(port, 1, 1, "all the refusals");
	report_success();
}
