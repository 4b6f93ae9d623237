/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fatal errors: of the monitor (panic), of the guest (guest_kill), and of boot input
 * (cannot_boot).
 *
 * The monitor has no frame pointers, which would cost time on the hot paths. The
 * backtrace lists every word of the stack that may be a return address: one that points
 * into text behind a call instruction. Some may be left from earlier calls.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/printk.h>
#include <hv/trace.h>

struct symbol {
	u32 address;
	const char *name;
};
extern const struct symbol symbols_start[], symbols_end[];
extern const u8 hv_start[], hv_text_end[], hv_end[];

static void print_address(const char *what, u32 address)
{
	const struct symbol *s, *best = NULL;

	for (s = symbols_start; s < symbols_end; s++)
		if (s->address <= address && (!best || s->address >= best->address))
			best = s;
	if (best && address < (u32)hv_text_end)
		log_err("%s %08x %s+%#x", what, address, best->name, address - best->address);
	else
		log_err("%s %08x", what, address);
}

static bool after_call(u32 address)
{
	const u8 *p = (const u8 *)address;

	if (address < (u32)hv_start + 8 || address >= (u32)hv_text_end)
		return false;
	/* call rel32; call r/m of two, three or seven bytes */
	return p[-5] == 0xe8 || (p[-2] == 0xff && (p[-1] & 0x38) == 0x10) ||
	       (p[-3] == 0xff && (p[-2] & 0x38) == 0x10) ||
	       (p[-7] == 0xff && (p[-6] & 0x38) == 0x10);
}

static bool on_image(const u32 *sp, u32 words)
{
	return (u32)sp >= (u32)hv_start && (u32)sp <= (u32)hv_end - 4 * words;
}

static void backtrace(const u32 *sp)
{
	u32 n;

	for (n = 0; n < 32 && on_image(sp + n, 8); n += 8)
		log_err("stack %08x: %08x %08x %08x %08x %08x %08x %08x %08x", (u32)(sp + n), sp[n],
			sp[n + 1], sp[n + 2], sp[n + 3], sp[n + 4], sp[n + 5], sp[n + 6],
			sp[n + 7]);
	for (n = 0; n < 512 && on_image(sp, 1); n++, sp++)
		if (after_call(*sp))
			print_address("  called from", *sp);
}

static void print_regs(const struct regs *r)
{
	log_err("eip %04x:%08x eflags %08x vector %u error %08x", r->cs & 0xffff, r->eip, r->eflags,
		r->vector, r->error_code);
	log_err("eax %08x ebx %08x ecx %08x edx %08x", r->eax, r->ebx, r->ecx, r->edx);
	log_err("esi %08x edi %08x ebp %08x ds %04x es %04x", r->esi, r->edi, r->ebp,
		r->ds & 0xffff, r->es & 0xffff);
	log_err("cr0 %08x cr2 %08x cr3 %08x cr4 %08x", read_cr0(), read_cr2(), read_cr3(),
		read_cr4());
}

static void noreturn die(const struct regs *r, const char *fmt, va_list ap)
{
	static bool again;
	char reason[200];

	vsnprintf(reason, sizeof(reason), fmt, ap);
	log_err("panic: %s", reason);
	if (!again) {
		again = true;
		if (r) {
			print_regs(r);
			print_address("  at", r->eip);
		}
		backtrace(r && regs_ring(r) == 0 ? &r->esp : __builtin_frame_address(0));
		trace_dump();
	}
	machine_exit(EXIT_PANIC);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die(NULL, fmt, ap);
}

void panic_regs(const struct regs *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die(r, fmt, ap);
}

extern struct tss tss;
void double_fault(void);
void double_fault(void)
{
	struct regs r = {
		.eip = tss.eip,
		.cs = tss.cs,
		.eflags = tss.eflags,
		.eax = tss.eax,
		.ebx = tss.ebx,
		.ecx = tss.ecx,
		.edx = tss.edx,
		.esi = tss.esi,
		.edi = tss.edi,
		.ebp = tss.ebp,
		.ds = tss.ds,
		.es = tss.es,
		.vector = VEC_DF,
		.esp = tss.esp,
		.ss = tss.ss,
	};

	log_err("panic: double fault, esp %04x:%08x", r.ss, r.esp);
	print_regs(&r);
	print_address("  at", r.eip);
	backtrace((const u32 *)r.esp);
	trace_dump();
	machine_exit(EXIT_PANIC);
}

void guest_kill(const char *fmt, ...)
{
	char reason[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	log_err("guest killed: %s", reason);
	trace_dump();
	machine_exit(EXIT_GUEST_CRASH);
}

void cannot_boot(const char *fmt, ...)
{
	char reason[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	log_err("cannot boot: %s", reason);
	machine_exit(EXIT_BOOT);
}
