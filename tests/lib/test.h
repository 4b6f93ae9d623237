/* SPDX-License-Identifier: MIT */
/* Everything that the main.c of a micro-guest includes. */
#ifndef LIB_TEST_H
#define LIB_TEST_H

#include <lib/clock.h>
#include <lib/console.h>
#include <lib/event.h>
#include <lib/hypercall.h>
#include <lib/paging.h>
#include <lib/regs.h>
#include <lib/report.h>
#include <lib/trap.h>
#include <lib/types.h>
#include <lib/user.h>
#include <lib/xen.h>

/* Each guest defines test_main(); a return without a report is an error. */
void test_main(void);
extern const char test_name[];

/* False under a stock Xen, on which some tests run for comparison. */
bool on_ringfence(void);

/* The registers at the guest's first instruction, see head.S. */
struct boot_regs {
	u32 eax, ebx, ecx, edx, esi, edi, ebp, esp, eflags;
	u16 cs, ss, ds, es, fs, gs;
};
extern struct boot_regs boot_regs;

#endif /* LIB_TEST_H */
