/* SPDX-License-Identifier: GPL-2.0-only */
/* The graft point `evict` in Linux; see <linux/ringfence_graft.h>. */
#ifndef _LINUX_RINGFENCE_EVICT_H
#define _LINUX_RINGFENCE_EVICT_H

#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/ringfence_graft.h>

#ifdef CONFIG_RINGFENCE_PLUGINS

bool graft_ask_evict(struct lruvec *lruvec, struct list_head *folios, struct list_head *kept,
		     bool pressed);
bool graft_inactive_is_low(struct lruvec *lruvec);

/*
 * mm/vmscan.c: the isolated @folios of the inactive list of file pages are to be reclaimed. True:
 * they are in the order in which to try them, without those to keep, which are on @kept. @pressed:
 * none is to be kept. Allocates nothing.
 */
static inline bool graft_evict(struct lruvec *lruvec, struct list_head *folios,
			       struct list_head *kept, bool pressed)
{
	return unlikely(graft_armed_evict) && graft_ask_evict(lruvec, folios, kept, pressed);
}

/* Has a graft taken over the order of the file pages, with its last answer? */
static inline bool graft_orders_file_lists(const struct lruvec *lruvec)
{
	return unlikely(graft_armed_evict) && lruvec->graft_inactive_share;
}

/*
 * mm/vmscan.c: may the list be shrunk, which is an active one? @default_: what Linux says, which
 * counts as well if @pressed: the inactive list may be long, of pages that cannot be dropped.
 */
static inline bool graft_may_deactivate(struct lruvec *lruvec, enum lru_list lru, bool default_,
					bool pressed)
{
	if (lru == LRU_ACTIVE_FILE && graft_orders_file_lists(lruvec))
		return graft_inactive_is_low(lruvec) || (pressed && default_);
	return default_;
}

/*
 * mm/vmscan.c: how much to scan of a list of @size pages, for which Linux says @default_: a whole
 * question at least.
 */
static inline unsigned long graft_scan(const struct lruvec *lruvec, enum lru_list lru,
				       unsigned long size, unsigned long default_)
{
	if (graft_orders_file_lists(lruvec) && (lru == LRU_INACTIVE_FILE || lru == LRU_ACTIVE_FILE))
		return max(default_, min_t(unsigned long, size, EVICT_CANDIDATES));
	return default_;
}

#else

static inline bool graft_evict(struct lruvec *lruvec, struct list_head *folios,
			       struct list_head *kept, bool pressed)
{
	return false;
}

static inline bool graft_orders_file_lists(const struct lruvec *lruvec)
{
	return false;
}

static inline bool graft_may_deactivate(struct lruvec *lruvec, enum lru_list lru, bool default_,
					bool pressed)
{
	return default_;
}

static inline unsigned long graft_scan(const struct lruvec *lruvec, enum lru_list lru,
				       unsigned long size, unsigned long default_)
{
	return default_;
}

#endif

#endif /* _LINUX_RINGFENCE_EVICT_H */
