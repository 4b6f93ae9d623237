# SPDX-License-Identifier: MIT
"""How the monitor itself ends: registers, stack, a backtrace with names, and an
exit status of its own. Rehearsed with the boot option crash=."""

import re

import engine
import guest as guests
import pytest

HELLO = guests.read(guests.TESTS / "guests" / "hello")
CASES = {
    "bug": (r"panic: boot/crash\.c:\d+: ", [r"called from [0-9a-f]{8} boot_main\+0x"]),
    "fault": (
        r"panic: exception 14 in the monitor",
        [r"cr2 ffffe000", r"  at [0-9a-f]{8} read_nowhere\+0x", r"called from .* boot_main\+0x"],
    ),
    "stack": (r"panic: double fault", [r"eip e008:", r"  at [0-9a-f]{8} lose_the_stack\+0x"]),
}


@pytest.mark.parametrize("name", ["tcg", "bochs"])
@pytest.mark.parametrize("crash", CASES)
def test_panic(crash, name):
    sentence, lines = CASES[crash]
    result = guests.boot(HELLO, name, monitor_append=f"crash={crash}")
    assert result.status == engine.PANIC, result.outcome
    assert "Test result" not in result.console
    for pattern in (sentence, *lines, r"exit: 0x12$"):
        assert re.search(pattern, result.monitor_log, re.M), f"no /{pattern}/ in the log"


def test_trace():
    """With trace=dump the monitor prints the last traps and hypercalls at shutdown."""
    result = guests.boot(HELLO, "tcg", monitor_append="trace=dump")
    assert result.status == engine.POWEROFF, result.outcome
    kinds = re.findall(r"^\(rf\) trace: [0-9a-f]{16} (\w+)", result.monitor_log, re.M)
    assert {"hypercall"} <= set(kinds) <= {"hypercall", "trap", "event", "bounce", "plugin"}
    assert 1 <= len(kinds) <= 256
