// SPDX-License-Identifier: MIT
/*
 * Every selector and flag that a handler can write into its signal frame: the kernel's return
 * to user space must survive them.
 */
#include "program.h"

static struct change {
	int reg;
	uint32_t value;
} change;

static volatile int returned;

static void on_usr1(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	if (change.reg == REG_EFL)
		regs[REG_EFL] |= (int)change.value;
	else
		regs[change.reg] = (int)change.value;
	returned = 1;
}

static void attempt(void *unused)
{
	uint32_t flags, fs, gs, ds, es, cs, ss;

	(void)unused;
	handle(SIGUSR1, on_usr1, 0);
	/* int 0x80 without the C library: the registers must be unchanged at its return. */
	__asm__ volatile("push %%ds; push %%es\n\t"
			 "int $0x80\n\t"
			 "pushf; pop %%esi\n\t"
			 "mov %%ds, %%edx; mov %%es, %%ecx\n\t"
			 "pop %%es; pop %%ds"
			 : "=S"(flags), "=d"(ds), "=c"(es)
			 : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "memory");
	__asm__ volatile("cld");
	__asm__("mov %%fs, %0; mov %%gs, %1; mov %%cs, %2; mov %%ss, %3"
		: "=r"(fs), "=r"(gs), "=r"(cs), "=r"(ss));
	__asm__ volatile("mov %0, %%fs" : : "r"(0));
	if (change.reg == REG_GS)
		_exit(gs); /* no libc without it */
	printf("came back: cs %#x ss %#x ds %#x es %#x fs %#x gs %#x flags %#x\n", cs & 0xffff,
	       ss & 0xffff, ds & 0xffff, es & 0xffff, fs & 0xffff, gs & 0xffff, flags & ~0x8d5u);
}

int main(void)
{
	static const struct {
		const char *name;
		int reg;
	} registers[] = { { "cs", REG_CS }, { "ss", REG_SS }, { "ds", REG_DS },
			  { "es", REG_ES }, { "fs", REG_FS }, { "gs", REG_GS } };
	static const uint32_t selectors[] = { 0,      1,      2,      3,      0x10,   0x23,
					      0x2b,   0x33,   0x3b,   0x60,   0x61,   0x62,
					      0x63,   0x68,   0x69,   0x6b,   0x73,   0x7b,
					      0x80,   0x83,   0xf8,   0xfb,   0xff,   0x107,
					      0x7,    0xf,    0xe008, 0xe010, 0xe019, 0xe01b,
					      0xe021, 0xe023, 0xfff8, 0xffff };
	static const uint32_t addresses[] = { 0,	  4,	      0xbffffffc,
					      0xc0000000, 0xc0100000, 0xf5800000,
					      0xf6800000, 0xfc000000, 0xfffffffc };
	char what[64];
	size_t i, k;
	int bit;

	for (k = 0; k < sizeof(registers) / sizeof(*registers); k++)
		for (i = 0; i < sizeof(selectors) / sizeof(*selectors); i++) {
			change = (struct change){ registers[k].reg, selectors[i] };
			sprintf(what, "%s = %#x", registers[k].name, selectors[i]);
			in_child(what, attempt, NULL);
		}
	for (bit = 0; bit < 32; bit++) {
		change = (struct change){ REG_EFL, 1u << bit };
		sprintf(what, "flag %d", bit);
		in_child(what, attempt, NULL);
	}
	for (i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		change = (struct change){ REG_EIP, addresses[i] };
		sprintf(what, "eip = %#x", addresses[i]);
		in_child(what, attempt, NULL);
		/* The frame is then where the pop is. */
		change = (struct change){ REG_ESP, addresses[i] };
		sprintf(what, "esp = %#x", addresses[i]);
		in_child(what, attempt, NULL);
	}
	return 0;
}
