// SPDX-License-Identifier: MIT
/*
 * xen_version: the result of each command, and -EFAULT if the result cannot be written.
 *
 * Cannot tell: that Linux accepts the results; every boot does.
 */
#include <string.h>
#include <sys/mman.h>

#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <xen/features.h>
#include <xen/version.h>

#include "check.h"
#include "fake_cpu.h"

static char page[4096] __attribute__((aligned(4096)));
static char *fixed; /* readable, not writable, all 0 */

static long op(u32 command, const void *at)
{
	struct regs r = { .ebx = command, .ecx = (u32)at };

	return do_xen_version(&r);
}

/* Checks that the command writes exactly `size` bytes, which begin with this text. */
static void answers(u32 command, u32 size, const char *text)
{
	memset(page, 0x5a, sizeof(page));
	CHECK(op(command, page) == 0, "command %u", command);
	CHECK(!strncmp(page, text, strlen(text)), "command %u: %.20s", command, page);
	CHECK(page[size - 1] != 0x5a && page[size] == 0x5a, "command %u", command);
	CHECK(op(command, fixed) == -EFAULT, "command %u", command);
	CHECK(op(command, (void *)(HV_VIRT_START - size + 1)) == -EFAULT, "command %u", command);
	CHECK(!fixed[0]);
}

static void features(void)
{
	struct xen_feature_info fi = { .submap_idx = 0, .submap = ~0u };

	CHECK(op(XENVER_get_features, &fi) == 0 && fi.submap_idx == 0);
	CHECK(fi.submap == (1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_dom0));
	fi = (struct xen_feature_info){ .submap_idx = 1, .submap = 77 };
	CHECK(op(XENVER_get_features, &fi) == -EINVAL && fi.submap == 77);
	CHECK(op(XENVER_get_features, fixed) == -EFAULT);
	CHECK(op(XENVER_get_features, (void *)HV_VIRT_START) == -EFAULT);
}

int main(void)
{
	const u32 start = HV_VIRT_START;
	u32 i;

	fake_cpu_init();
	fixed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(fixed != MAP_FAILED);
	CHECK(op(XENVER_version, NULL) == (4 << 16 | 17) && op(XENVER_pagesize, NULL) == 4096);
	answers(XENVER_extraversion, sizeof(xen_extraversion_t), "-ringfence");
	answers(XENVER_compile_info, sizeof(struct xen_compile_info), "gcc ");
	answers(XENVER_capabilities, sizeof(xen_capabilities_info_t), "xen-3.0-x86_32p");
	answers(XENVER_changeset, sizeof(xen_changeset_info_t), "ringfence");
	answers(XENVER_platform_parameters, sizeof(xen_platform_parameters_t), "");
	CHECK(op(XENVER_platform_parameters, page) == 0 && !memcmp(page, &start, sizeof(start)));
	answers(XENVER_guest_handle, sizeof(xen_domain_handle_t), "");
	answers(XENVER_commandline, sizeof(xen_commandline_t), "");
	features();
	for (i = XENVER_commandline + 1; i < 64; i++)
		CHECK(op(i, page) == -ENOSYS, "command %u", i);
	CHECK(op(~0u, page) == -ENOSYS);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
