// SPDX-License-Identifier: MIT
/*
 * x87 and SSE state: across switches between processes and threads, over fork,
 * exec and signals; changes in the signal frame; unmasked exceptions.
 */
#include "program.h"
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>

struct state {
	uint8_t bytes[512];
} __attribute__((aligned(16)));

static void save(struct state *state)
{
	__asm__ volatile("fxsave %0" : "=m"(*state));
}

/* The x87 stack, the control words and the XMM registers. */
static uint32_t sum(const struct state *state)
{
	return checksum(state->bytes, 5) + checksum(state->bytes + 24, 4) +
	       checksum(state->bytes + 32, 256);
}

static void fill(struct state *state, uint32_t seed)
{
	int i;

	save(state);
	for (i = 32; i < 160; i++)
		state->bytes[i] = i % 16 < 10 ? next_number(&seed) & 0xff : 0;
	for (; i < 288; i++)
		state->bytes[i] = next_number(&seed) & 0xff;
	state->bytes[0] = 0x7f;
	state->bytes[1] = seed >> 24 & 0x0c; /* rounding */
	state->bytes[2] = state->bytes[3] = 0;
	state->bytes[4] = 0xff; /* all registers in use */
	memcpy(state->bytes + 24, &(uint32_t){ 0x1f80 | (seed >> 16 & 0x6000) }, 4);
}

/* Holds its own state and gives the processor away; true if it was kept. */
static int keeps(uint32_t seed, int rounds)
{
	struct state mine, seen;
	int i, good = 1;

	fill(&mine, seed);
	for (i = 0; i < rounds; i++) {
		__asm__ volatile("fxrstor %1\n\t"
				 "int $0x80\n\t" /* sched_yield */
				 "fxsave %0\n\t"
				 "fninit"
				 : "=m"(seen)
				 : "m"(mine), "a"(SYS_sched_yield)
				 : "memory");
		good &= sum(&seen) == sum(&mine);
	}
	return good;
}

static void *thread(void *seed)
{
	return (void *)(intptr_t)keeps((uint32_t)(uintptr_t)seed, 300);
}

static void switches(void)
{
	pthread_t threads[4];
	pid_t pids[6];
	void *good;
	int i, status;

	for (i = 0; i < 6; i++) {
		pids[i] = MUST(fork());
		if (!pids[i])
			_exit(keeps(1000 + i, 300));
	}
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, thread, (void *)(uintptr_t)(2000 + i));
	for (i = 0; i < 6; i++) {
		MUST(waitpid(pids[i], &status, 0));
		printf("process %d kept its state: %s\n", i, yes(status == 1 << 8));
	}
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &good);
		printf("thread %d kept its state: %s\n", i, yes(good != NULL));
	}
}

static void forks(void)
{
	struct state mine, seen;
	pid_t pid;
	int status;

	fflush(stdout);
	fill(&mine, 77);
	__asm__ volatile("fxrstor %2\n\t"
			 "int $0x80\n\t"
			 "fxsave %1\n\t"
			 "fninit"
			 : "=a"(pid), "=m"(seen)
			 : "m"(mine), "a"(SYS_fork)
			 : "memory");
	__asm__ volatile("ldmxcsr %0" : : "m"((uint32_t){ 0x1f80 }));
	if (!pid)
		_exit(sum(&seen) == sum(&mine));
	MUST(waitpid(pid, &status, 0));
	printf("fork: child's %s, parent's %s\n", yes(status == 1 << 8),
	       yes(sum(&seen) == sum(&mine)));
}

static void on_usr1(int signal, siginfo_t *info, void *context)
{
	struct _libc_fpstate *frame = ((ucontext_t *)context)->uc_mcontext.fpregs;
	struct state *extended = (struct state *)(frame + 1);
	struct state here;

	(void)signal;
	(void)info;
	save(&here);
	printf("handler: control %#x mxcsr %#x magic %#lx\n", here.bytes[0] | here.bytes[1] << 8,
	       *(uint32_t *)(here.bytes + 24), frame->status >> 16);
	memset(extended->bytes + 160, 0x5a, 16); /* XMM0 */
	__asm__ volatile("xorps %%xmm1, %%xmm1; fldz; fldz" ::: "memory");
}

static void signals(void)
{
	struct state mine, seen;

	handle(SIGUSR1, on_usr1, 0);
	fflush(stdout);
	fill(&mine, 5);
	__asm__ volatile("fxrstor %1\n\t"
			 "int $0x80\n\t"
			 "fxsave %0\n\t"
			 "fninit"
			 : "=m"(seen)
			 : "m"(mine), "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "memory");
	__asm__ volatile("ldmxcsr %0" : : "m"((uint32_t){ 0x1f80 }));
	printf("after: xmm0 %02x%02x, the others %s, x87 %s\n", seen.bytes[160], seen.bytes[175],
	       yes(!memcmp(seen.bytes + 176, mine.bytes + 176, 112)),
	       yes(!memcmp(seen.bytes + 32, mine.bytes + 32, 128)));
}

static sigjmp_buf back;

static void on_fpe(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	printf("FPE code %d trap %d\n", info->si_code, regs[REG_TRAPNO]);
	siglongjmp(back, 1);
}

static void exceptions(void)
{
	static const int masks[] = { FE_DIVBYZERO, FE_INVALID, FE_OVERFLOW, FE_UNDERFLOW,
				     FE_INEXACT };
	static const double as[] = { 1, 0, 1e300, 1e-300, 1 }, bs[] = { 0, 0, 1e-300, 1e300, 3 };
	volatile double a, b;
	unsigned int i;
	uint16_t control;
	uint32_t mxcsr;

	handle(SIGFPE, on_fpe, 0);
	for (i = 0; i < 5; i++) {
		a = as[i];
		b = bs[i];
		control = 0x37f & ~masks[i];
		printf("x87 %u: ", i);
		if (!sigsetjmp(back, 1))
			__asm__ volatile(
				"fninit; fldcw %0; fldl %1; fldl %2; fdivrp; fstpl %1; fwait"
				:
				: "m"(control), "m"(a), "m"(b)
				: "memory");
		__asm__ volatile("fninit");
		mxcsr = 0x1f80 & ~(masks[i] << 7);
		printf("sse %u: ", i);
		if (!sigsetjmp(back, 1)) {
			__asm__ volatile("ldmxcsr %0; movsd %1, %%xmm0; divsd %2, %%xmm0"
					 :
					 : "m"(mxcsr), "m"(a), "m"(b)
					 : "xmm0");
			printf("no exception\n");
		}
		__asm__ volatile("ldmxcsr %0" : : "m"((uint32_t){ 0x1f80 }));
	}
}

static int fresh(void)
{
	struct state state;
	int i, zero = 1;

	save(&state);
	for (i = 32; i < 160; i++)
		zero &= !state.bytes[i];
	printf("after exec: control %#x mxcsr %#x tags %#x, x87 registers empty %s\n",
	       state.bytes[0] | state.bytes[1] << 8, *(uint32_t *)(state.bytes + 24),
	       state.bytes[4], yes(zero));
	return 0;
}

int main(int argc, char **argv)
{
	struct state state;

	if (argc > 1)
		return fresh();
	switches();
	forks();
	signals();
	exceptions();
	fflush(stdout);
	fill(&state, 9);
	__asm__ volatile("fxrstor %0" : : "m"(state));
	execl("/proc/self/exe", argv[0], "again", NULL);
	die("exec");
}
