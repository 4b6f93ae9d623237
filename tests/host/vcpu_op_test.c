// SPDX-License-Identifier: MIT
/*
 * vcpu_op: every command, for the one virtual CPU and for others; the timers with the
 * smallest and largest valid values; and unreadable arguments.
 *
 * Cannot tell: that timers fire; time_test does.
 */
#include <string.h>

#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <xen/vcpu.h>

#include "check.h"
#include "fake_cpu.h"

#define NO_AT HV_VIRT_START
#define NOW   5000000000ull
#define MS    1000000ull

struct vcpu vcpu;

u64 system_time(void)
{
	return NOW;
}

static long op(u32 command, u32 nr, const void *at)
{
	struct regs r = { .ebx = command, .ecx = nr, .edx = (u32)at };

	return do_vcpu_op(&r);
}

static void start(void)
{
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.timer_deadline = 11;
	vcpu.periodic_period = 12;
	vcpu.periodic_next = 13;
}

#define TIMERS(deadline, period, next)                                                 \
	CHECK(vcpu.timer_deadline == (deadline) && vcpu.periodic_period == (period) && \
	      vcpu.periodic_next == (next))

static void timers(void)
{
	struct vcpu_set_periodic_timer p = { .period_ns = MS };
	struct vcpu_set_singleshot_timer s = { .timeout_abs_ns = NOW - 1 };

	start();
	CHECK(op(VCPUOP_set_periodic_timer, 0, &p) == 0);
	TIMERS(11, MS, NOW + MS);
	start();
	p.period_ns = MS - 1;
	CHECK(op(VCPUOP_set_periodic_timer, 0, &p) == -EINVAL);
	p.period_ns = 0;
	CHECK(op(VCPUOP_set_periodic_timer, 0, &p) == -EINVAL);
	CHECK(op(VCPUOP_set_periodic_timer, 0, (void *)NO_AT) == -EFAULT);
	CHECK(op(VCPUOP_set_singleshot_timer, 0, (void *)NO_AT) == -EFAULT);
	TIMERS(11, 12, 13);
	CHECK(op(VCPUOP_set_singleshot_timer, 0, &s) == 0); /* a time in the past is accepted */
	TIMERS(NOW - 1, 12, 13);
	s.timeout_abs_ns = 0; /* stored as 1, because 0 means no timer */
	CHECK(op(VCPUOP_set_singleshot_timer, 0, &s) == 0);
	TIMERS(1, 12, 13);
	/* With VCPU_SSHOTTMR_future, a time in the past is refused. */
	start();
	s.flags = VCPU_SSHOTTMR_future;
	CHECK(op(VCPUOP_set_singleshot_timer, 0, &s) == -ETIME);
	s.timeout_abs_ns = NOW - 1;
	CHECK(op(VCPUOP_set_singleshot_timer, 0, &s) == -ETIME);
	TIMERS(11, 12, 13);
	s.timeout_abs_ns = NOW;
	CHECK(op(VCPUOP_set_singleshot_timer, 0, &s) == 0);
	TIMERS(NOW, 12, 13);
	CHECK(op(VCPUOP_stop_singleshot_timer, 0, NULL) == 0);
	TIMERS(0, 12, 13);
	CHECK(op(VCPUOP_stop_periodic_timer, 0, NULL) == 0);
	TIMERS(0, 0, 13);
}

static bool running(const struct vcpu_runstate_info *info)
{
	return info->state == RUNSTATE_running && info->time[RUNSTATE_running] == NOW &&
	       !info->state_entry_time && !info->time[RUNSTATE_runnable] &&
	       !info->time[RUNSTATE_blocked] && !info->time[RUNSTATE_offline];
}

/* Fills the stack where the next call has its variables. */
static noinline void dirty_stack(void)
{
	u8 bytes[1024];

	memset(bytes, 0x5a, sizeof(bytes));
	asm volatile("" : : "r"(bytes) : "memory");
}

static void states(void)
{
	struct vcpu_register_runstate_memory_area area = { 0 };
	struct vcpu_runstate_info info;

	memset(&info, 0x5a, sizeof(info));
	CHECK(op(VCPUOP_get_runstate_info, 0, &info) == 0 && running(&info));
	CHECK(op(VCPUOP_get_runstate_info, 0, (void *)NO_AT) == -EFAULT);
	dirty_stack();
	memset(&info, 0x5a, sizeof(info));
	CHECK(op(VCPUOP_get_runstate_info, 0, &info) == 0 && running(&info));
	memset(&info, 0x5a, sizeof(info));
	area.addr.v = &info;
	CHECK(op(VCPUOP_register_runstate_memory_area, 0, &area) == 0 && running(&info));
	CHECK(op(VCPUOP_register_runstate_memory_area, 0, (void *)NO_AT) == -EFAULT);
	area.addr.v = (void *)NO_AT;
	CHECK(op(VCPUOP_register_runstate_memory_area, 0, &area) == -EFAULT);
	CHECK(op(VCPUOP_is_up, 0, NULL) == 1 && op(VCPUOP_up, 0, NULL) == 0);
	CHECK(op(VCPUOP_initialise, 0, NULL) == -EEXIST);
}

int main(void)
{
	u32 command;

	fake_cpu_init();
	timers();
	states();
	start();
	for (command = 0; command < 40; command++) {
		CHECK(op(command, 1, NULL) == -ENOENT && op(command, ~0u, NULL) == -ENOENT);
		if (command == VCPUOP_down || command > VCPUOP_stop_singleshot_timer)
			CHECK(op(command, 0, NULL) == -ENOSYS, "command %u", command);
	}
	TIMERS(11, 12, 13);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
