// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for transactions, deadlock and time-out; see wait.h. */
#include "life/run.h"
#include "transaction/wait.h"

/*
 * A caller that waits, on its stack. While it is listed the transaction that it waits for is under
 * way, so the pointers to that are valid.
 */
struct core_waiter {
	struct core_waiter *next;
	struct core_transaction *own;	  /* or NULL */
	const struct core_plugin *plugin; /* or NULL */
	bool listed;
};

bool core_release_waiters(struct core_transaction *transaction)
{
	struct core_waiter *waiter = transaction->waiters;
	bool any = waiter;

	for (; waiter; waiter = waiter->next) {
		waiter->listed = false;
		if (waiter->own)
			waiter->own->waits_for = NULL;
	}
	transaction->waiters = NULL;
	return any;
}

static void enlist(struct core_waiter *waiter, struct core_transaction *holder)
{
	waiter->listed = true;
	waiter->next = holder->waiters;
	holder->waiters = waiter;
	if (waiter->own)
		waiter->own->waits_for = holder;
}

static void delist(struct core_waiter *waiter, struct core_transaction *holder)
{
	struct core_waiter **link;

	for (link = &holder->waiters; *link != waiter; link = &(*link)->next)
		;
	*link = waiter->next;
	if (waiter->own)
		waiter->own->waits_for = NULL;
}

/* For port_wait_for(). */
static bool is_over(void *what)
{
	const struct core_waiter *waiter = what;
	bool over;

	port_lock();
	over = !waiter->listed || (waiter->plugin && waiter->plugin->killed);
	port_unlock();
	return over;
}

/*
 * Would @own wait for itself? A transaction waits for one other at a time, and whoever closes a
 * cycle does not begin to wait: the walk ends.
 */
static bool is_deadlock(const struct core_transaction *own, const struct core_transaction *holder)
{
	for (; holder; holder = holder->waits_for)
		if (holder == own)
			return true;
	return false;
}

static void kill_parts(const struct core_transaction *transaction)
{
	const struct core_run *run;

	for (run = *core_caller_bucket(transaction->caller); run; run = run->same_caller_hash)
		if (run->plugin->part.of == transaction)
			core_end_call_of(run->plugin, CORE_CAUSE_LOCK, CORE_LOCK_US);
}

/* Can the caller of the plugin not wait? A masked call may be the one that this is nested in. */
static bool must_not_wait(const struct core_plugin *plugin)
{
	const struct core_run *run;

	if (plugin->atomic)
		return true;
	for (run = *core_caller_bucket(plugin->caller); run; run = run->same_caller_hash)
		if (run->caller == plugin->caller && run->masked)
			return true;
	return false;
}

/* For how long has somebody wanted what the transaction has, from now on at least? Microseconds. */
static uint32_t wanted_us(struct core_transaction *holder)
{
	uint64_t now = port_clock(), ns;

	if (!holder->wanted) {
		holder->wanted = true;
		holder->wanted_since = now;
	}
	ns = port_cycles_ns(now - holder->wanted_since);
	return ns < CORE_LOCK_US * 1000ull ? (uint32_t)ns / 1000 : CORE_LOCK_US;
}

/* The lock is held, and is released meanwhile: a killed plugin may itself wait, and gives up. */
static void kill_and_wake(const struct core_transaction *holder)
{
	kill_parts(holder);
	port_unlock();
	port_wake();
	port_lock();
}

int core_wait_for(struct core_plugin *plugin, struct core_transaction *holder)
{
	struct core_waiter waiter = { .own = plugin ? plugin->part.of : NULL, .plugin = plugin };
	uint32_t wanted = wanted_us(holder);
	bool is_late;
	int err;

	if (plugin && must_not_wait(plugin)) {
		if (wanted == CORE_LOCK_US)
			kill_and_wake(holder);
		return -EBUSY;
	}
	if (waiter.own && is_deadlock(waiter.own, holder))
		return -EDEADLK;
	enlist(&waiter, holder);
	port_unlock();
	err = port_wait_for(is_over, &waiter, wanted < CORE_LOCK_US ? CORE_LOCK_US - wanted : 1);
	port_lock();
	is_late = waiter.listed && err == -ETIMEDOUT;
	if (waiter.listed)
		delist(&waiter, holder);
	if (is_late)
		kill_and_wake(holder);
	if (plugin && plugin->killed)
		return -EINTR;
	return err == -ETIMEDOUT ? 0 : err;
}
