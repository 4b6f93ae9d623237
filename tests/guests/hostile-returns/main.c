// SPDX-License-Identifier: MIT
/*
 * Claim: whatever selectors, addresses and flags a guest names for a return, a trap
 * handler or an event callback, the transfer succeeds, or the guest gets a trap or the
 * failsafe callback. The monitor is unharmed, ring 1 keeps its ports, and ring 3 gets
 * none.
 *
 * Provoked by: HYPERVISOR_iret with every selector of the monitor's page of the table,
 * and of a table with descriptors of every kind, as CS and as SS; the same selectors as
 * code segments of trap handlers and of the event callback.
 *
 * Cannot tell: selectors that end the guest at once (guests/killed-*); random values
 * (guests/hypercall-random).
 */
#include <lib/segment.h>
#include <lib/test.h>

#define LANDED 0x200

extern u32 safe_esp, outcome;
u32 safe_esp, outcome;
static bool armed;
static u64 *gdt;

/* attempt(frame): HYPERVISOR_iret with EIP, CS, EFLAGS, ESP, SS as given. */
void attempt(const u32 *frame);
void breakpoint(void);
void attempt_back(void) NORETURN;
extern char attempt_landed[];
asm(".pushsection .text\n"
    "attempt: movl 4(%esp), %eax; pusha; movl %esp, safe_esp\n"
    "pushl 16(%eax); pushl 12(%eax); pushl 8(%eax); pushl 4(%eax); pushl (%eax)\n"
    "jmp hypercall_page + 23 * 32\n"
    "breakpoint: pusha; movl %esp, safe_esp; int3; jmp attempt_landed\n"
    "attempt_landed: movl $0x200, %ss:outcome\n"
    "attempt_back: movl $0xe021, %eax; movl %eax, %ds; movl %eax, %es; movl %eax, %ss\n"
    "movl safe_esp, %esp; ljmp $0xe019, $1f; 1: pushl $0x202; popfl; popa; ret\n"
    ".popsection");

static bool on_any(struct regs *regs)
{
	if (!armed)
		return false;
	outcome = regs->vector;
	attempt_back();
}

static u32 outcomes[0x210];

static u32 attempt_to(u32 eip, u32 cs, u32 eflags, u32 esp, u32 ss)
{
	const u32 frame[5] = { eip, cs, eflags, esp, ss };

	outcome = 0;
	armed = true;
	attempt(frame);
	armed = false;
	outcomes[outcome]++;
	return outcome;
}

/* Code and data of every kind; see kinds[]. */
static u16 selectors[128];
static u32 nr_selectors;

static void prepare(void)
{
	static const u32 kinds[] = {
		DESC_CODE | DESC_DPL(1),
		DESC_CODE | DESC_DPL(3),
		DESC_CODE | DESC_DPL(1) | 0x400,
		DESC_CODE | DESC_DPL(3) | 0x400,
		DESC_DATA | DESC_DPL(1),
		DESC_DATA | DESC_DPL(3),
		(DESC_CODE & ~0x200u) | DESC_DPL(1),
		(DESC_DATA & ~0x200u) | DESC_DPL(1),
		(DESC_CODE & ~0x400000u) | DESC_DPL(1),
		(DESC_DATA & ~0x400000u) | DESC_DPL(3),
		(DESC_DATA | DESC_EXPAND_DOWN) | DESC_DPL(3),
	};
	u32 i, rpl;

	gdt = gdt_load();
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		check_errno(gdt_set(gdt, i + 1, descriptor(0, 0xffffffff, kinds[i])), 0, "kind %u",
			    i);
	check_errno(gdt_set(gdt, i + 1, descriptor(0, 0xfff, DESC_CODE | DESC_DPL(1))), 0, "short");
	for (rpl = 1; rpl < 4; rpl += 2) {
		for (i = 0; i < 14; i++)
			selectors[nr_selectors++] = (u16)(SELECTOR(i, rpl));
		for (i = 0; i < 17; i++)
			selectors[nr_selectors++] = (u16)(0xe000 + SELECTOR(i, rpl));
		selectors[nr_selectors++] = (u16)(0xfff8 | rpl);
		selectors[nr_selectors++] = (u16)(0xc | rpl); /* LDT */
	}
}

static const u32 flags[] = {
	EFLAGS_IF | EFLAGS_ONE,
	EFLAGS_ONE,
	EFLAGS_IF | EFLAGS_NT,
	EFLAGS_IF | EFLAGS_IOPL | EFLAGS_AC | EFLAGS_RF | EFLAGS_ID,
	EFLAGS_TF | EFLAGS_DF | EFLAGS_IF,
	~EFLAGS_VM,
};

static void returns(void)
{
	const u32 places[] = { (u32)attempt_landed, 0, 0x1000, 0xf6800000, 0xff000000, 0xffffffff };
	u32 c, s, i, f, tried = 0;

	for (c = 0; c < nr_selectors; c++) {
		u32 cs = selectors[c];

		for (i = 0; i < ARRAY_SIZE(places); i++)
			for (f = 0; f < ARRAY_SIZE(flags); f++, tried++)
				check(attempt_to(places[i], cs, flags[f], 0xc0000000,
						 FLAT_RING3_DS),
				      "%x:%x: nothing came of it", cs, places[i]);
		if ((cs & 3) != 3)
			continue;
		for (s = 0; s < nr_selectors; s++)
			for (i = 0; i < 3; i++, tried++)
				check(attempt_to(0x1000, cs, flags[i], i ? 0xff000000 : 0,
						 selectors[s]),
				      "%x, ss %x: nothing came of it", cs, selectors[s]);
	}
	/* Upper halves of selectors, which the CPU ignores; and SS with other RPLs than CS. */
	for (s = 0; s < 0x10000; s += 0x101, tried++)
		attempt_to(0x1000, FLAT_RING3_CS | 0xabcd0000, EFLAGS_IF, 0, s | 0x12340000);
	print("%u returns: %u landed, %u failsafe, %u #GP, %u #PF\n", tried, outcomes[LANDED],
	      outcomes[VECTOR_FAILSAFE], outcomes[X86_GP], outcomes[X86_PF]);
	check(outcomes[LANDED] && outcomes[VECTOR_FAILSAFE] && outcomes[X86_PF],
	      "not everything was met");
}

/* Steps through the selectors that may be valid, as code segment of a handler. */
static u32 next_selector(u32 sel)
{
	return sel == 0x80 ? 0xdff8 : sel == 0xe090 ? 0xfff0 : sel + 1;
}

static void handlers(void)
{
	const u32 places[] = { trap_entries[X86_BP], 4, 0xf5800000, 0xf67ffffe, 0xff000000 };
	u32 sel, i, taken = 0, refused = 0;

	for (sel = 0; sel < 0x10000; sel = next_selector(sel))
		for (i = 0; i < ARRAY_SIZE(places); i++) {
			if (trap_set(X86_BP, 3, (u16)sel, places[i])) {
				refused++;
				continue;
			}
			outcome = 0;
			armed = true;
			breakpoint();
			armed = false;
			taken++;
			check(outcome, "handler at %x:%x: nothing came of it", sel, places[i]);
		}
	check_errno(trap_init(), 0, "trap table");
	print("breakpoints: %u handlers refused, %u tried\n", refused, taken);
}

static long send_to_self(u32 port)
{
	struct evtchn_send send = { .port = port };

	return event_op(EVTCHNOP_send, &send);
}

static u32 event_port;
void take_event(void);
void send_it(void);
void send_it(void)
{
	send_to_self(event_port);
}
asm(".pushsection .text\n"
    "take_event: pusha; movl %esp, safe_esp; call send_it; jmp attempt_landed\n"
    ".popsection");

static void callbacks(void)
{
	const u32 places[] = { (u32)upcall_entry, 4, 0xf67ffffe, 0xff000000 };
	long port = event_bind_ipi();
	u32 sel, i, taken = 0, refused = 0;

	require(port > 0, "no ipi port: %ld", port);
	event_port = (u32)port;
	for (sel = 0; sel < 0x10000; sel = next_selector(sel))
		for (i = 0; i < ARRAY_SIZE(places); i++) {
			if (hypercall(set_callbacks, sel, places[i], FLAT_RING1_CS,
				      failsafe_entry)) {
				refused++;
				continue;
			}
			upcalls_off();
			event_unmask(event_port);
			outcome = 0;
			armed = true;
			vcpu0.evtchn_upcall_mask = 0;
			take_event();
			armed = false;
			upcalls_off();
			event_clear(event_port);
			vcpu0.evtchn_pending_sel = 0;
			vcpu0.evtchn_upcall_pending = 0;
			taken++;
			check(outcome, "callback at %x:%x: nothing came of it", sel, places[i]);
		}
	check_errno(event_init(), 0, "callbacks");
	print("events: %u callbacks refused, %u tried\n", refused, taken);
}

/* In ring 3, without a stack. */
extern const char user_port[];
asm(".pushsection .user_text, \"ax\"\nuser_port: inb $0x80, %al; ud2\n.popsection");

/* A hypercall that copies memory, with flags (DF) that would change the copy. */
static void flags_of_calls(void)
{
	static char text[3 * XEN_EXTRAVERSION_LEN];
	char *to = text + XEN_EXTRAVERSION_LEN;
	u32 i, at = (u32)&hypercall_page[__HYPERVISOR_xen_version * HYPERCALL_SLOT];
	u32 ebx = XENVER_extraversion, ecx = (u32)to;

	asm volatile("pushl $0x44402; popfl; call *%%eax; pushl $0x202; popfl"
		     : "+a"(at), "+b"(ebx), "+c"(ecx)
		     :
		     : "edx", "esi", "edi", "memory", "cc");
	check_eq(at, 0, "xen_version with DF, NT and AC");
	check(strstr(to, "ringfence"), "extraversion '%s'", to);
	for (i = 0; i < XEN_EXTRAVERSION_LEN; i++)
		check(!text[i] && !to[XEN_EXTRAVERSION_LEN + i], "byte %u beside it", i);
}

/* Afterwards ring 1 still has its ports, and ring 3 has none. */
static void still_itself(void)
{
	u32 value;

	check_eq(PROBE_IO("inb $0x80, %b0", "=a"(value)), 0, "a port of ring 1");
	check_eq(attempt_to((u32)user_port, FLAT_RING3_CS, EFLAGS_IF, 0, FLAT_RING3_DS), X86_GP,
		 "a port of ring 3");
	check_eq(hypercall(xen_version, XENVER_version) >> 16, 4, "version");
}

void test_main(void)
{
	u32 v;

	user_init();
	prepare();
	for (v = 0; v < 32; v++)
		if (v != X86_NMI && v != 15 && v <= X86_XM)
			trap_handle(v, on_any);
	trap_handle(VECTOR_FAILSAFE, on_any);
	trap_handle(VECTOR_UPCALL, on_any);
	returns();
	handlers();
	callbacks();
	flags_of_calls();
	still_itself();
	report_success();
}
