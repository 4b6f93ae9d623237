# SPDX-License-Identifier: MIT
"""The monitor behind a boot loader that leaves registers with values that no reset gives.

tests/guests/left-over/loader.S sets these registers and enters the monitor, whose image
is the loader's first module; the micro-guest left-over checks which values remain."""

import engine
import guest as guests
import pytest
import verdict
from makefile import make

GUEST = guests.read(guests.TESTS / "guests" / "left-over")


@pytest.mark.parametrize("engine_name", guests.engines_here())
@pytest.mark.parametrize("cpu", ("coreduo", "smep"))
def test_nothing_is_inherited(engine_name, cpu):
    complaint = make("guests/left-over")
    assert not complaint, complaint
    loader = GUEST.elf.with_name("left-over-loader.elf")
    result = guests.boot(
        GUEST, engine_name, cpu=cpu, monitor=loader, kernel=engine.paths.MONITOR, initrd=GUEST.elf
    )
    judged = verdict.judge(result)
    assert judged.passed, f"{judged.name}: {judged.why}\n{result.monitor_log}"
