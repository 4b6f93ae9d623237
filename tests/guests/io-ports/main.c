// SPDX-License-Identifier: MIT
/*
 * Claim: ring 1 has the ports of devices. Ports of the monitor and of the chipset read
 * as all ones and ignore writes. Ring 3 has no port.
 *
 * Provoked by: the RTC, a PIC mask, the PIT, the monitor's UART, the exit device and the
 * reset register.
 *
 * Cannot tell: whether an ignored write would have had an effect; the test only sees
 * that the guest still runs afterwards.
 */
#include <lib/test.h>

static inline u32 in(u16 port, u32 size)
{
	u32 value = 0;

	switch (size) {
	case 1:
		asm volatile("inb %1, %b0" : "+a"(value) : "d"(port));
		break;
	case 2:
		asm volatile("inw %1, %w0" : "+a"(value) : "d"(port));
		break;
	default:
		asm volatile("inl %1, %0" : "=a"(value) : "d"(port));
	}
	return value;
}

static inline void out(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "d"(port));
}

static void allowed(void)
{
	u8 value, again;

	/* A byte of the RTC's battery-backed memory: writes stay. */
	out(0x70, 0x60);
	value = in(0x71, 1);
	out(0x70, 0x60);
	out(0x71, value ^ 0x5a);
	out(0x70, 0x60);
	again = in(0x71, 1);
	check_eq(again, value ^ 0x5a, "byte of the RTC after writing it");
	out(0x70, 0x60);
	out(0x71, value);
	/* The immediate forms are decoded too, should they be emulated. */
	asm volatile("inb $0x61, %%al" : : : "eax");
	asm volatile("outb %%al, $0x80" : : "a"(0));
	/* The host bridge answers in configuration space. */
	asm volatile("outl %0, %1" : : "a"(0x80000000), "d"((u16)0xcf8));
	check(in(0xcfc, 4) != 0xffffffff, "no host bridge in configuration space");
	/* A port where nothing is. */
	check_eq(in(0x1230, 1), 0xff, "a port where nothing is");
}

static void denied(void)
{
	static const u16 ports[] = { 0x20, 0x21,  0xa0,	 0xa1,	0x40, 0x41,
				     0x42, 0x3f8, 0x3fd, 0x3ff, 0xf4, 0xf7 };
	u32 i, size, all;

	for (i = 0; i < ARRAY_SIZE(ports); i++)
		for (size = 1; size <= 4; size *= 2) {
			all = size == 4 ? ~0u : (1u << size * 8) - 1;
			/* Only accesses that stay in the monitor's ports. */
			if (size > 1 && ports[i] & 3)
				continue;
			if (ports[i] < 0xf0 && ports[i] > 0x1f && size > 2)
				continue;
			if (ports[i] >= 0x20 && ports[i] <= 0xa1 && ports[i] != 0x40 && size > 1 &&
			    ports[i] & 1)
				continue;
			check_eq(in(ports[i], size) & all, all, "port %x, %u bytes", ports[i],
				 size);
		}
	/*
	 * Masking all interrupts, stopping the timer, exiting: none of these writes has an
	 * effect.
	 */
	out(0x21, 0xff);
	out(0xa1, 0xff);
	out(0x43, 0x30);
	out(0x40, 0);
	out(0xf4, 0x10);
	asm volatile("outl %0, $0xf4" : : "a"(0x10));
	out(0x3fb, 0x80);
	out(0x3f8, 'X');
	out(0xcf9, 0x06);
	/* String instructions are not worth emulating: refused or done, not more. */
	print("the guest is alive after writing to the monitor's ports\n");
}

static volatile u32 fired;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	fired = 1;
}

USER_TEXT static u32 user_in(u32 port)
{
	u32 value = 0;

	asm volatile("1: inb %w1, %b0\n2:\n" EXTABLE("1b", "2b") : "+a"(value) : "d"(port));
	return value;
}

USER_TEXT static u32 user_out(u32 port)
{
	asm volatile("1: outb %b0, %w1\n2:\n" EXTABLE("1b", "2b") : : "a"(0x10), "d"(port));
	return 0;
}

static void ring3(void)
{
	static const u16 ports[] = { 0x20, 0x60, 0x71, 0x80, 0x3f8, 0xf4, 0xcf8, 0xffff };
	u32 i;

	user_init();
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		probe_fault = 0;
		user_call(user_in, ports[i]);
		check_eq(probe_fault, FAULT(X86_GP, 0), "in of ring 3 from port %x", ports[i]);
		probe_fault = 0;
		user_call(user_out, ports[i]);
		check_eq(probe_fault, FAULT(X86_GP, 0), "out of ring 3 to port %x", ports[i]);
	}
}

void test_main(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };
	long port = event_bind_virq(VIRQ_TIMER);

	if (!on_ringfence()) {
		report_skip("which ports are whose is Ringfence's own matter");
		return;
	}
	hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	allowed();
	denied();
	/* The monitor's timer still ticks. */
	require(port > 0, "no timer port: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	set_timer(clock_ns() + MS(10));
	check(event_wait(&fired, 2000), "no timer event after playing with PIC and PIT");
	ring3();
	report_success();
}
