/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Model-specific registers that firmware, a boot loader, or a kernel that started the
 * monitor by kexec may have left in a state that rings 1 to 3 can use, or that accesses
 * memory without the monitor. msr_reset() gives each the value of a reset.
 *
 * MTRRs are left alone: firmware knows which addresses are devices, a memory type
 * changes neither where an access goes nor who may make it, and only ring 0 can write
 * them.
 */
#include <hv/cpu.h>
#include <hv/guest_access.h>
#include <hv/msr.h>
#include <hv/printk.h>

bool msr_write(u32 msr, u64 v)
{
	bool faulted = true;

	asm volatile("1: wrmsr\n"
		     "movb $0, %0\n"
		     "2:\n" EXTABLE(1b, 2b)
		     : "+q"(faulted)
		     : "c"(msr), "A"(v)
		     : "memory");
	return !faulted;
}

/* An MSR that the CPU has if this bit of CPUID is set. */
struct left_over {
	u32 msr;
	u32 leaf;
	enum cpuid_register reg;
	u8 bit;
	u64 value; /* after a reset */
};

#define LEAF1_MSR 1, CPUID_EDX, 5 /* the CPU has MSRs; which ones depends on the model */

/* SDM volume 4, table 2-2; AMD volume 2, appendix A. */
static const struct left_over list[] = {
	/* Branch trace and last branch records; DEBUGCTL.BTF makes TF step by branches. */
	{ 0x1d9, LEAF1_MSR, 0 },		      /* IA32_DEBUGCTL */
	{ 0x570, 7, CPUID_EBX, 25, 0 },		      /* IA32_RTIT_CTL: writes memory */
	{ 0x14ce, 7, CPUID_EDX, 19, 0 },	      /* IA32_LBR_CTL */
	{ 0xc0011030, 0x80000001, CPUID_ECX, 10, 0 }, /* IBS fetch control */
	{ 0xc0011033, 0x80000001, CPUID_ECX, 10, 0 }, /* IBS operation control */
	/* Performance counters, and the memory that their samples are written to. */
	{ 0x3f1, 1, CPUID_EDX, 21, 0 },		      /* IA32_PEBS_ENABLE */
	{ 0x600, 1, CPUID_EDX, 21, 0 },		      /* IA32_DS_AREA */
	{ 0xc0010000, 0x80000001, CPUID_EDX, 22, 0 }, /* PerfEvtSel0 to 3, since K7 */
	{ 0xc0010001, 0x80000001, CPUID_EDX, 22, 0 },
	{ 0xc0010002, 0x80000001, CPUID_EDX, 22, 0 },
	{ 0xc0010003, 0x80000001, CPUID_EDX, 22, 0 },
	{ 0xc0010208, 0x80000001, CPUID_ECX, 23, 0 }, /* PerfEvtSel4, 5 */
	{ 0xc001020a, 0x80000001, CPUID_ECX, 23, 0 },
	/* sysenter is #GP while its CS is 0. syscall is disabled in EFER (head.S). */
	{ 0x174, 1, CPUID_EDX, 11, 0 },		      /* IA32_SYSENTER_CS */
	{ 0x175, 1, CPUID_EDX, 11, 0 },		      /* IA32_SYSENTER_ESP */
	{ 0x176, 1, CPUID_EDX, 11, 0 },		      /* IA32_SYSENTER_EIP */
	{ 0xc0000081, 0x80000001, CPUID_EDX, 11, 0 }, /* STAR */
	/* The memory types that PWT, PCD and PAT of a page-table entry choose. */
	{ 0x277, 1, CPUID_EDX, 16, 0x0007040600070406 }, /* IA32_PAT */
	/* Bits for cpuid as #GP in rings 1 to 3, and for mwait in ring 3. */
	{ 0x140, LEAF1_MSR, 0 },		      /* MISC_FEATURES_ENABLES */
	{ 0x48, 7, CPUID_EDX, 26, 0 },		      /* IA32_SPEC_CTRL */
	{ 0xc0000103, 0x80000001, CPUID_EDX, 27, 0 }, /* IA32_TSC_AUX, for rdtscp */
	{ 0x6e0, 1, CPUID_ECX, 24, 0 },		      /* IA32_TSC_DEADLINE */
};

static bool cpuid_has(u32 leaf, enum cpuid_register reg, u32 bit)
{
	u32 v[4], max;

	cpuid(leaf & 0x80000000, 0, &max, &v[1], &v[2], &v[3]);
	if (max < leaf || (max ^ leaf) & 0x80000000)
		return false;
	cpuid(leaf, 0, &v[CPUID_EAX], &v[CPUID_EBX], &v[CPUID_ECX], &v[CPUID_EDX]);
	return v[reg] >> bit & 1;
}

/* Intel's performance counters; CPUID leaf 0Ah has the version and their number. */
static void stop_counters(void)
{
	u32 a, b, c, d, i;

	cpuid(0, 0, &a, &b, &c, &d);
	if (a < 0xa)
		return;
	cpuid(0xa, 0, &a, &b, &c, &d);
	if ((a & 0xff) >= 2) {
		msr_write(0x38f, 0); /* IA32_PERF_GLOBAL_CTRL */
		msr_write(0x38d, 0); /* IA32_FIXED_CTR_CTRL */
	}
	for (i = 0; (a & 0xff) && i < (a >> 8 & 0xff); i++)
		msr_write(0x186 + i, 0); /* IA32_PERFEVTSELn */
}

void msr_reset(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(list); i++)
		if (cpuid_has(list[i].leaf, list[i].reg, list[i].bit) &&
		    !msr_write(list[i].msr, list[i].value))
			log_debug("the CPU has no MSR %x", list[i].msr);
	stop_counters();
}
