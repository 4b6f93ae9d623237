# SPDX-License-Identifier: MIT
"""Events of the point `touched` in a guest Linux: what an event costs, and that each reaches the plugins
that it is for, once, or is counted as lost.

One boot with icount, so costs are instructions, exactly. pytest -s prints them. What a policy gains
by events is in test_eviction.py."""

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

SCOPES = {"process": "2", "all": "3", "cgroup": "4 /cg/events"}
MOST = 30  # instructions of an event, for one graft for all; those of other scopes, or several, are looked for

CASES = {
    "setup": "mkdir /cg && mount -t cgroup2 none /cg && echo +memory >/cg/cgroup.subtree_control && mkdir /cg/events || exit 1\n"
    "(echo 0 >/cg/events/cgroup.procs; exec dd if=/dev/zero of=/data bs=4096 count=64) 2>/dev/null",
}
CASES |= {name: f"/event_cost /grafts.plg /data {arguments}" for name, arguments in SCOPES.items()}
CASES["other-cgroup"] = (
    "mkdir /cg/other && plugctl load /grafts.plg >/dev/null && plugctl attach touched grafts --cgroup /cg/other >/dev/null || exit 1\n"
    "cat /data >/dev/null; plugctl --json grafts; plugctl --json points; plugctl unload grafts >/dev/null"
)
CASES["detached"] = (
    "plugctl load /grafts.plg >/dev/null && plugctl attach touched grafts >/dev/null || exit 1\n"
    "cat /data >/dev/null; plugctl unload grafts >/dev/null; plugctl --json grafts; cat /data >/dev/null; plugctl --json grafts"
)
CASES["refused"] = (
    "plugctl load /grafts.plg >/dev/null; plugctl attach touched grafts --file /data; plugctl attach touched grafts:trial\n"
    "plugctl attach touched grafts --fail-closed; plugctl unload grafts >/dev/null"
)
REFUSED = [
    "plugctl: grafts was not attached: a graft for touched cannot be for a file: choose another scope, see docs/points.md",
    "plugctl: grafts was not attached: entry trial of plugin grafts is a graft for another point, not for touched",
    "plugctl: grafts was not attached: a graft for touched cannot fail closed: without it the kernel decides",
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    plugin, program = folder / "grafts.plg", folder / "event_cost"
    subprocess.run([sys.executable, COMPILER, "-O2", "-o", plugin, SOURCES / "grafts.c"], check=True, timeout=deadline.COMMAND)
    argv = ["gcc", "-m32", "-static", "-s", "-O1", "-I", UAPI, "-o", program, HERE / "event_cost.c"]
    subprocess.run(argv, check=True, timeout=deadline.COMMAND)
    return guest.Batch(CASES, "--icount", "--put", f"{plugin}:/grafts.plg", "--put", f"{program}:/event_cost").run()


@pytest.fixture(scope="module")
def costs(outcomes):
    """Returns {scope: {"one" graft, "two" grafts, "after" them: instructions}}."""
    found = {}
    for scope in SCOPES:
        assert outcomes[scope].status == 0, outcomes[scope].output
        found[scope] = {name: int(count) for name, count in map(str.split, outcomes[scope].lines())}
        print(f"an event, scope {scope}: {found[scope]['one']} instructions, with two grafts {found[scope]['two']}")
    return found


def test_cost_of_an_event(costs):
    assert 0 < costs["all"]["one"] <= MOST


@pytest.mark.parametrize("scope", SCOPES)
def test_every_event_is_read_once_or_counted_as_lost(costs, scope):
    """The program counts. Afterwards a read costs what it did before."""
    assert costs[scope]["one"] < costs[scope]["two"] <= 100 and costs[scope]["after"] <= 3


def test_page_of_another_cgroup_is_no_event(outcomes):
    grafts, points = map(json.loads, outcomes["other-cgroup"].lines())
    [point] = [point for point in points if point["point"] == "touched"]
    assert grafts[-1]["attached"] and grafts[-1]["answered"] == 0
    assert (point["kind"], point["context"], point["grafts"]) == ("event ring", "any", 1)


def test_detached_graft_gets_no_event(outcomes):
    before, after = (json.loads(line)[-1] for line in outcomes["detached"].lines())
    assert not before["attached"] and before["answered"] >= 64 and before["answered"] == after["answered"]


def test_refusals_are_one_sentence(outcomes):
    assert outcomes["refused"].lines() == REFUSED
