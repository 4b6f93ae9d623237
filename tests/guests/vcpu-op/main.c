// SPDX-License-Identifier: MIT
/*
 * Claim: vcpu_op implements is_up and runstate for the only vcpu, and refuses other
 * vcpus.
 *
 * Provoked by: each command with valid and invalid vcpus and pointers.
 *
 * Cannot tell: timers (guests/timer).
 */
#include <lib/test.h>

void test_main(void)
{
	struct vcpu_runstate_info now = { .state = 77 };
	u64 first;

	check_eq(hypercall(vcpu_op, VCPUOP_is_up, 0, 0), 1, "is_up");
	check_errno(hypercall(vcpu_op, VCPUOP_is_up, 1, 0), XEN_ENOENT, "is_up of vcpu 1");
	check_errno(hypercall(vcpu_op, VCPUOP_is_up, ~0u, 0), XEN_ENOENT, "is_up of vcpu -1");

	check_errno(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, &now), 0, "runstate");
	check_eq(now.state, RUNSTATE_running, "state");
	first = now.time[RUNSTATE_running];
	check(now.state_entry_time <= clock_ns(), "entered its state in the future");
	clock_spin(MS(2));
	check_errno(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, &now), 0, "runstate");
	check(now.time[RUNSTATE_running] > first, "running time has not grown: %llu, then %llu",
	      first, now.time[RUNSTATE_running]);
	check_errno(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, 0x1000), XEN_EFAULT,
		    "runstate to nowhere");

	check(hypercall(vcpu_op, VCPUOP_initialise, 0, 0) < 0, "vcpu 0 initialised twice");
	check_errno(hypercall(vcpu_op, VCPUOP_initialise, 1, 0x1000), XEN_ENOENT,
		    "initialise vcpu 1");
	check_errno(hypercall(vcpu_op, VCPUOP_up, 1, 0), XEN_ENOENT, "up vcpu 1");
	check_errno(hypercall(vcpu_op, 77, 0, 0), XEN_ENOSYS, "command 77");
	check_errno(hypercall(vcpu_op, ~0u, 0, 0), XEN_ENOSYS, "command -1");
	report_success();
}
