/* SPDX-License-Identifier: MIT */
/*
 * The shortest possible handlers, so that the figures measure the way to the guest and back,
 * not the library's entry code. At the end of each handler the exception frame is on top of the
 * stack; the handler returns through HYPERVISOR_iret.
 */
#define __ASSEMBLY__
#define HYPERCALL_IRET (23 * 32)

	.text
	/* int3: nothing to do. */
	.align	16
	.globl	bench_int3
bench_int3:
	jmp	hypercall_page + HYPERCALL_IRET

	/* Page fault: drop the error code, skip the two-byte instruction. */
	.align	16
	.globl	bench_fault
bench_fault:
	addl	$4, %esp
	addl	$2, (%esp)
	jmp	hypercall_page + HYPERCALL_IRET

	/*
	 * Upcall: acknowledges the event and clears the only port. IF in the iret frame unmasks
	 * events again.
	 */
	.align	16
	.globl	bench_upcall
bench_upcall:
	movb	$0, shared_info
	movl	$0, shared_info + 4
	movl	$0, shared_info + 2048
	jmp	hypercall_page + HYPERCALL_IRET

	/*
	 * Upcall of the timer: how long after what is noted behind bench_flag, and
	 * at the time of which tick; then the flag, which who waits looks at.
	 */
#define TICK_NS (shared_info + 48)
	.align	16
	.globl	bench_timer
bench_timer:
	pushl	%eax
	pushl	%edx
	rdtsc
	movl	bench_flag, %edx
	subl	4(%edx), %eax
	movl	%eax, bench_cycles
	movl	TICK_NS, %eax
	movl	%eax, bench_tick_ns
	movl	$1, (%edx)
	popl	%edx
	popl	%eax
	jmp	bench_upcall

	/* int 0x80 of ring 3: nothing to do. */
	.align	16
	.globl	bench_syscall
bench_syscall:
	jmp	hypercall_page + HYPERCALL_IRET

	.section .note.GNU-stack, "", @progbits
