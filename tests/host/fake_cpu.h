/* SPDX-License-Identifier: MIT */
/*
 * A fake CPU for host tests of code with ring-0 instructions. Such an instruction faults in
 * a process; the signal handler then emulates it on the registers below.
 */
#ifndef HOST_FAKE_CPU_H
#define HOST_FAKE_CPU_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <hv/types.h>

static struct {
	u32 cr[8], dr[8];
	u32 gdt;			/* base of the last lgdt */
	u32 loads;			/* number of ltr and lldt */
	u32 invalidated, invalidations; /* invlpg: the last address, and their number */
	/* Port instructions: their number, and the last one. */
	u32 accesses, port, size, out; /* out: the value written */
	bool write;
	u32 in;		 /* value of each port that is read */
	bool interrupts; /* EFLAGS.IF, set by sti and cleared by cli */
} cpu;

/* Called at each port instruction, before `in` is read; and at each hlt. */
static void (*fake_port)(void), (*fake_halt)(void);

#define FAKE_CR0_TS 8u

/* Indices in gregs[] of the signal frame: of register number n, and of EIP. */
#define FAKE_REG(n) (11 - (n))
#define FAKE_JUMPED ~0u
#define FAKE_EIP    14

/* GS of the C library; at a signal the tested code may have another selector in GS. */
static u16 fake_gs;

struct fake_word {
	u32 word;
} __packed;

/*
 * The exception table of the linked program, for accesses to unmapped memory. The test's
 * object comes first in the section; the table ends before the first word that is not an
 * address of code.
 */
asm(".pushsection .extable, \"a\"\n fake_extable:\n .popsection\n");
extern const u32 fake_extable[];
extern const u8 __executable_start[], etext[];

static u32 fake_fixup(u32 eip)
{
	const u32 *e;

	for (e = fake_extable; e[0] >= (u32)__executable_start && e[0] < (u32)etext; e += 2)
		if (e[0] == eip)
			return e[1];
	return 0;
}

/* Length in bytes of a ModRM byte with its SIB byte and displacement. */
static u32 fake_modrm(const u8 *b)
{
	u32 mod = b[0] >> 6, rm = b[0] & 7;

	if (mod == 3)
		return 1;
	if (rm == 4)
		return 2 + (mod == 1 ? 1 : mod == 2 || (b[1] & 7) == 5 ? 4 : 0);
	return 1 + (mod == 1 ? 1 : mod == 2 || rm == 5 ? 4 : 0);
}

/* The address that a ModRM byte means. A SIB byte is supported only for plain %esp. */
static u32 fake_address(const u8 *b, const greg_t *g)
{
	u32 mod = b[0] >> 6, rm = b[0] & 7, at = 0;
	const u8 *rest = b + 1 + (rm == 4);

	if (mod != 0 || rm != 5)
		at = (u32)g[FAKE_REG(rm)];
	if (mod == 1)
		at += (u32)(signed char)rest[0];
	else if (mod == 2 || rm == 5)
		at += ((const struct fake_word *)rest)->word;
	return at;
}

/* Emulates the instruction at b. Returns its length, FAKE_JUMPED, or 0: not supported. */
static u32 fake_insn(const u8 *b, greg_t *g)
{
	u32 prefix = b[0] == 0x66, size, mask;
	greg_t *reg;

	b += prefix;
	if ((b[0] & 0xf4) == 0xe4) {
		size = b[0] & 1 ? (prefix ? 2 : 4) : 1;
		mask = size == 4 ? ~0u : (1u << 8 * size) - 1;
		cpu.accesses++;
		cpu.port = b[0] & 8 ? (u32)g[FAKE_REG(2)] & 0xffff : b[1];
		cpu.size = size;
		cpu.write = b[0] & 2;
		if (cpu.write)
			cpu.out = (u32)g[FAKE_REG(0)] & mask;
		if (fake_port)
			fake_port();
		if (!cpu.write)
			g[FAKE_REG(0)] = (greg_t)(((u32)g[FAKE_REG(0)] & ~mask) | (cpu.in & mask));
		return prefix + (b[0] & 8 ? 1 : 2);
	}
	if (b[0] == 0x8e) /* load of a segment register with a selector of the monitor's */
		return 2;
	if (b[0] == 0xea) { /* a far jump: the selector is ignored */
		g[FAKE_EIP] = (greg_t)((const struct fake_word *)(b + 1))->word;
		return FAKE_JUMPED;
	}
	if (b[0] == 0xfa || b[0] == 0xfb) {
		cpu.interrupts = b[0] == 0xfb;
		return 1;
	}
	if (b[0] == 0xf4 && fake_halt) {
		fake_halt();
		return 1;
	}
	if (b[0] != 0x0f)
		return 0;
	reg = &g[FAKE_REG(b[2] & 7)];
	switch (b[1]) {
	case 0x00: /* ltr and lldt; restore the C library's GS */
		cpu.loads++;
		g[0] = fake_gs;
		return 2 + fake_modrm(b + 2);
	case 0x01:
		if ((b[2] >> 3 & 7) == 7) {
			cpu.invalidated = fake_address(b + 2, g);
			cpu.invalidations++;
			return 2 + fake_modrm(b + 2);
		}
		if ((b[2] >> 3 & 7) != 2)
			return 0;
		cpu.gdt = ((const struct fake_word *)(fake_address(b + 2, g) + 2))->word;
		return 2 + fake_modrm(b + 2);
	case 0x06:
		cpu.cr[0] &= ~FAKE_CR0_TS;
		return 2;
	case 0x20:
		*reg = (greg_t)cpu.cr[b[2] >> 3 & 7];
		return 3;
	case 0x21:
		*reg = (greg_t)cpu.dr[b[2] >> 3 & 7];
		return 3;
	case 0x22:
		cpu.cr[b[2] >> 3 & 7] = (u32)*reg;
		return 3;
	case 0x23:
		cpu.dr[b[2] >> 3 & 7] = (u32)*reg;
		return 3;
	}
	return 0;
}

static void fake_fault(int signal, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
	u32 length, fixup;

	asm volatile("movw %0, %%gs" : : "r"(fake_gs)); /* the kernel puts it back */
	(void)signal;
	fixup = fake_fixup((u32)g[FAKE_EIP]);
	if (fixup) {
		g[FAKE_EIP] = (greg_t)fixup;
		return;
	}
	length = fake_insn((const u8 *)g[FAKE_EIP], g);
	if (!length) {
		printf("a fault at %x, address %p\nTest result: FAILURE\n", (u32)g[FAKE_EIP],
		       info->si_addr);
		fflush(stdout);
		_Exit(1);
	}
	if (length != FAKE_JUMPED)
		g[FAKE_EIP] += (greg_t)length;
}

/* Installs the handler, on a stack of its own: the tested code switches stacks. */
static void fake_cpu_init(void)
{
	static u8 stack[65536] __attribute__((aligned(16)));
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = fake_fault,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };

	asm volatile("movw %%gs, %0" : "=r"(fake_gs));
	if (sigaltstack(&alternate, NULL) || sigaction(SIGSEGV, &action, NULL))
		abort();
}

#endif /* HOST_FAKE_CPU_H */
