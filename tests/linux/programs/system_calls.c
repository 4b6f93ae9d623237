// SPDX-License-Identifier: MIT
/*
 * System calls: which registers and flags they keep, six arguments,
 * numbers that do not exist, by interrupt and by the vdso, with odd segments.
 */
#include "program.h"
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>

struct registers {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, flags;
};

static struct registers call(struct registers in)
{
	static struct registers out;

	__asm__ volatile("push %%ebp\n\t"
			 "push %%ebx\n\t"
			 "push 28(%%eax)\n\t"
			 "mov 4(%%eax), %%ebx\n\t"
			 "mov 8(%%eax), %%ecx\n\t"
			 "mov 12(%%eax), %%edx\n\t"
			 "mov 16(%%eax), %%esi\n\t"
			 "mov 20(%%eax), %%edi\n\t"
			 "mov 24(%%eax), %%ebp\n\t"
			 "mov (%%eax), %%eax\n\t"
			 "popf\n\t"
			 "int $0x80\n\t"
			 "pushf\n\t"
			 "cld\n\t"
			 "mov %%eax, %0\n\t"
			 "mov %%ebx, 4+%0\n\t"
			 "mov %%ecx, 8+%0\n\t"
			 "mov %%edx, 12+%0\n\t"
			 "mov %%esi, 16+%0\n\t"
			 "mov %%edi, 20+%0\n\t"
			 "mov %%ebp, 24+%0\n\t"
			 "pop 28+%0\n\t"
			 "pop %%ebx\n\t"
			 "pop %%ebp"
			 : "=m"(out)
			 : "a"(&in)
			 : "ecx", "edx", "esi", "edi", "memory", "cc");
	return out;
}

static void show(const char *what, struct registers r)
{
	printf("%s: %#x %#x %#x %#x %#x %#x %#x flags %#x\n", what, r.eax, r.ebx, r.ecx, r.edx,
	       r.esi, r.edi, r.ebp, r.flags);
}

static void kept(void)
{
	static const uint32_t numbers[] = { SYS_getuid32, 449 + 200,  1000,	 0x40000000,
					    0x7fffffff,	  0x80000000, 0xffffffff };
	struct registers in = { 0, 11, 22, 33, 44, 55, 66, 0x246 };
	unsigned int i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		in.eax = numbers[i];
		show("kept", call(in));
	}
	in.eax = SYS_getuid32;
	for (i = 0; i < 22; i++) { /* each flag that a program may set, but TF */
		if (i == 8 || i == 18)
			continue;
		in.flags = 0x202 | 1u << i;
		printf("flag %u: %#x\n", i, call(in).flags);
	}
}

static void six(void)
{
	struct registers in = { SYS_mmap2,
				0x58000000,
				8192,
				PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_FIXED_NOREPLACE,
				0,
				1,
				0x202 };
	int fd = MUST(open("/proc/self/exe", O_RDONLY));
	char page[4096];

	in.edi = fd;
	show("mmap2", call(in));
	MUST(pread(fd, page, 4096, 4096));
	printf("the second page: %s\n", yes(!memcmp(page, (void *)0x58000000, 4096)));
	in.esi = MAP_PRIVATE | MAP_FIXED;
	in.ebp = 0xfffff; /* 4 GiB - 4 KiB */
	show("far away", call(in));
}

/* With other selectors in the data registers: the kernel loads its own. */
static void odd_segments(void)
{
	static const uint16_t selectors[] = { 0, 3, 0x73 };
	uint32_t result, ds, es;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		__asm__ volatile("push %%ds; push %%es\n\t"
				 "mov %3, %%ds; mov %3, %%es\n\t"
				 "int $0x80\n\t"
				 "mov %%ds, %%ecx; mov %%es, %%edx\n\t"
				 "pop %%es; pop %%ds"
				 : "=a"(result), "=c"(ds), "=d"(es)
				 : "r"((uint32_t)selectors[i]), "a"(SYS_getuid32)
				 : "memory");
		printf("ds and es %#x: result %u, then %#x %#x\n", selectors[i], result,
		       ds & 0xffff, es & 0xffff);
	}
	/* No stack: the kernel has its own. */
	__asm__ volatile("mov %%esp, %%esi\n\t"
			 "xor %%esp, %%esp\n\t"
			 "int $0x80\n\t"
			 "mov %%esp, %%ecx\n\t"
			 "mov %%esi, %%esp"
			 : "=a"(result), "=c"(ds)
			 : "a"(SYS_getuid32)
			 : "esi", "memory");
	printf("esp 0: result %u, then %#x\n", result, ds);
	__asm__ volatile("mov %%esp, %%esi\n\t"
			 "mov $0xfc000000, %%esp\n\t"
			 "int $0x80\n\t"
			 "mov %%esp, %%ecx\n\t"
			 "mov %%esi, %%esp"
			 : "=a"(result), "=c"(ds)
			 : "a"(SYS_getuid32)
			 : "esi", "memory");
	printf("esp in the monitor: result %u, then %#x\n", result, ds);
}

static void by_vdso(void)
{
	long entry = (long)getauxval(AT_SYSINFO), result, before, i, bad = 0;
	struct timespec a, b;
	struct timeval c;

	__asm__ volatile("call *%1" : "=a"(result) : "r"(entry), "a"(SYS_getpid) : "memory");
	printf("by the vdso: %s\n", yes(result == getpid()));
	for (i = 0; i < 2000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b);
		before = a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
		clock_gettime(CLOCK_MONOTONIC, &a);
		bad += before || a.tv_sec < b.tv_sec ||
		       (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
	}
	printf("the vdso's clock and the kernel's out of order: %ld times\n", bad);
	gettimeofday(&c, NULL);
	clock_gettime(CLOCK_REALTIME, &a);
	printf("gettimeofday: %s\n", yes(llabs((long long)a.tv_sec - c.tv_sec) < 2));
}

static void every_number(void)
{
	long n, missing = 0;

	/* Above the last that 6.1 has: none exists. */
	for (n = 451; n < 700; n++)
		missing += syscall(n, -1, -1, -1, -1, -1, -1) == -1 && errno == ENOSYS;
	printf("missing: %ld\n", missing);
	SHOW(syscall(SYS_vm86, 0, 0));
	SHOW(syscall(SYS_iopl, 3));
	SHOW(syscall(SYS_ioperm, 0x80, 1, 1));
	SHOW(syscall(17));
	SHOW(syscall(SYS_restart_syscall));
	SHOW(syscall(SYS_membarrier, 0, 0, 0) >= 0 ? 0l : -1l);
}

int main(void)
{
	kept();
	six();
	odd_segments();
	by_vdso();
	every_number();
	return 0;
}
