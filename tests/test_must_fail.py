# SPDX-License-Identifier: MIT
"""The harness reports every guest of tests/must-fail as failed; it must not take a crash, a
hang or a false report for a pass."""

import guest as guests
import pytest
import verdict

CASES = [
    pytest.param(guest, "tcg", id=guest.name) for guest in guests.load("must-fail")
]


@pytest.mark.parametrize("guest, engine_name", CASES)
def test_must_fail(guest, engine_name, result):
    judged = verdict.judge(result)
    assert not judged.passed, "the harness calls this a pass"
    assert judged.name == guest.must_be, f"{judged.name}: {judged.why}"
