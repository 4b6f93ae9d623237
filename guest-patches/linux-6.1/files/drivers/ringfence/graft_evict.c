// SPDX-License-Identifier: GPL-2.0-only
/* The graft point `evict`: which pages of files to drop from memory. */
#include <linux/fs.h>
#include <linux/jhash.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mmzone.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/ringfence_evict.h>
#include <linux/sched.h>
#include <linux/swap.h>

#include "audit.h"
#include "points.h"

static_assert(EVICT_CANDIDATES <= SWAP_CLUSTER_MAX);
static_assert(EVICT_CANDIDATES <= 32); /* bits of `seen` in check_order() */

/* A question, and its answer, of which check_order() writes all but the first four. */
struct eviction {
	u32 nr;
	u32 least; /* victims */
	const struct list_head *folios;
	struct folio *candidates[EVICT_CANDIDATES];
	bool keeps_default; /* the graft has left the decision to the kernel */
	u32 victims;
	u32 inactive_share;
	u8 order[EVICT_CANDIDATES];
};

/*
 * Describe a folio that is isolated, but not locked: it may lose its mapping at any time, whose
 * inode is freed a grace period later.
 */
static void describe(struct folio *folio, struct evict_candidate *candidate)
{
	const struct address_space *mapping;
	const struct inode *inode = NULL;

	rcu_read_lock();
	mapping = READ_ONCE(folio->mapping);
	if (mapping && !((uintptr_t)mapping & PAGE_MAPPING_FLAGS))
		inode = mapping->host;
	candidate->device = inode ? inode->i_sb->s_dev : 0;
	candidate->file = inode ? inode->i_ino : 0;
	rcu_read_unlock();
	candidate->page = inode ? folio->index : 0; /* not the address of what is no file */
	candidate->flags = (folio_test_referenced(folio) ? EVICT_REFERENCED : 0) |
			   (folio_test_workingset(folio) ? EVICT_WAS_ACTIVE : 0) |
			   (folio_mapped(folio) ? EVICT_MAPPED : 0) |
			   (folio_test_dirty(folio) ? EVICT_DIRTY : 0);
}

static void write_candidates(void *what, void *window)
{
	const struct eviction *eviction = what;
	struct evict_window *question = window;
	u32 i;

	for (i = 0; i < eviction->nr; i++)
		describe(eviction->candidates[i], &question->candidates[i]);
}

static const char *check_order(void *what, const void *window, u32 value)
{
	const struct evict_window *answer = window;
	struct eviction *eviction = what;
	u32 seen = 0, i, at;

	eviction->inactive_share = 0;
	eviction->keeps_default = value == EVICT_DEFAULT;
	if (eviction->keeps_default)
		return NULL;
	if (value < eviction->least)
		return "the order has fewer victims than the kernel needs";
	if (value > eviction->nr)
		return "the order has more victims than candidates";
	eviction->victims = value;
	eviction->inactive_share = READ_ONCE(answer->inactive_share);
	if (eviction->inactive_share > EVICT_SHARE_MAX)
		return "the inactive list's share is above EVICT_SHARE_MAX";
	for (i = 0; i < eviction->nr; i++) {
		at = READ_ONCE(answer->order[i]);
		if (at >= eviction->nr)
			return "the order names a page that is no candidate";
		if (seen & 1u << at)
			return "the order names a candidate twice";
		seen |= 1u << at;
		eviction->order[i] = at;
	}
	return NULL;
}

/* Shrinking takes folios from the end of @folios, and putting back from the end of @kept. */
static void carry_out(const struct eviction *eviction, struct list_head *folios,
		      struct list_head *kept)
{
	struct folio *folio;
	u32 i;

	for (i = 0; i < eviction->nr; i++) {
		folio = eviction->candidates[eviction->order[i]];
		list_move(&folio->lru, i < eviction->victims ? folios : kept);
		if (i >= eviction->victims)
			folio_clear_referenced(folio);
	}
}

/* For an audit: the candidates and their order, and what a good answer changes of them. */
static u32 hash_candidates(const void *what)
{
	const struct eviction *eviction = what;
	const struct list_head *at;
	u32 hash = 0;

	for (at = eviction->folios->prev; at != eviction->folios; at = at->prev) {
		const struct folio *folio = list_entry(at, struct folio, lru);

		hash = jhash_3words((uintptr_t)folio, folio_test_referenced((struct folio *)folio),
				    folio_test_active((struct folio *)folio), hash);
	}
	return hash;
}

/*
 * The candidates, the one first that the kernel would try first. False: too few for a choice that is
 * worth a question, as Linux scans one or two folios of a small cgroup at a time; or too many.
 */
static bool collect(const struct list_head *folios, struct eviction *eviction)
{
	const struct list_head *at;

	eviction->nr = 0;
	for (at = folios->prev; at != folios; at = at->prev) {
		if (eviction->nr == EVICT_CANDIDATES)
			return false;
		eviction->candidates[eviction->nr++] = list_entry(at, struct folio, lru);
	}
	return eviction->nr >= EVICT_CANDIDATES_MIN;
}

/*
 * Of a graft that gives the inactive list a share. Linux's own counters may be 2 s old. The share of
 * a short list may be less than a page, and an empty list is too short.
 */
bool graft_inactive_is_low(struct lruvec *lruvec)
{
	unsigned long inactive = lruvec_page_state_local(lruvec, NR_INACTIVE_FILE);
	unsigned long active = lruvec_page_state_local(lruvec, NR_ACTIVE_FILE);

	return !inactive ||
	       inactive < mult_frac(active + inactive, lruvec->graft_inactive_share, 256);
}

bool graft_ask_evict(struct lruvec *lruvec, struct list_head *folios, struct list_head *kept,
		     bool pressed)
{
	struct mem_cgroup *memcg = lruvec_memcg(lruvec);
	struct eviction eviction;
	u32 args[6]; /* the first one is for core_ask() */
	const struct core_question question = {
		.point = &point_evict,
		.keys = { [CORE_SCOPE_PROCESS] = POINT_PROCESS_KEY(task_tgid(current)),
			  [CORE_SCOPE_CGROUP] =
				  POINT_CGROUP_KEY(memcg ? memcg->css.cgroup : NULL) },
		.args = args,
		.write = write_candidates,
		.check = check_order,
		.what = &eviction,
	};

	eviction.folios = folios;
	if (!collect(folios, &eviction))
		return false;
	eviction.least = pressed ? eviction.nr : DIV_ROUND_UP(eviction.nr, 8);
	args[1] = eviction.nr;
	args[2] = eviction.least;
	args[3] = lruvec_page_state_local(lruvec, NR_ACTIVE_FILE);
	args[4] = lruvec_page_state_local(lruvec, NR_INACTIVE_FILE);
	args[5] = mem_cgroup_id(memcg);
	if (!audited_ask(&question, hash_candidates) || eviction.keeps_default) {
		lruvec->graft_inactive_share = 0;
		return false;
	}
	lruvec->graft_inactive_share = eviction.inactive_share;
	carry_out(&eviction, folios, kept);
	return true;
}
