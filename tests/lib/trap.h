/* SPDX-License-Identifier: MIT */
/*
 * Traps: the guest's trap table, its handlers, and probes, which turn "this
 * instruction faulted" into a value.
 */
#ifndef LIB_TRAP_H
#define LIB_TRAP_H

#include <lib/regs.h>
#include <lib/xen.h>

/* True: the trap is handled; return to *regs, which the handler may have changed. */
typedef bool (*trap_handler_t)(struct regs *regs);

extern const u32 trap_entries[NR_VECTORS];
extern char upcall_entry[], failsafe_entry[];
extern u32 failsafe_selectors[4]; /* DS ES FS GS of the last failsafe frame */

/* Loads the table: all exceptions, and 0x80 for ring 3. 0 or -errno. */
long trap_init(void);
/* Sets the handler of a vector (NULL: the default) and returns the old one. */
trap_handler_t trap_handle(unsigned int vector, trap_handler_t handler);
/* (Re)writes one entry of the monitor's table. */
long trap_set(u8 vector, u8 flags, u16 cs, u32 address);

/* CR2 of the last page fault, from vcpu_info; and the registers at the last trap. */
extern u32 last_cr2;
extern struct regs last_regs;
/* The last fault that a probe caught; probes clear it first. */
extern volatile fault_t probe_fault;
extern u32 probe_landing, probe_landing_esp;

#define EXTABLE(insn, fixup) \
	".pushsection .extable, \"a\"; .long " insn ", " fixup "; .popsection\n"

/*
 * Runs one or more instructions, of which only the first may fault. The value is that fault,
 * or 0. Outputs and inputs are asm operands.
 */
#define PROBE_IO(insn, outputs, ...)                                 \
	({                                                           \
		probe_fault = 0;                                     \
		asm volatile("1: " insn "\n2:\n" EXTABLE("1b", "2b") \
			     : outputs:__VA_ARGS__                   \
			     : "memory", "cc");                      \
		probe_fault;                                         \
	})
#define NO_OUTPUT
#define PROBE(insn, ...) PROBE_IO(insn, NO_OUTPUT, ##__VA_ARGS__)

static inline fault_t probe_read(const volatile void *address, u32 *value)
{
	u32 v = 0;
	fault_t fault;

	probe_fault = 0;
	asm volatile("1: movl (%1), %0\n2:\n" EXTABLE("1b", "2b")
		     : "+r"(v)
		     : "r"(address)
		     : "memory");
	fault = probe_fault;
	if (value)
		*value = v;
	return fault;
}

static inline fault_t probe_write(volatile void *address, u32 value)
{
	probe_fault = 0;
	asm volatile("1: movl %1, (%0)\n2:\n" EXTABLE("1b", "2b")
		     :
		     : "r"(address), "r"(value)
		     : "memory");
	return probe_fault;
}

/* Calls an address that is expected not to be executable, or to return. */
static inline fault_t probe_call(const volatile void *address)
{
	probe_fault = 0;
	/* A fetch faults with EIP at the target: any fault until 2: lands there. */
	asm volatile("movl $2f, probe_landing; movl %%esp, probe_landing_esp\n"
		     "call *%0\n2:\n movl probe_landing_esp, %%esp; movl $0, probe_landing"
		     :
		     : "r"(address)
		     : "eax", "ecx", "edx", "memory", "cc");
	return probe_fault;
}

void regs_print(const struct regs *regs);

#endif /* LIB_TRAP_H */
