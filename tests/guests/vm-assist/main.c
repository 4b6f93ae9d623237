// SPDX-License-Identifier: MIT
/*
 * Claim: vm_assist accepts the assists of Xen's x86_32 that have a meaning here, and
 * refuses other types and commands.
 *
 * Provoked by: enabling and disabling each.
 *
 * Cannot tell: what an assist does.
 */
#include <lib/test.h>

void test_main(void)
{
	static const u32 types[] = { VMASST_TYPE_4gb_segments, VMASST_TYPE_pae_extended_cr3 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		check_errno(hypercall(vm_assist, VMASST_CMD_enable, types[i]), 0, "enable %u",
			    types[i]);
		check_errno(hypercall(vm_assist, VMASST_CMD_disable, types[i]), 0, "disable %u",
			    types[i]);
	}
	/* Ringfence has no writable page tables, and must refuse this. */
	if (on_ringfence())
		check_errno(
			hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables),
			XEN_EINVAL, "enable writable_pagetables");
	check_errno(hypercall(vm_assist, VMASST_CMD_enable, 31), XEN_EINVAL, "enable 31");
	check_errno(hypercall(vm_assist, VMASST_CMD_enable, 32), XEN_EINVAL, "enable 32");
	check_errno(hypercall(vm_assist, VMASST_CMD_enable, ~0u), XEN_EINVAL, "enable -1");
	check_errno(hypercall(vm_assist, VMASST_CMD_disable, 31), XEN_EINVAL, "disable 31");
	check_errno(hypercall(vm_assist, 2, VMASST_TYPE_4gb_segments), XEN_ENOSYS, "command 2");
	check_errno(hypercall(vm_assist, ~0u, VMASST_TYPE_4gb_segments), XEN_ENOSYS, "command -1");
	report_success();
}
