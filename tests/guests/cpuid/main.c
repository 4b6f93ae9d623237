// SPDX-License-Identifier: MIT
/*
 * Claim: `ud2a; "xen"; cpuid` answers as Xen's forced emulation does: the CPU's leaves,
 * without the features that a guest of this monitor must not use, and the hypervisor
 * leaves. ud2a alone stays an invalid opcode.
 *
 * Provoked by: the prefix before cpuid, before another instruction, and cut off by the
 * end of a page.
 *
 * Cannot tell: that a plain cpuid shows more features; the CPU offers no way to filter
 * that instruction.
 */
#include <lib/test.h>

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid c;

	asm volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid"
		     : "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
		     : "a"(leaf), "c"(subleaf));
	return c;
}

#define BIT(n) (1u << (n))

void test_main(void)
{
	struct cpuid c = cpuid(0, 0), plain;
	u8 *page = page_alloc();
	char name[13] = { 0 };
	fault_t fault;

	memcpy(name, &c.ebx, 4);
	memcpy(name + 4, &c.edx, 4);
	memcpy(name + 8, &c.ecx, 4);
	asm volatile("cpuid"
		     : "=a"(plain.eax), "=b"(plain.ebx), "=c"(plain.ecx), "=d"(plain.edx)
		     : "a"(0), "c"(0));
	check(c.eax >= 1, "highest leaf is %u", c.eax);
	check_eq(c.ebx, plain.ebx, "vendor");
	print("vendor %s, highest leaf %x\n", name, c.eax);

	c = cpuid(1, 0);
	print("leaf 1: edx %08x ecx %08x\n", c.edx, c.ecx);
	check((c.edx & (BIT(0) | BIT(4) | BIT(6) | BIT(8) | BIT(15))) ==
		      (BIT(0) | BIT(4) | BIT(6) | BIT(8) | BIT(15)),
	      "FPU, TSC, PAE, CX8 or CMOV is missing in edx %x", c.edx);
	if (on_ringfence()) {
		check_eq(c.edx & (BIT(3) | BIT(7) | BIT(9) | BIT(11) | BIT(12) | BIT(13) | BIT(14) |
				  BIT(17)),
			 0, "PSE MCE APIC SEP MTRR PGE MCA PSE36");
		check_eq(
			c.ecx & (BIT(3) | BIT(5) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28)),
			0, "MONITOR VMX PCID X2APIC XSAVE OSXSAVE AVX");
	}
	c = cpuid(0x80000000, 0);
	if (c.eax >= 0x80000001) {
		c = cpuid(0x80000001, 0);
		check(c.edx & BIT(20), "no NX in edx %x of leaf 80000001", c.edx);
		if (on_ringfence())
			check_eq(c.edx & BIT(11), 0, "SYSCALL");
	}

	c = cpuid(0x40000000, 0);
	check(c.eax >= 0x40000001, "highest hypervisor leaf is %x", c.eax);
	check_eq(c.ebx, 0x566e6558, "XenV");
	check_eq(c.ecx, 0x65584d4d, "MMXe");
	check_eq(c.edx, 0x4d4d566e, "nVMM");
	c = cpuid(0x40000001, 0);
	check_eq(c.eax, 4 << 16 | 17, "version in the hypervisor leaf");
	c = cpuid(0x4000ff00, 0);

	fault = PROBE("ud2");
	check_eq(fault, FAULT(X86_UD, 0), "lone ud2a");
	fault = PROBE(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6f; jmp . - 3");
	check_eq(fault, FAULT(X86_UD, 0), "ud2a and another word");

	/* The prefix ends with the page, and nothing is mapped behind it. */
	page = pages_alloc(2);
	memcpy(page + PAGE_SIZE - 3, "\x0f\x0b\x78", 3);
	check_errno(page_map(page + PAGE_SIZE, 0, 0), 0, "unmap");
	asm volatile("movl $1f, probe_landing; movl %%esp, probe_landing_esp\n"
		     "jmp *%0\n1: movl $0, probe_landing"
		     :
		     : "r"(page + PAGE_SIZE - 3)
		     : "memory");
	report_success();
}
