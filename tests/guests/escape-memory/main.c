// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin's accesses end where its memory ends, to the byte, whatever the
 * instruction, in data, stack and windows (row 12). A stack pointer to unmapped memory
 * harms only the plugin (row 13). Only text can be executed (row 17). Neither plugin nor
 * guest has a writable alias of a table that the CPU uses (row 29).
 *
 * Provoked by: instructions that read, write, push and pop 1 to 512 bytes, up to, over
 * and behind every edge, and where addresses wrap. Code in data, stack, read-only data
 * and a window, jumped to in each way. Writes all over the address space by plugin and
 * guest, and the guest's own page tables.
 *
 * Cannot tell: which bytes inside the segment an instruction changed before it faulted.
 * In page mode under TCG: what ring 1 does in the monitor's half, which is supervisor
 * memory there and has no limits (docs/threat-model.md).
 */
#include <lib/escape.h>
#include <lib/test.h>

#include "memory.h"

u8 *shared;

static void grant(void)
{
	u32 frames[ROOM] = { frame_of(shared + PAGE_SIZE), frame_of(shared + 2 * PAGE_SIZE) };
	struct plugin_window w = { (u32)frames, ROOM, PLUGIN_WINDOW_WRITE, 0 };

	check_errno(hypercall(plugin_op, PLUGINOP_grant, hostile.handle, &w), 0, "grant");
	check_eq(w.offset, WINDOW, "offset of the window");
}

void beside_the_window(const char *what)
{
	u32 i;

	for (i = 0; i < PAGE_SIZE; i++)
		if (!check(shared[i] == 0xb5 && shared[3 * PAGE_SIZE + i] == 0xb5,
			   "%s: byte %u beside the window", what, i))
			return;
}

/* ---- row 17: code everywhere ---- */

/* Code that would return 77. */
static const u8 gate_code[] = { 0xba, 0x77, 0, 0, 0, 0x31, 0xc0, 0xcd, 0x81 };

#define JUMP(name, text) PLUGIN_CODE(jump_##name, "movl 4(%esp), %eax; " text "; hlt")
JUMP(near, "jmp *%eax");
JUMP(call, "call *%eax");
JUMP(ret, "pushl %eax; ret");
JUMP(ret_more, "pushl %eax; ret $64");
JUMP(table, "movl %eax, 0x3800; jmp *0x3800");
JUMP(call_table, "movl %eax, 0x3800; call *0x3800");
JUMP(far, "movl %eax, 0x3800; movw %cs, 0x3804; ljmp *0x3800");
JUMP(far_call, "movl %eax, 0x3800; movw %cs, 0x3804; lcall *0x3800");
JUMP(far_ret, "pushl %cs; pushl %eax; lret");
JUMP(iret, "pushfl; pushl %cs; pushl %eax; iret");
JUMP(small, "pushw %ax; retw"); /* the low half of the address */
/* Into the middle of the next instruction, which is the gate. */
PLUGIN_CODE(into, "call 1f; 1: popl %ecx; addl $2f - 1b + 1, %ecx; movl $0x78, %edx\n"
		  "xorl %eax, %eax; jmp *%ecx; 2: movl $0x81cd, %eax; hlt");

static void execute(void)
{
	static const u32 places[] = { 0x2000, 0x3000, 0x5800, WINDOW, WINDOW + PAGE_SIZE + 8 };
	static const u32 nowhere[] = { 0,	   0xfff,      0x4000,	   0x6000,
				       0x6fff,	   END,	       0x80001040, 0xc0100000,
				       0xf8801040, 0xfe800000, 0xff000000, 0xffffffff };
	static const struct {
		const u8 *code, *end;
	} ways[] = {
#define WAY(name) { jump_##name, jump_##name##_end }
		WAY(near), WAY(call),	  WAY(ret),	WAY(ret_more), WAY(table), WAY(call_table),
		WAY(far),  WAY(far_call), WAY(far_ret), WAY(iret),     WAY(small),
	};
	struct plugin_fault f;
	u32 w, i, to, value = 0;

	for (w = 0; w < ARRAY_SIZE(ways); w++) {
		escape_code(ways[w].code, ways[w].end);
		memcpy(hostile.rodata, gate_code, sizeof(gate_code));
		memcpy(hostile.data, gate_code, sizeof(gate_code));
		memcpy(hostile.stack + 0x800, gate_code, sizeof(gate_code));
		memcpy(shared + PAGE_SIZE, gate_code, sizeof(gate_code));
		memcpy(shared + 2 * PAGE_SIZE + 8, gate_code, sizeof(gate_code));
		for (i = 0; i < ARRAY_SIZE(places) + ARRAY_SIZE(nowhere); i++) {
			to = i < ARRAY_SIZE(places) ? places[i] : nowhere[i - ARRAY_SIZE(places)];
			if (ways[w].code == jump_small && (to & 0xf000) == PLUGIN_TEXT_BASE)
				continue; /* its own */
			check_eq(escape_call(to, 0, 0, &value), PLUGIN_STATUS_FAULT,
				 "jump %u to %x", w, to);
			f = escape_fault();
			check(f.vector == X86_GP || f.vector == X86_PF, "jump %u to %x: vector %u",
			      w, to, f.vector);
			check(f.vector == X86_GP || f.flags & PLUGIN_FAULT_FETCH,
			      "jump %u to %x: a page fault with flags %x", w, to, f.flags);
		}
	}
	/*
	 * The last byte of text has the first byte of the gate's instruction; the page behind
	 * has the rest.
	 */
	escape_code(jump_near, jump_near_end);
	hostile.text[PAGE_SIZE - 1] = 0xcd;
	hostile.rodata[0] = 0x81;
	check_eq(escape_call(0x1fff, 0, 0, &value), PLUGIN_STATUS_FAULT, "half an instruction");
	/* A plugin may jump anywhere in its own text, into an instruction too. */
	escape_code(into, into_end);
	check_eq(escape_call(0, 0, 0, &value), 0, "middle of an instruction");
	check_eq(value, 0x78, "middle of an instruction: value");
	escape_unharmed("code everywhere");
	beside_the_window("code everywhere");
	escape_row(17, "stopped");
}

/* ---- row 29: aliases of the CPU's tables ---- */

PLUGIN_CODE(write_there, "movl 4(%esp), %edx; lock orl $0, (%edx); ret");

static void plugin_writes(u32 from, u32 to, u32 step)
{
	u32 at;

	for (at = from; at < to && at >= from; at += step)
		check_eq(escape_call(at + 8, 0, 0, NULL), PLUGIN_STATUS_FAULT, "write of %x", at);
}

/* Checks that each writable entry in the guest's tables names a frame of the guest. */
static u32 writable_entries(void)
{
	u32 va, nr = 0, frame;

	for (va = 0; va < 0xf5800000; va += PAGE_SIZE) {
		u64 e;

		if (!(va & 0x1fffff) && !l1_entry((void *)va)) {
			va += 0x1ff000;
			continue;
		}
		e = pte_of((void *)va);
		if (!(e & PTE_P) || !(e & PTE_RW))
			continue;
		frame = (u32)((e & PTE_FRAME) >> PAGE_SHIFT);
		check(page_of_frame(frame) || frame == start_info->shared_info >> PAGE_SHIFT,
		      "%x maps frame %x writable", va, frame);
		nr++;
	}
	return nr;
}

static void aliases(void)
{
	u32 at, nr;

	escape_code(write_there, write_there_end);
	plugin_writes(0x100000, 0xfff00000, 0x100000);
	plugin_writes(0xfea00000, 0xfea30000, PAGE_SIZE);
	plugin_writes(0xff000000, 0xff800000, 4 * PAGE_SIZE);
	nr = writable_entries();
	check(nr > 256, "the guest has %u writable pages", nr);
	for (at = 0xf5800000; at < 0xf6800000; at += PAGE_SIZE)
		check(probe_write((void *)at, 0), "the guest has written %x", at);
	for (; limits_hold && at >= 0xf6800000; at += 4 * PAGE_SIZE)
		check_eq(probe_write((void *)at, 0), FAULT(X86_GP, 0), "the guest at %x", at);
	escape_unharmed("writes everywhere");
	escape_row(29, "stopped");
}

void test_main(void)
{
	shared = pages_alloc(4);
	memset(shared, 0xb5, 4 * PAGE_SIZE);
	escape_init();
	hostile.nr_window = ROOM;
	escape_created = grant;
	edges();
	escape_row(12, "stopped");
	stacks();
	escape_row(13, "stopped");
	execute();
	aliases();
	report_success();
}
