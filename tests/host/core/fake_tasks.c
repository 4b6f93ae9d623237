// SPDX-License-Identifier: MIT
/* The tasks of the fake kernel of fake_monitor.c: who calls, waits, gives way or is being killed. */
#include "fake_monitor.h"

bool may_sleep(void)
{
	return !fake.locked && !fake.masked && !fake.softirq && !fake.switching;
}

/* Calls fake.during_wait until over(what). Fails, as after a signal, if that is NULL. */
int port_wait(bool (*over)(void *what), void *what)
{
	REQUIRE(may_sleep());
	while (!over(what)) {
		if (!fake.during_wait)
			return -EINTR;
		fake.during_wait();
	}
	return 0;
}

/* As port_wait(), but fails after fake.during_wait_for has returned false, as after the time. */
int port_wait_for(bool (*over)(void *what), void *what, uint32_t us)
{
	REQUIRE(!fake.locked && !fake.masked && us);
	while (!over(what)) {
		if (fake.fatal_signal)
			return -EINTR;
		if (fake.during_wait_for && fake.during_wait_for())
			continue;
		fake.waited += us * 1000ull;
		return over(what) ? 0 : -ETIMEDOUT;
	}
	return 0;
}

/* All callers run all the time, but for what the test says. */
uint64_t port_caller_ns(uintptr_t caller)
{
	REQUIRE(fake.locked && caller);
	return fake.clock + fake.waited - fake.idle;
}

void port_wake(void)
{
	REQUIRE(!fake.locked);
	fake.wakes++;
}

enum port_bars port_mask(enum port_bars bars)
{
	REQUIRE(fake.locked);
	fake.masked++;
	if (bars <= fake.barred || fake.switching || (fake.softirq && bars == PORT_BARS_SOFTIRQS))
		return PORT_BARS_TASKS;
	REQUIRE(!fake.barred); /* no test has calls nested so that the inner one bars more */
	fake.barred = bars;
	return bars;
}

void port_unmask(enum port_bars bars)
{
	REQUIRE(!fake.locked && fake.masked && (!bars || fake.barred == bars));
	fake.masked--;
	if (bars)
		fake.barred = PORT_BARS_TASKS;
}

void port_give_way(void)
{
	REQUIRE(may_sleep());
	fake.gave_way++;
	if (fake.during_give_way)
		fake.during_give_way();
}

bool port_is_dying(void)
{
	return fake.fatal_signal;
}

uintptr_t port_caller(void)
{
	return fake.caller ? fake.caller : 1;
}
