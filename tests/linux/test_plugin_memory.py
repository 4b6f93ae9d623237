# SPDX-License-Identifier: MIT
"""Plugins in a running Linux when memory ends, and what loads and unloads leave of it
(plugin_session.py)."""

import json
import re

import linux_guest as guest
from plugin_session import check_log

ROUND = (
    "plugctl load /t/many.plg --budget-us 5000000 && plugctl call many second 3 && plugctl unload many || exit 1\n"
    "plugctl load /plugins/wild.plg && plugctl call wild main 1\n"
    "plugctl load /t/bad/abi-2.0.plg --name bad; plugctl unload wild || exit 1"
)
AVAILABLE = "sync; echo 3 >/proc/sys/vm/drop_caches; grep -E '^MemFree|^Slab' /proc/meminfo; plugctl info --json"

CASES = {}
TCG_CASES = {
    # As many plugins of 15 MiB as there is room for, and one more.
    "fill": "for i in $(seq 99); do plugctl load /t/big.plg --name big-$i >/tmp/fill 2>&1 || break; done; cat /tmp/fill\n"
    "plugctl load /plugins/hello.plg --budget-us 5000000 && plugctl call hello main && plugctl unload hello\n"
    "while [ $i -gt 1 ]; do i=$((i - 1)); plugctl unload big-$i || exit 1; done",
    "fill-empty": "plugctl list",
    # A first round warms caches up, then loads and unloads must not use any memory.
    "round-1": f"for n in $(seq 20); do\n{ROUND}\ndone >/dev/null 2>&1",
    "memory-1": AVAILABLE,
    "round-2": f"for n in $(seq 50); do\n{ROUND}\ndone >/dev/null 2>&1",
    "memory-2": AVAILABLE,
}


def test_more_than_there_is_room_for(plugins_tcg):
    lines = plugins_tcg.text("fill").splitlines()
    assert re.match(r"plugctl: /t/big.plg was not loaded: .*no memory", lines[0])
    assert lines[1:4] == ["loaded hello", "42 (0x2a), status ok", "unloaded hello"]
    assert len(lines) > 6 and all(re.match(r"unloaded big-\d+$", line) for line in lines[4:])
    assert plugins_tcg.text("fill-empty") == ""


def test_nothing_leaks(plugins_tcg):
    assert plugins_tcg.text("round-1") == plugins_tcg.text("round-2") == ""
    first, second = plugins_tcg.text("memory-1"), plugins_tcg.text("memory-2")
    monitor = [json.loads(text.splitlines()[-1]) for text in (first, second)]
    assert monitor[0] == monitor[1] and monitor[1]["plugins"] == 0
    free = [int(re.search(r"MemFree:\s*(\d+)", text)[1]) for text in (first, second)]
    # 50 rounds of about 30 pages would be 6,000 KiB if they leaked.
    assert free[0] - free[1] < 600


def test_image_larger_than_memory():
    """A sparse file of 60 MiB, more than the kernel has: an errno, and the kernel kills no
    process for memory."""
    answer = guest.execute(
        "mkdir /holes; mount -t tmpfs -o size=64m none /holes; truncate -s 60M /holes/x.plg\n"
        "plugctl load /holes/x.plg; plugctl load /plugins/hello.plg; dmesg",
        "--memory",
        "64",
    )
    assert answer.status == 0, answer.complaint
    # plugctl's sentence is on the launcher's standard output, as all that the commands print.
    assert "/holes/x.plg was not loaded: there is no memory for the 62914560 bytes of the image: free some" in answer.output
    assert "loaded hello\n" in answer.output
    check_log(answer.output)
