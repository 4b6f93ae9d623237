// SPDX-License-Identifier: MIT
/*
 * Port instructions of ring 1 that fault: every encoding, with prefixes and cut off; how
 * each port and size is emulated; EAX and EIP afterwards.
 *
 * Cannot tell: which ports fault; guests/io-ports does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/dev.h>
#include <hv/guest_access.h>
#include <hv/io_ports.h>
#include <hv/pci.h>
#include <hv/printk.h>
#include <hv/trap.h>

#include "check.h"
#include "fake_cpu.h"
#include "last_page.h"

/* ---- the rest of the monitor ---- */

enum loglevel loglevel = LOG_DEBUG;
static u32 said, denied; /* number of lines at level info, and at level debug */
static char done[64];	 /* the access that the rest of the monitor was asked for */
static bool ended;

void printk(enum loglevel level, const char *fmt, ...)
{
	(void)fmt;
	said += level == LOG_INFO;
	denied += level == LOG_DEBUG;
}

/* Ends the test: the last step restarts the machine. */
void machine_exit(enum exit_code code)
{
	printf("%lu checks\n", checks);
	if (code == EXIT_REBOOT && ended)
		printf("Test result: SUCCESS\n");
	exit(code == EXIT_REBOOT && ended ? 0 : 1);
}

enum kbc_command kbc_command(u8 command)
{
	return command & 3;
}

u32 pci_address(void)
{
	strcpy(done, "address");
	return 0x89abcdef;
}

void pci_set_address(u32 v)
{
	snprintf(done, sizeof(done), "set address %x", v);
}

u32 pci_data_read(u32 offset, u32 size)
{
	snprintf(done, sizeof(done), "read %u %u", offset, size);
	return 0x89abcdef;
}

void pci_data_write(u32 offset, u32 size, u32 v)
{
	snprintf(done, sizeof(done), "write %u %u %x", offset, size, v);
}

/* ---- the test ---- */

#define EAX 0x11223344u

static struct regs r;

/* Puts the instruction at the end of the guest's space: a read behind it fails. */
static bool run(const u8 *insn, u32 len, u32 edx)
{
	u8 *at = LAST_PAGE + 4096 - len;

	memcpy(at, insn, len);
	r = (struct regs){ .eip = (u32)at, .eax = EAX, .edx = edx };
	memset(&cpu, 0, sizeof(cpu));
	cpu.in = 0x89abcdef;
	done[0] = 0;
	said = denied = 0;
	return emulate_port(&r);
}

static const char *one(u32 port, u32 size, bool out)
{
	u8 insn[2];
	u32 at = 0;

	if (size == 2)
		insn[at++] = 0x66;
	insn[at++] = (u8)(0xec | (out ? 2 : 0) | (size > 1));
	CHECK(run(insn, at, 0xabc00000 | port), "port %x", port);
	CHECK(r.eip == (u32)LAST_PAGE + 4096, "port %x", port);
	CHECK(!out || r.eax == EAX, "port %x", port);
	return done;
}

static u32 part(u32 v, u32 size)
{
	u32 mask = size == 4 ? ~0u : (1u << 8 * size) - 1;

	return (EAX & ~mask) | (v & mask);
}

static void encodings(void)
{
	static const struct {
		u8 insn[6];
		u32 len;
		const char *what; /* NULL: not carried out */
	} rows[] = {
		{ { 0xec }, 1, "read 0 1" },
		{ { 0xed }, 1, "read 0 4" },
		{ { 0x66, 0xed }, 2, "read 0 2" },
		{ { 0x66, 0xec }, 2, "read 0 1" },
		{ { 0xee }, 1, "write 0 1 44" },
		{ { 0xef }, 1, "write 0 4 11223344" },
		{ { 0x66, 0xef }, 2, "write 0 2 3344" },
		{ { 0x2e, 0x3e, 0x66, 0x66, 0xef }, 5, "write 0 2 3344" },
		{ { 0x2e, 0xef }, 2, "write 0 4 11223344" },
		{ { 0x3e, 0xef }, 2, "write 0 4 11223344" },
		{ { 0x66, 0x2e, 0x3e, 0x66, 0x2e, 0xee }, 6, "write 0 1 44" },
		{ { 0xe4, 0x64 }, 2, "" },
		{ { 0xe6, 0x12 }, 2, "" },
		{ { 0xe4 }, 1, NULL },
		{ { 0x66, 0xe5 }, 2, NULL },
		{ { 0x66 }, 1, NULL },
		{ { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66 }, 6, NULL },
		{ { 0x67, 0xec }, 2, NULL },
		{ { 0x26, 0xec }, 2, NULL },
		{ { 0xf4 }, 1, NULL },
		{ { 0x6c }, 1, NULL },
		{ { 0xe0, 0x64 }, 2, NULL },
		{ { 0xe8, 0x64 }, 2, NULL },
		{ { 0xfc }, 1, NULL },
		{ { 0xcc }, 1, NULL },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool did = run(rows[i].insn, rows[i].len, 0xfff00cfc);

		CHECK(did == !!rows[i].what, "row %u", i);
		CHECK(r.eip == (u32)LAST_PAGE + 4096 - (did ? 0 : rows[i].len), "row %u", i);
		CHECK(!strcmp(done, did ? rows[i].what : ""), "row %u: %s", i, done);
	}
	r.eip = (u32)LAST_PAGE + 4096; /* nothing at all */
	CHECK(!emulate_port(&r));
	r.eip++; /* possible, as the guest's code segment ends behind its space */
	CHECK(!emulate_port(&r));
}

/* A cut-off instruction is not completed by bytes of the instruction read before. */
static void left_over(void)
{
	static const u8 rows[][2] = { { 0xec, 0x66 },
				      { 0x64, 0xe4 } }; /* before, and the cut one */
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u8 *end = LAST_PAGE + 4096;
		bool did;

		for (n = 1; n <= 6; n++)
			end[-(int)n] = rows[i][0];
		r = (struct regs){ .eip = (u32)end - 6 };
		emulate_port(&r);
		r.eip = (u32)end - 1;
		end[-1] = rows[i][1];
		did = emulate_port(&r);
		CHECK(!did && r.eip == (u32)end - 1, "row %u", i);
	}
}

static void pci(void)
{
	static const u32 sizes[] = { 1, 2, 4 };
	char want[64];
	u32 port, i, size;

	for (port = 0xcf7; port <= 0xd01; port++)
		for (i = 0; i < 3; i++) {
			bool data = port >= 0xcfc && port + sizes[i] <= 0xd00;

			size = sizes[i];
			want[0] = 0;
			if (data)
				snprintf(want, sizeof(want), "read %u %u", port - 0xcfc, size);
			if (port == 0xcf8 && size == 4)
				strcpy(want, "address");
			CHECK(!strcmp(one(port, size, false), want), "%x: %s", port, done);
			CHECK(r.eax == part(want[0] ? 0x89abcdef : ~0u, size), "%x: %x", port,
			      r.eax);
			CHECK(denied == !want[0] && !cpu.accesses, "%x", port);
			if (data)
				snprintf(want, sizeof(want), "write %u %u %x", port - 0xcfc, size,
					 EAX & (size == 4 ? ~0u : (1u << 8 * size) - 1));
			if (port == 0xcf8 && size == 4)
				strcpy(want, "set address 11223344");
			CHECK(!strcmp(one(port, size, true), want), "%x: %s", port, done);
			CHECK(denied == !want[0] && !cpu.accesses, "%x", port);
		}
}

static u32 kbc_out(u32 port, u8 v)
{
	u8 insn[] = { 0xee };
	u8 *at = LAST_PAGE + 4095;

	*at = insn[0];
	memset(&cpu, 0, sizeof(cpu));
	r = (struct regs){ .eip = (u32)at, .eax = 0xaabbcc00 | v, .edx = port };
	CHECK(emulate_port(&r));
	CHECK(!cpu.accesses || (cpu.accesses == 1 && cpu.write && cpu.size == 1 &&
				cpu.port == port && cpu.out == v));
	return cpu.accesses;
}

static void keyboard(void)
{
	static const u32 ports[] = { 0x60, 0x64 };
	u32 i, size;

	for (i = 0; i < 2; i++)
		for (size = 1; size <= 4; size *= 2) {
			one(ports[i], size, false);
			CHECK(cpu.accesses == (size == 1) && denied == (size != 1));
			CHECK(r.eax == part(size == 1 ? 0xef : ~0u, size), "%x", r.eax);
			CHECK(size != 1 || (cpu.port == ports[i] && !cpu.write && cpu.size == 1));
			if (size == 1)
				continue;
			one(ports[i], size, true);
			CHECK(!cpu.accesses && denied == 1);
		}
	CHECK(kbc_out(0x60, 0x12) == 1);
	CHECK(kbc_out(0x64, 0x40 | KBC_PASS) == 1 && kbc_out(0x60, 0x12) == 1);
	CHECK(kbc_out(0x64, 0x40 | KBC_DROP) == 0 && kbc_out(0x60, 0x12) == 1);
	/* Only the data byte that follows a dropped command is dropped. */
	CHECK(kbc_out(0x64, 0x40 | KBC_SKIP) == 0 && kbc_out(0x60, 0x12) == 0);
	CHECK(kbc_out(0x60, 0x12) == 1);
	CHECK(kbc_out(0x64, 0x40 | KBC_SKIP) == 0 && kbc_out(0x64, 0x40 | KBC_PASS) == 1);
	CHECK(kbc_out(0x60, 0x12) == 1);
}

/* Only the first refusal is logged at level info; each one is at level debug. */
static void refusals(void)
{
	one(0xb2, 1, true);
	CHECK(said == 1 && denied == 1 && !cpu.accesses);
	one(0xb2, 1, true);
	CHECK(said == 0 && denied == 1);
	one(0xb2, 4, false);
	CHECK(said == 0 && denied == 1 && r.eax == ~0u && !cpu.accesses);
	one(0xb2, 1, false);
	CHECK(r.eax == (EAX | 0xff));
}

int main(void)
{
	fake_cpu_init();
	last_page_map(PAGE_SIZE);
	refusals();
	encodings();
	left_over();
	pci();
	keyboard();
	ended = true; /* what is left is the end of the machine */
	kbc_out(0x64, 0x40 | KBC_REBOOT);
	printf("the machine was not restarted\nTest result: FAILURE\n");
	return 1;
}
