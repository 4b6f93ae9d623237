/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls that take an array of requests: (array, count, done out, domain)
 * in the first four arguments. Long arrays are done in parts, and between two
 * of them the guest is back in its own code and can be interrupted.
 */
#ifndef HV_BATCH_H
#define HV_BATCH_H

#include <hv/guest_access.h>
#include <hv/hypercall.h>

#define BATCH_PART	256u /* requests */
#define BATCH_PART_WORK 128u /* or so many tables validated or devalidated */
/* In count: this is a continuation, `done out` has what was done before. */
#define BATCH_CONTINUED (1u << 31)

/* Tables gone through since the call began, and how many are enough. */
extern u32 batch_work, batch_work_limit;

/* `done out` can be written: asked before the first request is carried out. */
bool batch_done_writable(u32 done_at);

/*
 * Requests to do in this call; 0 with *rc = -EFAULT if they are not there, or if
 * `done out` cannot be written.
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

/* Request i of count: is it to be done now? The first one always is. */
static always_inline bool batch_goes_on(u32 i, u32 count)
{
	return i < count && (!i || likely(batch_work < batch_work_limit));
}

/* `done` of them are done, the next one gave rc; what the hypercall returns. */
long batch_end_slow(struct regs *r, u32 hypercall, u32 size, u32 done, int rc);

static always_inline long batch_end(struct regs *r, u32 hypercall, u32 size, u32 done, int rc)
{
	if (likely(hcall_arg1(r) == done && !hcall_arg2(r)))
		return rc;
	return batch_end_slow(r, hypercall, size, done, rc);
}

#endif
