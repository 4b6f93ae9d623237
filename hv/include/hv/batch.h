/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls that take an array of requests: (array, count, done out, domain)
 * in the first four arguments. Long arrays are done in parts (continuations): between
 * two parts the guest runs and can be interrupted.
 */
#ifndef HV_BATCH_H
#define HV_BATCH_H

#include <hv/guest_access.h>
#include <hv/hypercall.h>

#define BATCH_PART	256u /* requests */
#define BATCH_PART_WORK 128u /* tables validated or devalidated, if that comes first */
/* In count: this is a continuation, and `done out` has the number done before. */
#define BATCH_CONTINUED (1u << 31)

/* Tables validated or devalidated since the hypercall began; the part ends at the limit. */
extern u32 batch_work, batch_work_limit;

/* Can `done out` be written? Checked before the first request is carried out. */
bool batch_done_writable(u32 done_at);

/*
 * Number of requests to do in this part; 0 with *rc = -EFAULT if the array is not in
 * guest space or `done out` cannot be written.
 */
static always_inline u32 batch_begin(struct regs *r, u32 size, int *rc)
{
	u32 count = hcall_arg1(r) & ~BATCH_CONTINUED;

	*rc = 0;
	if (unlikely(count > HV_VIRT_START / size ||
		     !guest_range_ok(hcall_arg0(r), count * size))) {
		*rc = -EFAULT;
		return 0;
	}
	if (hcall_arg2(r) && unlikely(!batch_done_writable(hcall_arg2(r)))) {
		*rc = -EFAULT;
		return 0;
	}
	if (count > 1) {
		batch_work = 0;
		batch_work_limit = BATCH_PART_WORK;
	}
	return MIN(count, BATCH_PART);
}

/* Is request i of count part of this hypercall? The first one always is. */
static always_inline bool batch_goes_on(u32 i, u32 count)
{
	return i < count && (!i || likely(batch_work < batch_work_limit));
}

/* Result of the hypercall: `done` requests were done, and the next one failed if rc < 0. */
long batch_end_slow(struct regs *r, u32 hypercall, u32 size, u32 done, int rc);

static always_inline long batch_end(struct regs *r, u32 hypercall, u32 size, u32 done, int rc)
{
	if (likely(hcall_arg1(r) == done && !hcall_arg2(r)))
		return rc;
	return batch_end_slow(r, hypercall, size, done, rc);
}

#endif
