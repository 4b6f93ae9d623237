/* SPDX-License-Identifier: MIT */
/*
 * Shared by plugin_call_test.c, plugin_service_test.c and others: fakes of the rest of the
 * monitor and of the labels of entry.S and gate.S that the tested code jumps to, and two
 * plugins.
 */
#ifndef HOST_PLUGIN_MACHINE_H
#define HOST_PLUGIN_MACHINE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/errno.h>
#include <hv/hypercall.h>
#include <hv/plugin_world.h>
#include <hv/trace.h>
#include <hv/trap.h>

#include "check.h"
#include "fake_cpu.h"

#define HANDLE	(3 * PLUGINS_MAX + 5)
#define SLICE	1000u
#define BUDGET	5000
#define CR0	0x80010033u
#define CR3	77u
#define DIR_CR3 0x88000u
#define DEBUG7	0x455u

/* ---- the rest of the monitor ---- */

u8 monitor_stack[HV_STACK_SIZE] __aligned(16);
struct plugin *plugin_slots[PLUGINS_MAX];
struct vcpu vcpu;
static struct vcpu_info events;
struct vcpu_info *vcpu_info = &events;
struct tss tss;
const struct gdtr gdtr_kernel = { 1, HV_GDT_KERNEL }, gdtr_user = { 1, HV_GDT_USER },
		  gdtr_plugin = { 1, HV_GDT_PLUGIN };
u32 plugin_mode = PLUGIN_MODE_SEGMENT, tick_us = 80, page_dir_cr3 = DIR_CR3;
mfn_t current_l3 = CR3;
bool trace_on;
static u32 heap_left, recorded, filled, cleared, mapped;
static const struct plugin *segments;
static struct regs record;
static bool rdtsc_done;
static u32 rdtsc_at, rdtsc_len;

void plugin_service(u32 nr);
void plugin_returned(void);
void plugin_bad_arguments(void);

void trace_record(enum trace_kind kind, u32 a, u32 b, u32 c)
{
	(void)kind, (void)a, (void)b, (void)c;
}

void *store_alloc(u32 size)
{
	CHECK(size == PAGE_SIZE);
	return heap_left ? heap_left--, aligned_alloc(PAGE_SIZE, size) : NULL;
}

u64 us_to_cycles(u32 us)
{
	return us * 3ull;
}

/* Segments are set only for a plugin that is mapped. */
void segments_set(const struct plugin *p)
{
	CHECK(plugin_mode == PLUGIN_MODE_PAGE || p->first != REGION_NONE);
	segments = p;
}

void region_map(struct plugin *p)
{
	CHECK(plugin_mode != PLUGIN_MODE_PAGE && p->first == REGION_NONE);
	p->first = 77;
	mapped++;
}

void page_dir_fill(const struct plugin *p)
{
	(void)p;
	filled++;
}

void page_dir_clear(void)
{
	cleared++;
}

void fault_record(struct plugin *p, const struct regs *r, u32 status)
{
	CHECK(p == plugin_running && p->state == PLUGIN_READY);
	recorded = status;
	record = *r;
}

void fault_record_killed(struct plugin *p, const struct regs *r)
{
	(void)p, (void)r;
}

bool plugin_was(u32 handle)
{
	(void)handle;
	return false;
}

bool emulate_rdtsc(struct regs *r, const u8 *insn, u32 len)
{
	(void)r;
	rdtsc_at = (u32)insn;
	rdtsc_len = len;
	return rdtsc_done;
}

/* ---- ways out ---- */

enum way { RETURNED, ENTERED, TO_GUEST, TO_EVENT, TO_PLUGIN };
u32 landed, home;
u32 at_esp;
u16 at_fs, at_gs;

long depart(void *function, u32 a, u32 b);
asm("depart:\n"
    "	pushl %ebx\n pushl %esi\n pushl %edi\n pushl %ebp\n"
    "	movl %esp, home\n"
    "	movl $0, landed\n"
    "	pushl 28(%esp)\n"
    "	pushl 28(%esp)\n"
    "	call *28(%esp)\n"
    "come_back:\n"
    "	movl %esp, at_esp\n"
    "	movw %fs, at_fs\n"
    "	movw %gs, at_gs\n"
    "	movw fake_gs, %gs\n"
    "	movl home, %esp\n"
    "	popl %ebp\n popl %edi\n popl %esi\n popl %ebx\n"
    "	ret\n"
    ".globl plugin_enter, return_to_guest, deliver_event, exit_to_guest\n"
    "plugin_enter: movl $1, landed\n jmp come_back\n"
    "return_to_guest: movl $2, landed\n jmp come_back\n"
    "deliver_event: movl $3, landed\n jmp come_back\n"
    "exit_to_guest: movl $4, landed\n jmp come_back\n");

/* Values of MXCSR that identify FPU registers. Signal handlers do not change MXCSR. */
#define FPU_GUEST 0x1f00u
#define FPU_ONE	  0x1e80u
#define FPU_TWO	  0x1d80u
#define FPU_FRESH 0x1f80u

static void fpu_put(u32 mark)
{
	asm volatile("ldmxcsr %0" : : "m"(mark));
}

static u32 fpu_mark(void)
{
	u32 mark;

	asm volatile("stmxcsr %0" : "=m"(mark));
	return mark;
}

static inline u32 image_mark(const u8 *image)
{
	return image[24] | (u32)image[25] << 8;
}

/* ---- the plugins ---- */

static struct plugin p, other;
static u16 selector[2]; /* valid selectors of data and code, for FS and GS */

static void make_one(struct plugin *q, u32 handle, enum plugin_run state)
{
	fpu_forget(q);
	memset(q, 0, sizeof(*q));
	q->handle = handle;
	q->state = state;
	q->text_size = 2 * PAGE_SIZE;
	q->budget = q->left = BUDGET;
	q->strikes = 2;
	q->allowed[0] = 1u << 7;
	q->allowed[7] = 1u << 31;
	q->fs = selector[1];
	q->gs = selector[0];
	q->saved.eip = handle;
	plugin_slots[PLUGIN_SLOT(handle)] = q;
}

/* Resets all state: no plugin runs, p is in this state, `other` is suspended. */
static void make(enum plugin_run state)
{
	make_one(&p, HANDLE, state);
	make_one(&other, HANDLE + 1, PLUGIN_SUSPENDED);
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&events, 0, sizeof(events));
	memset(&tss, 0, sizeof(tss));
	memset(guest_regs, 0, sizeof(*guest_regs));
	memset(plugin_regs, 0, sizeof(*plugin_regs));
	memset(&cpu, 0, sizeof(cpu));
	cpu.cr[0] = CR0;
	world_init();
	slice_max = SLICE;
	plugin_running = regs_owner = NULL;
	space_owner = segments = NULL;
	world_left = recorded = filled = cleared = 0;
	call_left = false;
	guest_regs->eip = plugin_regs->eip = PLUGIN_TEXT_BASE + 100;
	asm volatile("movw %0, %%fs" : : "r"(selector[0]));
	fpu_put(FPU_GUEST);
}

/* Resets all state; p runs, as after an invoke. */
static void running(void)
{
	make(PLUGIN_READY);
	space_owner = &p;
	world_plugin(&p, selector[1], fake_gs);
}

/* The running plugin has used the FPU. */
static void has_fpu(void)
{
	world_left = LEFT_FPU;
	cpu.cr[0] &= ~CR0_TS;
}

static inline struct regs ask(u32 handle)
{
	return (struct regs){ .ecx = handle, .edx = PLUGIN_TEXT_BASE };
}

static inline void plugins_world(u32 fs, u32 gs)
{
	CHECK(plugin_running == &p && space_owner == &p && segments == &p);
	CHECK(tss.esp0 == (u32)plugin_stack + sizeof(plugin_stack));
	CHECK(tss.iomap == IOMAP_CLOSED && cpu.gdt == HV_GDT_PLUGIN);
	CHECK(at_fs == fs && at_gs == gs, "fs %x, gs %x", at_fs, at_gs);
	CHECK(guest_fs == selector[0] && guest_gs == fake_gs);
	CHECK(cpu.cr[0] == cr0_running);
	CHECK(rdtsc_low() - p.since < 1u << 31);
}

static void guests_world(void)
{
	CHECK(!plugin_running && !world_left);
	CHECK(tss.esp0 == (u32)monitor_stack + sizeof(monitor_stack));
	CHECK(tss.iomap == IOMAP_OPEN && cpu.gdt == HV_GDT_KERNEL);
	CHECK(at_fs == selector[0] && at_gs == fake_gs, "fs %x, gs %x", at_fs, at_gs);
	CHECK(at_esp == (u32)guest_regs);
	CHECK(cpu.cr[0] == (vcpu.ts ? cr0_ts : CR0), "%x", cpu.cr[0]);
	CHECK(fpu_mark() == FPU_GUEST, "FPU %x", fpu_mark());
}

static void machine_init(void)
{
	asm volatile("movw %%ds, %0\n movw %%cs, %1" : "=r"(selector[0]), "=r"(selector[1]));
	fake_cpu_init();
}

#endif /* HOST_PLUGIN_MACHINE_H */
