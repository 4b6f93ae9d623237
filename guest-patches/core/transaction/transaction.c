// SPDX-License-Identifier: GPL-2.0-only
/* Transactions from the first change of a call to its end; see transaction.h. */
#include "life/run.h"
#include "transaction/transaction.h"
#include "transaction/wait.h"

static uint64_t last_number;

static inline void take_part(struct core_plugin *plugin, struct core_transaction *transaction)
{
	struct core_part *part = &plugin->part;

	part->of = transaction;
	part->before = transaction->newest;
	part->number = ++last_number;
	transaction->caller = plugin->caller;
}

/*
 * The calls that the caller has under way are nested, and all but the newest are in a service. A
 * call that began earlier takes part too, before it has changed anything: what the newer call
 * leaves is then the earlier one's.
 */
struct core_transaction *core_take_part(struct core_plugin *plugin)
{
	struct core_plugin *nested[CORE_DEPTH_MAX]; /* the outermost last */
	struct core_transaction *transaction;
	const struct core_run *run;
	uint32_t nr = 0;

	if (plugin->part.of)
		return plugin->part.of;
	run = *core_caller_bucket(plugin->caller);
	if (plugin->atomic || (run->plugin == plugin && !run->same_caller_hash)) {
		take_part(plugin, &plugin->part.own);
		return &plugin->part.own;
	}
	for (run = *core_caller_bucket(plugin->caller); run; run = run->same_caller_hash)
		if (run->caller == plugin->caller)
			nested[nr++] = run->plugin;
	transaction = &nested[nr - 1]->part.own;
	while (nr--)
		if (!nested[nr]->part.of)
			take_part(nested[nr], transaction);
	return transaction;
}

const struct core_transaction *core_seen_transaction(const struct core_plugin *plugin)
{
	const struct core_run *run;

	if (plugin->part.of || plugin->atomic)
		return plugin->part.of;
	for (run = *core_caller_bucket(plugin->caller); run; run = run->same_caller_hash)
		if (run->caller == plugin->caller && run->plugin->part.of)
			return run->plugin->part.of;
	return NULL;
}

void core_add_change(struct core_transaction *transaction, struct core_change *change)
{
	change->below = transaction->newest;
	transaction->newest = change;
	transaction->changes++;
}

static void undo(struct core_transaction *transaction, struct core_change *before)
{
	struct core_change *change = transaction->newest, *below;
	uint32_t nr = 0;

	for (; change != before; change = below, nr++) {
		below = change->below;
		change->end(change, false);
	}
	transaction->newest = before;
	transaction->changes -= nr;
}

/* Commit the oldest change first: of two changes of one object the newer one stays. */
static void commit(struct core_transaction *transaction)
{
	struct core_change *change, *below, *oldest = NULL;

	for (change = transaction->newest; change; change = below) {
		below = change->below;
		change->below = oldest;
		oldest = change;
	}
	transaction->newest = NULL;
	transaction->changes = 0;
	while ((change = oldest)) {
		oldest = change->below;
		change->end(change, true);
	}
}

bool core_end_part(struct core_plugin *plugin, bool well)
{
	struct core_transaction *transaction = plugin->part.of;
	bool outermost = transaction == &plugin->part.own;

	plugin->part.of = NULL;
	if (!well)
		undo(transaction, plugin->part.before);
	else if (outermost)
		commit(transaction);
	else
		return false;
	if (!transaction->newest) /* else the calls around this one have what is wanted, perhaps */
		transaction->wanted = false;
	return unlikely(transaction->waiters) && core_release_waiters(transaction);
}
