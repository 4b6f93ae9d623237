# SPDX-License-Identifier: MIT
"""A call made for a process is like other kernel work for it: other processes run
meanwhile, signals and kill end it at once, its three times are limited and charged.

Time is counted in instructions (icount), so no verdict depends on the host. Cannot
tell: two processors."""

import json
import os
import subprocess

import linux_guest as guest
import pytest

SOURCES = guest.ROOT / "tests" / "linux" / "preemption"
MS, SECOND = 1_000_000, 1_000_000_000
ROUNDS, RATIO = 200, 1.2
TICK_US = 4000
BUDGET_US, NAMES, FORKS = 600_000, ("one", "two", "three"), 40
LOAD = "plugctl load /loop.plg --budget-us 10000000 --service-us 30000000 >/dev/null"
CALL = "plugctl call loop"

CASES = {
    "latency-process": f"/meanwhile latency {ROUNDS} /meanwhile spin",
    "latency-spin": f"{LOAD}; /meanwhile latency {ROUNDS} {CALL} spin; plugctl --json show loop; plugctl unload loop",
    "latency-talk": f"{LOAD}; /meanwhile latency {ROUNDS} {CALL} talk; plugctl --json show loop; plugctl unload loop",
    **{
        f"{how}-{entry}": f"{LOAD}; /meanwhile {how} {CALL} {entry} 2>/dev/null | grep -v killed\n"
        "plugctl --json show loop; plugctl --json call loop spin; plugctl unload loop"
        for how in ("kill", "sigkill")
        for entry in ("spin", "talk")
    },
    "limit-service": "plugctl load /loop.plg --service-us 100000 >/dev/null\n"
    "plugctl --json call loop talk; plugctl --json show loop; plugctl unload loop",
    "limit-wall": "plugctl load /loop.plg --wall-us 100000 --budget-us 10000000 >/dev/null\n"
    "plugctl --json call loop spin; plugctl --json show loop; plugctl unload loop",
    # The second and third are called while the first runs, and have their turn.
    "queue": "plugctl load /plugins/sum.plg >/dev/null\n"
    "for n in 1 2 3 4 5 6; do plugctl --json call sum main 200000 7 & done; wait; plugctl --json show sum; plugctl unload sum",
    # A signal ends a process that waits for its turn; the call that runs continues.
    "queue-signal": f"{LOAD}; {CALL} spin >/dev/null 2>&1 & first=$!\n"
    "while [ ! -e /sys/kernel/plugins/loop ] || [ $(cat /sys/kernel/plugins/loop/state) != busy ]; do usleep 1000; done\n"
    f"{CALL} spin >/dev/null 2>&1 & second=$!; usleep 50000; kill -9 $second; wait $second; echo $?\n"
    "cat /sys/kernel/plugins/loop/state; plugctl kill loop; wait; cat /sys/kernel/plugins/loop/calls; plugctl unload loop",
    "side-by-side": f"for p in {' '.join(NAMES)}; do plugctl load /loop.plg --name $p --budget-us {BUDGET_US} >/dev/null; done\n"
    f"for p in {' '.join(NAMES)}; do plugctl --json call $p spin & done\n"
    f"n=0; while [ $n -lt {FORKS} ]; do /bin/busybox true || echo no; n=$((n + 1)); done\n"
    f"for p in {' '.join(NAMES)}; do cat /sys/kernel/plugins/$p/state; done; wait\n"
    f"for p in {' '.join(NAMES)}; do plugctl --json show $p; plugctl unload $p; done",
    "end": "dmesg | grep -E 'BUG|Oops|WARNING|Call Trace|sleeping|stall' || echo no complaint",
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preemption")
    subprocess.run(
        ["gcc", "-m32", "-static", "-s", "-O1", "-o", folder / "meanwhile", SOURCES / "meanwhile.c"], check=True, timeout=60
    )
    command = [guest.ROOT / "plugin-sdk" / "bin" / "plugin-cc", "-O2", "-o", folder / "loop.plg", SOURCES / "loop.c"]
    subprocess.run(command, env={**os.environ, "CC": "gcc"}, check=True, timeout=60)
    puts = [word for name in ("meanwhile", "loop.plg") for word in ("--put", f"{folder / name}:/{name}")]
    return guest.Batch(CASES, "--icount", "1", *puts).run()


def lines(outcomes, name):
    assert outcomes[name].status == 0, f"{name}: status {outcomes[name].status}\n{outcomes[name].output}"
    return outcomes[name].lines()


def documents(outcomes, name):
    return [json.loads(line) for line in lines(outcomes, name) if line.startswith("{")]


@pytest.mark.parametrize("entry", ["spin", "talk"])
def test_latency(outcomes, entry):
    """Another process waits, at worst, no longer while a plugin spins than while a process
    spins."""
    process = int(lines(outcomes, "latency-process")[0])
    plugin = int(lines(outcomes, f"latency-{entry}")[0])
    print(f"worst latency under a process {process} ns, under a plugin {plugin} ns")
    assert plugin <= RATIO * process
    (show,) = documents(outcomes, f"latency-{entry}")
    assert (show["state"], show["calls"]) == ("dead", 1)


@pytest.mark.parametrize("entry", ["spin", "talk"])
def test_killed_from_another_shell(outcomes, entry):
    took = int(lines(outcomes, f"kill-{entry}")[0])
    print(f"killed within {took} ns")
    assert took <= 20 * MS
    show, call = documents(outcomes, f"kill-{entry}")
    assert (show["state"], show["last_status"], call["status"]) == ("dead", "killed", "dead")
    assert "it was killed;" in show["fault"]["report"]


@pytest.mark.parametrize("entry", ["spin", "talk"])
def test_ended_by_a_signal_of_the_caller(outcomes, entry):
    took = int(lines(outcomes, f"sigkill-{entry}")[0])
    print(f"ended within {took} ns")
    assert took <= 20 * MS
    show, _ = documents(outcomes, f"sigkill-{entry}")
    assert (show["state"], show["last_status"]) == ("dead", "killed")
    assert "because the process that called it was" in show["fault"]["report"]


def test_time_in_services_is_limited(outcomes):
    call, show = documents(outcomes, "limit-service")
    assert call["status"] == "killed"
    assert "its services took longer than 100000 us" in call["fault"]["report"]
    assert show["service_us"] == 100000 <= show["service_used_us"] < 100000 + TICK_US
    assert show["service_used_us"] + show["cpu_used_us"] <= show["wall_used_us"] < 2 * show["service_used_us"]


def test_wall_time_is_limited(outcomes):
    call, show = documents(outcomes, "limit-wall")
    assert call["status"] == "killed" and "took longer than 100000 us" in call["fault"]["report"]
    assert show["wall_us"] == 100000 <= show["wall_used_us"] < 100000 + 3 * TICK_US
    assert show["service_used_us"] == 0 and show["service_us"] == 1000000


def test_callers_of_one_plugin_wait(outcomes):
    *calls, show = documents(outcomes, "queue")
    assert [call["status"] for call in calls] == ["ok"] * 6 and len({call["value"] for call in calls}) == 1
    assert (show["calls"], show["state"]) == (6, "idle")


def test_who_waits_is_ended_by_a_signal(outcomes):
    output = [line for line in lines(outcomes, "queue-signal") if line != "Killed"]  # the shell's word
    assert output[:4] == ["137", "busy", "killed loop", "1"]


def test_three_spin_side_by_side(outcomes):
    output = lines(outcomes, "side-by-side")
    assert "no" not in output and output.count("busy") == len(NAMES)  # all forks are over before
    calls = [document for document in documents(outcomes, "side-by-side") if "entry" in document]
    shows = [document for document in documents(outcomes, "side-by-side") if "entries" in document]
    assert [call["status"] for call in calls] == ["timeout"] * len(NAMES)
    for show in shows:
        print(f"{show['name']}: CPU {show['cpu_used_us']} us, wall {show['wall_used_us']} us")
        # CPU time as Linux counts it has the interrupts too.
        assert BUDGET_US <= show["cpu_used_us"] <= 1.05 * BUDGET_US
        assert show["wall_used_us"] > 2 * BUDGET_US


def test_nothing_is_left(outcomes):
    assert lines(outcomes, "end") == ["no complaint"]
