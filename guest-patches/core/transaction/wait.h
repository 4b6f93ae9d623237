/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to a caller that wants to change or lock an object which the transaction of another
 * call has changed or locked.
 *
 * The caller waits until that transaction ends. A caller that cannot wait, as its call is atomic or
 * masked (graft/point.h), is told so. In both cases the plugins whose calls are part of the
 * transaction are killed, which undoes it, once it is too long ago that somebody wanted an
 * object of the transaction first. So no transaction holds up others for longer, whoever they are.
 *
 * A caller that would wait for itself, through any number of other transactions, is told so, and
 * keeps what it has: a deadlock is no plugin's fault, so none is killed for it.
 */
#ifndef CORE_WAIT_H
#define CORE_WAIT_H

#include "transaction/transaction.h"

/*
 * How long a transaction may keep what others want, in microseconds: CORE_LOCK_US by the clock, of
 * which its caller has run for CORE_LOCK_CPU_US at least, so that on a busy machine no plugin is
 * killed that would have been quick; or CORE_LOCK_LATE_US, whatever its caller did.
 */
#define CORE_LOCK_US	  10000u
#define CORE_LOCK_CPU_US  5000u
#define CORE_LOCK_LATE_US 1000000u

/*
 * Wait for @holder, which is under way, for the call of @plugin; or for a caller that has no
 * transaction, with NULL. The lock is held, is released meanwhile, and is held again. 0: @holder
 * may have ended, so the caller looks again at all it knows; -EBUSY: the caller cannot wait;
 * -EDEADLK: @holder waits for this very transaction; -EINTR: a fatal signal for the caller, or
 * the plugin was killed.
 */
int core_wait_for(struct core_plugin *plugin, struct core_transaction *holder);

/* With the lock: the transaction has given back objects. True: somebody waits for them. */
bool core_release_waiters(struct core_transaction *transaction);

#endif /* CORE_WAIT_H */
