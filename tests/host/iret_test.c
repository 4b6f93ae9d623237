// SPDX-License-Identifier: MIT
/*
 * HYPERVISOR_iret: the registers and the descriptor table after each kind of iret frame, and
 * the iret frames for which the guest is killed.
 */
#include "guest_faults.h"

#include <setjmp.h>
#include <string.h>

#include <hv/types.h>

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <hv/printk.h>

#include "check.h"
#include "last_page.h"

static struct vcpu_info info;
struct vcpu_info *vcpu_info = &info;

static u32 user_tables;

void world_user(void)
{
	user_tables++;
}

static jmp_buf killed;

void guest_kill(const char *fmt, ...)
{
	(void)fmt;
	longjmp(killed, 1);
}

static struct regs regs;
static u32 stack[8];

/* Runs the hypercall. Returns the EAX of the guest, or -1: the guest was killed. */
static long iret_at(u32 esp)
{
	memset(&regs, 0x55, sizeof(regs));
	regs.esp = esp;
	user_tables = 0;
	info.evtchn_upcall_mask = 7;
	return setjmp(killed) ? -1 : do_iret(&regs);
}

static long iret(u32 cs, u32 eflags)
{
	const u32 frame[] = { 1234, 0x8048000, cs, eflags, 0xbffff000, 0x7b };

	memcpy(stack, frame, sizeof(frame));
	return iret_at((u32)stack);
}

static void to_kernel(void)
{
	CHECK(iret(0x00010061, EFLAGS_IF | EFLAGS_VM) == 1234);
	CHECK(regs.eip == 0x8048000 && regs.cs == 0x61, "cs %x", regs.cs);
	CHECK(regs.esp == (u32)&stack[4], "the stack stays what it is");
	CHECK(regs.ss == 0x55555555 && !user_tables);
	CHECK(regs.eflags == (EFLAGS_IF | EFLAGS_ONE), "eflags %x", regs.eflags);
	CHECK(!info.evtchn_upcall_mask);
	CHECK(iret(0x61, 0) == 1234 && info.evtchn_upcall_mask == 1);
}

static void to_user(void)
{
	CHECK(iret(0xffff0073, EFLAGS_IF) == 1234);
	CHECK(regs.eip == 0x8048000 && regs.cs == 0x73, "cs %x", regs.cs);
	CHECK(regs.esp == 0xbffff000 && regs.ss == 0x7b && user_tables == 1);
	CHECK(!info.evtchn_upcall_mask);
	CHECK(iret(0x73, EFLAGS_TF) == 1234 && info.evtchn_upcall_mask == 1);
	CHECK(regs.eflags == (EFLAGS_TF | EFLAGS_IF | EFLAGS_ONE), "eflags %x", regs.eflags);
}

/* The highest iret frame in the guest's space; the memory behind it is not the guest's. */
static void at_the_end(void)
{
	last_page_map(8192);
	memset(LAST_PAGE, 0x73, 8192);
	memset(LAST_PAGE + 4096 - 12, 0, 4); /* no odd flags */
	CHECK(iret_at(HV_VIRT_START - 24) == 0x73737373 && regs.ss == 0x7373);
	CHECK(iret_at(HV_VIRT_START - 23) == -1 && iret_at(HV_VIRT_START) == -1);
	munmap(LAST_PAGE, 8192);
}

static void to_nowhere(void)
{
	CHECK(iret(0x08, 0) == -1 && iret(0x72, 0) == -1 && iret(0x73, EFLAGS_VM) == -1);
	CHECK(!user_tables);
	CHECK(iret_at(HV_VIRT_START - 23) == -1 && iret_at(HV_VIRT_START) == -1);
	CHECK(iret_at((u32)nowhere) == -1 && iret_at((u32)nowhere - 12) == -1);
	CHECK(iret_at(0xffffffe8) == -1 && iret_at(0xffffffff) == -1);
}

int main(void)
{
	guest_faults_begin();
	to_kernel();
	to_user();
	to_nowhere();
	at_the_end();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
