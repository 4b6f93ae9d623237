/* SPDX-License-Identifier: MIT */
/*
 * A fake machine of NR_FRAMES frames for the monitor's paging code: a CPU that caches all
 * that a CPU may cache, and a check that counts all references anew from the tables.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <setjmp.h>

#include <hv/mm.h>
#include <hv/pt_check.h>

/*
 * Frames 0..3 are the monitor's, 4 and 5 a device's, 6 is shared_info, the
 * rest is the guest's RAM.
 */
enum { MONITOR_FRAME = 1, DEVICE_FRAME = 4, SHARED_FRAME = 6, FIRST_GUEST = 7, NR_FRAMES = 40 };

extern u8 ram[NR_FRAMES][PAGE_SIZE];

void machine_init(void);

/* Where panic() jumps to; NULL: a panic fails the test. */
extern jmp_buf *panic_expected;

/* The page that the monitor flushed last. */
extern u32 flushed_page;
extern u32 all_flushes; /* calls of tlb_flush() */

/* References that the test itself holds, in place of a descriptor table or a plugin. */
extern u32 held[NR_FRAMES];	  /* general */
extern u32 held_typed[NR_FRAMES]; /* of the frame's type */

/* Can the CPU write the frame through a translation that is or may be cached? */
bool cpu_can_write(mfn_t mfn);

/* Let the CPU cache all that is within its reach, then check all invariants. */
void machine_check(void);

/* A copy of the machine, to check that a refused call has changed nothing. */
struct snapshot {
	u8 ram[NR_FRAMES][PAGE_SIZE];
	struct frame frames[NR_FRAMES];
};
void snapshot_take(struct snapshot *s);
void snapshot_compare(const struct snapshot *s);

/* Prints the message, after `doing`, and fails the test. */
void fail(const char *fmt, ...) __printf(1, 2) noreturn;
extern char doing[256]; /* description of the current step */

#endif
