// SPDX-License-Identifier: MIT
/* The trap flag, set by the program itself: over plain code, system calls, pushf, faults. */
#include "program.h"

static volatile int steps;
static unsigned long from;
static long eips[200];

static void on_trap(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	if (steps < 200)
		eips[steps] = (long)(regs[REG_EIP] - from) | (long)info->si_code << 24;
	steps++;
}

static void on_segv(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	regs[REG_EIP] += 2; /* over the faulting mov */
}

#define TF_ON  "pushf; orl $0x100, (%%esp); popf\n\t"
#define TF_OFF "pushf; andl $~0x100, (%%esp); popf\n\t"

#define STEPPED(what, body)                                                              \
	do {                                                                             \
		unsigned long here;                                                      \
		steps = 0;                                                               \
		__asm__ volatile("call 1f\n1: pop %0" : "=r"(here));                     \
		from = here;                                                             \
		__asm__ volatile(TF_ON body TF_OFF                                       \
				 :                                                       \
				 : "a"(SYS_getpid), "b"(0), "c"(0)                       \
				 : "memory", "cc", "edx", "esi");                        \
		printf("%s: %d traps:", what, steps);                                    \
		for (int i = 0; i < steps && i < 200; i++)                               \
			printf(" %lx", (unsigned long)(eips[i] - (eips[0] & 0xffffff))); \
		printf("\n");                                                            \
	} while (0)

int main(void)
{
	handle(SIGTRAP, on_trap, 0);
	handle(SIGSEGV, on_segv, 0);
	STEPPED("nops", "nop; nop; nop\n\t");
	STEPPED("system call", "int $0x80; nop\n\t");
	STEPPED("two system calls", "mov $20, %%eax; int $0x80; mov $20, %%eax; int $0x80\n\t");
	STEPPED("pushf", "pushf; pop %%edx\n\t");
	STEPPED("rep", "mov $5, %%ecx; mov %%esp, %%esi; rep lodsb\n\t");
	STEPPED("stack segment", "push %%ss; pop %%ss; nop; nop\n\t");
	STEPPED("mov to ss", "mov %%ss, %%edx; mov %%edx, %%ss; nop; nop\n\t");
	STEPPED("fault", "nop; mov (%%ecx), %%edx; nop\n\t");
	STEPPED("int3", "nop; int3; nop\n\t");
	STEPPED("cpuid", "xor %%eax, %%eax; push %%ebx; cpuid; pop %%ebx; nop\n\t");
	return 0;
}
