/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last steps into a plugin (plugin_enter), and the handler of int $PLUGIN_GATE,
 * through which a plugin returns or asks for a service. plugin/call.c has the rest of
 * a call. This code is on the path of every call, so it is kept short.
 */
#include <hv/layout.h>
#include "../include/public/plugin_op.h"
#include "asm-offsets.h"

#define GUEST (monitor_stack + HV_STACK_SIZE - REGS_size) /* guest_regs, plugin_world.h */
#define EFLAGS_START 0x202
#define EFLAGS_VM    0x20000
#define IRET_EFLAGS 8 /* as the CPU pushes it: EIP, CS, EFLAGS */

	.section .entry.text, "ax"

	/*
	 * void plugin_enter(const struct plugin *) noreturn: world_plugin() has
	 * changed all but CR3. In page mode CR3 is loaded last, because the arguments
	 * are read from the guest's memory. plugin_invoke() has checked their number
	 * and address.
	 */
	.balign 16
	.globl plugin_enter
plugin_enter:
	movl $plugin_stack + HV_PLUGIN_STACK_SIZE, %esp
	pushl plugin_ss
	pushl PLUGIN_stack_end(%eax)
	pushl $EFLAGS_START
	pushl plugin_cs
	pushl PLUGIN_start(%eax)
	movl GUEST + REGS_edi, %ebx	/* number of arguments */
	movl GUEST + REGS_esi, %eax	/* guest address of the arguments */
	xorl %ecx, %ecx
	xorl %edx, %edx
	xorl %esi, %esi
	xorl %edi, %edi
	xorl %ebp, %ebp
	jmp *enter_with(, %ebx, 4)
.Largs6:
	movl 20(%eax), %ebp
.Largs5:
	movl 16(%eax), %edi
.Largs4:
	movl 12(%eax), %esi
.Largs3:
	movl 8(%eax), %edx
.Largs2:
	movl 4(%eax), %ecx
.Largs1:
	movl (%eax), %ebx
.Largs0:				/* EBX is 0: the number of arguments */
	cmpl $PLUGIN_MODE_PAGE, plugin_mode
	jne 1f
	movl page_dir_cr3, %eax
	orl $WORLD_LEFT_PAGE, world_left
	fxsave fpu_of_guest
	fninit				/* as fpu_load() of plugin_slot.h */
	fxrstor fpu_fresh
	movl %eax, %cr3
1:	movl GUEST + REGS_edx, %eax	/* the entry */
	movw plugin_ss, %es
	movw plugin_ss, %ds
	iret

	.pushsection .rodata
	.balign 4
enter_with:
	.long .Largs0, .Largs1, .Largs2, .Largs3, .Largs4, .Largs5, .Largs6
	.popsection
	.pushsection .extable, "a"
	.irp n, 1, 2, 3, 4, 5, 6
	.long .Largs\n, plugin_bad_arguments
	.endr
	.popsection

	/*
	 * Handler of int $PLUGIN_GATE. The CPU has pushed SS to EIP of the plugin on
	 * plugin_stack. EAX = PLUGIN_GATE_RETURN ends the call: those words are dropped,
	 * only the value in EDX is kept. Any other EAX asks for a service.
	 *
	 * Page mode: QEMU's TCG lets ring 3 enter virtual-8086 mode, and an int from
	 * there with IOPL 3 arrives here too. The CPU then pushes four selectors above SS,
	 * so the words do not lie at plugin_regs: read as plugin_regs, they give CS
	 * and SS of the plugin's choice. entry_plugin_gate_page tests for it, although
	 * no page of a plugin is mapped where that mode can execute
	 * (HV_PLUGIN_PAGE_BASE).
	 */
	.balign 16
	.globl entry_plugin_gate, entry_plugin_gate_page
entry_plugin_gate_page:
	testb $EFLAGS_VM >> 16, %ss:IRET_EFLAGS + 2(%esp)
	jne 1f
entry_plugin_gate:
	cmpl $0, %ss:plugin_running	/* DS is still the caller's */
	je 1f
	cmpl $PLUGIN_GATE_RETURN, %eax
	jne 2f
	movl %ss, %ecx
	cld
	movl %ecx, %ds
	movl %ecx, %es
	movl %edx, GUEST + REGS_edx
	jmp plugin_returned
	/*
	 * The request: EDX, ESI and EDI of guest_regs may be overwritten even
	 * if plugin_service() refuses, for their values are undefined after a call.
	 * EBX and ECX are the guest's command and handle, which suspend() reads:
	 * plugin_service() overwrites them once it has allowed the request.
	 */
2:	movl %eax, %ss:GUEST + REGS_edx
	movl %esi, %ss:GUEST + REGS_esi
	movl %edi, %ss:GUEST + REGS_edi
	subl $8, %esp			/* error code and vector */
	pusha
	pushl %ds
	pushl %es
	movl %ss, %ecx
	cld
	movl %ecx, %ds
	movl %ecx, %es
	call plugin_service		/* (EAX) */
	jmp exit_to_guest		/* refused: the plugin goes on with -EPERM or -ENOMEM */
1:	pushl $0			/* no plugin runs, or vm86: trap_dispatch() makes it #GP */
	pushl $PLUGIN_GATE
	jmp entry_common
