/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to a caller that wants to change or lock an object which the transaction of another
 * call has changed or locked.
 *
 * The caller waits until that transaction ends. A caller that cannot wait, as its call is atomic or
 * masked (graft/point.h), is told so. In both cases the plugins whose calls are part of the
 * transaction are killed, which undoes it, once it is CORE_LOCK_US ago that somebody wanted an
 * object of the transaction first. So no transaction holds up others for longer, whoever they are.
 *
 * A caller that would wait for itself, through any number of other transactions, is told so, and
 * keeps what it has: a deadlock is no plugin's fault, so none is killed for it.
 */
#ifndef CORE_WAIT_H
#define CORE_WAIT_H

#include "transaction/transaction.h"

/*
 * How long a transaction may keep what others want, in microseconds.
 *
 * M: 201. Time in which the holder does not run counts too, so that on a busy machine a plugin may
 * be killed which would have been quick.
 */
#define CORE_LOCK_US 10000u

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
