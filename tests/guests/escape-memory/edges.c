// SPDX-License-Identifier: MIT
/* Instructions at the edges of a plugin's memory, rows 12 and 13. */
#include <lib/escape.h>
#include <lib/test.h>

#include "memory.h"

/* Type of the access that an instruction makes to the `size` bytes at (or below) its address. */
enum kind {
	READ,
	WRITE,
	ALIGNED = 2, /* with WRITE: the address is a multiple of 16 */
	PUSH = 4,    /* below ESP */
	POP = 8,
	UNSURE = 16, /* do not run inside the segment: jumps away, or accesses more */
};

/*
 * EDI: the address. ESI: an address in data. The size for fldenv and fxsave is the part that
 * every engine accesses; some engines leave out unused fields of the rest.
 */
#define ACCESSES(X)                                                \
	X(read1, READ, 1, "movb (%edi), %al")                      \
	X(read2, READ, 2, "movw (%edi), %ax")                      \
	X(read4, READ, 4, "movl (%edi), %eax")                     \
	X(sse_read, READ, 16, "movups (%edi), %xmm0")              \
	X(sse_half, READ, 8, "movlps (%edi), %xmm0")               \
	X(fpu8, READ, 8, "fldl (%edi)")                            \
	X(fpu10, READ, 10, "fldt (%edi)")                          \
	X(fpu_env, READ | UNSURE, 10, "fldenv (%edi)")             \
	X(fpu_all, READ, 108, "frstor (%edi)")                     \
	X(bounds, READ | UNSURE, 8, "bound %eax, (%edi)")          \
	X(far_pointer, READ | UNSURE, 6, "lfs (%edi), %eax")       \
	X(far_jump, READ | UNSURE, 6, "ljmp *(%edi)")              \
	X(near_jump, READ | UNSURE, 4, "jmp *(%edi)")              \
	X(scan, READ, 4, "scasl")                                  \
	X(compare, READ, 4, "cmpsl")                               \
	X(bit_test, READ, 4, "btl $31, (%edi)")                    \
	X(write1, WRITE, 1, "movb %al, (%edi)")                    \
	X(write2, WRITE, 2, "movw %ax, (%edi)")                    \
	X(write4, WRITE, 4, "movl %eax, (%edi)")                   \
	X(sse_write, WRITE, 16, "movups %xmm0, (%edi)")            \
	X(sse_store, WRITE | ALIGNED, 16, "movntps %xmm0, (%edi)") \
	X(no_cache, WRITE, 4, "movnti %eax, (%edi)")               \
	X(fpu_store8, WRITE, 8, "fldz; fstpl (%edi)")              \
	X(fpu_store10, WRITE, 10, "fldz; fstpt (%edi)")            \
	X(fpu_store_env, WRITE, 28, "fnstenv (%edi)")              \
	X(fpu_save, WRITE, 108, "fnsave (%edi)")                   \
	X(fx_save, WRITE | ALIGNED | UNSURE, 288, "fxsave (%edi)") \
	X(store, WRITE, 4, "stosl")                                \
	X(move, WRITE, 4, "movsl")                                 \
	X(exchange, WRITE, 4, "xchgl %eax, (%edi)")                \
	X(add, WRITE, 4, "lock xaddl %eax, (%edi)")                \
	X(swap8, WRITE, 8, "lock cmpxchg8b (%edi)")                \
	X(swap4, WRITE, 4, "lock cmpxchgl %ecx, (%edi)")           \
	X(bit_set, WRITE, 4, "lock btsl $31, (%edi)")              \
	X(set, WRITE, 1, "sete (%edi)")                            \
	X(table, WRITE, 6, "sgdt (%edi)")                          \
	X(pop_there, WRITE, 4, "pushl %eax; popl (%edi)")

/* EBP holds the original ESP. */
#define STACKS(X)                                      \
	X(push, PUSH, 4, "pushl %eax")                 \
	X(push2, PUSH, 2, "pushw %ax")                 \
	X(push_all, PUSH, 32, "pusha")                 \
	X(push_flags, PUSH, 4, "pushfl")               \
	X(push_number, PUSH, 4, "pushl $1")            \
	X(push_memory, PUSH, 4, "pushl 0x3800")        \
	X(call, PUSH, 4, "call 1f; 1:")                \
	X(far_call, PUSH | UNSURE, 8, "lcall *0x3820") \
	X(enter, PUSH, 4, "enter $0, $0")              \
	X(enter_nested, PUSH, 128, "enter $0, $31")    \
	X(pop, POP, 4, "popl %eax")                    \
	X(pop_all, POP, 32, "popa")                    \
	X(pop_flags, POP | UNSURE, 4, "popfl")         \
	X(ret, POP | UNSURE, 4, "ret")                 \
	X(far_ret, POP | UNSURE, 8, "lret")            \
	X(int_ret, POP | UNSURE, 12, "iret")

#define ACCESS_CODE(name, kind, size, insn)                                                   \
	PLUGIN_CODE(at_##name, "movl 4(%esp), %edi; movl $0x3840, %esi; movl $0, %eax; cld\n" \
			       "movups (%esi), %xmm0; fninit\n" insn "; movl $0x66, %eax; ret");
#define STACK_CODE(name, kind, size, insn)                                                        \
	PLUGIN_CODE(at_##name, "movl %esp, 0x3804; movl 4(%esp), %esp; movl $0x3f00, %ebp\n" insn \
			       "; movl 0x3804, %esp; movl $0x66, %eax; ret");
ACCESSES(ACCESS_CODE)
STACKS(STACK_CODE)

static const struct insn {
	const char *name;
	const u8 *code, *end;
	u32 kind, size;
} insns[] = {
#define ROW(name, kind, size, insn) { #name, at_##name, at_##name##_end, kind, size },
	ACCESSES(ROW) STACKS(ROW)
};

static void run(const struct insn *i, u32 at, bool fits)
{
	struct plugin_fault f;
	u32 value = 0, first = i->kind & PUSH ? at - i->size : at;
	long status;

	/* A large access at the end of the stack would overwrite the return address. */
	if (fits && (i->kind & UNSURE || (at + i->size >= 0x6000 && at <= 0x6000 && i->size > 32)))
		return;
	status = escape_call(at, 0, 0, &value);
	if (fits) {
		check_eq(status, 0, "%s at %x: status", i->name, at);
		check_eq(value, 0x66, "%s at %x: value", i->name, at);
		return;
	}
	if (!check_eq(status, PLUGIN_STATUS_FAULT, "%s at %x: status", i->name, at))
		return;
	f = escape_fault();
	check(f.vector == X86_GP || f.vector == X86_SS || f.vector == X86_PF, "%s at %x: vector %u",
	      i->name, at, f.vector);
	if (f.flags & PLUGIN_FAULT_ADDRESS && !(i->kind & UNSURE))
		check(f.address - first < i->size, "%s at %x: address %x", i->name, at, f.address);
}

static void edge_of(const struct insn *i)
{
	static const u32 upper[] = { 0x4000, 0x6000, END }, lower[] = { 0x3000, 0x5000, WINDOW };
	static const u32 wild[] = { 0xffffffff, 0xfffffffe, 0xfffffff0, 0x80000000, 0x7ffffff8,
				    0xc0100000, 0xf5800000, 0xf8802000, 0xff000000, 0x10003000 };
	/* Aligned accesses cross the edge in steps of 16 bytes. */
	u32 step = i->kind & ALIGNED ? 16 : 1, size = i->size, e, k, up = i->kind & PUSH ? size : 0;

	for (k = 0; k < ARRAY_SIZE(upper); k++) {
		e = upper[k] + up;
		run(i, e - size, true);
		if (size > step)
			run(i, e - size + step, false);
		if (size > 2 * step)
			run(i, e - step, false);
		run(i, e, false);
	}
	for (k = 0; k < ARRAY_SIZE(lower); k++) {
		e = lower[k] + up;
		run(i, e, true);
		/* Before data is read-only data, which may be read. */
		if (!k && !(i->kind & (WRITE | PUSH)))
			continue;
		run(i, e - step, false);
		run(i, e - size, false);
	}
	for (k = 0; k < ARRAY_SIZE(wild); k++)
		run(i, wild[k] & -step, false);
	run(i, up - size, false);
	if (size > step)
		run(i, up - size + step, false);
}

/* Copies ECX bytes from the second argument on, forwards or backwards. */
PLUGIN_CODE(fill_up, "movl 4(%esp), %edi; movl 8(%esp), %ecx; movb $0x5a, %al\n"
		     "rep stosb; ret");
PLUGIN_CODE(fill_down, "movl 4(%esp), %edi; movl 8(%esp), %ecx; movb $0x5a, %al; std\n"
		       "rep stosb; cld; ret");
PLUGIN_CODE(copy_up, "movl 4(%esp), %edi; movl 8(%esp), %ecx; movl $0x3100, %esi\n"
		     "rep movsb; ret");
/* lock btsl with a bit offset, the second argument, outside of the addressed word. */
PLUGIN_CODE(bit_far, "movl 4(%esp), %edi; movl 8(%esp), %eax; lock btsl %eax, (%edi); ret");

static void strings(void)
{
	static const u32 upper[] = { 0x4000, 0x6000, END }, lower[] = { 0x3000, 0x5000, WINDOW };
	static const u32 counts[] = { 17, 0x1000, 0x80000000, 0xffffffff };
	static const u32 bits[] = { 0x7fffffff, 0x80000000, 0x40000, 0xfffe0000 };
	u32 k, n;

	for (k = 0; k < ARRAY_SIZE(upper); k++) {
		for (n = 0; n < ARRAY_SIZE(counts); n++) {
			escape_code(fill_up, fill_up_end);
			check_eq(escape_call(upper[k] - 16, counts[n], 0, NULL),
				 PLUGIN_STATUS_FAULT, "up over %x", upper[k]);
			check_eq(escape_fault().address, upper[k], "up over %x: address", upper[k]);
			escape_code(copy_up, copy_up_end);
			check_eq(escape_call(upper[k] - 16, counts[n], 0, NULL),
				 PLUGIN_STATUS_FAULT, "copy over %x", upper[k]);
			check_eq(escape_fault().address, upper[k], "copy over %x: address",
				 upper[k]);
			escape_code(fill_down, fill_down_end);
			check_eq(escape_call(lower[k] + 15, counts[n], 0, NULL),
				 PLUGIN_STATUS_FAULT, "down below %x", lower[k]);
			check_eq(escape_fault().address, lower[k] - 1, "down below %x: address",
				 lower[k]);
		}
		escape_code(fill_up, fill_up_end);
		check_eq(escape_call(upper[k] - 16, 16, 0, NULL), 0, "up to %x", upper[k]);
		check_eq(escape_call(0xffffffff, 0, 0, NULL), 0, "nothing, nowhere");
		escape_code(fill_down, fill_down_end);
		check_eq(escape_call(lower[k] + 15, 16, 0, NULL), 0, "down to %x", lower[k]);
	}
	escape_code(bit_far, bit_far_end);
	for (k = 0; k < ARRAY_SIZE(bits); k++)
		check_eq(escape_call(0x3800, bits[k], 0, NULL), PLUGIN_STATUS_FAULT, "bit %x",
			 bits[k]);
}

void edges(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		if (insns[i].kind & (PUSH | POP))
			continue;
		escape_code(insns[i].code, insns[i].end);
		edge_of(&insns[i]);
		beside_the_window(insns[i].name);
	}
	strings();
	escape_unharmed("edges");
	beside_the_window("strings");
}

/* ---- row 13 ---- */

/* Enters the monitor by `insn` with ESP = the first argument. */
#define NO_STACK(name, insn) PLUGIN_CODE(esp_##name, "movl 4(%esp), %esp; " insn "; hlt")
NO_STACK(undefined, "ud2");
NO_STACK(int3, "int3");
NO_STACK(gate_of_others, "int $0x80");
NO_STACK(past_end, "movl 0xa000, %eax");
NO_STACK(privileged, "cli");
NO_STACK(fpu, "fldz; ud2");
/* After a service, and after the tick, ESP must be as before: the first argument. */
PLUGIN_CODE(esp_service, "movl 4(%esp), %ebp; movl 8(%esp), %ecx; movl %ebp, %esp; jecxz 1f\n"
			 "2: cmpl $0, 0x3000; je 2b; jmp 3f\n"
			 "1: movl $200, %eax; int $0x81; cmpl $-1, %eax; jne 4f\n"
			 "3: movl %esp, %edx; xorl %eax, %eax; int $0x81; 4: hlt");

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	*(volatile u32 *)hostile.data = 1;
}

static void no_stack(void)
{
	static const u32 pointers[] = { 0,	    1,		2,	    3,		4,
					0x10,	    0x1800,	0x2000,	    0x4ffd,	0x5000,
					0x6000,	    0x6001,	END,	    0x7fffffff, 0x80000000,
					0x12345678, 0xc0100000, 0xf8801000, 0xfea20000, 0xff000000,
					0xff14a000, 0xfffffffc, 0xffffffff };
	static const struct {
		const u8 *code, *end;
		u32 vector;
	} ways[] = {
		{ esp_undefined, esp_undefined_end, X86_UD },
		{ esp_int3, esp_int3_end, X86_BP },
		{ esp_gate_of_others, esp_gate_of_others_end, X86_GP },
		{ esp_past_end, esp_past_end_end, 0 },
		{ esp_privileged, esp_privileged_end, X86_GP },
		{ esp_fpu, esp_fpu_end, X86_UD },
	};
	struct plugin_services s = { .strikes = 0x40000000 };
	struct plugin_fault f;
	u32 w, i, value = 0;
	long port = event_bind_virq(VIRQ_TIMER);

	for (w = 0; w < ARRAY_SIZE(ways); w++) {
		escape_code(ways[w].code, ways[w].end);
		for (i = 0; i < ARRAY_SIZE(pointers); i++) {
			check_eq(escape_call(pointers[i], 0, 0, NULL), PLUGIN_STATUS_FAULT,
				 "esp %x, %u: status", pointers[i], w);
			f = escape_fault();
			check_eq(f.esp, pointers[i], "esp in the record");
			if (ways[w].vector)
				check_eq(f.vector, ways[w].vector, "esp %x: vector", pointers[i]);
		}
	}
	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	upcalls_on();
	escape_code(esp_service, esp_service_end);
	hypercall(plugin_op, PLUGINOP_services, hostile.handle, &s);
	hypercall(plugin_op, PLUGINOP_budget, hostile.handle, 5000000);
	for (i = 0; i < 2 * ARRAY_SIZE(pointers); i++) {
		*(u32 *)hostile.data = 0;
		if (i & 1)
			set_timer(clock_ns() + MS(1));
		check_eq(escape_call(pointers[i / 2], i & 1, 0, &value), 0, "esp %x: status",
			 pointers[i / 2]);
		check_eq(value, pointers[i / 2], "all of esp comes back");
	}
	event_close(port);
}

void stacks(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		if (!(insns[i].kind & (PUSH | POP)))
			continue;
		escape_code(insns[i].code, insns[i].end);
		edge_of(&insns[i]);
		beside_the_window(insns[i].name);
	}
	no_stack();
	escape_unharmed("stacks");
	beside_the_window("stacks");
}
