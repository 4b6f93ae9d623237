// SPDX-License-Identifier: MIT
/*
 * Claim: no descriptor that a guest can set in any slot of the table lets ring 1 or a
 * process reach the monitor. Gates and system segments are refused; the segments that
 * are accepted end below the monitor for ring 1, also when ring 3 loaded them with a
 * wide limit just before.
 *
 * Provoked by: all 4096 combinations of access byte and flags with bases and limits that
 * wrap, by update_descriptor and by set_gdt; all 7168 slots, and the 1024 behind them;
 * selectors that ring 3 loaded into DS, ES, FS and GS, used by ring 1 in its first
 * instructions.
 *
 * Cannot tell: on an engine that does not enforce limits, whether limits hold; there the
 * test asks the CPU for them (lsl).
 */
#include <lib/plugin.h>
#include <lib/segment.h>
#include <lib/test.h>

#define END   0xf6800000u /* end of the linear addresses within ring 1's limits */
#define PAGES 14
#define SLOTS (PAGES * 512)

static u64 *gdt;
static bool limits;

static u64 raw(u32 base, u32 limit20, u32 access, u32 nibble)
{
	return (u64)((base & 0xff000000) | (base >> 16 & 0xff) | access << 8 | nibble << 20 |
		     (limit20 & 0xf0000))
		       << 32 |
	       (base << 16 | (limit20 & 0xffff));
}

/* Must a descriptor with this access byte be refused? */
static bool must_be_refused(u32 access)
{
	u32 dpl = access >> 5 & 3;

	if (!(access & 0x80))
		return false; /* absent: never loads */
	return !(access & 0x10) || dpl == 2 ||
	       ((access & 0x1c) == 0x14 && dpl < 2); /* expand-down, of the kernel */
}

static u32 accepted, refused, loaded;

/* A descriptor that ring 1 loads must end below END; an access behind END is #GP. */
static void try_it(u32 slot, u32 base, u32 access, u32 nibble)
{
	u32 sel = SELECTOR(slot, 1), rights, limit, value;
	bool valid;

	asm volatile("lar %2, %0" : "=r"(rights), "=@ccz"(valid) : "r"(sel));
	if (!valid)
		return;
	check(rights & 0x1000, "access %x, flags %x: a system segment", access, nibble);
	check((rights >> 13 & 3) == 1 || (rights >> 13 & 3) == 3, "access %x: DPL %u", access,
	      rights >> 13 & 3);
	if (!segment_limit(sel, &limit))
		return;
	check((rights & 0xc00) != 0x400, "access %x: expand-down", access);
	check(!limit || (u64)base + limit < END, "access %x, flags %x: %x+%x", access, nibble, base,
	      limit);
	if (PROBE("movl %0, %%fs", "r"(sel)))
		return;
	loaded++;
	if (limits && access & 0x0a) {
		check(PROBE_IO("movl %%fs:(%1), %0", "=r"(value), "r"(END - base)),
		      "access %x, flags %x, base %x: read of the monitor", access, nibble, base);
		check(PROBE_IO("movl %%fs:(%1), %0", "=r"(value), "r"(0xff000000 - base)),
		      "access %x, flags %x, base %x: read of the monitor", access, nibble, base);
	}
	asm volatile("movl %0, %%fs" : : "r"(FLAT_RING1_DS));
}

static void every_kind(void)
{
	static const u32 bases[] = { 0, 0xc0000000, END - 1, 0xffffffff };
	static const u32 sizes[] = { 0, 0xfffff };
	u32 access, nibble, i, slot = 1;

	for (access = 0; access < 256; access++)
		for (nibble = 0; nibble < 16; nibble++)
			for (i = 0; i < ARRAY_SIZE(bases) * ARRAY_SIZE(sizes); i++) {
				u32 base = bases[i / 2];
				long err;

				slot = slot % (SLOTS - 1) + 1;
				err = gdt_set(gdt, slot, raw(base, sizes[i & 1], access, nibble));
				if (must_be_refused(access)) {
					check_errno(err, XEN_EINVAL, "access %x", access);
					refused++;
					continue;
				}
				check_errno(err, 0, "access %x, flags %x", access, nibble);
				accepted++;
				try_it(slot, base, access, nibble);
				gdt_set(gdt, slot, 0);
			}
	print("%u descriptors, %u refused, %u loaded\n", accepted + refused, refused, loaded);
	check(loaded > 1000, "only %u were loaded", loaded);
}

/* Each slot of the guest's, then the monitor's slots and those behind the table. */
static void every_slot(void)
{
	u32 slot, word = 0x51075107;
	fault_t fault;

	for (slot = 1; slot < SLOTS; slot++) {
		u32 value = 0;

		if (!check_errno(
			    gdt_set(gdt, slot, descriptor((u32)&word, 3, DESC_DATA | DESC_DPL(1))),
			    0, "slot %u", slot))
			return;
		fault = PROBE("movl %0, %%fs", "r"(SELECTOR(slot, 1)));
		if (!fault)
			asm volatile("movl %%fs:0, %0" : "=r"(value));
		check(!fault && value == word, "slot %u: fault %x, value %x", slot, fault, value);
		check_errno(gdt_set(gdt, slot, 0), 0, "slot %u", slot);
	}
	asm volatile("movl %0, %%fs" : : "r"(FLAT_RING1_DS));
	for (slot = SLOTS; slot < 8192; slot++) {
		u32 sel = SELECTOR(slot, 1);

		fault = PROBE("movl %0, %%fs", "r"(sel));
		check(!fault == (sel == FLAT_RING1_DS || (sel | 2) == FLAT_RING3_DS ||
				 (sel == FLAT_RING1_CS || (sel | 2) == FLAT_RING3_CS)),
		      "selector %x: fault %x", sel, fault);
	}
	asm volatile("movl %0, %%fs" : : "r"(FLAT_RING1_DS));
	/* The monitor's slots, in a page of the guest's table. */
	{
		unsigned long frames[16];
		u32 i;

		for (i = 0; i < 16; i++)
			frames[i] = frame_of(gdt + (i % PAGES) * 512);
		check_errno(hypercall(set_gdt, frames, SLOTS + 1), XEN_EINVAL, "one slot more");
		check_errno(hypercall(set_gdt, frames, 8192), XEN_EINVAL, "all slots");
	}
}

/* A page with one bad descriptor, in each page of the table. */
static void bad_pages(void)
{
	static const u64 bad[] = {
		0x0000ec000008c010ull, /* a call gate to c010xxxx */
		0xc010ec00e0081234ull, /* to the monitor's code */
		0x0000850000400000ull, /* a task gate */
		0x00008b0000000067ull, /* a TSS */
		0x0000820000001000ull, /* an LDT */
		0x00cfd2000000ffffull, /* ring 2 */
		0x00cfb6000000ffffull, /* expand-down of ring 1 */
		0x00cfb2000000ffffull, /* a valid one */
	};
	unsigned long frames[PAGES];
	u32 i, k;
	u64 *page = page_alloc();

	for (i = 0; i < PAGES; i++)
		frames[i] = frame_of(gdt + i * 512);
	for (k = 0; k < ARRAY_SIZE(bad); k++)
		for (i = 0; i < PAGES; i += 13) {
			unsigned long mixed[PAGES];

			require(!page_rights(page, PTE_WRITABLE), "writable");
			memset(page, 0, PAGE_SIZE);
			page[i ? 511 : 1] = bad[k];
			require(!page_rights(page, PTE_READONLY), "read-only");
			memcpy(mixed, frames, sizeof(mixed));
			mixed[i] = frame_of(page);
			check_errno(hypercall(set_gdt, mixed, SLOTS),
				    k == ARRAY_SIZE(bad) - 1 ? 0 : XEN_EINVAL, "bad %u, page %u", k,
				    i);
			check_errno(hypercall(set_gdt, frames, SLOTS), 0, "set_gdt again");
		}
	require(!page_rights(page, PTE_WRITABLE), "writable");
}

/* ---- from ring 3, with the widest segment that it may have ---- */

/*
 * One segment register for each value of EBX: a fault would reload all of them through the
 * table of ring 1.
 */
extern volatile u32 first_fault;
volatile u32 first_fault;
extern char first_entry[];
asm(".pushsection .text\n"
    "first_entry: movl $0, %ss:probe_fault\n"
    ".macro first sreg, n\n"
    "cmpl $\\n, %ebx; jne 2f\n"
    "1: movl %\\sreg:0xff000000, %eax\n2:\n"
    ".pushsection .extable, \"a\"; .long 1b, 2b; .popsection\n"
    ".endm\n"
    "first ds, 0; first es, 1; first fs, 2; first gs, 3\n"
    "pushl %ss:probe_fault; popl %ss:first_fault\n"
    "movl $0x55736572, %eax\n"
    "jmp *%ss:trap_entries + 4 * 0x80\n"
    ".popsection");

USER_TEXT static u32 user_wide(u32 what)
{
	asm volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; movl %0, %%gs"
		     :
		     : "r"(what >> 16));
	user_syscall(0, what & 3, 0);
	return 0;
}

static void wide(void)
{
	u32 i, slot;

	user_init();
	/* Ring 1's own faults are delivered through the same trap table. */
	check_errno(trap_set(VECTOR_SYSCALL, 3, FLAT_RING1_CS, (u32)first_entry), 0, "entry");
	for (slot = 1; slot < SLOTS; slot += 1777) {
		check_errno(gdt_set(gdt, slot, descriptor(0, 0xffffffff, DESC_DATA | DESC_DPL(3))),
			    0, "flat");
		for (i = 0; i < 4; i++) {
			first_fault = ~0u;
			user_call(user_wide, SELECTOR(slot, 3) << 16 | i);
			check_eq(first_fault, limits ? FAULT(X86_GP, 0) : 0,
				 "segment register %u after ring 3", i);
		}
	}
	check_errno(trap_init(), 0, "trap table");
}

/*
 * A process with a 16-bit stack: an iret of ring 0 loads SP only, and on real CPUs leaves
 * the monitor's upper half of ESP. That half is the address of the monitor, which is not
 * secret (docs/threat-model.md). The test prints it.
 */
extern const char user_small[];
asm(".pushsection .user_text, \"ax\"\n"
    "user_small: movl $0, %eax; int $0x80; movl %esp, %ebx; movl $0x55736572, %eax\n"
    "int $0x80\n.popsection");

static bool on_syscall(struct regs *regs)
{
	if (regs->eax == USER_EXIT)
		user_leave(regs->ebx);
	return true;
}

static void small_stack(void)
{
	u32 esp;

	check_errno(gdt_set(gdt, 9, descriptor(0, 0xffff, (DESC_DATA & ~0x400000u) | DESC_DPL(3))),
		    0, "a stack of 16 bits");
	trap_handle(VECTOR_SYSCALL, on_syscall);
	user_ss = SELECTOR(9, 3);
	esp = user_run((u32)user_small, 0x5555aaaa, EFLAGS_IF, 0);
	check_eq(esp & 0xffff, 0xaaaa, "sp of the process");
	print("ESP of a process with a stack of 16 bits was 5555aaaa, and is %08x\n", esp);
}

void test_main(void)
{
	unsigned long frames[PAGES];
	u32 i;

	limits = plugin_info().enforces & PLUGIN_ENFORCES_LIMIT;
	gdt = pages_alloc(PAGES);
	for (i = 0; i < PAGES; i++) {
		frames[i] = frame_of(gdt + i * 512);
		require(!page_rights(gdt + i * 512, PTE_READONLY), "read-only");
	}
	check_errno(hypercall(set_gdt, frames, SLOTS), 0, "set_gdt");
	every_kind();
	every_slot();
	bad_pages();
	wide();
	small_stack();
	report_success();
}
