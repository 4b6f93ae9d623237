// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame table: the owner of each machine frame. Owns `count` of struct frame
 * and the list of frames that the guest has released.
 *
 * Flags in `count` name the owner, which does not change while the machine runs, but that
 * the monitor may take a released frame:
 *
 *   FRAME_OWNED		 the guest's RAM: mappable, typed, counted
 *   FRAME_OWNED | FRAME_SHARED	 the monitor's, shared: the guest may map it
 *				 writable, and it never changes type
 *   FRAME_FREE			 the guest's, released: treated as the monitor's
 *				 until the guest claims it again
 *   FRAME_IO, or not in the table  devices and firmware: mappable as
 *				 device_frames.h says, never a table, not counted
 *   none			 the monitor's: no mapping, no reference
 *
 * The reference count keeps a frame from being released while a page-table entry, a
 * pin or a plugin holds it. A count that is full refuses more references and never
 * wraps: a guest has memory enough for more than 2^24 entries that name one frame.
 */
#include <hv/errno.h>
#include <hv/frame.h>
#include <hv/printk.h>
#include <hv/tlb.h>

u32 max_mfn;

/* Released frames, doubly linked: next in TYPE_COUNT's bits of `type`, previous in `count`. */
#define NO_FRAME 0xfffffu /* the last frame below 4 GiB is never RAM */
static mfn_t free_head;

void frame_init(u32 nr)
{
	u32 i;

	BUG_ON(nr > NO_FRAME + 1);
	max_mfn = nr;
	free_head = NO_FRAME;
	for (i = 0; i < nr; i++)
		frame_table[i] = (struct frame){ 0, TYPE_NONE };
	for (i = 0; i < ROUND_UP(nr, PAGE_SIZE / sizeof(u32)); i++)
		m2p_rw[i] = MFN_INVALID;
}

static void set_owner(mfn_t mfn, u32 nr, u32 owner)
{
	u32 i;

	for (i = mfn; i < max_mfn && i - mfn < nr; i++) {
		BUG_ON(frame_of(i)->count || frame_of(i)->type);
		frame_of(i)->count = owner;
	}
}

void frame_add_guest_ram(mfn_t mfn, u32 nr)
{
	BUG_ON(mfn >= max_mfn || nr > max_mfn - mfn);
	set_owner(mfn, nr, FRAME_OWNED);
}

void frame_add_io(mfn_t mfn, u32 nr)
{
	set_owner(mfn, nr, FRAME_IO);
}

void frame_share(mfn_t mfn)
{
	BUG_ON(mfn >= max_mfn);
	set_owner(mfn, 1, FRAME_OWNED | FRAME_SHARED);
	/* Never put: so the frame can neither change its type nor be released. */
	frame_of(mfn)->count++;
	frame_of(mfn)->type = TYPE_WRITABLE | 1;
}

bool frame_is_guest(mfn_t mfn)
{
	return mfn < max_mfn && (frame_of(mfn)->count & FRAME_OWNED);
}

int frame_get(mfn_t mfn)
{
	if (!frame_is_guest(mfn))
		return -EPERM;
	if (!frame_gettable(frame_of(mfn)->count))
		return -EBUSY;
	frame_of(mfn)->count++;
	return 0;
}

void frame_put(mfn_t mfn)
{
	BUG_ON(!frame_is_guest(mfn) || !(frame_of(mfn)->count & FRAME_COUNT));
	frame_of(mfn)->count--;
}

enum pt_owner frame_device_owner(mfn_t mfn)
{
	if (mfn < max_mfn && !(frame_of(mfn)->count & FRAME_IO))
		return PT_MONITOR;
	return machine_frame_owner(mfn);
}

/* ---- released frames ---- */

static mfn_t next_free(mfn_t mfn)
{
	return frame_of(mfn)->type & NO_FRAME;
}

static mfn_t prev_free(mfn_t mfn)
{
	return frame_of(mfn)->count & NO_FRAME;
}

int frame_release(mfn_t mfn)
{
	if (!frame_is_guest(mfn))
		return -EPERM;
	if (frame_of(mfn)->count & FRAME_COUNT) {
		log_debug("frame %x: released while in use (count %x, type %x)", mfn,
			  frame_of(mfn)->count, frame_of(mfn)->type);
		return -EBUSY;
	}
	/* A claimed frame has TYPE_NONE: its change of type happens here. */
	tlb_settle();
	frame_of(mfn)->count = FRAME_FREE | NO_FRAME;
	frame_of(mfn)->type = TYPE_NONE | free_head;
	if (free_head != NO_FRAME)
		frame_of(free_head)->count = FRAME_FREE | mfn;
	free_head = mfn;
	m2p_rw[mfn] = MFN_INVALID;
	return 0;
}

int frame_claim_at(mfn_t mfn)
{
	mfn_t next, prev;

	if (mfn >= max_mfn || !(frame_of(mfn)->count & FRAME_FREE))
		return -ENOMEM;
	next = next_free(mfn);
	prev = prev_free(mfn);
	if (next != NO_FRAME)
		frame_of(next)->count = FRAME_FREE | prev;
	if (prev != NO_FRAME)
		frame_of(prev)->type = TYPE_NONE | next;
	else
		free_head = next;
	*frame_of(mfn) = (struct frame){ FRAME_OWNED, TYPE_NONE };
	return 0;
}

mfn_t frame_claim(void)
{
	mfn_t mfn = free_head;

	if (mfn == NO_FRAME)
		return MFN_INVALID;
	frame_claim_at(mfn);
	return mfn;
}

/*
 * Read-only entries are removed without tlb_mark_stale(), so frame_release() may have left
 * translations by which the guest could read what the monitor keeps in the frame.
 */
mfn_t frame_take(void)
{
	mfn_t mfn = frame_claim();

	if (mfn != MFN_INVALID) {
		tlb_flush();
		*frame_of(mfn) = (struct frame){ 0, TYPE_NONE };
	}
	return mfn;
}
