// SPDX-License-Identifier: MIT
/*
 * What chipset_init() writes: one byte of a known host bridge, nothing to an unknown one,
 * and the enable bit of the local APIC if the CPU has one. rdmsr and wrmsr fault here; the
 * signal handler emulates them on a variable.
 *
 * Cannot tell: that the chipset obeys.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>

#include <hv/pci.h>

#include "check.h"

#define BRIDGE 0x80000000u
#define BASE   0xfee00100ull

static u32 bridge_id, written_at, written, writes, msr_writes;
static u64 apic_base;
static bool have_apic = true;

void cpuid(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	(void)sub;
	*a = *b = *c = ~0u;
	*d = leaf == 1 && have_apic ? 1u << 9 : ~(1u << 9);
}

u32 pci_read(u32 address)
{
	/* The register that is to be written has byte 52h (at 72h or 9dh), the others differ. */
	return address == BRIDGE ? bridge_id : (address & 3) == 1 ? 0x11225211 : 0x11522211;
}

void pci_write8(u32 address, u8 v)
{
	written_at = address;
	written = v;
	writes++;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	const u8 *insn = (const u8 *)r[REG_EIP];

	(void)info;
	if (insn[0] != 0x0f || (insn[1] != 0x30 && insn[1] != 0x32) || r[REG_ECX] != 0x1b) {
		printf("signal %d\nTest result: FAILURE\n", number);
		fflush(stdout);
		_Exit(1);
	}
	if (insn[1] == 0x32) {
		r[REG_EAX] = (greg_t)apic_base;
		r[REG_EDX] = (greg_t)(apic_base >> 32);
	} else {
		apic_base = (u64)(u32)r[REG_EDX] << 32 | (u32)r[REG_EAX];
		msr_writes++;
	}
	r[REG_EIP] += 2;
}

static void bridge(u32 id, u32 at)
{
	bridge_id = id;
	writes = msr_writes = 0;
	apic_base = BASE | 3ull << 10 | 1ull << 33; /* in x2APIC mode */
	chipset_init();
	CHECK(apic_base == (BASE | 1ull << 33 | (have_apic ? 0 : 3ull << 10)), "%llx", apic_base);
	CHECK(msr_writes == have_apic, "%u writes", msr_writes);
	CHECK(writes == (at != 0), "%u writes", writes);
	/* SMRAM is closed and locked; the other bits are unchanged. */
	CHECK(!at || (written_at == (BRIDGE | at) && written == 0x12), "%x at %x", written,
	      written_at);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	if (sigaction(SIGSEGV, &action, NULL))
		return 2;
	bridge(0x12378086, 0x72);
	bridge(0x71908086, 0x72);
	bridge(0x71928086, 0x72);
	bridge(0x29c08086, 0x9d);
	bridge(0x29b08086, 0x9d);
	bridge(0x12378087, 0);
	bridge(0x70008086, 0);
	bridge(0xffffffff, 0);
	have_apic = false; /* then an access to its MSR would be #GP */
	bridge(0x12378086, 0x72);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
