// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a hypercall on an array: all requests done, one failed, or only a part
 * done. In the last case the arguments are changed to the remaining requests and the
 * guest issues the hypercall again (Xen's hypercall continuation).
 */
#include <hv/batch.h>

u32 batch_work, batch_work_limit;

bool batch_done_writable(u32 done_at)
{
	u32 v;

	return !get_guest_u32(&v, done_at) && !put_guest_u32(done_at, v);
}

long batch_end_slow(struct regs *r, u32 hypercall, u32 size, u32 done, int rc)
{
	u32 count = hcall_arg1(r), done_at = hcall_arg2(r), before = 0;

	/*
	 * The guest reads the count at done_at and may have written to it or unmapped it
	 * since the last continuation; `before` stays 0 where the count cannot be read.
	 */
	if ((count & BATCH_CONTINUED) && done_at)
		get_guest_u32(&before, done_at);
	if (done_at && put_guest_u32(done_at, before + done) && !rc)
		rc = -EFAULT;
	count &= ~BATCH_CONTINUED;
	if (rc || done == count)
		return rc;
	r->ebx += done * size;
	r->ecx = (count - done) | BATCH_CONTINUED;
	hypercall_again(r);
	return (long)hypercall;
}
