// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault record: what a plugin did when its call did not end well, and the
 * one line about it in the log.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/insn.h>
#include <hv/plugin.h>
#include <hv/plugin_slot.h>
#include <hv/printk.h>
#include <hv/string.h>

#define PF_WRITE 2u
#define PF_FETCH 16u

/* Rate limit of the log: a burst of LINES_MAX lines, then one line a second. */
#define LINES_MAX 8u

/* The limit of the code segment (fetch) or of the data segment. */
static u32 last_offset(const struct plugin *p, bool fetch)
{
	return fetch ? PLUGIN_TEXT_BASE + p->text_size - 1 : p->end - 1;
}

static void set_address(const struct plugin *p, struct plugin_fault *f, u32 address, u32 access)
{
	f->address = address;
	f->flags |= PLUGIN_FAULT_ADDRESS | access;
	if (address <= last_offset(p, access & PLUGIN_FAULT_FETCH))
		f->flags |= PLUGIN_FAULT_IN_LIMIT;
}

static void page_fault(const struct plugin *p, struct plugin_fault *f)
{
	u32 access = f->error_code & PF_FETCH ? PLUGIN_FAULT_FETCH :
		     f->error_code & PF_WRITE ? PLUGIN_FAULT_WRITE :
						0;

	set_address(p, f, read_cr2() - plugin_base(p), access);
}

/* Replace a->address by the branch target stored there; false if it cannot be read. */
static bool read_target(const struct plugin *p, struct insn_access *a)
{
	u32 last = a->address + a->target_size - 1, v = 0;

	if (a->address >= p->end || last >= p->end || !(p->pages[a->address / PAGE_SIZE] & PTE_P) ||
	    !(p->pages[last / PAGE_SIZE] & PTE_P))
		return false;
	memcpy(&v, (const void *)(plugin_base(p) + a->address), a->target_size);
	a->address = v;
	return true;
}

/*
 * #GP and #SS report no address: it is decoded from the instruction. Text is always
 * mapped, but the last instruction may run over its end.
 */
static void limit_fault(const struct plugin *p, const struct regs *r, struct plugin_fault *f)
{
	u32 at = r->eip - PLUGIN_TEXT_BASE;
	struct insn_access a;

	if (at >= p->text_size) {
		set_address(p, f, r->eip, PLUGIN_FAULT_FETCH);
		return;
	}
	if (!insn_access((const u8 *)(plugin_base(p) + r->eip), MIN(p->text_size - at, 15u), r,
			 p->end, &a))
		return;
	if (a.target_size && read_target(p, &a))
		a.kind = INSN_FETCH;
	set_address(p, f, a.address,
		    a.kind == INSN_FETCH ? PLUGIN_FAULT_FETCH :
		    a.kind == INSN_WRITE ? PLUGIN_FAULT_WRITE :
					   0);
}

/* Describe in `text` why the call ended. */
static void what(const struct plugin *p, char *text, size_t size)
{
	const struct plugin_fault *f = &p->fault;
	static const char *const names[] = {
		"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "#9",
		"#TS", "#NP", "#SS", "#GP", "#PF", "#15", "#MF", "#AC", "#MC", "#XM",
	};

	if (f->status == PLUGIN_STATUS_TIMEOUT)
		snprintf(text, size, "past its budget of %u us at %#x", p->budget_us, f->eip);
	else if (f->status == PLUGIN_STATUS_FORBIDDEN)
		snprintf(text, size, "asked the gate for service %u, which it may not have, at %#x",
			 f->eax, f->eip);
	else
		snprintf(text, size, "%s at %#x, error %#x",
			 f->vector < ARRAY_SIZE(names) ? names[f->vector] : "exception", f->eip,
			 f->error_code);
}

static u32 dropped; /* lines, since the log was told of some */

/* Does the rate limit permit one more line? Logs how many were dropped before. */
static bool may_log(void)
{
	static u64 next;
	static u32 lines = LINES_MAX;
	u64 now = system_time();

	for (; lines < LINES_MAX && now >= next; next += 1000000000)
		lines++;
	if (lines == LINES_MAX)
		next = now + 1000000000;
	if (!lines) {
		dropped++;
		return false;
	}
	lines--;
	if (dropped)
		log_info("plugins: %u faults were not logged", dropped);
	dropped = 0;
	return true;
}

static void log_fault(const struct plugin *p)
{
	const struct plugin_fault *f = &p->fault;
	char reason[96], where[64] = "";

	if (!may_log())
		return;
	if (f->status == PLUGIN_STATUS_KILLED) {
		log_info("plugin %u: killed at %#x", PLUGIN_SLOT(p->handle), f->eip);
		return;
	}
	if (f->flags & PLUGIN_FAULT_ADDRESS)
		snprintf(where, sizeof(where), ", %s of %#x, limit %#x",
			 f->flags & PLUGIN_FAULT_WRITE ? "write" :
			 f->flags & PLUGIN_FAULT_FETCH ? "fetch" :
							 "read",
			 f->address, last_offset(p, f->flags & PLUGIN_FAULT_FETCH));
	what(p, reason, sizeof(reason));
	log_info("plugin %u: %s%s; stopped", PLUGIN_SLOT(p->handle), reason, where);
}

/*
 * Plugins that the log has no line about yet. To format and write a line takes longer than all else
 * that is done when a plugin is stopped, so the next tick does it.
 */
static const struct plugin *unlogged[LINES_MAX];
u32 fault_unlogged; /* how many */

void fault_log(void)
{
	u32 i;

	for (i = 0; i < fault_unlogged; i++)
		log_fault(unlogged[i]);
	fault_unlogged = 0;
}

static void log_later(const struct plugin *p)
{
	if (fault_unlogged == LINES_MAX)
		dropped++;
	else
		unlogged[fault_unlogged++] = p;
}

static void fill(struct plugin *p, const struct regs *r, u32 status, u32 fs, u32 gs)
{
	p->fault = (struct plugin_fault){
		.status = status,
		.vector = r->vector,
		.error_code = r->error_code,
		.eip = r->eip,
		.eflags = r->eflags,
		.esp = r->esp,
		.eax = r->eax,
		.ebx = r->ebx,
		.ecx = r->ecx,
		.edx = r->edx,
		.esi = r->esi,
		.edi = r->edi,
		.ebp = r->ebp,
		.cs = r->cs & 0xffff,
		.ss = r->ss & 0xffff,
		.ds = r->ds & 0xffff,
		.es = r->es & 0xffff,
		.fs = fs & 0xffff,
		.gs = gs & 0xffff,
		.call = p->calls,
	};
}

void fault_record(struct plugin *p, const struct regs *r, u32 status)
{
	struct plugin_fault *f = &p->fault;
	u32 fs, gs;

	asm volatile("movl %%fs, %0\n movl %%gs, %1" : "=r"(fs), "=r"(gs));
	fill(p, r, status, fs, gs);
	if (status == PLUGIN_STATUS_FAULT) {
		if (r->vector == VEC_PF)
			page_fault(p, f);
		else if ((r->vector == VEC_GP || r->vector == VEC_SS) && !r->error_code &&
			 !(r->eflags & EFLAGS_VM))
			limit_fault(p, r, f);
	}
	log_later(p);
}

void fault_record_killed(struct plugin *p, const struct regs *r)
{
	static const struct regs none;

	fill(p, r ? r : &none, PLUGIN_STATUS_KILLED, r ? p->fs : 0, r ? p->gs : 0);
	p->fault.vector = PLUGIN_VECTOR_KILLED;
	p->fault.error_code = 0;
	log_later(p);
}
