# SPDX-License-Identifier: MIT
"""A guest that resets the machine reboots, by whatever command it does so."""

import pathlib

import engine
import guest as guests
import pytest
from makefile import must_make

GUEST = guests.read(pathlib.Path(__file__).resolve().parent / "guests" / "reset")


@pytest.mark.parametrize("command", range(0xF0, 0x100, 2), ids=hex)
def test_reset(command):
    must_make("guests/reset")
    result = guests.boot(GUEST, "tcg", append=f"pulse={command}")
    assert result.status == engine.REBOOT, result.console
    assert result.monitor_line("^guest: reboot")
