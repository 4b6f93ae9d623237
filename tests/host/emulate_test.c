// SPDX-License-Identifier: MIT
/*
 * The instructions that trap/emulate.c emulates: forced CPUID and clts, with each byte wrong
 * in turn, and cut off by the end of the guest's space. And #GP: which closed gates lead to
 * the guest's handlers, and the order of the emulators for all other cases.
 *
 * Cannot tell: the error codes that a CPU has; guests/trap-bounce does.
 */
#include <string.h>

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/trap.h>

#include "check.h"
#include "fake_cpu.h"
#include "last_page.h"

#define END (LAST_PAGE + 4096)

/* ---- the rest of the monitor ---- */

struct vcpu vcpu;
static char called[128];
static u32 takes; /* the n-th emulator that is asked carries the instruction out; from 1 */
static u32 asked;

#define CALLED(...) snprintf(called + strlen(called), sizeof(called) - strlen(called), __VA_ARGS__)

void cpuid_guest(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	*a = leaf + 1;
	*b = sub + 2;
	*c = 3;
	*d = 4;
}

static bool ask(const char *name)
{
	CALLED("%s ", name);
	return ++asked == takes;
}

bool emulate_port(struct regs *r)
{
	(void)r;
	return ask("port");
}

bool emulate_cr4(struct regs *r)
{
	(void)r;
	return ask("cr4");
}

bool emulate_rdtsc_of_guest(struct regs *r)
{
	(void)r;
	return ask("rdtsc");
}

void bounce_trap(struct regs *r, unsigned int vector, bool has_error)
{
	(void)r;
	CALLED("bounce %u%s", vector, has_error ? " with error" : "");
}

/* ---- the test ---- */

static struct regs r;

/* Puts the instruction at the end of the guest's space. */
static void make(const void *insn, u32 len, u32 ring)
{
	memset(LAST_PAGE, 0x0f, 4096);
	memcpy(END - len, insn, len);
	r = (struct regs){ .eip = (u32)END - len, .cs = 0xe018 | ring, .eax = 10, .ecx = 20 };
	r.ebx = r.edx = 99;
	called[0] = 0;
	asked = takes = 0;
	memset(&cpu, 0, sizeof(cpu));
	cpu.cr[0] = ~0u;
	vcpu.ts = true;
}

static void forced_cpuid(void)
{
	u8 insn[8] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2, 0 };
	bool still;
	u32 i;

	for (i = 7; i <= 8; i++) { /* without and with a byte behind the instruction */
		make(insn, i, 3);
		CHECK(emulate_forced_cpuid(&r) && r.eip == (u32)END - i + 7);
		CHECK(r.eax == 11 && r.ebx == 22 && r.ecx == 3 && r.edx == 4);
	}
	for (i = 0; i < 7; i++) {
		make(insn, i, 3);
		CHECK(!emulate_forced_cpuid(&r) && r.eip == (u32)END - i && r.ebx == 99, "%u", i);
		insn[i] ^= 0x20;
		make(insn, 8, 3);
		CHECK(!emulate_forced_cpuid(&r) && r.eip == (u32)END - 8 && r.ebx == 99, "%u", i);
		insn[i] ^= 0x20;
	}
	/* Bytes left in the buffer by an earlier read are not taken for an instruction. */
	make(insn, 7, 3);
	emulate_forced_cpuid(&r);
	still = emulate_forced_cpuid(&r);
	CHECK(!still && r.eip == (u32)END);
}

static const char *gp(u32 error_code)
{
	r.error_code = error_code;
	general_protection(&r);
	return called;
}

#define IS(error_code, what) CHECK(!strcmp(gp(error_code), what), "%s", called)

/* int n through a gate of the monitor's that is closed to the ring. */
static void gates(void)
{
	static const u8 int_n[] = { 0xcd, 0x20 }, other[] = { 0xf1, 0x90 };
	char want[32];
	u32 vector, ring, dpl;

	memset(vcpu.traps, 0, sizeof(vcpu.traps));
	for (vector = 0; vector < 256; vector++)
		for (ring = 1; ring < 4; ring += 2)
			for (dpl = 0; dpl < 4; dpl++) {
				bool open = dpl >= ring && vector != VEC_HYPERCALL;
				u32 code = vector << 3 | 2;

				snprintf(want, sizeof(want), "bounce %u", vector);
				vcpu.traps[vector].flags = (u8)dpl;
				vcpu.traps[vector].address = 0x5000;
				make(int_n, 2, ring);
				IS(code, open ? want : "bounce 13 with error");
				CHECK(r.eip == (u32)END - (open ? 0 : 2));
				make(other, 2, ring);
				gp(code);
				CHECK(r.eip == (u32)END - (open ? 1 : 2));
				/* The guest has no handler, or the instruction is not readable. */
				vcpu.traps[vector].address = 0;
				make(int_n, 2, ring);
				IS(code, "bounce 13 with error");
				vcpu.traps[vector].address = 0x5000;
				make(int_n, 0, ring);
				IS(code, "bounce 13 with error");
				CHECK(r.eip == (u32)END);
			}
	/* Other error codes: of a selector (no IDT bit), of an external event (EXT bit). */
	for (dpl = 1; dpl < 8; dpl++) {
		make(int_n, 2, 1);
		IS(0x20 << 3 | dpl, dpl == 2 ? "bounce 32" : "bounce 13 with error");
	}
}

static void instructions(void)
{
	static const u8 clts_insn[] = { 0x0f, 0x06 }, nop[] = { 0x90, 0x90 };
	u8 insn[2];
	u32 i;

	make(clts_insn, 2, 1);
	IS(0, "port ");
	CHECK(r.eip == (u32)END && !vcpu.ts && cpu.cr[0] == ~CR0_TS);
	/* No emulator is asked for rings other than 1, or if the error code names a selector. */
	make(clts_insn, 2, 3);
	IS(0, "bounce 13 with error");
	make(clts_insn, 2, 2);
	IS(0, "bounce 13 with error");
	make(clts_insn, 2, 1);
	IS(8, "bounce 13 with error");
	CHECK(r.eip == (u32)END - 2 && vcpu.ts && cpu.cr[0] == ~0u);
	make(nop, 2, 1);
	IS(0, "port cr4 rdtsc bounce 13 with error");
	for (i = 1; i <= 3; i++) {
		make(nop, 2, 1);
		takes = i;
		IS(0, i == 1 ? "port " : i == 2 ? "port cr4 " : "port cr4 rdtsc ");
		CHECK(r.eip == (u32)END - 2);
	}
	for (i = 0; i < 2; i++) { /* a byte wrong, or not there */
		memcpy(insn, clts_insn, 2);
		insn[i] ^= 1;
		make(insn, 2, 1);
		IS(0, "port cr4 rdtsc bounce 13 with error");
		CHECK(r.eip == (u32)END - 2 && vcpu.ts && cpu.cr[0] == ~0u);
		make(clts_insn, i, 1);
		IS(0, "port cr4 rdtsc bounce 13 with error");
		CHECK(r.eip == (u32)END - i && vcpu.ts && cpu.cr[0] == ~0u);
	}
	/* Bytes left in the buffer by an earlier read are not taken for an instruction. */
	make(clts_insn, 2, 1);
	gp(0);
	vcpu.ts = true;
	r.eip = (u32)END - 1;
	gp(0);
	CHECK(vcpu.ts);
}

int main(void)
{
	fake_cpu_init();
	last_page_map(PAGE_SIZE);
	forced_cpuid();
	gates();
	instructions();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
