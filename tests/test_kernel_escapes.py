# SPDX-License-Identifier: MIT
"""Every way from ring 1 to ring 0 through the chipset that is listed is tried,
and stopped, on every machine of the suite."""

import re
import tomllib

import guest as guests
import pytest
import verdict
from makefile import make

ROWS = tomllib.loads((guests.TESTS / "kernel-escapes.toml").read_text())["row"]
LINE = re.compile(r"^kernel escape (\d+): stopped \((\d+) attacks\)$", re.MULTILINE)
GUEST = guests.read(guests.TESTS / "guests" / "escape-chipset")
MACHINES = {
    "pc": ("tcg", {"net": True, "chipset": "pc"}),
    "q35": ("tcg", {"net": True, "chipset": "q35"}),
    "bridge": ("tcg", {"net": True, "chipset": "q35", "bridge": True}),
    "bochs": ("bochs", {}),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_rows(machine):
    complaint = make("guests/escape-chipset")
    assert not complaint, complaint
    engine_name, options = MACHINES[machine]
    result = guests.boot(GUEST, engine_name, **options)
    judged = verdict.judge(result)
    assert judged.passed, f"{judged.name}: {judged.why}\n{result.console}"
    said = LINE.findall(result.console)
    assert all(int(attacks) > 0 for _, attacks in said)
    expected = [row["number"] for row in ROWS if machine not in row.get("not_on", [])]
    assert [int(row) for row, _ in said] == expected


def test_rows_are_numbered():
    assert [row["number"] for row in ROWS] == list(range(1, len(ROWS) + 1))
    for row in ROWS:
        assert row["tests"] == [GUEST.name]
