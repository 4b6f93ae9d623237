// SPDX-License-Identifier: MIT
/*
 * The exception frames that the monitor pushes on the guest kernel's stack, word by word: for
 * exceptions, events and the failsafe callback, from ring 1 and ring 3, with events masked
 * or not. If the stack has no room for the exception frame, the guest is killed.
 *
 * Cannot tell: a stack that cannot be written; guests/killed-stack does.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/layout.h>
#include <hv/plugin.h>
#include <hv/printk.h>
#include <hv/trace.h>
#include <hv/trap.h>

#include "check.h"
#include "last_page.h"

/* ---- the rest of the monitor ---- */

struct vcpu vcpu;
static struct vcpu_info info;
struct vcpu_info *vcpu_info = &info;
struct plugin *plugin_running;
bool trace_on;
static u32 kernel_worlds, plugin_traps;
static jmp_buf killed;
static const char *why;

void world_kernel(void)
{
	kernel_worlds++;
}

void plugin_trap(struct regs *r)
{
	(void)r;
	plugin_traps++;
}

void trace_record(enum trace_kind kind, u32 a, u32 b, u32 c)
{
	(void)kind, (void)a, (void)b, (void)c;
}

void guest_kill(const char *fmt, ...)
{
	why = fmt;
	longjmp(killed, 1);
}

/* ---- the test ---- */

#define TOP    HV_VIRT_START /* of the guest's space: the frames lie below */
#define FLAGS  (EFLAGS_ONE | EFLAGS_CF | EFLAGS_ID)
#define HIDDEN (EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM | EFLAGS_IOPL | EFLAGS_AC | EFLAGS_DF)

static struct regs r;
static u16 fs, gs;
static u32 old_sp; /* ESP of the interrupted code */

static void make(u32 ring, u32 mask)
{
	u32 i;

	memset(&vcpu, 0, sizeof(vcpu));
	memset(&info, 0, sizeof(info));
	for (i = 0; i < 64; i++)
		*(u32 *)(TOP - 4 - 4 * i) = 0xeeeeeeee;
	info.evtchn_upcall_mask = (u8)mask;
	vcpu.kernel_ss = 0x21;
	vcpu.kernel_sp = TOP;
	vcpu.event_cs = 0x19;
	vcpu.event_eip = 0x1111;
	vcpu.failsafe_cs = 0x29;
	vcpu.failsafe_eip = 0x2222;
	vcpu.traps[14].address = 0x3333;
	vcpu.traps[14].cs = 0x39;
	kernel_worlds = plugin_traps = 0;
	plugin_running = NULL;
	r = (struct regs){ .es = 0xabcd0051,
			   .ds = 0xabcd0053,
			   .error_code = 0x77,
			   .eip = 0x4444,
			   .cs = 0xabcd0060 | ring,
			   .eflags = FLAGS | HIDDEN | EFLAGS_IF,
			   .esp = ring == 3 ? 0x5555 : TOP,
			   .ss = 0xabcd0073 };
	old_sp = r.esp;
}

static u32 word(u32 n)
{
	return ((u32 *)r.esp)[n];
}

/*
 * Checks the exception frame from word `at` above the new ESP, and that the word below is
 * unchanged.
 */
static void frame(u32 at, u32 cs, u32 ring, u32 mask)
{
	CHECK(word(at) == 0x4444 && word(at + 1) == (cs | (mask & 0xff) << 16), "cs %x",
	      word(at + 1));
	CHECK(word(at + 2) == ((FLAGS | HIDDEN | (mask ? 0 : EFLAGS_IF)) & ~EFLAGS_IOPL),
	      "eflags %x", word(at + 2));
	if (ring == 3)
		CHECK(word(at + 4) == 0x73 && word(at + 3) == old_sp, "ss:esp %x:%x", word(at + 4),
		      word(at + 3));
	CHECK(r.esp == TOP - 4 * (at + (ring == 3 ? 5 : 3)), "esp %x", r.esp);
	CHECK(((u32 *)r.esp)[-1] == 0xeeeeeeee);
	CHECK(r.eflags == (FLAGS | EFLAGS_IF), "eflags %x", r.eflags);
	CHECK(kernel_worlds == (ring == 3));
	CHECK(r.ss == (ring == 3 ? 0x21 : 0xabcd0073));
}

static const u32 rings[] = { 1, 3 };
static const u32 event_masks[] = { 0, 1, 0xff };

static void exceptions(void)
{
	u32 i, m, flags, error;

	for (i = 0; i < 2; i++)
		for (m = 0; m < 3; m++)
			for (flags = 0; flags < 8; flags += 4)
				for (error = 0; error < 3; error++) {
					make(rings[i], event_masks[m]);
					vcpu.traps[14].flags = (u8)(flags | 3);
					if (error == 2)
						inject_trap(&r, 14, 0x88);
					else
						bounce_trap(&r, 14, error);
					frame(!!error, 0x60 | rings[i], rings[i], event_masks[m]);
					if (error)
						CHECK(word(0) == (error == 2 ? 0x88 : 0x77));
					CHECK(r.cs == 0x39 && r.eip == 0x3333);
					CHECK(info.evtchn_upcall_mask ==
					      (flags ? 1 : event_masks[m]));
				}
}

static void events(void)
{
	u32 i, m;

	for (i = 0; i < 2; i++)
		for (m = 0; m < 3; m++) {
			make(rings[i], event_masks[m]);
			bounce_event(&r);
			frame(0, 0x60 | rings[i], rings[i], event_masks[m]);
			CHECK(r.cs == 0x19 && r.eip == 0x1111 && info.evtchn_upcall_mask == 1);
			make(rings[i], event_masks[m]);
			vcpu.event_eip = 0;
			bounce_event(&r);
			CHECK(r.eip == 0x4444 && info.evtchn_upcall_mask == event_masks[m]);
			CHECK(!kernel_worlds && r.eflags & EFLAGS_TF);
		}
}

static void failsafe(void)
{
	u32 i, m, masks;

	for (i = 0; i < 2; i++)
		for (m = 0; m < 3; m++)
			for (masks = 0; masks < 2; masks++) {
				make(rings[i], event_masks[m]);
				vcpu.failsafe_masks_events = masks;
				iret_failed(&r);
				/*
				 * The exception frame is that of ring 3, whatever ring was
				 * interrupted.
				 */
				CHECK(word(0) == 0x53 && word(1) == 0x51);
				CHECK(word(2) == fs && word(3) == gs, "%x %x", word(2), word(3));
				frame(4, 0x63, 3, event_masks[m]);
				CHECK(r.cs == 0x29 && r.eip == 0x2222 && !plugin_traps);
				CHECK(info.evtchn_upcall_mask == (masks ? 1 : event_masks[m]));
			}
	make(1, 0);
	plugin_running = (struct plugin *)&r;
	iret_failed(&r);
	CHECK(plugin_traps == 1 && r.eip == 0x4444 && !kernel_worlds);
	plugin_running = NULL;
}

enum what { EXCEPTION, WITH_ERROR, EVENT, FAILSAFE };

static const char *end(enum what what)
{
	why = NULL;
	if (setjmp(killed))
		return why;
	if (what == FAILSAFE)
		iret_failed(&r);
	else if (what == EVENT)
		bounce_event(&r);
	else
		bounce_trap(&r, 14, what == WITH_ERROR);
	return NULL;
}

static void ends(void)
{
	static const struct {
		u32 sp;
		bool good;
	} rows[] = { { TOP, true }, { TOP + 1, false }, { TOP + 4, false },
		     { 0, false },  { 63, false },	{ ~0u, false } };
	u32 i, what;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (what = EXCEPTION; what <= FAILSAFE; what++) {
			if (what != FAILSAFE) {
				make(1, 0);
				r.esp = rows[i].sp;
				CHECK(!end(what) == rows[i].good, "row %u, %u", i, what);
				CHECK(rows[i].good || strstr(why, "frame for eip"), "%s", why);
			}
			make(3, 0);
			vcpu.kernel_sp = rows[i].sp;
			CHECK(!end(what) == rows[i].good, "row %u, %u", i, what);
			CHECK(rows[i].good || strstr(why, "frame for eip"), "%s", why);
		}
	make(1, 0);
	vcpu.traps[14].address = 0;
	CHECK(end(EXCEPTION) && strstr(why, "no handler"));
	make(1, 0);
	vcpu.failsafe_eip = 0;
	CHECK(end(FAILSAFE) && strstr(why, "cannot be loaded"));
	/* A failure at the callback itself: same EIP and the same low 16 bits of CS. */
	make(1, 0);
	r.eip = vcpu.failsafe_eip;
	CHECK(!end(FAILSAFE));
	make(1, 0);
	r.cs = 0xabcd0000 | vcpu.failsafe_cs;
	CHECK(!end(FAILSAFE));
	make(1, 0);
	r.eip = vcpu.failsafe_eip;
	r.cs = 0xabcd0000 | vcpu.failsafe_cs;
	CHECK(end(FAILSAFE) && strstr(why, "cannot be loaded"));
}

int main(void)
{
	asm volatile("movw %%fs, %0\n movw %%gs, %1" : "=r"(fs), "=r"(gs));
	last_page_map(PAGE_SIZE);
	exceptions();
	events();
	failsafe();
	ends();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
