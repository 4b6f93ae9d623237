// SPDX-License-Identifier: MIT
/*
 * set_thread_area: several descriptors with several limits, loaded into FS and
 * GS, over system calls, switches, signals, fork and threads; what is refused.
 */
#include "program.h"
#include <asm/ldt.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>

static char areas[3][4096] __attribute__((aligned(4096)));
static sigjmp_buf back;
static unsigned int first; /* entry: libc has it */

static int set_area(struct user_desc *area)
{
	return (int)syscall(SYS_set_thread_area, area);
}

static struct user_desc area_at(int entry, const void *base, unsigned int limit)
{
	return (struct user_desc){ .entry_number = entry,
				   .base_addr = (uint32_t)base,
				   .limit = limit,
				   .seg_32bit = 1,
				   .useable = 1 };
}

static uint32_t load_fs(unsigned int offset)
{
	uint32_t value;

	__asm__ volatile("mov %%fs:(%1), %0" : "=r"(value) : "r"(offset) : "memory");
	return value;
}

static void set_fs(unsigned int selector)
{
	__asm__ volatile("mov %0, %%fs" : : "r"(selector) : "memory");
}

static unsigned int get_fs(void)
{
	unsigned int selector;

	__asm__ volatile("mov %%fs, %0" : "=r"(selector) : : "memory");
	return selector & 0xffff;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	printf("%s code %d trap %d err %#x fs %#x\n", sigabbrev_np(signal), info->si_code,
	       regs[REG_TRAPNO], regs[REG_ERR], regs[REG_FS] & 0xffff);
	siglongjmp(back, 1);
}

static void on_usr1(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	set_fs(0); /* is put back by sigreturn */
}

static void several(void)
{
	struct user_desc area;
	pid_t pid;
	int i, k, status;

	for (i = 1; i < 3; i++) {
		area = area_at(-1, areas[i], 4095);
		MUST(set_area(&area));
		printf("area %d is entry %u\n", i, area.entry_number);
		*(uint32_t *)areas[i] = 100 + i;
	}
	area = area_at(-1, areas[0], 4095);
	SHOW(set_area(&area));
	for (i = 1; i < 3; i++) {
		set_fs((first + i) * 8 + 3);
		printf("selector %#x reads %u\n", get_fs(), load_fs(0));
		for (k = 0; k < 50; k++)
			sched_yield();
		printf("after system calls: %#x reads %u\n", get_fs(), load_fs(0));
		handle(SIGUSR1, on_usr1, 0);
		MUST(raise(SIGUSR1));
		printf("after a signal: %#x reads %u\n", get_fs(), load_fs(0));
		pid = MUST(fork());
		if (!pid) {
			*(uint32_t *)areas[i] = 200 + i;
			area = area_at((int)first + i, areas[i] + 4, 4095);
			*(uint32_t *)(areas[i] + 4) = 300 + i;
			set_area(&area);
			set_fs((first + i) * 8 + 3);
			for (k = 0; k < 100; k++)
				sched_yield();
			_exit(get_fs() == (first + i) * 8 + 3 && load_fs(0) == 300u + i ? 5 : 6);
		}
		for (k = 0; k < 100; k++)
			sched_yield();
		MUST(waitpid(pid, &status, 0));
		show_status("child with another", status);
		printf("after the child: %#x reads %u\n", get_fs(), load_fs(0));
	}
}

static void kinds(void)
{
	static const struct {
		const char *name;
		struct user_desc area;
	} list[] = {
		{ "4 GiB, negative offsets",
		  { .limit = 0xfffff, .limit_in_pages = 1, .seg_32bit = 1, .useable = 1 } },
		{ "read only",
		  { .limit = 4095, .seg_32bit = 1, .read_exec_only = 1, .useable = 1 } },
		{ "not present", { .limit = 4095, .seg_32bit = 1, .seg_not_present = 1 } },
		{ "expand down", { .limit = 0, .seg_32bit = 1, .contents = 1, .useable = 1 } },
		{ "code",
		  { .limit = 0xfffff, .limit_in_pages = 1, .seg_32bit = 1, .contents = 2 } },
		{ "conforming code",
		  { .limit = 0xfffff, .limit_in_pages = 1, .seg_32bit = 1, .contents = 3 } },
		{ "16 bits", { .limit = 4095, .useable = 1 } },
		{ "empty", { .read_exec_only = 1, .seg_not_present = 1 } },
		{ "3 GiB",
		  { .limit = 0xbffff, .limit_in_pages = 1, .seg_32bit = 1, .useable = 1 } },
		{ "base in the kernel",
		  { .base_addr = 0xc0000000,
		    .limit = 0xfffff,
		    .limit_in_pages = 1,
		    .seg_32bit = 1 } },
		{ "base in the monitor",
		  { .base_addr = 0xfc000000,
		    .limit = 0xfffff,
		    .limit_in_pages = 1,
		    .seg_32bit = 1 } },
	};
	struct user_desc area, seen = { 0 };
	volatile unsigned int i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		area = list[i].area;
		area.entry_number = first + 1;
		if (!area.base_addr)
			area.base_addr = (uint32_t)areas[1];
		set_fs(0);
		printf("%s: %s", list[i].name, set_area(&area) ? strerrorname_np(errno) : "taken");
		seen.entry_number = first + 1;
		MUST(syscall(SYS_get_thread_area, &seen));
		printf(", limit %#x pages %d present %d contents %d: ", seen.limit,
		       seen.limit_in_pages, !seen.seg_not_present, seen.contents);
		fflush(stdout);
		if (sigsetjmp(back, 1))
			continue;
		set_fs((first + 1) * 8 + 3);
		printf("loaded, ");
		fflush(stdout);
		printf("reads %u, ", load_fs(0));
		fflush(stdout);
		__asm__ volatile("movl %0, %%fs:0" : : "r"(7));
		printf("writes, ");
		fflush(stdout);
		if (!area.base_addr || area.limit_in_pages)
			printf("below: %u", load_fs(-4096u));
		printf("\n");
	}
	set_fs(0);
	for (i = 0; i < 32; i++) {
		area = area_at((int)i, areas[1], 4095);
		printf("entry %u: %s\n", i,
		       i == first      ? "is libc's" :
		       set_area(&area) ? strerrorname_np(errno) :
					 "taken");
	}
	SHOW(syscall(SYS_get_thread_area, (void *)0xc0000000));
	SHOW(syscall(SYS_set_thread_area, (void *)16));
	SHOW(syscall(SYS_modify_ldt, 0, areas, 100));
}

static __thread int own = 1;

static void *thread(void *id)
{
	struct user_desc area = area_at((int)first + 1, areas[1] + 64 * (intptr_t)id, 4095);
	int i, good = 1;

	own = (int)(intptr_t)id;
	*(uint32_t *)(areas[1] + 64 * (intptr_t)id) = 1000 + own;
	good &= !set_area(&area);
	set_fs((first + 1) * 8 + 3);
	for (i = 0; i < 300; i++) {
		sched_yield();
		good &= load_fs(0) == 1000u + own && own == (int)(intptr_t)id;
	}
	return (void *)(intptr_t)good;
}

int main(void)
{
	pthread_t threads[6];
	void *good;
	int i;

	__asm__("mov %%gs, %0" : "=r"(first));
	first = (first & 0xffff) >> 3;
	printf("libc has entry %u\n", first);
	several();
	handle(SIGSEGV, on_fault, 0);
	handle(SIGBUS, on_fault, 0);
	/* Fills areas[0], which lies below areas[1], with other values. */
	memset(areas[0], 1, 4096);
	kinds();
	for (i = 0; i < 6; i++)
		pthread_create(&threads[i], NULL, thread, (void *)(intptr_t)(i + 1));
	for (i = 0; i < 6; i++) {
		pthread_join(threads[i], &good);
		printf("thread %d: %s\n", i, yes(good != NULL));
	}
	printf("own: %d\n", own);
	return 0;
}
