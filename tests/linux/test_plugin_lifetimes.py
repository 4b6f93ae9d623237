# SPDX-License-Identifier: MIT
"""The ends of plugins in a running Linux, under the debug build of the monitor:
killed in the middle of a call when its time is up, replaced and unloaded
while several processes call them. Cannot tell: two processors."""

import json
import re

import engine
import linux_guest as guest
import plugin_session
import pytest

CALLERS, CALLS, REPLACES = 3, 20, 20

CASES = {
    "begin": "plugctl --json info",
    "late": "plugctl load /plugins/spin.plg --budget-us 10000000\nplugctl --json call spin main --kill-after-ms 20",
    "late-state": "cat /sys/kernel/plugins/spin/state",
    "late-again": "plugctl --json call spin main --kill-after-ms 20",
    "in-time": "plugctl load /plugins/hello.plg && plugctl --json call hello main --kill-after-ms 100000",
    "in-time-state": "cat /sys/kernel/plugins/hello/state; plugctl call hello main",
    "idle": "plugctl --json kill hello && plugctl --json call hello main",
    "idle-again": "plugctl --json kill hello; plugctl --json show hello",
    "unknown": "plugctl --json kill nobody",
    "replace": "plugctl --json replace hello /plugins/sum.plg && plugctl --json call hello main 5 1",
    "replace-sysfs": "cd /sys/kernel/plugins/hello; cat state calls description; ls -1 ..",
    "replace-unknown": "plugctl --json replace nobody /plugins/hello.plg",
    "replace-bad": "head -c 700 /plugins/hello.plg >/tmp/bad.plg\n"
    "plugctl --json replace hello /tmp/bad.plg; echo status $?; plugctl --json call hello main 5 1",
    "unload": "plugctl unload hello --kill; plugctl unload spin; plugctl --json list",
    # No caller may notice that each round uses another plugin.
    **{
        name: f"""plugctl load /plugins/sum.plg >/dev/null
for p in $(seq {CALLERS}); do
  (n=0; while [ $n -lt {CALLS} ]; do n=$((n + 1)); plugctl call sum main 1000 7 2>/dev/null || echo "failed: $?"; done | sort | uniq -c) &
done
(while [ ! -e /tmp/enough ]; do cat /sys/kernel/plugins/sum/* >/dev/null || echo unreadable; usleep 1000; done) &
n=0; while [ $n -lt {REPLACES} ]; do n=$((n + 1)); plugctl replace sum /plugins/sum.plg {option} >/dev/null || echo "not replaced: $?"; done
touch /tmp/enough; wait; rm /tmp/enough; plugctl --json list; plugctl unload sum"""
        for name, option in (("load", ""), ("load-kill", "--kill"))
    },
    # Ends of all kinds at once: every command ends, well or with one sentence.
    "storm": """for p in 1 2 3; do
  (n=0; while [ $n -lt 6 ]; do n=$((n + 1))
    plugctl load /plugins/spin.plg --budget-us 10000000; plugctl call spin main --kill-after-ms $((p * 4)); plugctl kill spin
    plugctl replace spin /plugins/spin.plg --kill --budget-us 10000000; plugctl call spin main --kill-after-ms 4
    plugctl unload spin --kill; done >/tmp/storm$p 2>&1) &
done; wait; plugctl unload spin >/dev/null 2>&1; cat /tmp/storm* | grep -ci 'mistake\\|signal\\|Segmentation'; cat /tmp/storm* | grep -c 'it was killed'""",
    "end": "plugctl --json list; plugctl --json info; dmesg | grep -E 'BUG|Oops|WARNING|Call Trace|sleeping' || echo no complaint",
}


@pytest.fixture(scope="module")
def session():
    monitor = engine.DEBUG_MONITOR
    if not monitor.exists():
        pytest.fail(f"{monitor} is not there; run 'make hv-debug'", pytrace=False)
    return plugin_session.Session("tcg", guest.Batch(CASES, "--monitor", monitor, *guest.STEADY).run())


@pytest.mark.escape(24)
def test_killed_in_a_call(session):
    call = session.json("late", status=3)
    assert (call["status"], call["fault"]["vector_name"]) == ("killed", "killed")
    assert "it was killed" in call["fault"]["report"]  # the host decides at which point
    assert session.text("late-state") == "dead\n"
    assert session.json("late-again", status=3)["status"] == "dead"


def test_call_that_is_over_in_time(session):
    assert session.json("in-time")["value"] == 42
    assert session.text("in-time-state").split()[:2] == ["idle", "42"]


def test_killed_while_idle(session):
    assert session.json("idle", status=3)["status"] == "dead"
    show = session.json("idle-again")
    assert (show["state"], show["last_status"], show["faults"]) == ("dead", "killed", 0)
    assert "there is no plugin named nobody" in session.json("unknown", status=1)["error"]


def test_replaced(session):
    assert session.json("replace")["value"] == plugin_session.sum_value(5, 1)
    lines = session.text("replace-sysfs").splitlines()
    assert lines[:2] == ["idle", "1"] and lines[2].startswith("sum of")
    assert sorted(lines[3:]) == ["hello", "monitor", "spin"]


def test_replace_that_fails(session):
    assert "there is no plugin named nobody" in session.json("replace-unknown", status=1)["error"]
    lines = session.text("replace-bad").splitlines()
    assert lines[1] == "status 1" and json.loads(lines[2])["value"] == plugin_session.sum_value(5, 1)


def test_unloaded(session):
    assert session.json("unload") == []


@pytest.mark.parametrize("name", ["load", "load-kill"])
def test_replaced_under_load(session, name):
    """No caller's call is lost while the plugin is replaced. Only --kill ends calls, and their
    callers are told."""
    output = session.text(name)

    def count(line):
        return sum(int(n) for n in re.findall(rf"^ *(\d+) {line}", output, re.M))

    killed = count("failed: 3$") if name == "load-kill" else 0
    assert count(f"{plugin_session.sum_value(1000, 7)} ") + killed == CALLERS * CALLS, output
    assert output.count("failed") == len(re.findall(r"failed: 3$", output, re.M)) * (name == "load-kill")
    assert "not replaced" not in output and "unreadable" not in output
    (plugin,) = json.loads(next(line for line in output.splitlines() if line.startswith("[")))
    assert plugin["state"] == "idle"


def test_all_ends_at_once(session):
    mistakes, killed = session.text("storm").split()
    assert mistakes == "0" and int(killed) > 0


def test_nothing_is_left(session):
    plugins, info, complaint = session.text("end").splitlines()
    assert json.loads(plugins) == [] and json.loads(info)["plugins"] == 0
    assert json.loads(info)["pages_free"] == session.json("begin")["pages_free"]
    assert complaint == "no complaint"
