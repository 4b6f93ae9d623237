# SPDX-License-Identifier: MIT
"""A plugin that does not return is stopped within its budget and one tick.

Exact, because the engine counts instructions: a busy host changes nothing.
"""

import pathlib
import re

import guest as guests
import verdict

GUEST = guests.read(pathlib.Path(__file__).resolve().parent / "guests" / "plugin-budget")
STOPPED = re.compile(r"budget (\d+) us, tick (\d+) us: stopped after (\d+) us")
PATH = 3  # microseconds: two crossings, the fault record and its line in the log


def test_budget_and_one_tick():
    result = guests.boot(GUEST, "tcg", icount_shift=0)
    judged = verdict.judge(result)
    assert judged.passed, judged.why
    stopped = [[int(n) for n in found] for found in STOPPED.findall(result.console)]
    assert len(stopped) == 4
    for budget, tick, after in stopped:
        assert budget <= after <= budget + tick + PATH
