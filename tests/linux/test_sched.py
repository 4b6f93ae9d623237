# SPDX-License-Identifier: MIT
"""Scheduling policies on real work in a cgroup of a guest Linux.

A client and a server (sched/pair.c) wait for each other beside four processes that compute; an
interactive process (sched/keys.c) waits for keys beside a build. Bad policies change no result, and one
that starves a task is detached within 10 ms. Other cgroups get what they got (sched/progress.c). One boot with icount: an
instruction takes 1 ns of the guest's time, so nothing is judged by the host's. pytest -s prints the figures."""

import json
import subprocess

import deadline
import linux_guest as guest
import pytest

HERE = guest.ROOT / "tests" / "linux" / "sched"
SDK = guest.ROOT / "plugin-sdk"
PROGRAMS = "pair", "keys", "progress"

ROUNDS, HOGS = 4000, 4
KEYS, JOBS = 16, 8
PROGRESS_MS = 600
PAIR = f"/t/pair {ROUNDS} {HOGS}"
SHORT_PAIR = f"/t/pair {ROUNDS // 8} {HOGS}"
TYPING = f"/t/keys {KEYS} {JOBS} /cg/typist"

# Variants of sched_bad.c: name, status of the plugin's last call, why the graft was detached.
STOPPED = "the plugin was stopped"
STARVES = "failure 1 of 1: the answer starves a task, which has waited for too long"
NO_CANDIDATE = "failure 1 of 1: the answer is no candidate"
BAD = {
    0: ("good", "ok", None),
    1: ("fault", "fault", STOPPED),
    2: ("loop", "timeout", STOPPED),
    3: ("no-candidate", "ok", NO_CANDIDATE),
    4: ("garbage", "ok", NO_CANDIDATE),
    5: ("forbidden", "forbidden", STOPPED),
    6: ("overwrites", "fault", STOPPED),
    7: ("recurses", "fault", STOPPED),
    8: ("starves", "ok", STARVES),
    9: ("forges", "ok", None),
    10: ("last", "ok", None),
    11: ("keeps", "ok", None),
}

SETUP = """\
mkdir -p /cg && mount -t cgroup2 none /cg || exit 1
echo +cpu >/cg/cgroup.subtree_control && mkdir /cg/work /cg/other /cg/typist || exit 1
cat >/run-in <<'END'
#!/bin/sh
echo $$ >/cg/$1/cgroup.procs || exit 1
shift
exec "$@"
END
chmod +x /run-in
"""


def under(policy, command, before="true"):
    """Returns commands that load the policy, execute `before`, attach the policy and do `command`; then
    print what became of graft and plugin, as JSON, and unload the plugin."""
    if policy == "default":
        return command
    begin = f"plugctl load /t/{policy}.plg >/dev/null && {before} && plugctl attach sched {policy} --cgroup /cg/work >/dev/null || exit 1\n"
    return f"{begin}{command}\nplugctl --json grafts; plugctl --json show {policy}; plugctl unload {policy} >/dev/null"


def bad(variant):
    return f"plugctl call sched_bad choose {variant} >/dev/null"


# The pair's processes end with it.
BESIDE = f"/run-in work /t/pair 100000000 {HOGS} & /run-in other /t/progress {PROGRESS_MS}; kill %1; wait"
# Calls of the plugin with the graft, and of another one, in the middle of which the scheduler may ask.
CALLS = (
    "plugctl load /plugins/sum.plg >/dev/null\n"
    "(while [ ! -e /stop ]; do plugctl call sched_noop sched 0 0 0 0 0 >/dev/null; plugctl call sum main 1000 1 >/dev/null; done) &\n"
    f"for i in 1 2; do /run-in work {SHORT_PAIR}; done; touch /stop; wait; plugctl unload sum >/dev/null"
)
CASES = {
    "setup": SETUP,
    **{f"pair-{policy}": under(policy, f"/run-in work {PAIR}") for policy in ("default", "sched_noop", "handoff")},
    **{f"keys-{policy}": under(policy, f"/run-in work {TYPING}") for policy in ("default", "foreground")},
    "keys-chosen": under("foreground", f"/run-in work sh -c 'plugctl call foreground choose $$ >/dev/null; exec {TYPING}'"),
    **{f"bad-{variant}": under("sched_bad", f"/run-in work {SHORT_PAIR}", bad(variant)) for variant in BAD},
    "starved": under("sched_bad", f"/run-in work {SHORT_PAIR}; plugctl --json call sched_bad starved_us", bad(8)),
    "progress-default": BESIDE,
    "progress-handoff": under("handoff", BESIDE),
    "progress-last": under("sched_bad", BESIDE, bad(10)),
    "calls": under("sched_noop", CALLS),
    "removed": "mkdir /cg/removed; plugctl load /t/sched_noop.plg >/dev/null; plugctl attach sched sched_noop --cgroup /cg/removed >/dev/null\n"
    "rmdir /cg/removed; plugctl --json grafts; plugctl unload sched_noop >/dev/null",
    "refused": """\
plugctl load /t/sched_noop.plg >/dev/null || exit 1
plugctl attach sched sched_noop
plugctl attach sched sched_noop --pid 1
plugctl attach sched sched_noop --file /t/pair
plugctl attach sched sched_noop --cgroup /cg
plugctl attach sched sched_noop --cgroup /t
plugctl attach sched sched_noop --cgroup /cg/work >/dev/null
plugctl attach sched sched_noop --cgroup /cg/work
plugctl unload sched_noop >/dev/null
""",
    "points": "plugctl --json points",
    "pair-again": f"/run-in work {SHORT_PAIR}; dmesg | grep -E 'BUG|WARNING|Oops' || echo no complaint",
}  # fmt: skip
NO_CPU = (
    "plugctl: sched_noop was not attached: this is no directory of a cgroup below the root with the controller cpu: give one, and "
    "write +cpu to cgroup.subtree_control of its parent"
)
REFUSED = [
    "plugctl: sched_noop was not attached: a graft for sched cannot be for all: choose another scope, see docs/points.md",
    "plugctl: sched_noop was not attached: a graft for sched cannot be for a process: choose another scope, see docs/points.md",
    "plugctl: sched_noop was not attached: a graft for sched cannot be for a file: choose another scope, see docs/points.md",
    NO_CPU,
    NO_CPU,
    "plugctl: sched_noop was not attached: point sched has a graft for that already, number ",
]


def make_folder(folder):
    """Makes the folder /t of the guest: the programs, and the plugins."""
    folder.mkdir()
    for name in PROGRAMS:
        command = ["gcc", "-m32", "-static", "-s", "-O1", "-Wall", "-Wextra", "-Werror", "-o", folder / name, HERE / f"{name}.c"]
        subprocess.run(command, check=True, timeout=deadline.COMMAND)
    for source in (SDK / "examples" / "sched").glob("*.c"):
        command = [SDK / "bin" / "plugin-cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", folder / f"{source.stem}.plg", source]
        subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return folder


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = make_folder(tmp_path_factory.mktemp("sched") / "t")
    outcomes = guest.Batch(CASES, "--icount", "--put", f"{folder}:/t").run()
    assert outcomes["setup"].status == 0, outcomes["setup"].output
    return outcomes


def documents(outcome):
    """Returns the JSON documents of a case's output."""
    assert outcome.status == 0, outcome.output
    return [json.loads(line) for line in outcome.lines() if line.startswith(("{", "["))]


def expected(rounds, work):
    """Returns the sum that a program prints which has worked on the numbers from 0 on."""
    factor, addend = 1, 0
    for _ in range(work):
        factor, addend = factor * 1664525 & 0xFFFFFFFF, (addend * 1664525 + 1013904223) & 0xFFFFFFFF
    return sum(i * factor + addend for i in range(rounds)) & 0xFFFFFFFF


def case(outcomes, name):
    """Returns what a program has found out, and the facts of the graft and of its plugin, or None."""
    found, *rest = documents(outcomes[name])
    if not rest:
        return found, None, None
    grafts, plugin = rest
    assert grafts[-1]["unasked"] == 0 and grafts[-1]["asked"] > 0
    return found, grafts[-1], plugin


def is_attached(graft):
    return graft["attached"] and graft["asked"] == graft["answered"]


# ---- a client and a server ----------------------------------------------------


def test_the_pair_answers_sooner(outcomes):
    """And the processes that compute all get on."""
    default, _, _ = case(outcomes, "pair-default")
    handoff, graft, _ = case(outcomes, "pair-handoff")
    print(f"\nround trip: default {default['ns']}, handoff {handoff['ns']} instructions; longest {default['longest']}, {handoff['longest']}")
    print(f"the others' progress: default {default['hogs']}, handoff {handoff['hogs']}")
    assert is_attached(graft)
    assert default["sum"] == handoff["sum"] == expected(ROUNDS, 200)
    assert handoff["ns"] <= 0.66 * default["ns"]
    assert min(handoff["hogs"]) > 0


def test_noop_changes_nothing(outcomes):
    default, _, _ = case(outcomes, "pair-default")
    noop, graft, _ = case(outcomes, "pair-sched_noop")
    print(f"\nround trip: default {default['ns']}, noop {noop['ns']} instructions; {graft['asked'] / ROUNDS:.1f} questions")
    assert is_attached(graft) and noop["sum"] == default["sum"]
    assert noop["ns"] <= 1.5 * default["ns"]


# ---- an interactive process -----------------------------------------------------


@pytest.mark.parametrize("name", ["foreground", "chosen"])
def test_keys_are_answered_sooner(outcomes, name):
    default, _, _ = case(outcomes, "keys-default")
    found, graft, _ = case(outcomes, f"keys-{name}")
    print(f"\nfrom a key to the end of the work: default {default['ns'] / 1e6:.1f}, {name} {found['ns'] / 1e6:.1f} ms")
    print(f"longest {default['longest'] / 1e6:.1f}, {found['longest'] / 1e6:.1f} ms; jobs that ended {default['jobs']}, {found['jobs']}")
    assert is_attached(graft)
    assert found["sum"] == default["sum"] == expected(KEYS, 750000)
    assert found["ns"] <= 0.5 * default["ns"]
    assert found["jobs"] >= 0.7 * default["jobs"]


# ---- bad ones -------------------------------------------------------------------


@pytest.mark.parametrize("variant", BAD, ids=[name for name, *_ in BAD.values()])
def test_bad_policy_changes_no_result(outcomes, variant):
    _, status, reason = BAD[variant]
    found, graft, plugin = case(outcomes, f"bad-{variant}")
    assert found["sum"] == expected(ROUNDS // 8, 200)
    assert min(found["hogs"]) > 0
    assert plugin["last_status"] == status
    if reason is None:
        assert is_attached(graft)
        return
    assert (graft["attached"], graft["outcome"]) == (False, reason)
    assert (graft["aborted"], graft["failures"]) == (1, 1)


def test_bad_policy_is_told_by_the_kernel(outcomes):
    """The blame names the plugin's line, where it was stopped."""
    _, _, plugin = case(outcomes, "bad-1")
    assert "sched_bad.c" in json.dumps(plugin)


def test_a_policy_that_starves_a_task_is_detached_within_10_ms(outcomes):
    _, starved, grafts, _ = documents(outcomes["starved"])
    print(f"\na task was passed over for {starved['value'] / 1000:.2f} ms")
    assert (grafts[-1]["attached"], grafts[-1]["outcome"]) == (False, STARVES)
    assert 4000 <= starved["value"] < 10000


# ---- others ---------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["handoff", "last"])
def test_another_cgroup_gets_as_much(outcomes, policy):
    default, found = (documents(outcomes[f"progress-{name}"])[0]["steps"] for name in ("default", policy))
    print(f"\nanother cgroup's progress with {policy}: {100 * found / default - 100:+.1f} %")
    assert found == pytest.approx(default, rel=0.03)


def test_nobody_finds_the_plugin_busy(outcomes):
    """While the plugin is called all the time, and others are, in the middle of whose calls the scheduler asks."""
    first, second, grafts, _ = documents(outcomes["calls"])
    assert first["sum"] == second["sum"] == expected(ROUNDS // 8, 200)
    assert is_attached(grafts[-1]) and grafts[-1]["unasked"] == 0 and grafts[-1]["asked"] > 1000


def test_graft_ends_with_its_cgroup(outcomes):
    [grafts] = documents(outcomes["removed"])
    assert (grafts[-1]["attached"], grafts[-1]["outcome"]) == (False, "the cgroup was removed")


def test_refusal_is_one_sentence(outcomes):
    lines = outcomes["refused"].lines()
    assert len(lines) == len(REFUSED), lines
    for line, begin in zip(lines, REFUSED, strict=True):
        assert line.startswith(begin)


def test_points_say_who_asks(outcomes):
    [points] = documents(outcomes["points"])
    [sched] = [point for point in points if point["point"] == "sched"]
    assert (sched["number"], sched["context"], sched["grafts"], sched["unasked"]) == (7, "switch", 0, 0)
    assert sched["asked"] == sched["answered"] + sched["aborted"]


def test_nothing_is_left(outcomes):
    [found] = documents(outcomes["pair-again"])
    assert found["sum"] == expected(ROUNDS // 8, 200)
    assert outcomes["pair-again"].lines()[-1] == "no complaint"
