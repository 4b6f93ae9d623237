/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transactions: what a plugin changes in the kernel during a call becomes visible when the call
 * has ended well, all at once, or never.
 *
 * A change is staged: its owner keeps the new state beside the committed one, and only the
 * transaction reads it. Each change is on the stack of its transaction. At the end of the call
 * the stack is committed, the oldest change first, or undone, the newest first, while the lock is
 * held and before anybody can see the plugin IDLE. Nobody reads a state that may be undone, and
 * nobody who reads waits.
 *
 * Locks are strict and two-phase. An object that a transaction changes or locks is the
 * transaction's until the end; see wait.h for whoever wants it meanwhile. The change that takes a
 * lock gives it back when it is committed or undone, so no end of a call leaves a lock.
 *
 * A call has no transaction until it first changes or locks something. A call that another call's
 * service makes takes part in the transaction of the outermost of these calls: if it ends badly
 * its own changes are undone, otherwise they share the fate of the outer call. An atomic call has
 * a transaction of its own, as the call that it interrupted has nothing to do with it.
 *
 * The lock (life/registry.h) is held for all functions.
 */
#ifndef CORE_TRANSACTION_H
#define CORE_TRANSACTION_H

#include <core_port.h>

struct core_change;
struct core_plugin;
struct core_waiter; /* see wait.h */

/* A member of what its owner keeps of the change: the object, and the state before or after. */
struct core_change {
	struct core_change *below; /* of the same transaction: the change before this one */
	/*
	 * The transaction has ended @well: make the new state visible. Or not: drop it, as if it
	 * had never been. Gives back the lock that the change has taken. Does not sleep or fail.
	 */
	void (*end)(struct core_change *change, bool well);
};

struct core_transaction {
	struct core_change *newest;
	uint32_t changes;
	uintptr_t caller;			  /* port_caller() of all calls that take part */
	struct core_waiter *waiters;		  /* callers that want an object of this one */
	const struct core_transaction *waits_for; /* the caller of this one waits for that one */
	bool wanted;	       /* by another, who wants an object that this one has */
	uint64_t wanted_since; /* port_clock() */
	uint64_t wanted_ns;    /* port_caller_ns() of `caller`, then */
};

/* Changes of a transaction, so that its end, with the lock, takes a bounded time. */
#define CORE_CHANGES_MAX 64u

/* The part of one call in a transaction; a member of the plugin, which makes a call at a time. */
struct core_part {
	struct core_transaction *of; /* NULL: the call has changed and locked nothing */
	struct core_change *before;  /* newest change when the call began to take part */
	uint64_t number;	     /* never given twice; a change with it is of this call */
	struct core_transaction own; /* used if this call is the outermost */
};

/* The transaction of the call that the caller has under way, in which it takes part from now. */
struct core_transaction *core_take_part(struct core_plugin *plugin);

/*
 * The transaction whose changes the plugin's call sees, if only because the call that it is
 * nested in takes part. NULL: none.
 */
const struct core_transaction *core_seen_transaction(const struct core_plugin *plugin);

/* Add a change to the transaction, which must not be full. */
void core_add_change(struct core_transaction *transaction, struct core_change *change);

static inline bool core_transaction_is_full(const struct core_transaction *transaction)
{
	return transaction->changes >= CORE_CHANGES_MAX;
}

/*
 * The call of the plugin has ended, or undoes all, and takes part. @well: commit, unless
 * the call was part of another one, which goes on. Otherwise undo what the call has changed. True:
 * the caller calls port_wake() after it has released the lock.
 */
bool core_end_part(struct core_plugin *plugin, bool well);

#endif /* CORE_TRANSACTION_H */
