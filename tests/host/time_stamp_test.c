// SPDX-License-Identifier: MIT
/*
 * Emulation of accesses to CR4 and of rdtsc and rdtscp: every register, each byte wrong in
 * turn, cut off by the end of the guest's space, with CR4.TSD set or clear.
 *
 * Cannot tell: that a CPU refuses rdtsc while TSD is set; guests/time-stamp does.
 */
#include <string.h>

#include <hv/cpu.h>
#include <hv/trap.h>

#include "check.h"
#include "fake_cpu.h"
#include "last_page.h"

#define END   (LAST_PAGE + 4096)
#define OTHER (~0u & ~CR4_TSD)

static struct regs r;

static void make(const u8 *insn, u32 len, u32 cr4)
{
	memcpy(END - len, insn, len);
	r = (struct regs){ .eip = (u32)END - len, .eax = 1, .ecx = 2, .edx = 3, .ebx = 4 };
	r.esp = 5;
	r.ebp = 6;
	r.esi = 7;
	r.edi = 8;
	memset(&cpu, 0, sizeof(cpu));
	cpu.cr[4] = cr4;
}

static void cr4(void)
{
	u32 *const at[] = { &r.eax, &r.ecx, &r.edx, &r.ebx, &r.esp, &r.ebp, &r.esi, &r.edi };
	u8 insn[3] = { 0x0f };
	u32 n, mod, i;
	bool still;

	for (n = 0; n < 8; n++)
		for (mod = 0; mod < 4; mod++) { /* the CPU ignores ModRM.mod */
			insn[1] = 0x20;
			insn[2] = (u8)(mod << 6 | 4 << 3 | n);
			make(insn, 3, 0xabcd0);
			CHECK(emulate_cr4(&r) && *at[n] == 0xabcd0 && r.eip == (u32)END);
			for (i = 0; i < 8; i++)
				CHECK(i == n || *at[i] == i + 1, "%u of %u", i, n);
			/* Only bit TSD of the value is written. */
			insn[1] = 0x22;
			for (i = 0; i < 2; i++) {
				make(insn, 3, i ? 0xabcd0 : OTHER | CR4_TSD);
				*at[n] = i ? ~0u : OTHER;
				CHECK(emulate_cr4(&r) && r.eip == (u32)END);
				CHECK(cpu.cr[4] == (i ? 0xabcd0 | CR4_TSD : OTHER));
			}
		}
	for (i = 0; i < 24; i++) { /* one bit flipped; bit 1 of byte 1 selects read or write */
		u32 byte = i / 8, bit = i % 8;
		bool same = (byte == 1 && bit == 1) || (byte == 2 && (bit < 3 || bit > 5));

		insn[1] = 0x20;
		insn[2] = 4 << 3;
		insn[byte] ^= (u8)(1 << bit);
		make(insn, 3, 0xabcd0);
		CHECK(emulate_cr4(&r) == same, "bit %u", i);
		CHECK(same || (r.eip == (u32)END - 3 && r.eax == 1 && cpu.cr[4] == 0xabcd0));
		insn[byte] ^= (u8)(1 << bit);
	}
	for (i = 0; i < 3; i++) {
		make(insn, i, 0xabcd0);
		CHECK(!emulate_cr4(&r) && r.eip == (u32)END - i && r.eax == 1);
	}
	/* Bytes left in the buffer by an earlier read are not taken for an instruction. */
	insn[1] = 0x22;
	make(insn, 3, 0xabcd0);
	emulate_cr4(&r);
	still = emulate_cr4(&r);
	CHECK(!still && r.eip == (u32)END);
}

static void time_stamps(void)
{
	static const struct {
		u8 insn[3];
		u32 len, done;
	} rows[] = {
		{ { 0x0f, 0x31, 0x90 }, 3, 2 },
		{ { 0x0f, 0x31 }, 2, 2 },
		{ { 0x0f, 0x01, 0xf9 }, 3, 3 },
		{ { 0x0f, 0x01 }, 2, 0 },
		{ { 0x0f, 0x01, 0xf8 }, 3, 0 },
		{ { 0x0f, 0x02, 0xf9 }, 3, 0 },
		{ { 0x0e, 0x31 }, 2, 0 },
		{ { 0x0e, 0x01, 0xf9 }, 3, 0 },
		{ { 0x0f }, 1, 0 },
		{ { 0x0f, 0x33, 0xf9 }, 3, 0 },
		{ { 0 }, 0, 0 },
	};
	u64 before, now;
	u32 i, tsd;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (tsd = 0; tsd < 2; tsd++) {
			bool done = tsd && rows[i].done;

			make(rows[i].insn, rows[i].len, tsd ? ~0u : OTHER);
			before = rdtsc();
			CHECK(emulate_rdtsc_of_guest(&r) == done, "row %u", i);
			CHECK(r.eip == (u32)END - rows[i].len + (done ? rows[i].done : 0));
			now = (u64)r.edx << 32 | r.eax;
			CHECK(done ? now >= before && now <= rdtsc() : r.eax == 1 && r.edx == 3);
			CHECK(r.ecx == (done && rows[i].done == 3 ? 0 : 2), "row %u", i);
		}
	/* EIP behind the guest's space, which the guest's code segment allows. */
	r.eip = (u32)END + 1;
	CHECK(!emulate_rdtsc_of_guest(&r) && r.eip == (u32)END + 1);
	/* Bytes behind the given length are not read. */
	make((const u8 *)"", 0, ~0u);
	CHECK(!emulate_rdtsc(&r, rows[0].insn, 1) && !emulate_rdtsc(&r, rows[2].insn, 2));
	CHECK(r.eip == (u32)END && emulate_rdtsc(&r, rows[0].insn, 2));
}

int main(void)
{
	fake_cpu_init();
	last_page_map(PAGE_SIZE);
	cr4();
	time_stamps();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
