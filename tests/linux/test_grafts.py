# SPDX-License-Identifier: MIT
"""Grafts in a guest Linux, by the point `trial`, which a process asks: what a question costs, who
is asked, and what ends a graft.

One boot with icount, so costs are instructions, exactly. pytest -s prints them."""

import json
import subprocess
import sys

import deadline
import linux_guest as guest
import pytest

HERE = guest.ROOT / "tests" / "linux" / "grafts"
UAPI = guest.ROOT / "guest-patches" / "linux-6.1" / "files" / "include" / "uapi"
SOURCES = guest.ROOT / "tests" / "plugins" / "grafts"
COMPILER = guest.ROOT / "plugin-sdk" / "bin" / "plugin-cc"

LOAD = "plugctl load /grafts.plg >/dev/null || exit 1\n"
ATTACH = LOAD + "plugctl attach trial grafts >/dev/null || exit 1\n"
END = "\nplugctl --json grafts; plugctl unload grafts >/dev/null"
CASES = {
    "unattached": "plugctl --json ask 1000",
    "empty": "plugctl load /empty.plg >/dev/null && plugctl attach trial empty >/dev/null && plugctl --json ask 1000; plugctl unload empty >/dev/null",
    "attach": "/attach_cost /empty.plg",
    # The answer is the round modulo the limit.
    "answered": ATTACH + "plugctl --json ask 1000 --limit 7" + END,
    "of-a-process": LOAD + "plugctl attach trial grafts --pid $$ >/dev/null; plugctl --json ask 3" + END,
    "process-ended": LOAD + "sleep 100 & plugctl attach trial grafts --pid $! >/dev/null; kill $!; wait" + END,
    "killed": ATTACH + "plugctl kill grafts >/dev/null; plugctl --json ask 3" + END,
    "unloaded": ATTACH + "plugctl unload grafts >/dev/null; plugctl --json ask 3; plugctl --json grafts",
    "replaced": ATTACH + "plugctl replace grafts /grafts.plg >/dev/null; plugctl --json ask 3" + END,
    "detached": ATTACH + "id=$(plugctl grafts | awk '/attached/ && !/detached/ { print $1 }')\n"
    "plugctl detach $id >/dev/null; plugctl --json ask 3" + END,
    "event": "uevent env >/event & sleep 1\n" + ATTACH + "plugctl unload grafts >/dev/null; sleep 1; kill $!\n"
    "grep -E '^(DEVNAME|GRAFT|POINT|PLUGIN|WHY)=' /event | sort",
    # 3 ms a question, which ticks interrupt; other tasks ask, and call another entry, meanwhile.
    "together": ATTACH + "for n in 1 2 3; do plugctl --json ask 30 1 600000 >/ask$n & done\n"
    "for n in 1 2 3 4 5 6 7 8; do plugctl call grafts plain $n >/dev/null || exit 1; done; wait; cat /ask?" + END,
    "twice": ATTACH + "plugctl attach trial grafts; plugctl unload grafts >/dev/null",
    "plain-entry": LOAD + "plugctl attach trial grafts:plain; plugctl unload grafts >/dev/null",
    "wrong-point": LOAD + "plugctl attach trial grafts:readahead; plugctl unload grafts >/dev/null",
    "no-point": "plugctl attach trail grafts",
    "no-process": LOAD + "plugctl attach trial grafts --pid 99999; plugctl unload grafts >/dev/null",
    "no-graft": "plugctl detach 4000000000",
}  # fmt: skip
ENDS = {
    "process-ended": "the process has ended",
    "killed": "the plugin was stopped",
    "unloaded": "the plugin was unloaded or replaced",
    "replaced": "the plugin was unloaded or replaced",
    "detached": "detached by a user",
}
REFUSALS = {
    "twice": "grafts was not attached: point trial has a graft for that already, number ",
    "plain-entry": "grafts was not attached: entry plain of plugin grafts is no graft: define it with PLUGIN_GRAFT(trial)",
    "wrong-point": "grafts was not attached: entry readahead of plugin grafts is a graft for another point, not for trial",
    "no-point": "grafts was not attached: there is no graft point trail: see plugctl points",
    "no-process": "grafts was not attached: there is no process 99999",
    "no-graft": "graft 4000000000 was not detached: there is no graft with id 4000000000: see plugctl grafts",
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    words = []
    for name in "grafts", "empty":
        plugin = tmp_path_factory.mktemp("grafts") / f"{name}.plg"
        subprocess.run([sys.executable, COMPILER, "-O2", "-o", plugin, SOURCES / f"{name}.c"], check=True, timeout=deadline.COMMAND)
        words += ["--put", f"{plugin}:/{name}.plg"]
    program = tmp_path_factory.mktemp("grafts") / "attach_cost"
    argv = ["gcc", "-m32", "-static", "-s", "-O1", "-I", UAPI, "-o", program, HERE / "attach_cost.c"]
    subprocess.run(argv, check=True, timeout=deadline.COMMAND)
    return guest.Batch(CASES, "--icount", *words, "--put", f"{program}:/attach_cost").run()


def asked_and_grafts(outcome):
    assert outcome.status == 0, outcome.output
    asked, grafts = map(json.loads, outcome.lines())
    return asked, grafts[-1]


def test_cost_of_a_question(outcomes):
    """A question, from the place that asks to the checked answer."""
    idle, empty = (json.loads(outcomes[name].output)["least_cycles"] for name in ("unattached", "empty"))
    print(f"question: {empty} instructions; without a graft {idle}")
    assert idle <= 60 and empty <= 450


def test_cost_of_attach_and_detach(outcomes):
    """As the process sees them, with the system call."""
    assert outcomes["attach"].status == 0, outcomes["attach"].output
    cost = {name: int(count) for name, count in map(str.split, outcomes["attach"].lines())}
    print(f"attach: {cost['attach']} instructions; detach: {cost['detach']}")
    assert cost["attach"] <= 2700 and cost["detach"] <= 1400


def test_answers_are_counted(outcomes):
    asked, graft = asked_and_grafts(outcomes["answered"])
    assert (asked["answered"], asked["value"]) == (1000, 999 % 7)
    assert (graft["asked"], graft["answered"], graft["aborted"], graft["unasked"]) == (1000, 1000, 0, 0)


def test_graft_of_a_process_is_not_asked_for_another(outcomes):
    """plugctl is a process of its own, not the shell that the graft is for."""
    asked, graft = asked_and_grafts(outcomes["of-a-process"])
    assert asked["answered"] == 0 and (graft["scope"], graft["asked"], graft["attached"]) == ("process", 0, True)


def test_nobody_finds_the_plugin_busy(outcomes):
    assert outcomes["together"].status == 0, outcomes["together"].output
    *asked, grafts = map(json.loads, outcomes["together"].lines())
    assert [answer["answered"] for answer in asked] == [30, 30, 30]
    assert (grafts[-1]["answered"], grafts[-1]["aborted"], grafts[-1]["unasked"]) == (90, 0, 0)


@pytest.mark.parametrize("name", ENDS)
def test_end_of_a_graft(outcomes, name):
    outcome = outcomes[name]
    assert outcome.status == 0, outcome.output
    *asked, grafts = map(json.loads, outcome.lines())
    assert all(answer["answered"] == 0 for answer in asked)
    assert (grafts[-1]["attached"], grafts[-1]["outcome"]) == (False, ENDS[name])


def test_event(outcomes):
    lines = outcomes["event"].lines()
    assert [line for line in lines if not line.startswith("GRAFT=")] == [
        "DEVNAME=plugins", "PLUGIN=grafts", "POINT=trial", "WHY=the plugin was unloaded or replaced",
    ], outcomes["event"].output  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_is_one_sentence(outcomes, name):
    [line] = outcomes[name].lines()
    assert line.startswith(f"plugctl: {REFUSALS[name]}")
