// SPDX-License-Identifier: MIT
/*
 * Claim: int 0x80 of ring 3 reaches the guest kernel and returns while GS holds a
 * thread-local segment of 4 GiB, which the C library addresses with negative offsets.
 * The segment works in ring 3 before and after; while ring 1 runs no descriptor reaches
 * the monitor.
 *
 * Provoked by: ring-3 code that reads GS:-4 before and after a system call; the handler
 * reads the limit behind the selector (lsl).
 *
 * Cannot tell: on an engine that does not enforce limits, what an access of ring 1
 * through that segment would do.
 */
#include <lib/segment.h>
#include <lib/test.h>

#define TLS_SLOT 6
#define TLS	 SELECTOR(TLS_SLOT, 3)
#define END	 0xf6800000u

USER_DATA static u32 thread[8] = { 0, 1, 2, 3, 0x71571571, 5, 6, 7 };
USER_DATA static u32 other_thread[8] = { 0, 1, 2, 3, 0x0fe0fe0f, 5, 6, 7 };
USER_DATA static struct {
	u32 before, after, gs, fs, eax, ebx, esi;
} seen = { 1, 1, 1, 1, 1, 1, 1 };

static u32 calls, limit_inside, gs_inside;
static bool loadable;
static u64 *gdt;

/* The base of GS is a word above the word that GS:-4 reads. */
USER_TEXT static u32 user_tls(u32 unused)
{
	(void)unused;
	asm volatile(
		"movl %[tls], %%gs\n"
		"movl %%gs:-4, %%ecx; movl %%ecx, %[before]\n"
		"movl $4, %%eax; movl $0x1234, %%ebx; movl $0x5678, %%esi\n"
		"int $0x80\n"
		"movl %%eax, %[eax]; movl %%ebx, %[ebx]; movl %%esi, %[esi]\n"
		"movl %%gs:-4, %%ecx; movl %%ecx, %[after]\n"
		"movl %%gs, %%ecx; movl %%ecx, %[gs]\n"
		"movl %%fs, %%ecx; movl %%ecx, %[fs]"
		: [before] "=m"(seen.before), [after] "=m"(seen.after), [eax] "=m"(seen.eax),
		  [ebx] "=m"(seen.ebx), [esi] "=m"(seen.esi), [gs] "=m"(seen.gs), [fs] "=m"(seen.fs)
		: [tls] "r"(TLS)
		: "eax", "ebx", "ecx", "esi", "memory");
	return 0;
}

static bool on_syscall(struct regs *regs)
{
	u32 gs;

	if (regs->eax == USER_EXIT)
		user_leave(regs->ebx);
	calls++;
	check_eq(regs->cs, FLAT_RING3_CS, "cs of the frame");
	check_eq(regs->eax, 4, "eax");
	check_eq(regs->ebx, 0x1234, "ebx");
	check_eq(regs->gs, TLS, "gs of the process");
	check_eq(regs->saved_mask & 0xff, 0, "saved mask");
	asm volatile("movl %%gs, %0" : "=r"(gs));
	gs_inside = gs & 0xffff;
	loadable = segment_limit(TLS, &limit_inside);
	regs->eax = 0x5ca11;
	return true;
}

static void one_call(const u32 *tls)
{
	check_errno(gdt_set(gdt, TLS_SLOT,
			    descriptor((u32)&tls[5], 0xffffffff, DESC_DATA | DESC_DPL(3))),
		    0, "TLS descriptor");
	calls = 0;
	user_call(user_tls, 0);
	check_eq(calls, 1, "system calls");
	check_eq(seen.before, tls[4], "gs:-4 before the call");
	check_eq(seen.after, tls[4], "gs:-4 after the call");
	check_eq(seen.gs & 0xffff, TLS, "gs after the call");
	check_eq(seen.fs & 0xffff, 0, "fs after the call");
	check_eq(seen.eax, 0x5ca11, "eax after the call");
	check_eq(seen.ebx, 0x1234, "ebx after the call");
	check_eq(seen.esi, 0x5678, "esi after the call");
	if (on_ringfence())
		check(!loadable || (u64)(u32)&tls[5] + limit_inside < END,
		      "in ring 1 the TLS segment has the limit %x", limit_inside);
}

void test_main(void)
{
	u32 i, value, fault;

	gdt = gdt_load();
	trap_handle(VECTOR_SYSCALL, on_syscall);
	user_init();
	for (i = 0; i < 3; i++) {
		one_call(thread);
		one_call(other_thread);
	}
	/* Ring 1 may load the selector, but cannot reach the monitor through it. */
	asm volatile("movl %0, %%gs" : : "r"(TLS));
	fault = PROBE_IO("movl %%gs:0, %0", "=r"(value));
	check_eq(fault, 0, "read of the thread's memory by ring 1");
	check_eq(value, other_thread[5], "the thread's memory");
	one_call(thread);
	asm volatile("movl %0, %%gs" : : "r"(0));
	report_success();
}
