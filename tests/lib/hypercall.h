/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls: calls into the hypercall page.
 *
 * Arguments are in EBX, ECX, EDX, ESI and EDI, which are undefined afterwards; the result is
 * in EAX. There are wrappers only for hypercalls with a structure or a 64-bit value. Tests
 * call hypercall() directly otherwise, so that they can pass invalid arguments too.
 */
#ifndef LIB_HYPERCALL_H
#define LIB_HYPERCALL_H

#include <lib/types.h>
#include <lib/xen.h>

#define HYPERCALL_SLOT	32 /* bytes of one entry of the hypercall page */
#define HYPERCALL_SLOTS (PAGE_SIZE / HYPERCALL_SLOT)

extern char hypercall_page[PAGE_SIZE];

static inline __attribute__((always_inline)) long hypercall5(u32 nr, u32 a1, u32 a2, u32 a3, u32 a4,
							     u32 a5)
{
	long result = (long)&hypercall_page[nr * HYPERCALL_SLOT];

	asm volatile("call *%%eax"
		     : "+a"(result), "+b"(a1), "+c"(a2), "+d"(a3), "+S"(a4), "+D"(a5)
		     :
		     : "memory", "cc");
	return result;
}

#define HYPERCALL_PICK(_1, _2, _3, _4, _5, _6, name, ...) name
#define HYPERCALL_0(nr)					  hypercall5(nr, 0, 0, 0, 0, 0)
#define HYPERCALL_1(nr, a)				  hypercall5(nr, (u32)(a), 0, 0, 0, 0)
#define HYPERCALL_2(nr, a, b)				  hypercall5(nr, (u32)(a), (u32)(b), 0, 0, 0)
#define HYPERCALL_3(nr, a, b, c)			  hypercall5(nr, (u32)(a), (u32)(b), (u32)(c), 0, 0)
#define HYPERCALL_4(nr, a, b, c, d)			  hypercall5(nr, (u32)(a), (u32)(b), (u32)(c), (u32)(d), 0)
#define HYPERCALL_5(nr, a, b, c, d, e) \
	hypercall5(nr, (u32)(a), (u32)(b), (u32)(c), (u32)(d), (u32)(e))
/* hypercall(name without __HYPERVISOR_, up to five arguments) */
#define hypercall(name, ...)                                                                      \
	HYPERCALL_PICK(__HYPERVISOR_##name, ##__VA_ARGS__, HYPERCALL_5, HYPERCALL_4, HYPERCALL_3, \
		       HYPERCALL_2, HYPERCALL_1, HYPERCALL_0)                                     \
	(__HYPERVISOR_##name, ##__VA_ARGS__)

static inline long update_va_mapping(const volatile void *va, u64 pte, u32 flags)
{
	return hypercall(update_va_mapping, va, (u32)pte, (u32)(pte >> 32), flags);
}

/* One mmu_update request; cmd is an MMU_* in the low bits of ptr. */
static inline long mmu_update_one(u64 ptr, u64 val)
{
	struct mmu_update request = { .ptr = ptr, .val = val };

	return hypercall(mmu_update, &request, 1, 0, DOMID_SELF);
}

static inline long mmuext(u32 cmd, u32 arg1, u32 arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	op.arg2.nr_ents = arg2;
	return hypercall(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static inline long update_descriptor(u64 maddr, u64 descriptor)
{
	return hypercall(update_descriptor, (u32)maddr, (u32)(maddr >> 32), (u32)descriptor,
			 (u32)(descriptor >> 32));
}

static inline long set_timer(u64 deadline)
{
	return hypercall(set_timer_op, (u32)deadline, (u32)(deadline >> 32));
}

static inline long event_op(u32 cmd, void *arg)
{
	return hypercall(event_channel_op, cmd, arg);
}

#endif /* LIB_HYPERCALL_H */
