/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Offsets that assembly needs. Compiled twice: to emit asm-offsets.h, and
 * (with ASM_OFFSETS_CHECK) to assert that the values in that header are right.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/plugin_slot.h>
#include <hv/plugin_world.h>
#include <hv/regs.h>

#define LIST(X)                                                                 \
	X(REGS_eax, offsetof(struct regs, eax))                                 \
	X(REGS_ebx, offsetof(struct regs, ebx))                                 \
	X(REGS_ecx, offsetof(struct regs, ecx))                                 \
	X(REGS_edx, offsetof(struct regs, edx))                                 \
	X(REGS_esi, offsetof(struct regs, esi))                                 \
	X(REGS_edi, offsetof(struct regs, edi))                                 \
	X(REGS_size, sizeof(struct regs))                                       \
	X(PLUGIN_start, offsetof(struct plugin, start))                         \
	X(PLUGIN_stack_end, offsetof(struct plugin, stack_end))                 \
	X(WORLD_LEFT_PAGE, LEFT_PAGE)                                           \
	X(REGS_vector, offsetof(struct regs, vector))                           \
	X(REGS_cs, offsetof(struct regs, cs))                                   \
	X(REGS_eip, offsetof(struct regs, eip))                                 \
	X(TSS_esp, offsetof(struct tss, esp0))                                  \
	X(VCPU_INFO_pending, offsetof(struct vcpu_info, evtchn_upcall_pending)) \
	X(VCPU_INFO_mask, offsetof(struct vcpu_info, evtchn_upcall_mask))

#ifdef ASM_OFFSETS_CHECK
#include "asm-offsets.h"
#define X(name, value) _Static_assert(name == (value), #name " is stale");
LIST(X)
#else
#define X(name, value) asm volatile("\n->" #name " %0" : : "i"(value));
void emit(void);
void emit(void)
{
	LIST(X)
}
#endif
