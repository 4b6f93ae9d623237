// SPDX-License-Identifier: MIT
/*
 * Claim: an event that comes while ring 3 runs is delivered at once, as an upcall on the
 * kernel's stack with an exception frame of ring 3; ring 3 then continues with its
 * registers unchanged. If the iret frame to ring 3 set the upcall mask, the event waits.
 *
 * Provoked by: a timer while ring 3 spins with known registers, 50 times.
 *
 * Cannot tell: how late the event is; tests/bench and plugin-budget measure that.
 */
#include <lib/test.h>

USER_DATA static volatile u32 stop = 1;
static volatile u32 upcalls, from_ring3;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	upcalls++;
	from_ring3 += (regs->cs & 3) == 3;
	check_eq(regs->cs, FLAT_RING3_CS, "cs of the upcall frame");
	check_eq(regs->ss & 0xffff, FLAT_RING3_SS, "ss of the upcall frame");
	check_eq(regs->saved_mask & 0xff, 0, "saved mask");
	check_eq(vcpu0.evtchn_upcall_mask, 1, "mask in the upcall");
	stop = 1;
}

/* Spins until *stop; 1 if every register kept its value. */
USER_TEXT static u32 user_spin(u32 address)
{
	u32 good;

	asm volatile("pushl %%ebp\n"
		     "movl %1, %%eax; movl $0xb0b0b0b0, %%ebx; movl $0xc0c0c0c0, %%ecx\n"
		     "movl $0xd0d0d0d0, %%edx; movl $0x51515151, %%esi; movl $0xd1d1d1d1, %%edi\n"
		     "movl $0xe5e5e5e5, %%ebp\n"
		     "1: cmpl $0, (%%eax); je 1b\n"
		     "xorl $0xb0b0b0b0, %%ebx; xorl $0xc0c0c0c0, %%ecx; xorl $0xd0d0d0d0, %%edx\n"
		     "xorl $0x51515151, %%esi; xorl $0xd1d1d1d1, %%edi; xorl $0xe5e5e5e5, %%ebp\n"
		     "orl %%ebp, %%ebx; orl %%ecx, %%ebx; orl %%edx, %%ebx; orl %%esi, %%ebx\n"
		     "orl %%edi, %%ebx; popl %%ebp; sete %%al; movzbl %%al, %0"
		     : "=a"(good)
		     : "a"(address)
		     : "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");
	return good;
}

/* Spins for so many rounds. */
USER_TEXT static u32 user_count(u32 rounds)
{
	while (rounds--)
		asm volatile("");
	return 7;
}

void test_main(void)
{
	long port = event_bind_virq(VIRQ_TIMER);
	u32 i;

	require(port > 0, "no timer port: %ld", port);
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	event_handle(port, on_timer);
	event_unmask(port);
	user_init();
	for (i = 0; i < 50; i++) {
		stop = 0;
		upcalls_off();
		check_errno(set_timer(clock_ns() + MS(1) * (1 + i % 3)), 0, "set_timer_op");
		check_eq(user_call(user_spin, (u32)&stop), 1, "registers kept");
	}
	check_eq(upcalls, 50, "upcalls");
	check_eq(from_ring3, 50, "upcalls that interrupted ring 3");

	/* With upcalls masked no upcall comes. */
	upcalls_off();
	user_eflags = 0;
	set_timer(clock_ns() + MS(1));
	check_eq(user_call(user_count, 20000000), 7, "masked ring 3");
	user_eflags = EFLAGS_IF;
	check(event_pending(port), "no event was pending in the end");
	check_eq(upcalls, 50, "upcalls while masked");
	event_clear(port);
	vcpu0.evtchn_upcall_pending = 0;
	report_success();
}
