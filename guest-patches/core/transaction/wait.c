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

static void kill_parts(const struct core_transaction *transaction, uint32_t limit_us)
{
	const struct core_run *run;

	for (run = *core_caller_bucket(transaction->caller); run; run = run->same_caller_hash)
		if (run->plugin->part.of == transaction)
			core_end_call_of(run->plugin, CORE_CAUSE_LOCK, limit_us);
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

/* How long somebody has wanted what a transaction has, in nanoseconds. */
struct wanted {
	uint64_t ns;	 /* by the clock */
	uint64_t ran_ns; /* of these: CPU time of the transaction's caller */
};

#define LOCK_NS ((uint64_t)CORE_LOCK_US * 1000)
#define CPU_NS	((uint64_t)CORE_LOCK_CPU_US * 1000)
#define LATE_NS ((uint64_t)CORE_LOCK_LATE_US * 1000)

/* From now on at least. */
static struct wanted want(struct core_transaction *holder)
{
	uint64_t now = port_clock(), ran = port_caller_ns(holder->caller);

	if (!holder->wanted) {
		holder->wanted = true;
		holder->wanted_since = now;
		holder->wanted_ns = ran;
	}
	return (struct wanted){ .ns = port_cycles_ns(now - holder->wanted_since),
				.ran_ns = ran - holder->wanted_ns };
}

/* The limit that the transaction has exceeded, in microseconds; or 0. */
static uint32_t exceeded(const struct wanted *wanted)
{
	if (wanted->ns >= LATE_NS)
		return CORE_LOCK_LATE_US;
	return wanted->ns >= LOCK_NS && wanted->ran_ns >= CPU_NS ? CORE_LOCK_US : 0;
}

/* When to look again, at the earliest: in so many microseconds. */
static uint32_t look_again_us(const struct wanted *wanted)
{
	uint64_t ns = 0;

	if (wanted->ns < LOCK_NS)
		ns = LOCK_NS - wanted->ns;
	else if (wanted->ran_ns < CPU_NS)
		ns = CPU_NS - wanted->ran_ns;
	return (uint32_t)ns / 1000 + 1;
}

/*
 * Kill the holder if it has exceeded a limit. The lock is held, and is released meanwhile: a killed
 * plugin may itself wait, and gives up.
 */
static void kill_if_late(struct core_transaction *holder)
{
	const struct wanted wanted = want(holder);
	uint32_t limit_us = exceeded(&wanted);

	if (!limit_us)
		return;
	kill_parts(holder, limit_us);
	port_unlock();
	port_wake();
	port_lock();
}

int core_wait_for(struct core_plugin *plugin, struct core_transaction *holder)
{
	struct core_waiter waiter = { .own = plugin ? plugin->part.of : NULL, .plugin = plugin };
	const struct wanted wanted = want(holder);
	bool is_late;
	int err;

	if (plugin && must_not_wait(plugin)) {
		kill_if_late(holder);
		return -EBUSY;
	}
	if (waiter.own && is_deadlock(waiter.own, holder))
		return -EDEADLK;
	enlist(&waiter, holder);
	port_unlock();
	err = port_wait_for(is_over, &waiter, look_again_us(&wanted));
	port_lock();
	is_late = waiter.listed && err == -ETIMEDOUT;
	if (waiter.listed)
		delist(&waiter, holder);
	if (is_late)
		kill_if_late(holder);
	if (plugin && plugin->killed)
		return -EINTR;
	return err == -ETIMEDOUT ? 0 : err;
}
