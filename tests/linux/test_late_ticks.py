# SPDX-License-Identifier: MIT
"""Processes are charged for time in which ticks did not come.

tick_late=12 lets one tick of twelve through, as on a very busy host. Everything
is judged against the process's own clock, so the host's speed is no part of it."""

import linux_guest as guest

EXPECTED = """\
ITIMER_VIRTUAL: yes
ITIMER_PROF: yes
RLIMIT_CPU: yes
limit: exit 0
user and system time: yes
times: exit 0
"""


def test_ticks_are_made_up_for(late_programs):
    answer = guest.execute(
        "/late/cpu_time",
        "--put",
        f"{late_programs}:/late",
        "--monitor-append",
        "tick_late=12",
    )
    assert (answer.status, answer.output) == (0, EXPECTED), answer.complaint
