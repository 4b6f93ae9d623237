/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry into the monitor for hypercalls, exceptions and interrupts, and the return from
 * it. The plugin gate has an entry of its own (plugin/gate.S).
 *
 * The registers (struct regs in hv/regs.h) on the ring-0 stack, TSS.ESP0; addresses grow
 * upwards:
 *
 *	+----------------+
 *	| ss		 |  \ only from rings 1..3
 *	| esp		 |  /
 *	| eflags	 |
 *	| cs		 |
 *	| eip		 |  pushed by the CPU to here
 *	| error code	 |  by the CPU, or 0 by the stub
 *	| vector	 |  by the stub
 *	| eax ecx edx ebx|
 *	| (esp) ebp esi edi  pusha
 *	| ds		 |
 *	| es		 |  <- %esp, passed to C
 *	+----------------+
 *
 * SS is the monitor's flat data segment on entry (TSS.ss0), so DS and ES come
 * from it. FS and GS are not used here. Interrupts are off in ring 0.
 */
#include <hv/layout.h>
#include "asm-offsets.h"

#define NR_HYPERCALLS 64

	.section .entry.text, "ax"

	.macro ENTER
	pusha
	pushl %ds
	pushl %es
	movl %ss, %ecx
	cld
	movl %ecx, %ds
	movl %ecx, %es
	.endm

	.balign 16
	.globl entry_hypercall
entry_hypercall:
	pushl $0
	pushl $0x82
	ENTER
hypercall_entered:
	movl %esp, %ebx
	cmpl $NR_HYPERCALLS, %eax
	jae hypercall_unknown
	movl %eax, %ecx
	movl %esp, %eax
	call *hypercall_table(, %ecx, 4)
hypercall_done:
	movl %eax, REGS_eax(%ebx)
	/* Also jumped to when a plugin call returns to the guest (run_guest()). */
	.globl return_to_guest
return_to_guest:
	movl vcpu_info, %ecx
	cmpb $0, VCPU_INFO_mask(%ecx)
	jne exit_to_guest
	cmpb $0, VCPU_INFO_pending(%ecx)
	jne deliver_event
	.globl exit_to_guest
exit_to_guest:
.Lpop_es:
	popl %es
.Lpop_ds:
	popl %ds
	popa
	addl $8, %esp
.Liret:
	iret

	/* Also jumped to when an event has suspended a plugin call (run_guest_event()). */
	.globl deliver_event
deliver_event:
	movl %esp, %eax
	call bounce_event
	jmp exit_to_guest

	/* Handler of int $0x82 with the boot option trace=on. */
	.globl entry_hypercall_traced
entry_hypercall_traced:
	pushl $0
	pushl $0x82
	ENTER
	movl %esp, %eax
	call trace_hypercall
	movl REGS_eax(%esp), %eax
	jmp hypercall_entered

hypercall_unknown:
	movl $-38, %eax			/* -ENOSYS */
	jmp hypercall_done

	/* Exceptions and interrupts; the stub has pushed vector and error code. */
	.balign 16
	.globl entry_common
entry_common:
	ENTER
	movl %esp, %eax
	call trap_dispatch
	jmp exit_to_guest

	/*
	 * A selector that no longer loads becomes null: the guest gets #GP when it
	 * uses the segment register.
	 */
.Lfix_es:
	movl $0, (%esp)
	jmp .Lpop_es
.Lfix_ds:
	movl $0, (%esp)
	jmp .Lpop_ds
	/* iret faulted: EIP to SS are still on the stack; push the rest of struct regs. */
.Lfix_iret:
	pushl $0
	pushl $13
	ENTER
	movl %esp, %eax
	call iret_failed
	jmp exit_to_guest

	.pushsection .extable, "a"
	.long .Lpop_es, .Lfix_es
	.long .Lpop_ds, .Lfix_ds
	.long .Liret, .Lfix_iret
	.popsection

	/* void enter_guest(struct regs *) noreturn: start the guest, at the end of boot. */
	.globl enter_guest
enter_guest:
	movl %eax, %esp
	jmp exit_to_guest

	/*
	 * One stub for each of the 256 vectors; vector_table lists their addresses for
	 * cpu/idt.c. The CPU pushes an error code for the vectors 8, 10..14 and 17 (SDM
	 * volume 3, table 6-1); for others the stub pushes 0.
	 */
#define HAS_ERROR_CODE 0x27d00
	.pushsection .rodata
	.balign 4
	.globl vector_table
vector_table:
	.popsection
	n = 0
	.rept 256
	.balign 8
1:
	.if n >= 32
	pushl $0
	.elseif !((HAS_ERROR_CODE >> n) & 1)
	pushl $0
	.endif
	pushl $n
	jmp entry_common
	.pushsection .rodata
	.long 1b
	.popsection
	n = n + 1
	.endr

	/* The double fault task starts here, on double_fault_stack (cpu/tss.c). */
	.globl entry_double_fault
entry_double_fault:
	call double_fault
	ud2

	.section .note.GNU-stack, "", @progbits
