# SPDX-License-Identifier: MIT
"""Programs print the same on our kernel and on the same source booted natively.

All run in two boots, side by side; each is a test of its own. Time goes by instructions
in both: some programs look at clocks, and a busy host would move those of either kernel."""

import pathlib

import linux_guest as guest
import pytest

NAMES = sorted(path.stem for path in (pathlib.Path(__file__).parent / "programs").glob("*.c"))


@pytest.fixture(scope="module")
def outcomes(programs):
    """Returns the outcomes (in the guest, on the native kernel), each {name: Outcome}."""
    cases = {name: f"cd /programs; exec ./{name}" for name in NAMES}
    options = ("--put", f"{programs}:/programs", "--append", "loglevel=0", *guest.STEADY)
    return guest.side_by_side(
        guest.Batch(cases, *options),
        guest.Batch(cases, *options, "--native"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_program(outcomes, name):
    ours, native = outcomes
    guest.same(ours[name], native[name])
