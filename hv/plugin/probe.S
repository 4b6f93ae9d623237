/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot self-test (boot/selftest.c) runs a few instructions in ring 2 until a trap
 * stops them, and reports which. No call of a plugin uses this file.
 */
#include "../include/public/plugin_op.h"
#include "asm-offsets.h"

	.text
	/*
	 * u32 probe_run(struct regs *): run with these registers; returns the trap that
	 * ended it, as vector << 16 | error code. The caller has pointed the IDT's
	 * gates for probe_vectors to the stubs below.
	 */
	.globl probe_run
probe_run:
	pushl %ebx
	pushl %esi
	pushl %edi
	pushl %ebp
	pushl tss + TSS_esp
	movl %esp, probe_esp
	movl %esp, tss + TSS_esp
	movl %eax, %esp
	popl %es
	popl %ds
	popa
	addl $8, %esp
	iret

probe_stopped:
	movl %ss, %ecx
	cld
	movl %ecx, %ds
	movl %ecx, %es
	popl %eax
	shll $16, %eax
	popl %edx
	movw %dx, %ax
	movl probe_esp, %esp
	popl tss + TSS_esp
	popl %ebp
	popl %edi
	popl %esi
	popl %ebx
	ret

	.macro STUB vector, has_error
	.pushsection .rodata
	.long \vector, 1f
	.popsection
1:	.if !\has_error
	pushl $0
	.endif
	pushl $\vector
	jmp probe_stopped
	.endm

	.pushsection .rodata
	.balign 4
	.globl probe_vectors, probe_vectors_end
probe_vectors:		/* vector, stub */
	.popsection
	STUB 6, 0
	STUB 12, 1
	STUB 13, 1
	STUB 14, 1
	STUB PLUGIN_GATE, 0
	.pushsection .rodata
probe_vectors_end:
	.popsection

	/* The code under test: one access to (%esi) or port %dx, then the gate. */
	.globl probe_code, probe_read, probe_write, probe_push, probe_jump
	.globl probe_port, probe_sgdt, probe_beyond, probe_gate_only, probe_iret
probe_code:
probe_gate_only:
	int $PLUGIN_GATE
probe_read:
	movl (%esi), %eax
	int $PLUGIN_GATE
probe_write:
	movl %eax, (%esi)
	int $PLUGIN_GATE
probe_push:
	movl %esi, %esp
	pushl %eax
	int $PLUGIN_GATE
probe_jump:
	jmp *%esi
probe_port:
	inb %dx, %al
	int $PLUGIN_GATE
probe_sgdt:
	sgdt (%esi)
	int $PLUGIN_GATE
probe_iret:			/* to probe_gate_only, with EFLAGS = ESI */
	pushl $0
	pushl $0
	pushl $0
	pushl $0
	pushl $0
	pushl $0
	pushl %esi
	pushl %cs
	pushl $(probe_gate_only - probe_code)
	iret
probe_beyond:		/* outside the code segment's limit */
	int $PLUGIN_GATE

	.local probe_esp
	.comm probe_esp, 4, 4
