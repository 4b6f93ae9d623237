// SPDX-License-Identifier: MIT
/*
 * trap_dispatch(): the handler of each vector, from ring 0, 1, 3 and virtual-8086 mode, with
 * and without a running plugin, and when a pending event is delivered at the return.
 *
 * Cannot tell: that the CPU enters with these registers; guests/trap-bounce does.
 */
#include <setjmp.h>

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/extable.h>
#include <hv/irq.h>
#include <hv/mm.h>
#include <hv/plugin.h>
#include <hv/printk.h>
#include <hv/trace.h>
#include <hv/trap.h>

#include "check.h"
#include "fake_cpu.h"

#define EIP   0x00401000u
#define ERROR 0x1234u
#define FIXUP 0xff001234u

/* ---- the rest of the monitor, which writes down that it was called ---- */

struct vcpu vcpu;
static struct vcpu_info info;
struct vcpu_info *vcpu_info = &info;
struct plugin *plugin_running;
enum loglevel loglevel;
bool trace_on;
static char called[256];
static u32 said, traced, fixup_of, fixup;
static bool settles, forced, plugin_ends;
static jmp_buf panicked;
static struct plugin *const a_plugin = (struct plugin *)0x1000;

#define CALLED(...) snprintf(called + strlen(called), sizeof(called) - strlen(called), __VA_ARGS__)

void printk(enum loglevel level, const char *fmt, ...)
{
	(void)fmt;
	said += level == LOG_WARN;
}

void panic_regs(const struct regs *r, const char *fmt, ...)
{
	(void)r, (void)fmt;
	longjmp(panicked, 1);
}

void trace_record(enum trace_kind kind, u32 a, u32 b, u32 c)
{
	CHECK(kind == TRACE_TRAP && b == EIP && c == ERROR);
	traced = a;
}

u32 extable_find(u32 eip)
{
	fixup_of = eip;
	return fixup;
}

void irq_handle(unsigned int irq)
{
	CALLED("irq %u ", irq);
}

bool mm_fixup_fault(struct regs *r, u32 cr2)
{
	(void)r;
	CALLED("fixup %x ", cr2);
	return settles;
}

void bounce_trap(struct regs *r, unsigned int vector, bool has_error)
{
	CALLED("bounce %u%s at %x ", vector, has_error ? " with error" : "", r->eip - EIP);
}

void inject_trap(struct regs *r, unsigned int vector, u32 error_code)
{
	CALLED("inject %u %x at %x ", vector, error_code, r->eip - EIP);
}

void bounce_event(struct regs *r)
{
	(void)r;
	CALLED("event ");
}

void general_protection(struct regs *r)
{
	CALLED("gp %u %x at %x ", r->vector, r->error_code, r->eip - EIP);
}

bool emulate_forced_cpuid(struct regs *r)
{
	(void)r;
	return forced;
}

void virtual_8086(struct regs *r)
{
	(void)r;
	CALLED("8086 ");
}

void plugin_trap(struct regs *r)
{
	(void)r;
	CALLED("plugin ");
	plugin_running = plugin_ends ? NULL : plugin_running;
}

void plugin_interrupted(struct regs *r)
{
	(void)r;
	CALLED("interrupted ");
}

/* ---- the test ---- */

static struct regs r;

/* Dispatches a trap. Returns the names of the functions called, or "panic". */
static const char *trap(u32 vector, u32 ring)
{
	r = (struct regs){ .vector = vector, .error_code = ERROR, .eip = EIP };
	r.cs = 0xabcd0000 | (SEL_HV_CS + ring * 9); /* its upper half is undefined */
	r.eflags = EFLAGS_TF | EFLAGS_ONE;
	called[0] = 0;
	said = 0;
	if (setjmp(panicked))
		return "panic";
	trap_dispatch(&r);
	return called;
}

#define IS(vector, ring, what) \
	CHECK(!strcmp(trap(vector, ring), what), "vector %u, ring %u: %s", vector, ring, called)

static void start(void)
{
	memset(&cpu, 0, sizeof(cpu));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&info, 0, sizeof(info));
	info.evtchn_upcall_mask = 1;
	plugin_running = NULL;
	settles = forced = plugin_ends = false;
	fixup = 0;
}

/* Vectors that are delivered to the guest's handlers, and unexpected ones. */
static void exceptions(void)
{
	static const u8 plain[] = { VEC_BP, VEC_OF, VEC_DE, VEC_BR, VEC_MF, VEC_XM, VEC_CSO };
	static const u8 with_error[] = { VEC_TS, VEC_NP, VEC_SS, VEC_AC };
	static const u8 nobodys[] = { VEC_DF, VEC_SPURIOUS, 20, 31, 0x30, 0x7f, 0x83, 255 };
	char want[64];
	u32 ring, i;

	for (ring = 1; ring < 4; ring += 2) {
		start();
		for (i = 0; i < ARRAY_SIZE(plain); i++) {
			snprintf(want, sizeof(want), "bounce %u at 0 ", plain[i]);
			IS(plain[i], ring, want);
			CHECK(!said && r.cs == (0xabcd0000 | (SEL_HV_CS + ring * 9)));
		}
		for (i = 0; i < ARRAY_SIZE(with_error); i++) {
			snprintf(want, sizeof(want), "bounce %u with error at 0 ", with_error[i]);
			IS(with_error[i], ring, want);
			CHECK(r.error_code == ERROR);
		}
		for (i = 0; i < ARRAY_SIZE(nobodys); i++) {
			IS(nobodys[i], ring, "");
			CHECK(said == 1);
		}
		IS(VEC_NMI, ring, "");
		IS(VEC_MC, ring, "panic");
		IS(VEC_GP, ring, "gp 13 1234 at 0 ");
		/* int $PLUGIN_GATE while no plugin runs: treated as a closed gate. */
		IS(VEC_PLUGIN, ring, "gp 13 40a at fffffffe ");
		IS(VEC_UD, ring, "bounce 6 at 0 ");
		forced = true;
		IS(VEC_UD, ring, "");
	}
}

static void page_faults(void)
{
	start();
	cpu.cr[2] = 0x12345678;
	settles = true;
	IS(VEC_PF, 1, "fixup 12345678 ");
	CHECK(!info.arch.cr2);
	settles = false;
	IS(VEC_PF, 3, "fixup 12345678 bounce 14 with error at 0 ");
	CHECK(info.arch.cr2 == 0x12345678);
}

static void debug_traps(void)
{
	start();
	cpu.dr[6] = 0xffff4ff1;
	IS(VEC_DB, 1, "bounce 1 at 0 ");
	CHECK(vcpu.debugreg[6] == 0xffff4ff1 && cpu.dr[6] == 0xffff0ff0);
	CHECK(r.eflags & EFLAGS_TF);
}

/* #NM clears CR0.TS. The trap is delivered only if the guest had set TS itself. */
static void fpu_traps(void)
{
	start();
	cpu.cr[0] = ~0u;
	IS(VEC_NM, 3, "");
	CHECK(cpu.cr[0] == ~CR0_TS && !vcpu.ts);
	cpu.cr[0] = ~0u;
	vcpu.ts = true;
	IS(VEC_NM, 3, "bounce 7 at 0 ");
	CHECK(cpu.cr[0] == ~CR0_TS && !vcpu.ts);
}

static void system_calls(void)
{
	u32 dpl;

	start();
	for (dpl = 0; dpl < 4; dpl++) {
		vcpu.traps[VEC_SYSCALL].flags = (u8)dpl;
		if (dpl < 3)
			IS(VEC_SYSCALL, 3, "inject 13 402 at fffffffe ");
		else
			IS(VEC_SYSCALL, 3, "bounce 128 at 0 ");
		if (dpl < 1)
			IS(VEC_SYSCALL, 1, "inject 13 402 at fffffffe ");
		else
			IS(VEC_SYSCALL, 1, "bounce 128 at 0 ");
	}
}

/* Traps from ring 0. */
static void the_monitors(void)
{
	u32 vector;

	start();
	info.evtchn_upcall_mask = 0;
	info.evtchn_upcall_pending = 1; /* none is delivered */
	IS(0x1f, 0, "panic");
	IS(0x20, 0, "irq 0 ");
	IS(0x2f, 0, "irq 15 ");
	IS(0x30, 0, "panic");
	IS(VEC_NMI, 0, "");
	CHECK(r.eip == EIP);
	for (vector = 0; vector < 0x20; vector++) {
		if (vector == VEC_DB || vector == VEC_NMI)
			continue;
		fixup = 0;
		IS(vector, 0, "panic");
		CHECK(fixup_of == EIP && r.eip == EIP);
		fixup = FIXUP;
		IS(vector, 0, "");
		CHECK(r.eip == FIXUP, "vector %u", vector);
	}
	cpu.dr[6] = ~0u;
	IS(VEC_DB, 0, "");
	CHECK(r.eip == EIP && r.eflags == EFLAGS_ONE && !cpu.dr[6]);
	/* The same while a plugin runs: the plugin is not involved. */
	plugin_running = a_plugin;
	IS(0x21, 0, "irq 1 ");
	IS(VEC_PF, 0, "");
}

static void interrupts(void)
{
	start();
	IS(0x20, 1, "irq 0 ");
	IS(0x2f, 3, "irq 15 ");
	IS(0x1f, 3, "");
	IS(0x30, 3, "");
	plugin_running = a_plugin;
	IS(0x20, 2, "irq 0 interrupted ");
	IS(0x2f, 3, "irq 15 interrupted ");
	IS(0x1f, 3, "plugin ");
	IS(0x30, 2, "plugin ");
}

/* Every trap while a plugin runs is the plugin's; nothing is delivered to the guest. */
static void plugins(void)
{
	u32 vector;

	start();
	info.evtchn_upcall_mask = 0;
	info.evtchn_upcall_pending = 1;
	plugin_running = a_plugin;
	for (vector = 0; vector < 256; vector++)
		if (vector < VEC_IRQ0 || vector >= VEC_IRQ0 + 16)
			IS(vector, 2, "plugin ");
	plugin_ends = true;
	IS(VEC_PLUGIN, 3, "plugin event ");
}

static void virtual_mode(void)
{
	u32 ring;

	start();
	info.evtchn_upcall_mask = 0;
	info.evtchn_upcall_pending = 1;
	for (ring = 0; ring < 4; ring++) { /* CS is any number */
		r = (struct regs){ .vector = VEC_IRQ0, .cs = ring, .eflags = EFLAGS_VM };
		called[0] = 0;
		trap_dispatch(&r);
		CHECK(!strcmp(called, "8086 event "), "%s", called);
	}
}

static void events(void)
{
	u32 i;

	start();
	for (i = 0; i < 8; i++) {
		info.evtchn_upcall_mask = i & 1;
		info.evtchn_upcall_pending = i >> 1 & 1;
		plugin_running = i & 4 ? a_plugin : NULL;
		trap(0x2e, 3);
		CHECK(!!strstr(called, "event") == (i == 2), "%u: %s", i, called);
		/* The event is delivered after the trap. */
		if (i == 2)
			IS(VEC_BP, 1, "bounce 3 at 0 event ");
	}
}

int main(void)
{
	fake_cpu_init();
	exceptions();
	page_faults();
	debug_traps();
	fpu_traps();
	system_calls();
	the_monitors();
	interrupts();
	plugins();
	virtual_mode();
	events();
	start();
	trace_on = true;
	IS(VEC_BP, 3, "bounce 3 at 0 ");
	CHECK(traced == VEC_BP);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
