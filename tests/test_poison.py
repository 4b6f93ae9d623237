# SPDX-License-Identifier: MIT
"""Runs the micro-guests of plugins on the debug build of the monitor, which poisons freed
memory and panics when an invariant of plugins is broken (hv/include/hv/poison.h), with more
random sequences than test_guests.py."""

import dataclasses

import guest as guests
import pytest
import verdict

NAMES = "call budget kill fpu core window service interrupt exhausted many random region".split()
SEEDS = 3


def of(name, **changes):
    guest = guests.read(guests.TESTS / "guests" / f"plugin-{name}")
    return dataclasses.replace(guest, debug=True, **changes)


WANTED = [(of(name), name) for name in NAMES]
WANTED += [
    (of("chaos", append=f"count=4000 seed={seed}"), f"chaos-{seed}") for seed in range(SEEDS)
]
CASES = [
    pytest.param(guest, name, id=f"{label}-{name}")
    for guest, label in WANTED
    for name in guests.engines_here()
    if name in (guest.engines or guests.engines_here())
]


@pytest.mark.escape(24)
@pytest.mark.parametrize("guest, engine_name", CASES)
def test_poison(guest, engine_name, result):
    judged = verdict.judge(result)
    assert judged.passed, f"{judged.name}: {judged.why}; {result.monitor_line('panic')}"
    assert result.monitor_line("debug build"), "the monitor is not the debug build"
