# SPDX-License-Identifier: MIT
"""Every micro-guest of tests/guests, on every engine that it is for."""

import re

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
    if guest.expect == "killed":
        complaint = verdict.killed(result, guest.reason)
        assert not complaint, complaint
    else:
        judged = verdict.judge(result)
        if judged.name == "SKIP":
            pytest.skip(judged.why)
        assert judged.passed, f"{judged.name}: {judged.why}"
    for pattern in guest.console:
        assert re.search(pattern, result.console), f"no /{pattern}/ in the output"
