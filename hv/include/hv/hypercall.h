/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall table, made from entry/hypercall_list.h.
 */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include <hv/errno.h>
#include <hv/types.h>
#include <hv/regs.h>

#define NR_HYPERCALLS 64

/* A handler reads its arguments from the guest's registers; its result becomes EAX. */
typedef long (*hypercall_fn)(struct regs *);
extern const hypercall_fn hypercall_table[NR_HYPERCALLS];

#define HYPERCALL(name, args, what) long do_##name(struct regs *r);
#include "../../entry/hypercall_list.h"
#undef HYPERCALL

/* Argument n (0..5) of the hypercall ABI: EBX ECX EDX ESI EDI EBP. */
#define hcall_arg0(r) ((r)->ebx)
#define hcall_arg1(r) ((r)->ecx)
#define hcall_arg2(r) ((r)->edx)
#define hcall_arg3(r) ((r)->esi)
#define hcall_arg4(r) ((r)->edi)
#define hcall_arg5(r) ((r)->ebp)

/*
 * Continuation: move EIP back to the int instruction. The handler changes the arguments
 * to what remains and returns the hypercall's number, which the guest then issues again.
 */
void hypercall_again(struct regs *r);
/* Write the 128 stubs into the guest's hypercall page (its linear address). */
void hypercall_page_fill(u8 *page);

#endif
