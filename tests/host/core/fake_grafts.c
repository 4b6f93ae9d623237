// SPDX-License-Identifier: MIT
/* What the fake kernel of fake_monitor.c does for grafts: it notes what it is told. */
#include <string.h>

#include "fake_monitor.h"
#include "graft/point.h"

void port_point_armed(const struct core_point *point, bool armed)
{
	REQUIRE(fake.locked && armed == !!point->nr_grafts);
	fake.armed += armed ? 1 : -1;
}

/* What tests give as `held` of a process, cgroup or socket is a bool: has it ended? */
bool port_scope_ended(enum core_scope scope, const void *reference)
{
	REQUIRE(fake.locked && (scope == CORE_SCOPE_PROCESS || scope == CORE_SCOPE_CGROUP ||
				scope == CORE_SCOPE_SOCKET));
	return *(const bool *)reference;
}

void port_scope_release(enum core_scope scope, void *reference)
{
	REQUIRE(!fake.locked && !fake.masked && !fake.softirq && !fake.switching &&
		scope != CORE_SCOPE_ALL);
	fake.released++;
	fake.last_released = reference;
}

/* The task that this wakes runs at once when it can, see port_unlock() of fake_monitor.c. */
void port_grafts_ended(void)
{
	REQUIRE(fake.locked);
	fake.tells = true;
}

void port_tell_end(const struct core_ended *ended)
{
	struct core_reason text;

	core_tell_end(&ended->end, &text);
	REQUIRE(!fake.locked && strlen(text.text) < sizeof(fake.graft_outcome));
	fake.grafts_ended++;
	fake.last_graft = ended->graft;
	strcpy(fake.graft_outcome, text.text);
}
