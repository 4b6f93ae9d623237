/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way into the monitor and the one way out.
 *
 * The frame (struct regs in hv/regs.h), on the ring-0 stack that the TSS names;
 * addresses grow upwards:
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
	/* Also where an invocation of a plugin ends, or begins. */
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

	/* Also for an event that came while a plugin ran. */
	.globl deliver_event
deliver_event:
	movl %esp, %eax
	call bounce_event
	jmp exit_to_guest

	/* The gate's handler with trace=on. */
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

	/* HYPERVISOR_iret sets all registers itself: nothing is returned. */
	.balign 16
	.globl entry_common
entry_common:
	ENTER
	movl %esp, %eax
	call trap_dispatch
	jmp exit_to_guest

	/*
	 * A selector that no longer loads becomes null, which any use of it
	 * reports to its owner as #GP.
	 */
.Lfix_es:
	movl $0, (%esp)
	jmp .Lpop_es
.Lfix_ds:
	movl $0, (%esp)
	jmp .Lpop_ds
	/* The frame for iret is still on the stack; build the rest again. */
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

	/* void enter_guest(struct regs *) noreturn: the first entry. */
	.globl enter_guest
enter_guest:
	movl %eax, %esp
	jmp exit_to_guest

	/*
	 * 256 stubs; vector_table for cpu/idt.c. Vectors with an error code:
	 * 8, 10..14, 17 (SDM volume 3, table 6-1). 2 bytes or 5 for the push.
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

	/* The double fault task starts here with a stack of its own. */
	.globl entry_double_fault
entry_double_fault:
	call double_fault
	ud2

	.section .note.GNU-stack, "", @progbits
