// SPDX-License-Identifier: MIT
/*
 * Claim: xen_version answers every command that a guest may use, and refuses the others.
 *
 * Provoked by: each command, with valid and invalid buffers.
 *
 * Cannot tell: whether the features that it claims exist.
 */
#include <lib/test.h>

static union {
	xen_extraversion_t extra;
	struct xen_compile_info compile;
	xen_capabilities_info_t capabilities;
	xen_changeset_info_t changeset;
	xen_platform_parameters_t platform;
	struct xen_feature_info feature;
	xen_domain_handle_t handle;
	xen_commandline_t commandline;
	u8 bytes[2048];
} out;

/* A string that has to end within its buffer. */
static void check_string(u32 cmd, const char *text, u32 size, const char *name)
{
	u32 i;

	memset(&out, 0xff, sizeof(out));
	check_errno(hypercall(xen_version, cmd, &out), 0, "%s", name);
	for (i = 0; i < size && text[i]; i++)
		;
	check(i < size, "%s has no end", name);
	check_eq(out.bytes[size], 0xff, "the byte after %s", name);
	print("%s: %s\n", name, text);
}

void test_main(void)
{
	static const u32 fills[] = { XENVER_extraversion,	 XENVER_compile_info,
				     XENVER_capabilities,	 XENVER_changeset,
				     XENVER_platform_parameters, XENVER_get_features,
				     XENVER_guest_handle };
	u32 i;

	check_eq(hypercall(xen_version, XENVER_version, 0), 4 << 16 | 17, "version");
	/* XENVER_version has no buffer, so an invalid pointer is not an error. */
	check_eq(hypercall(xen_version, XENVER_version, 0xfffffff0), 4 << 16 | 17, "version");

	check_string(XENVER_extraversion, out.extra, sizeof(out.extra), "extraversion");
	check_string(XENVER_capabilities, out.capabilities, sizeof(out.capabilities),
		     "capabilities");
	check(strstr(out.capabilities, "xen-3.0-x86_32p"), "xen-3.0-x86_32p is not in '%s'",
	      out.capabilities);
	check_string(XENVER_changeset, out.changeset, sizeof(out.changeset), "changeset");
	check_string(XENVER_commandline, out.commandline, sizeof(out.commandline), "commandline");

	memset(&out, 0xff, sizeof(out));
	check_errno(hypercall(xen_version, XENVER_compile_info, &out), 0, "compile_info");
	check(memcmp(out.compile.compiler, "\xff\xff", 2), "compiler was not filled in");
	check_eq(out.bytes[sizeof(out.compile)], 0xff, "the byte after compile_info");

	check_errno(hypercall(xen_version, XENVER_platform_parameters, &out), 0, "parameters");
	if (on_ringfence())
		check_eq(out.platform.virt_start, HYPERVISOR_VIRT_START, "virt_start");

	memset(&out, 0, sizeof(out));
	check_errno(hypercall(xen_version, XENVER_get_features, &out), 0, "get_features");
	print("features: %x\n", out.feature.submap);
	check(out.feature.submap & 1u << XENFEAT_mmu_pt_update_preserve_ad,
	      "no mmu_pt_update_preserve_ad");
	check(out.feature.submap & 1u << XENFEAT_dom0, "no dom0 feature for the initial domain");
	check(!(out.feature.submap &
		(1u << XENFEAT_auto_translated_physmap | 1u << XENFEAT_writable_descriptor_tables |
		 1u << XENFEAT_hvm_callback_vector)),
	      "a feature of translated guests in %x", out.feature.submap);
	out.feature.submap_idx = 12345;
	check_errno(hypercall(xen_version, XENVER_get_features, &out), XEN_EINVAL,
		    "features of submap 12345");

	check_eq(hypercall(xen_version, XENVER_pagesize, 0), PAGE_SIZE, "pagesize");
	check_errno(hypercall(xen_version, XENVER_guest_handle, &out), 0, "guest_handle");

	check_errno(hypercall(xen_version, 12345, &out), XEN_ENOSYS, "command 12345");
	check_errno(hypercall(xen_version, ~0u, &out), XEN_ENOSYS, "command -1");
	for (i = 0; i < ARRAY_SIZE(fills); i++) {
		check_errno(hypercall(xen_version, fills[i], 0x1000), XEN_EFAULT,
			    "command %u into an unmapped page", fills[i]);
		check_errno(hypercall(xen_version, fills[i], 0xfffff000), XEN_EFAULT,
			    "command %u into the monitor", fills[i]);
		/* get_features finds there a submap number that does not exist. */
		if (fills[i] == XENVER_get_features)
			continue;
		check_errno(hypercall(xen_version, fills[i], start_info->pt_base), XEN_EFAULT,
			    "command %u into a read-only page", fills[i]);
	}
	report_success();
}
