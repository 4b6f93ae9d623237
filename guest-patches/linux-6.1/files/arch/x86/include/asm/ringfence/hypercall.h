/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls of the Ringfence monitor: Xen's x86_32p calling convention, plus
 * plugin_op. No other file knows the registers and the hypercall page.
 *
 * A hypercall is a call into its 32-byte slot of the hypercall page, which the
 * domain builder fills in. Arguments go in EBX, ECX, EDX, ESI, EDI, the result
 * comes in EAX. The ABI lets the monitor clobber every argument register.
 */
#ifndef _ASM_X86_RINGFENCE_HYPERCALL_H
#define _ASM_X86_RINGFENCE_HYPERCALL_H

#include <linux/stringify.h>
#include <linux/types.h>
#include <asm/asm.h>

#include <xen/interface/xen.h>
#include <ringfence/plugin_op.h>

#define RINGFENCE_HYPERCALL_SLOT 32

extern char ringfence_hypercall_page[PAGE_SIZE];

#define __RF_CALL	"call ringfence_hypercall_page + %c[slot]"
#define __RF_SLOT(name) [slot] "i"(__HYPERVISOR_##name * RINGFENCE_HYPERCALL_SLOT)

#define _rf_hypercall0(name)                                                 \
	({                                                                   \
		long __ret;                                                  \
		asm volatile(__RF_CALL                                       \
			     : "=a"(__ret), ASM_CALL_CONSTRAINT              \
			     : __RF_SLOT(name)                               \
			     : "ebx", "ecx", "edx", "esi", "edi", "memory"); \
		__ret;                                                       \
	})

#define _rf_hypercall1(name, a1)                                            \
	({                                                                  \
		long __ret, __c1;                                           \
		asm volatile(__RF_CALL                                      \
			     : "=a"(__ret), "=b"(__c1), ASM_CALL_CONSTRAINT \
			     : "1"((long)(a1)), __RF_SLOT(name)             \
			     : "ecx", "edx", "esi", "edi", "memory");       \
		__ret;                                                      \
	})

#define _rf_hypercall2(name, a1, a2)                                                    \
	({                                                                              \
		long __ret, __c1, __c2;                                                 \
		asm volatile(__RF_CALL                                                  \
			     : "=a"(__ret), "=b"(__c1), "=c"(__c2), ASM_CALL_CONSTRAINT \
			     : "1"((long)(a1)), "2"((long)(a2)), __RF_SLOT(name)        \
			     : "edx", "esi", "edi", "memory");                          \
		__ret;                                                                  \
	})

#define _rf_hypercall3(name, a1, a2, a3)                                                          \
	({                                                                                        \
		long __ret, __c1, __c2, __c3;                                                     \
		asm volatile(__RF_CALL                                                            \
			     : "=a"(__ret), "=b"(__c1), "=c"(__c2), "=d"(__c3),                   \
			       ASM_CALL_CONSTRAINT                                                \
			     : "1"((long)(a1)), "2"((long)(a2)), "3"((long)(a3)), __RF_SLOT(name) \
			     : "esi", "edi", "memory");                                           \
		__ret;                                                                            \
	})

#define _rf_hypercall4(name, a1, a2, a3, a4)                                                       \
	({                                                                                         \
		long __ret, __c1, __c2, __c3, __c4;                                                \
		asm volatile(__RF_CALL                                                             \
			     : "=a"(__ret), "=b"(__c1), "=c"(__c2), "=d"(__c3), "=S"(__c4),        \
			       ASM_CALL_CONSTRAINT                                                 \
			     : "1"((long)(a1)), "2"((long)(a2)), "3"((long)(a3)), "4"((long)(a4)), \
			       __RF_SLOT(name)                                                     \
			     : "edi", "memory");                                                   \
		__ret;                                                                             \
	})

static inline long HYPERVISOR_set_trap_table(const struct trap_info *table)
{
	return _rf_hypercall1(set_trap_table, table);
}

static inline long HYPERVISOR_mmu_update(struct mmu_update *req, u32 count, u32 *done, u32 domid)
{
	return _rf_hypercall4(mmu_update, req, count, done, domid);
}

static inline long HYPERVISOR_mmuext_op(struct mmuext_op *op, u32 count, u32 *done, u32 domid)
{
	return _rf_hypercall4(mmuext_op, op, count, done, domid);
}

static inline long HYPERVISOR_set_gdt(const unsigned long *frames, u32 entries)
{
	return _rf_hypercall2(set_gdt, frames, entries);
}

static __always_inline long HYPERVISOR_stack_switch(u32 ss, unsigned long esp)
{
	return _rf_hypercall2(stack_switch, ss, esp);
}

static inline long HYPERVISOR_callback_op(u32 cmd, const void *arg)
{
	return _rf_hypercall2(callback_op, cmd, arg);
}

static __always_inline long HYPERVISOR_fpu_taskswitch(u32 set)
{
	return _rf_hypercall1(fpu_taskswitch, set);
}

static __always_inline long HYPERVISOR_set_debugreg(u32 reg, unsigned long val)
{
	return _rf_hypercall2(set_debugreg, reg, val);
}

static __always_inline unsigned long HYPERVISOR_get_debugreg(u32 reg)
{
	return _rf_hypercall1(get_debugreg, reg);
}

static inline long HYPERVISOR_update_descriptor(u64 maddr, u64 desc)
{
	return _rf_hypercall4(update_descriptor, maddr, maddr >> 32, desc, desc >> 32);
}

static inline long HYPERVISOR_update_va_mapping(unsigned long va, u64 pte, u32 flags)
{
	return _rf_hypercall4(update_va_mapping, va, pte, pte >> 32, flags);
}

static inline long HYPERVISOR_memory_op(u32 cmd, void *arg)
{
	return _rf_hypercall2(memory_op, cmd, arg);
}

static inline long HYPERVISOR_multicall(struct multicall_entry *calls, u32 nr)
{
	return _rf_hypercall2(multicall, calls, nr);
}

/* An absolute system time in ns; 0 stops the timer. */
static inline long HYPERVISOR_set_timer_op(u64 when)
{
	return _rf_hypercall2(set_timer_op, when, when >> 32);
}

static __always_inline long HYPERVISOR_xen_version(u32 cmd, void *arg)
{
	return _rf_hypercall2(xen_version, cmd, arg);
}

static inline long HYPERVISOR_console_io(u32 cmd, u32 count, char *buf)
{
	return _rf_hypercall3(console_io, cmd, count, buf);
}

static inline long HYPERVISOR_vm_assist(u32 cmd, u32 type)
{
	return _rf_hypercall2(vm_assist, cmd, type);
}

static __always_inline long HYPERVISOR_sched_op(u32 cmd, void *arg)
{
	return _rf_hypercall2(sched_op, cmd, arg);
}

static inline long HYPERVISOR_event_channel_op(u32 cmd, void *arg)
{
	return _rf_hypercall2(event_channel_op, cmd, arg);
}

static inline long HYPERVISOR_vcpu_op(u32 cmd, u32 vcpu, void *arg)
{
	return _rf_hypercall3(vcpu_op, cmd, vcpu, arg);
}

static inline long HYPERVISOR_physdev_op(u32 cmd, void *arg)
{
	return _rf_hypercall2(physdev_op, cmd, arg);
}

/*
 * Any plugin_op sub-operation, see <ringfence/plugin_op.h>. Arguments that the operation does not
 * use are 0. @results: EBX, ECX, EDX, ESI and EDI after the hypercall.
 */
#define HYPERVISOR_plugin_op_results(cmd, a2, a3, a4, a5, results)                               \
	({                                                                                       \
		long __ret;                                                                      \
		asm volatile(__RF_CALL                                                           \
			     : "=a"(__ret), "=b"((results)->ebx), "=c"((results)->ecx),          \
			       "=d"((results)->edx), "=S"((results)->esi), "=D"((results)->edi), \
			       ASM_CALL_CONSTRAINT                                               \
			     : "1"((u32)(cmd)), "2"((u32)(a2)), "3"((u32)(a3)), "4"((u32)(a4)),  \
			       "5"((u32)(a5)), __RF_SLOT(plugin_op)                              \
			     : "memory");                                                        \
		__ret;                                                                           \
	})

static inline long HYPERVISOR_plugin_op(u32 cmd, u32 ecx, u32 edx, u32 esi, u32 edi)
{
	struct {
		u32 ebx, ecx, edx, esi, edi;
	} results;

	return HYPERVISOR_plugin_op_results(cmd, ecx, edx, esi, edi, &results);
}

#endif /* _ASM_X86_RINGFENCE_HYPERCALL_H */
