# SPDX-License-Identifier: MIT
"""Every micro-guest of tests/guests, on every engine that it is for."""

import guest as guests
import pytest
import verdict

CASES = [
    pytest.param(guest, name, id=f"{guest.name}-{name}")
    for guest in guests.load("guests")
    for name in guests.engines_here()
    if name in (guest.engines or guests.engines_here())
]


@pytest.mark.parametrize("guest, engine_name", CASES)
def test_guest(guest, engine_name, result):
    complaint = verdict.complaint(guest, result)
    assert not complaint, complaint
    if guest.expect != "killed" and verdict.judge(result).name == "SKIP":
        pytest.skip(verdict.skip_reason(result.console))
