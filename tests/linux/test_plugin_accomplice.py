# SPDX-License-Identifier: MIT
"""A process of root puts a way out ready, and the plugin that it calls looks for it
(tests/plugins/accomplice.c and selectors.c, plugin_session.py)."""

import re

import pytest

FAULT = 1  # RINGFENCE_CALL's status, as PLUGIN_STATUS_FAULT
SELECTORS = (0x33, 0x43, 0x7, 0x7B, 0xE033)
LOAD, UNLOAD = "plugctl load /t/selectors.plg >/dev/null", "plugctl unload selectors >/dev/null"

CASES = {
    "selectors-load": LOAD,
    "accomplice-left": "/t/accomplice left",
    "accomplice-readable": "/t/accomplice readable",
    "selectors-unload": UNLOAD,
    **{
        name: command
        for selector in SELECTORS
        for name, command in {
            f"accomplice-load-{selector:#x}": f"{LOAD}; /t/accomplice load {selector:#x} 0xc0100000",
            f"accomplice-show-{selector:#x}": f"plugctl show selectors --json; {UNLOAD}",
        }.items()
    },
    "accomplice-port": f"{LOAD}; /t/accomplice port 0x80; s=$?; {UNLOAD}; exit $s",
    "accomplice-hello": "plugctl call hello main 9",
}


def prepared(plugins, name):
    """Returns (error, status, value) of the call made by the accomplice, a process that has put
    flat segments ready."""
    output = plugins.text(name)
    assert "2 slots, the last is 43;" in output
    found = re.search(r"^error (-?\d+) status (\d+) value (0x[0-9a-f]+|0)$", output, re.M)
    return int(found[1]), int(found[2]), int(found[3], 0)


@pytest.mark.escape(3)
def test_accomplice_prepares_segments(plugins):
    """A plugin gets neither the TLS and LDT of the calling process nor what that process has in
    its registers."""
    assert prepared(plugins, "accomplice-left") == (0, 0, 0)
    # Its own data, by each RPL that it may use.
    assert prepared(plugins, "accomplice-readable") == (0, 0, 3 if plugins.mode == "segment" else 4)
    for selector in SELECTORS:
        assert prepared(plugins, f"accomplice-load-{selector:#x}") == (0, FAULT, 0)
        fault = plugins.json(f"accomplice-show-{selector:#x}")["fault"]
        assert (fault["vector"], fault["error_code"]) == (13, selector & 0xFFFC), hex(selector)
    assert plugins.text("accomplice-hello") == "51 (0x33), status ok\n"


@pytest.mark.escape(9)
def test_accomplice_has_ports(plugins):
    assert "ports " in plugins.text("accomplice-port")
    assert prepared(plugins, "accomplice-port") == (0, FAULT, 0)
