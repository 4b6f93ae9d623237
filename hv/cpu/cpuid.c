/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID as the guest kernel sees it: without the features that the monitor does not
 * virtualise. Only Xen's forced emulation (ud2a "xen" cpuid) gives these values; the
 * cpuid instruction itself does not trap.
 */
#include <hv/cpu.h>
#include <xen/arch-x86/cpuid.h>

/* Leaf 1, EDX and ECX (SDM volume 2, CPUID). */
#define EDX_VME		 (1u << 1)
#define EDX_PSE		 (1u << 3)
#define EDX_MCE		 (1u << 7)
#define EDX_APIC	 (1u << 9)
#define EDX_SEP		 (1u << 11)
#define EDX_MTRR	 (1u << 12)
#define EDX_PGE		 (1u << 13)
#define EDX_MCA		 (1u << 14)
#define EDX_PAT		 (1u << 16)
#define EDX_PSE36	 (1u << 17)
#define EDX_DS		 (1u << 21)
#define EDX_ACPI	 (1u << 22)
#define EDX_TM		 (1u << 29)
#define ECX_DTES64	 (1u << 2)
#define ECX_MONITOR	 (1u << 3)
#define ECX_DSCPL	 (1u << 4)
#define ECX_VMX		 (1u << 5)
#define ECX_SMX		 (1u << 6)
#define ECX_EST		 (1u << 7)
#define ECX_TM2		 (1u << 8)
#define ECX_PDCM	 (1u << 15)
#define ECX_PCID	 (1u << 17)
#define ECX_X2APIC	 (1u << 21)
#define ECX_TSC_DEADLINE (1u << 24)
#define ECX_XSAVE	 (1u << 26)
#define ECX_OSXSAVE	 (1u << 27)
#define ECX_AVX		 (1u << 28)
#define ECX_F16C	 (1u << 29)
#define ECX_FMA		 (1u << 12)
#define ECX_HYPERVISOR	 (1u << 31)

#define XEN_LEAF 0x40000000u

static void xen_leaf(u32 leaf, u32 *a, u32 *b, u32 *c, u32 *d)
{
	*a = *b = *c = *d = 0;
	switch (leaf) {
	case XEN_LEAF:
		*a = XEN_LEAF + 2;
		*b = XEN_CPUID_SIGNATURE_EBX;
		*c = XEN_CPUID_SIGNATURE_ECX;
		*d = XEN_CPUID_SIGNATURE_EDX;
		break;
	case XEN_LEAF + 1:
		*a = 4 << 16 | 17;
		break;
	case XEN_LEAF + 2:
		*a = 0; /* no hypercall page MSR */
		*c = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
		break;
	}
}

void cpuid_guest(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	if (leaf >= XEN_LEAF && leaf < XEN_LEAF + 0x100) {
		xen_leaf(leaf, a, b, c, d);
		return;
	}
	cpuid(leaf, sub, a, b, c, d);
	switch (leaf) {
	case 1:
		*d &= ~(EDX_VME | EDX_PSE | EDX_MCE | EDX_APIC | EDX_SEP | EDX_MTRR | EDX_PGE |
			EDX_MCA | EDX_PAT | EDX_PSE36 | EDX_DS | EDX_ACPI | EDX_TM);
		*c &= ~(ECX_DTES64 | ECX_MONITOR | ECX_DSCPL | ECX_VMX | ECX_SMX | ECX_EST |
			ECX_TM2 | ECX_PDCM | ECX_PCID | ECX_X2APIC | ECX_TSC_DEADLINE | ECX_XSAVE |
			ECX_OSXSAVE | ECX_AVX | ECX_F16C | ECX_FMA);
		*c |= ECX_HYPERVISOR;
		break;
	case 5:	  /* monitor/mwait */
	case 6:	  /* thermal, power */
	case 7:	  /* fsgsbase, smep, smap, umip, pku...: ring 1 can use none of them */
	case 0xa: /* performance counters */
	case 0xd: /* xsave */
		*a = *b = *c = *d = 0;
		break;
	case 0x80000001: /* without syscall, 1 GiB pages, rdtscp, long mode, svm */
		*d &= ~((1u << 11) | (1u << 26) | (1u << 27) | (1u << 29) | EDX_PSE | EDX_PGE |
			EDX_APIC | EDX_MTRR | EDX_MCA | EDX_PAT | EDX_PSE36 | EDX_MCE | EDX_VME);
		*c &= ~((1u << 2) | (1u << 3) | (1u << 10) | (1u << 12) | (1u << 15) | (1u << 22));
		if (!have_nx)
			*d &= ~(1u << 20);
		break;
	case 0x80000007:
	case 0x80000008:
		*b = *c = 0;
		break;
	}
}

/*
 * On entry CR4 has PAE only: head.S has cleared what another kernel left there, such as
 * PCE (rdpmc), VME and TSD. OSXSAVE stays clear, and with it all that XCR0 governs.
 *
 * SMEP is set: rings 1 and 2 are supervisor to paging and must not fetch from pages of
 * processes. SMAP stays clear: the guest kernel and the monitor access pages of
 * processes directly, and EFLAGS.AC, which permits that under SMAP, can be set by every
 * ring.
 */
void cpu_init(void)
{
	u32 a, b, c, d, cr4 = read_cr4();

	cpuid(1, 0, &a, &b, &c, &d);
	if (d & (1u << 24)) /* FXSR */
		cr4 |= CR4_OSFXSR;
	if (d & (1u << 25)) /* SSE */
		cr4 |= CR4_OSXMMEXCPT;
	if (d & (1u << 2)) /* DE */
		cr4 |= CR4_DE;
	cpuid(0, 0, &a, &b, &c, &d);
	if (a >= 7) {
		cpuid(7, 0, &a, &b, &c, &d);
		if (b & (1u << 7))
			cr4 |= CR4_SMEP;
		if (c & (1u << 2))
			cr4 |= CR4_UMIP;
	}
	write_cr4(cr4);
	/* Another kernel may have left breakpoints: DR7 disables them, before DR0..DR3 change. */
	asm volatile("fninit\n"
		     "mov %0, %%dr7\n"
		     "mov %1, %%dr0\n mov %1, %%dr1\n mov %1, %%dr2\n mov %1, %%dr3\n"
		     "mov %2, %%dr6"
		     :
		     : "r"(0x400), "r"(0), "r"(0xffff0ff0));
}
