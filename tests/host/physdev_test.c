// SPDX-License-Identifier: MIT
/*
 * physdev_op: every command, with every line and IOPL, and unreadable arguments.
 *
 * Cannot tell: that the interrupt controller obeys.
 */
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <sys/mman.h>
#include <xen/physdev.h>

#include "check.h"
#include "fake_cpu.h"

static u32 unmasked;

void pic_unmask(unsigned int irq)
{
	unmasked |= 1u << irq;
}

bool pic_line_is_ours(unsigned int irq)
{
	CHECK(irq < 16);
	return irq == 0 || irq == 2 || irq == 4;
}

static long op(u32 command, const void *at)
{
	struct regs r = { .ebx = command, .ecx = (u32)at };

	return do_physdev_op(&r);
}

int main(void)
{
	static const u32 no_lines[] = { 16, 17, 256, 1u << 31, ~0u };
	struct physdev_irq_status_query q, *fixed;
	struct physdev_set_iopl s;
	struct physdev_eoi e;
	u32 i;

	fake_cpu_init();
	for (i = 0; i < 16; i++) {
		bool ours = i == 0 || i == 2 || i == 4;

		unmasked = 0;
		e.irq = i;
		CHECK(op(PHYSDEVOP_eoi, &e) == (ours ? -EINVAL : 0), "line %u", i);
		CHECK(unmasked == (ours ? 0 : 1u << i), "line %u", i);
		q = (struct physdev_irq_status_query){ .irq = i, .flags = ~0u };
		CHECK(op(PHYSDEVOP_irq_status_query, &q) == 0 && q.irq == i);
		CHECK(q.flags == XENIRQSTAT_needs_eoi);
	}
	unmasked = 0;
	for (i = 0; i < ARRAY_SIZE(no_lines); i++) {
		e.irq = no_lines[i];
		CHECK(op(PHYSDEVOP_eoi, &e) == -EINVAL && !unmasked, "line %u", e.irq);
		q = (struct physdev_irq_status_query){ .irq = no_lines[i], .flags = 77 };
		CHECK(op(PHYSDEVOP_irq_status_query, &q) == -EINVAL && q.flags == 77);
	}
	for (i = 0; i < 6; i++) {
		s.iopl = i;
		CHECK(op(PHYSDEVOP_set_iopl, &s) == (i > 3 ? -EINVAL :
						     i > 1 ? -EPERM :
							     0),
		      "%u", i);
	}
	/* A structure that can be read and not written. */
	fixed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(op(PHYSDEVOP_irq_status_query, fixed) == -EFAULT);
	CHECK(op(PHYSDEVOP_eoi, (void *)HV_VIRT_START) == -EFAULT);
	q.irq = 16; /* not what an earlier call has left */
	CHECK(op(PHYSDEVOP_irq_status_query, &q) == -EINVAL);
	CHECK(op(PHYSDEVOP_irq_status_query, (void *)HV_VIRT_START) == -EFAULT);
	CHECK(op(PHYSDEVOP_set_iopl, (void *)HV_VIRT_START) == -EFAULT);
	for (i = 0; i < 64; i++)
		if (i != PHYSDEVOP_eoi && i != PHYSDEVOP_irq_status_query &&
		    i != PHYSDEVOP_set_iopl)
			CHECK(op(i, &s) == -ENOSYS, "command %u", i);
	CHECK(!unmasked);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
