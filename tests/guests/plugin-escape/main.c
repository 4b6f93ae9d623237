// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin that leaves its segment, or does what rings 2 and 3 must not do, is
 * stopped at that instruction with the fault record that the ABI promises, and never
 * runs again. The guest's memory and selectors and the other plugins are unchanged.
 *
 * Provoked by: one small plugin for each way out (CASES), int n for all n, and verr,
 * verw and lar of all 65536 selectors.
 *
 * Cannot tell: on an engine that does not enforce segment limits, what segment mode
 * does.
 */
#include <lib/escape.h>
#include <lib/plugin.h>
#include <lib/test.h>

#define ADDRESS PLUGIN_FAULT_ADDRESS
#define WRITE	PLUGIN_FAULT_WRITE
#define FETCH	PLUGIN_FAULT_FETCH
#define INSIDE	PLUGIN_FAULT_IN_LIMIT

/*
 * Parts of the plugin: text 1000, rodata 2000, data 3000, guard 4000, stack 5000, end 6000.
 * Columns: name; instructions before; instruction that is stopped; vector, error code, flags
 * and address where limits are enforced; the same where paging is: the plugin lies at linear
 * 200000 there, and addresses of the monitor appear lower by that much.
 */
/* clang-format off */
#define CASES(X)                                                                            \
	X(read_behind, "", "movl 0x6000, %eax",                                             \
	  13, 0, ADDRESS, 0x6000, 14, 4, ADDRESS, 0x6000)                                   \
	X(read_across, "", "movl 0x5ffd, %eax",                                             \
	  13, 0, ADDRESS | INSIDE, 0x5ffd, 14, 4, ADDRESS, 0x6000)                          \
	X(read_word_across, "", "movw 0x5fff, %ax",                                         \
	  13, 0, ADDRESS | INSIDE, 0x5fff, 14, 4, ADDRESS, 0x6000)                          \
	X(sse_across, "", "movups 0x5ff8, %xmm0",                                           \
	  13, 0, ADDRESS | INSIDE, 0x5ff8, 14, 4, ADDRESS, 0x6000)                          \
	X(fxsave_across, "", "fxsave 0x5f00",                                               \
	  13, 0, ADDRESS | WRITE | INSIDE, 0x5f00, 14, 6, ADDRESS | WRITE, 0x6000)          \
	X(write_kernel, "movl $0xc0100000, %ebx", "movl %eax, (%ebx)",                      \
	  13, 0, ADDRESS | WRITE, 0xc0100000, 14, 6, ADDRESS | WRITE, 0xc0100000)           \
	X(read_kernel, "movl $0xc0100000, %esi; movl $2, %ecx", "movl -4(%esi,%ecx,2), %eax", \
	  13, 0, ADDRESS, 0xc0100000, 14, 4, ADDRESS, 0xc0100000)                           \
	X(read_monitor, "movl $0xfee00000, %ebp", "movl (%ebp), %eax",                      \
	  12, 0, ADDRESS, 0xfee00000, 14, 5, ADDRESS, 0xfee00000)                           \
	X(write_monitor, "movl $0xfee80000, %edi", "stosl",                                 \
	  13, 0, ADDRESS | WRITE, 0xfee80000, 14, 7, ADDRESS | WRITE, 0xfee80000)           \
	X(read_gdt, "", "movl 0xfe820000, %eax",                                            \
	  13, 0, ADDRESS, 0xfe820000, 14, 5, ADDRESS, 0xfe820000)                           \
	X(wrap, "movl $0xffffffff, %ebx", "movl (%ebx), %eax",                              \
	  13, 0, ADDRESS, 0xffffffff, 14, 4, ADDRESS, 0xffffffff)                           \
	X(page_0, "", "movl 0, %eax",                                                       \
	  14, 0, ADDRESS | INSIDE, 0, 14, 4, ADDRESS | INSIDE, 0)                           \
	X(guard, "", "movb 0x4fff, %al",                                                    \
	  14, 0, ADDRESS | INSIDE, 0x4fff, 14, 4, ADDRESS | INSIDE, 0x4fff)                 \
	X(write_text, "", "movl %eax, 0x1040",                                              \
	  14, 3, ADDRESS | WRITE | INSIDE, 0x1040, 14, 7, ADDRESS | WRITE | INSIDE, 0x1040) \
	X(write_rodata, "", "incl 0x2000",                                                  \
	  14, 3, ADDRESS | WRITE | INSIDE, 0x2000, 14, 7, ADDRESS | WRITE | INSIDE, 0x2000) \
	X(copy_over_end, "movl $0x3000, %esi; movl $0x5ff0, %edi; movl $99, %ecx", "rep movsb", \
	  13, 0, ADDRESS | WRITE, 0x6000, 14, 6, ADDRESS | WRITE, 0x6000)                   \
	X(copy_kernel, "movl $0xc0100000, %esi; movl $0x3000, %edi", "movsl",               \
	  13, 0, ADDRESS, 0xc0100000, 14, 4, ADDRESS, 0xc0100000)                           \
	X(stack_at_0, "xorl %esp, %esp", "pushl %eax",                                      \
	  12, 0, ADDRESS | WRITE, 0xfffffffc, 14, 6, ADDRESS | WRITE, 0xfffffffc)           \
	X(stack_in_kernel, "movl $0xc0100000, %esp", "pushl %eax",                          \
	  12, 0, ADDRESS | WRITE, 0xc00ffffc, 14, 6, ADDRESS | WRITE, 0xc00ffffc)           \
	X(stack_behind, "movl $0x6000, %esp", "popl %eax",                                  \
	  12, 0, ADDRESS, 0x6000, 14, 4, ADDRESS, 0x6000)                                   \
	X(stack_overflow, "1: movl $0x5000, %esp", "call 1b",                               \
	  14, 2, ADDRESS | WRITE | INSIDE, 0x4ffc, 14, 6, ADDRESS | WRITE | INSIDE, 0x4ffc) \
	X(enter_over, "movl $0x5000, %esp", "enter $16, $0",                                        \
	  14, 2, ADDRESS | WRITE | INSIDE, 0x4ffc, 14, 6, ADDRESS | WRITE | INSIDE, 0x4ffc) \
	X(jump_kernel, "movl $0xc0100000, %eax", "jmp *%eax",                               \
	  13, 0, ADDRESS | FETCH, 0xc0100000, 14, 0x14, ADDRESS | FETCH, 0xc0100000)        \
	X(jump_monitor, "movl $0xfee00000, %eax", "call *%eax",                             \
	  13, 0, ADDRESS | FETCH, 0xfee00000, 14, 0x15, ADDRESS | FETCH, 0xfee00000)        \
	X(jump_data, "movl $0x3000, %eax", "jmp *%eax",                                     \
	  13, 0, ADDRESS | FETCH, 0x3000, 14, 0x15, ADDRESS | FETCH, 0x3000)                \
	X(jump_stack, "movl $0x5800, %eax", "jmp *%eax",                                    \
	  13, 0, ADDRESS | FETCH, 0x5800, 14, 0x15, ADDRESS | FETCH, 0x5800)                \
	X(call_data, "movl $0x3000, %eax", "call *%eax",                                    \
	  13, 0, ADDRESS | FETCH, 0x3000, 14, 0x15, ADDRESS | FETCH, 0x3000)                \
	X(call_direct, "", "call .+0x1fc0",                                                 \
	  13, 0, ADDRESS | FETCH, 0x3000, 14, 0x15, ADDRESS | FETCH, 0x3000)                \
	X(call_table, "movl $0x3000, 0x3004", "call *0x3004",                               \
	  13, 0, ADDRESS | FETCH, 0x3000, 14, 0x15, ADDRESS | FETCH, 0x3000)                \
	X(jump_table, "movl $0x5800, 0x3004", "jmp *0x3004",                                \
	  13, 0, ADDRESS | FETCH, 0x5800, 14, 0x15, ADDRESS | FETCH, 0x5800)                \
	X(return_data, "pushl $0x3000", "ret",                                              \
	  13, 0, ADDRESS | FETCH, 0x3000, 14, 0x15, ADDRESS | FETCH, 0x3000)                \
	X(return_monitor, "pushl $0xfee00000", "ret $8",                                    \
	  13, 0, ADDRESS | FETCH, 0xfee00000, 14, 0x15, ADDRESS | FETCH, 0xfee00000)        \
	X(jump_page_0, "xorl %eax, %eax", "jmp *%eax",                                      \
	  14, 0x10, ADDRESS | FETCH | INSIDE, 0, 14, 0x14, ADDRESS | FETCH | INSIDE, 0)     \
	X(int3, "", "int3", 3, 0, 0, 0, 3, 0, 0, 0)                                         \
	X(icebp, "", ".byte 0xf1", 1, 0, 0, 0, 1, 0, 0, 0)                                  \
	X(overflow, "movb $127, %al; addb $1, %al", "into", 4, 0, 0, 0, 4, 0, 0, 0)         \
	X(divide, "xorl %ecx, %ecx", "divl %ecx", 0, 0, 0, 0, 0, 0, 0, 0)                   \
	X(bounds, "movl $-1, %eax; movl $0x3000, %ecx", "bound %eax, (%ecx)",               \
	  5, 0, 0, 0, 5, 0, 0, 0)                                                           \
	X(undefined, "", "ud2", 6, 0, 0, 0, 6, 0, 0, 0)                                     \
	X(f00f, "", ".byte 0xf0, 0x0f, 0xc7, 0xc8", 6, 0, 0, 0, 6, 0, 0, 0)                 \
	X(hlt, "", "hlt", 13, 0, 0, 0, 13, 0, 0, 0)                                         \
	X(cli, "", "cli", 13, 0, 0, 0, 13, 0, 0, 0)                                         \
	X(sti, "", "sti", 13, 0, 0, 0, 13, 0, 0, 0)                                         \
	X(lgdt, "", "lgdt 0x3000", 13, 0, 0, 0, 13, 0, 0, 0)                                \
	X(lidt, "", "lidt 0x3000", 13, 0, 0, 0, 13, 0, 0, 0)                                \
	X(lldt, "xorl %eax, %eax", "lldt %ax", 13, 0, 0, 0, 13, 0, 0, 0)                    \
	X(ltr, "movl $0xe040, %eax", "ltr %ax", 13, 0, 0, 0, 13, 0, 0, 0)                   \
	X(clts, "", "clts", 13, 0, 0, 0, 13, 0, 0, 0)                                       \
	X(lmsw, "", "lmsw %ax", 13, 0, 0, 0, 13, 0, 0, 0)                                   \
	X(invd, "", "invd", 13, 0, 0, 0, 13, 0, 0, 0)                                       \
	X(wbinvd, "", "wbinvd", 13, 0, 0, 0, 13, 0, 0, 0)                                   \
	X(invlpg, "", "invlpg 0x3000", 13, 0, 0, 0, 13, 0, 0, 0)                            \
	X(rdmsr, "", "rdmsr", 13, 0, 0, 0, 13, 0, 0, 0)                                     \
	X(wrmsr, "", "wrmsr", 13, 0, 0, 0, 13, 0, 0, 0)                                     \
	X(rdpmc, "xorl %ecx, %ecx", "rdpmc", 13, 0, 0, 0, 13, 0, 0, 0)                      \
	X(read_cr0, "", "movl %cr0, %eax", 13, 0, 0, 0, 13, 0, 0, 0)                        \
	X(write_cr3, "", "movl %eax, %cr3", 13, 0, 0, 0, 13, 0, 0, 0)                       \
	X(read_dr7, "", "movl %dr7, %eax", 13, 0, 0, 0, 13, 0, 0, 0)                        \
	X(write_dr0, "", "movl %eax, %dr0", 13, 0, 0, 0, 13, 0, 0, 0)                       \
	X(sysenter, "", "sysenter", 13, 0, 0, 0, 13, 0, 0, 0)                               \
	X(sysexit, "", "sysexit", 13, 0, 0, 0, 13, 0, 0, 0)                                 \
	X(in_80, "", "inb $0x80, %al", 13, 0, 0, 0, 13, 0, 0, 0)                            \
	X(out_pic, "", "outb %al, $0x21", 13, 0, 0, 0, 13, 0, 0, 0)                         \
	X(out_exit, "movl $0xf4, %edx", "outl %eax, %dx", 13, 0, 0, 0, 13, 0, 0, 0)         \
	X(insb, "movl $0x3000, %edi; movl $0x64, %edx", "insb", 13, 0, 0, 0, 13, 0, 0, 0)   \
	X(ds_user, "movl $0xe033, %eax", "movl %eax, %ds", 13, 0xe030, 0, 0, 13, 0xe030, 0, 0) \
	X(ss_guest, "movl $0xe021, %eax", "movl %eax, %ss", 13, 0xe020, 0, 0, 13, 0xe020, 0, 0) \
	X(es_monitor, "movl $0xe010, %eax", "movl %eax, %es", 13, 0xe010, 0, 0, 13, 0xe010, 0, 0) \
	X(ss_null, "xorl %eax, %eax", "movl %eax, %ss", 13, 0, 0, 0, 13, 0, 0, 0)           \
	X(fs_null, "", "movl %fs:0x3000, %eax", 13, 0, ADDRESS | INSIDE, 0x3000,            \
	  14, 4, ADDRESS, 0xffe03000)                                                       \
	X(lcall_guest, "", "lcall $0xe019, $0", 13, 0xe018, 0, 0, 13, 0xe018, 0, 0)         \
	X(ljmp_monitor, "", "ljmp $0xe008, $0", 13, 0xe008, 0, 0, 13, 0xe008, 0, 0)         \
	X(ljmp_user, "", "ljmp $0xe02b, $0", 13, 0xe028, 0, 0, 13, 0xe028, 0, 0)            \
	X(ljmp_tss, "", "ljmp $0xe040, $0", 13, 0xe040, 0, 0, 13, 0xe040, 0, 0)             \
	X(ljmp_df_tss, "", "ljmp $0xe04b, $0", 13, 0xe048, 0, 0, 13, 0xe048, 0, 0)          \
	X(lret_user, "pushl $0xe033; pushl $0; pushl $0xe02b; pushl $0x1000", "lret",       \
	  13, 0xe028, 0, 0, 13, 0xe028, 0, 0)                                               \
	X(iret_guest, "pushfl; pushl $0xe019; pushl $0x1000", "iret",                       \
	  13, 0xe018, 0, 0, 13, 0xe018, 0, 0)                                               \
	X(iret_task, "pushl $0x4202; popfl", "iret", 10, 0, 0, 0, 10, 0, 0, 0)              \
	X(step, "pushl $0x302; popfl; nop", "nop", 1, 0, 0, 0, 1, 0, 0, 0)                  \
	X(mov_ss_int, "movl %ss, %eax; movl %eax, %ss", "int $0x80",                        \
	  13, 0x402, 0, 0, 13, 0x402, 0, 0)                                                 \
	X(fpu_error, "pushl $0x37b; fldcw (%esp); fld1; fldz; fdivrp", "fwait",             \
	  16, 0, 0, 0, 16, 0, 0, 0)

/* clang-format on */

struct expected {
	u32 vector, error, flags, address;
};
struct escape {
	const char *name;
	const u8 *code, *end, *at;
	struct expected segment, page;
};

#define CODE(id, before, insn, ...)                                                         \
	asm(".pushsection .rodata.plugin_code, \"a\"\n"                                     \
	    "code_" #id ": " before "\nat_" #id ": " insn "\nend_" #id ":\n.popsection\n"); \
	extern const u8 code_##id[], at_##id[], end_##id[];
CASES(CODE)

static const struct escape escapes[] = {
#define ROW(id, before, insn, sv, se, sf, sa, pv, pe, pf, pa) \
	{ #id, code_##id, end_##id, at_##id, { sv, se, sf, sa }, { pv, pe, pf, pa } },
	CASES(ROW)
};

PLUGIN_CODE(count, "incl 0x3000; movl 0x3000, %eax; ret");
PLUGIN_CODE(soft_int, "int $0xff; ret");
PLUGIN_CODE(forbidden, "movl $1, %eax; int $0x81; ret");
/* How many of all selectors can be read, written, looked at. */
PLUGIN_CODE(selectors, "xorl %ecx, %ecx; xorl %edx, %edx\n"
		       "1: verr %cx; jnz 2f; incl %edx; 2: verw %cx; jnz 2f; addl $0x100, %edx\n"
		       "2: lar %cx, %eax; jnz 2f; addl $0x10000, %edx; 2: incl %ecx\n"
		       "cmpl $0x10000, %ecx; jne 1b; movl %edx, %eax; ret");

static struct test_plugin bad, bystander;
static u32 turns;
static bool page, limits;
static u32 canary[PAGE_SIZE / 4] PAGE_BUFFER;

static void nobody_noticed(const char *name)
{
	u32 value = 0, fs, ds, eflags, i;

	asm volatile("movl %%fs, %0; movl %%ds, %1; pushfl; popl %2"
		     : "=r"(fs), "=r"(ds), "=r"(eflags));
	check_eq(fs, FLAT_RING1_DS, "%s: fs after", name);
	check_eq(ds & 0xffff, FLAT_RING1_DS, "%s: ds after", name);
	check_eq(eflags & (EFLAGS_DF | EFLAGS_NT | EFLAGS_TF | EFLAGS_AC), 0, "%s: flags after",
		 name);
	for (i = 0; i < ARRAY_SIZE(canary); i++)
		if (canary[i] != (i ^ 0xca4a41))
			check_eq(canary[i], i ^ 0xca4a41, "%s: canary %u", name, i);
	check_eq(plugin_call(&bystander, 0, 0, &value), 0, "%s: other plugin's status", name);
	check_eq(value, ++turns, "%s: other plugin's value", name);
}

/* Runs the plugin `bad`, which must end with `status`; its fault record is in `record`. */
static struct plugin_fault stopped(const char *name, u32 status)
{
	struct plugin_query q;
	u32 value = 0x1234;

	escape_attacks++;
	check_eq(plugin_call(&bad, 0, 0, &value), status, "%s: status", name);
	check_eq(value, 0, "%s: value", name);
	q = plugin_query(bad.handle);
	check_eq(q.state, PLUGIN_STATE_DEAD, "%s: state", name);
	check_eq(q.fault.status, status, "%s: status in the record", name);
	check_eq(q.faults, 1, "%s: faults", name);
	check_eq(q.fault.call, 1, "%s: call", name);
	check_eq(plugin_call(&bad, 0, 0, &value), PLUGIN_STATUS_DEAD, "%s: called again", name);
	check_eq(plugin_query(bad.handle).calls, 1, "%s: calls", name);
	nobody_noticed(name);
	return q.fault;
}

static void expect(const char *name, const struct plugin_fault *f, const struct expected *e,
		   u32 eip)
{
	bool ok = true;

	ok &= check_eq(f->vector, e->vector, "%s: vector", name);
	/* From ring 3 the error code of a page fault says so. */
	ok &= check_eq(f->error_code, e->error | (page && e->vector == X86_PF ? PF_USER : 0),
		       "%s: error code", name);
	ok &= check_eq(f->flags, e->flags, "%s: flags", name);
	if (e->flags & ADDRESS)
		ok &= check_eq(f->address, e->address, "%s: address", name);
	ok &= check_eq(f->eip, eip, "%s: eip", name);
	ok &= check_eq(f->cs & 3, page ? 3 : 2, "%s: ring", name);
	if (!ok)
		plugin_fault_print(f);
}

/*
 * TCG does not implement icebp, which is harmless there. TCG does not check null selectors
 * either, but nothing is mapped from linear 0 on.
 */
static bool known_here(const struct escape *e)
{
	return limits || strcmp(e->name, "icebp");
}

static void one(const struct escape *e)
{
	const struct expected *want = limits ? &e->segment : &e->page;
	struct plugin_fault f;
	u32 eip = PLUGIN_ENTRY + (e->at - e->code);

	plugin_remake(&bad, e->code, e->end);
	f = stopped(e->name, PLUGIN_STATUS_FAULT);
	/*
	 * EIP of a trap is behind the instruction; EIP of a fetch that paging refuses is its
	 * target.
	 */
	if (want->vector == 3 || want->vector == 4 || want->vector == 1)
		eip = PLUGIN_ENTRY + (e->end - e->code);
	if (want->vector == 14 && want->flags & FETCH)
		eip = want->address;
	/* call pushes before the fetch faults; single step stops before the second nop. */
	if (!strcmp(e->name, "step"))
		eip -= 1;
	expect(e->name, &f, want, eip);
}

static void all_vectors(void)
{
	struct plugin_fault f;
	u32 n, value;
	char name[12];

	for (n = 0; n < 256; n++) {
		struct expected want = { X86_GP, n << 3 | 2, 0, 0 };

		format_string(name, sizeof(name), "int %u", n);
		plugin_remake(&bad, soft_int, soft_int_end);
		bad.text[0x41] = (u8)n;
		if (n == PLUGIN_GATE) {
			/* EAX is the entry: a service that does not exist. */
			f = stopped(name, PLUGIN_STATUS_FORBIDDEN);
			check_eq(f.vector, PLUGIN_GATE, "%s: vector", name);
			continue;
		}
		if (n == 3 || n == 4)
			want = (struct expected){ n, 0, 0, 0 };
		f = stopped(name, PLUGIN_STATUS_FAULT);
		expect(name, &f, &want, PLUGIN_ENTRY + (n == 3 || n == 4 ? 2 : 0));
	}
	plugin_remake(&bad, forbidden, forbidden_end);
	f = stopped("service 1", PLUGIN_STATUS_FORBIDDEN);
	check_eq(f.eax, 1, "service in the record");
	check_eq(f.eip, PLUGIN_ENTRY + 5, "eip of the gate");

	/*
	 * The plugin's own data segment with three RPLs (page mode: four); for lar its code
	 * segment too.
	 */
	plugin_remake(&bad, selectors, selectors_end);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, bad.handle, 10000000), 0, "budget");
	check_eq(plugin_call(&bad, 0, 0, &value), 0, "selectors: status");
	check_eq(value, page ? 0x80404 : 0x60303, "selectors that work");
}

static void off_the_end(void)
{
	struct expected by_limit = { X86_GP, 0, ADDRESS | FETCH, 0x2000 };
	struct expected by_paging = { X86_PF, 0x15, ADDRESS | FETCH, 0x2000 };
	struct plugin_fault f;

	plugin_remake(&bad, count, count);
	memset(bad.text + 0x40, 0x90, PAGE_SIZE - 0x40);
	f = stopped("off the end", PLUGIN_STATUS_FAULT);
	expect("off the end", &f, limits ? &by_limit : &by_paging, 0x2000);
}

void test_main(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(canary); i++)
		canary[i] = i ^ 0xca4a41;
	page = plugin_info().mode == PLUGIN_MODE_PAGE;
	limits = plugin_info().enforces & PLUGIN_ENFORCES_LIMIT;
	asm volatile("movl %0, %%fs" : : "r"(FLAT_RING1_DS));
	plugin_make(&bystander, count, count_end);
	plugin_make(&bad, count, count_end);
	for (i = 0; i < ARRAY_SIZE(escapes); i++)
		if (known_here(&escapes[i]))
			one(&escapes[i]);
	all_vectors();
	off_the_end();
	escape_row(5, "stopped");
	report_success();
}
