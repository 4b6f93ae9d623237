/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall xen_version. MAJOR and MINOR are the version of Xen whose public
 * headers define the guest ABI.
 */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <xen/features.h>
#include <xen/version.h>

#define MAJOR 4
#define MINOR 17

static long features(u32 at)
{
	struct xen_feature_info fi;

	if (copy_from_guest(&fi, at, sizeof(fi)))
		return -EFAULT;
	if (fi.submap_idx != 0)
		return -EINVAL;
	fi.submap = 1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_dom0;
	return copy_to_guest(at, &fi, sizeof(fi)) ? -EFAULT : 0;
}

#define ANSWER(at, v) (copy_to_guest(at, &(v), sizeof(v)) ? -EFAULT : 0)

long do_xen_version(struct regs *r)
{
	u32 at = hcall_arg1(r);

	switch (hcall_arg0(r)) {
	case XENVER_version:
		return MAJOR << 16 | MINOR;
	case XENVER_extraversion: {
		static const xen_extraversion_t extra = "-ringfence";

		return ANSWER(at, extra);
	}
	case XENVER_compile_info: {
		static const struct xen_compile_info info = { "gcc " __VERSION__, "ringfence",
							      "ringfence", "" };

		return ANSWER(at, info);
	}
	case XENVER_capabilities: {
		static const xen_capabilities_info_t caps = "xen-3.0-x86_32p";

		return ANSWER(at, caps);
	}
	case XENVER_changeset: {
		static const xen_changeset_info_t changeset = "ringfence";

		return ANSWER(at, changeset);
	}
	case XENVER_platform_parameters: {
		static const xen_platform_parameters_t pp = { HV_VIRT_START };

		return ANSWER(at, pp);
	}
	case XENVER_get_features:
		return features(at);
	case XENVER_pagesize:
		return PAGE_SIZE;
	case XENVER_guest_handle: {
		static const xen_domain_handle_t handle;

		return ANSWER(at, handle);
	}
	case XENVER_commandline: {
		static const xen_commandline_t none;

		return ANSWER(at, none);
	}
	}
	return -ENOSYS;
}
