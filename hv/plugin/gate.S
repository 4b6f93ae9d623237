/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two ends of a call: the last steps into a plugin, and int $PLUGIN_GATE,
 * where it comes back. Both are short because most calls are; what comes
 * between is in plugin/call.c.
 */
#include <hv/layout.h>
#include "../include/public/plugin.h"
#include "asm-offsets.h"

#define GUEST (monitor_stack + HV_STACK_SIZE - REGS_size) /* guest_frame of call.c */
#define EFLAGS_START 0x202
#define EFLAGS_VM    0x20000
#define FRAME_EFLAGS 8 /* as the CPU pushes it: EIP, CS, EFLAGS */

	.section .entry.text, "ax"

	/*
	 * void plugin_enter(const struct plugin *) noreturn: the world is the
	 * plugin's already, but for CR3. Arguments come from the guest's memory,
	 * so that is last; their number and address have been checked.
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
	movl GUEST + REGS_edi, %ebx	/* their number */
	movl GUEST + REGS_esi, %eax	/* where they are */
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
.Largs0:				/* EBX is 0 */
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
	 * The frame lies on the plugin stack. When the call is over nothing of
	 * it but the value matters; everything else asks for a service.
	 *
	 * Page mode: where the machine lets ring 3 into virtual-8086 mode, an int
	 * from there with IOPL 3 arrives here too. Its frame has four selectors
	 * above SS, so it does not lie where plugin_frame says: taken for one, it
	 * would hold selectors of the plugin's choice for CS and SS. Nothing of a
	 * plugin's is mapped where that mode reaches (HV_PLUGIN_PAGE_BASE), so this
	 * is the second lock on that door.
	 */
	.balign 16
	.globl entry_plugin_gate, entry_plugin_gate_page
entry_plugin_gate_page:
	testb $EFLAGS_VM >> 16, %ss:FRAME_EFLAGS + 2(%esp)
	jne 1f
entry_plugin_gate:
	cmpl $0, %ss:plugin_running	/* DS is not ours yet */
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
	 * The guest's frame has nothing else to hold there, even if the request is
	 * refused. Its EBX and ECX are the guest's command and handle, for suspend(),
	 * until the request is passed on: plugin_service() puts the plugin's there.
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
	jmp exit_to_guest		/* refused, and it goes on */
1:	pushl $0			/* trap_dispatch() knows what to make of it */
	pushl $PLUGIN_GATE
	jmp entry_common
