/* SPDX-License-Identifier: MIT */
/*
 * A machine of a few frames for the monitor's paging code, with a CPU that
 * caches whatever a CPU may cache, and a bookkeeper who counts everything anew.
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

/* Where a panic leads, if it is not the end of the test. */
extern jmp_buf *panic_expected;

/* The page that the monitor flushed last. */
extern u32 flushed_page;

/* References that the test itself holds, as a descriptor table or plugin. */
extern u32 held[NR_FRAMES];	  /* general */
extern u32 held_typed[NR_FRAMES]; /* of the frame's type */

/* What the CPU may have cached and not forgotten: is the frame writable by it? */
bool cpu_can_write(mfn_t mfn);

/* Let the CPU look at everything it can reach, then check all invariants. */
void machine_check(void);

/* To see that a refused call has changed nothing. */
struct snapshot {
	u8 ram[NR_FRAMES][PAGE_SIZE];
	struct frame frames[NR_FRAMES];
};
void snapshot_take(struct snapshot *s);
void snapshot_compare(const struct snapshot *s);

/* Says what is wrong and ends the test. */
void fail(const char *fmt, ...) __printf(1, 2) noreturn;
extern char doing[256]; /* printed with it */

#endif
