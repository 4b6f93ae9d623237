# SPDX-License-Identifier: MIT
"""Maps and transactions in a guest Linux: what a call has changed is there when it has ended well,
and otherwise never was; who wants what a call has waits for its end, and not for long.

One boot with icount, in which a nanosecond is an instruction. pytest -s prints the costs."""

import json
import re
import subprocess
import sys

import deadline
import json_schema
import linux_guest as guest
import pytest

SOURCE = guest.ROOT / "tests" / "plugins" / "maps" / "maps.c"
COMPILER = guest.ROOT / "plugin-sdk" / "bin" / "plugin-cc"

SERVICES = "now,map_open,map_get,map_set,map_delete,map_next,map_push,map_lock,map_unlock,undo"
LOAD = f"plugctl load /maps.plg --name %s --allow {SERVICES} >/dev/null || exit 1\n"
CREATE = """\
plugctl map create table hash 100 >/dev/null && plugctl map create counters array 4 >/dev/null &&
plugctl map create events ring 50 >/dev/null || exit 1
plugctl map set table 1 101 >/dev/null; plugctl map set table 2 102 >/dev/null; plugctl map set counters 0 7 >/dev/null
"""
DUMP = "plugctl --json map show table; plugctl --json map show counters; plugctl --json map show events\n"
DELETE = "for p in $(ls /sys/kernel/plugins); do [ $p = monitor ] || plugctl unload --kill $p; done >/dev/null\n"
DELETE += "for m in table counters events; do plugctl map delete $m >/dev/null || exit 1; done\n"

# How a call of `fill` ends: what it is to do, and the status of the call.
ENDS = {
    "fault": ("fill 5 55 1", "fault"),
    "loop": ("fill 5 55 2", "timeout"),
    "signal": ("fill 5 55 3 --kill-after-ms 30", "killed"),
    "forbidden": ("fill 5 55 4", "forbidden"),
    "undone": ("fill 5 55 5", "ok"),
    "deleted": ("fill 5 55 6", "ok"),
}


def whole(commands):
    """Returns the commands with fresh maps, and the plugin maps."""
    return CREATE + LOAD % "maps" + commands + "\n" + DELETE


CASES = {f"ends-{name}": whole(f"{DUMP}plugctl --json call maps {call} >/tmp/call; cat /tmp/call\n{DUMP}") for name, (call, _) in ENDS.items()}
CASES |= {
    "commits": whole(f"plugctl --json call maps fill 5 55 0\n{DUMP}plugctl --json map pop events; plugctl call maps sum"),
    "answers": whole(
        "plugctl attach trial maps --failures 100000 >/dev/null\n"
        f"{DUMP}plugctl --json ask 50 5 9 --limit 9\n{DUMP}plugctl --json ask 50 5 8 --limit 9; plugctl --json map show table"
    ),
    "killed": whole(
        f"{DUMP}plugctl --json call maps fill 5 55 3 >/tmp/call & sleep 0.1\n"
        "plugctl --json map show table; plugctl map delete table; plugctl kill maps >/dev/null; wait; cat /tmp/call\n" + DUMP
    ),
    "contested": whole(
        "plugctl --json call maps fill 5 55 3 >/tmp/call & sleep 0.1\n"
        f"plugctl map get table 1; plugctl --json map set table 90 3; plugctl --json map set table 1 4; wait; cat /tmp/call\n{DUMP}"
    ),
    "deadlock": whole(
        LOAD % "other" + "plugctl --json call maps two 1 2 61 >/tmp/one & plugctl --json call other two 2 1 62 >/tmp/two & wait\n"
        "cat /tmp/one /tmp/two; plugctl --json map show table"
    ),
    "in-turns": whole(
        LOAD % "other" + "plugctl --json call maps two 1 2 61 >/tmp/one & plugctl --json call other two 1 2 62 >/tmp/two & wait\n"
        "cat /tmp/one /tmp/two; plugctl --json map show table"
    ),
    "sums": whole(LOAD % "other" + "for p in maps other; do (for i in 1 2 3 4 5 6 7 8 9 10; do plugctl call $p add 3 20; done) & done; wait; plugctl map get counters 3"),
    "dies": whole("plugctl call maps fill 5 55 0 >/dev/null; plugctl call maps fill 5 56 1 >/dev/null; plugctl unload maps >/dev/null\n" + LOAD % "maps" + "plugctl call maps sum"),
    "deleted-map": whole("plugctl call maps get 1; plugctl map delete table >/dev/null; plugctl --json call maps get 1\n"
                         "plugctl map create table hash 5 >/dev/null; plugctl --json call maps get 1"),
    "not-allowed": CREATE + "plugctl load /maps.plg >/dev/null; plugctl --json call maps get 1\n" + DELETE,
    "verbs": whole(
        "plugctl map list; plugctl map create bytes hash 9 --key 3 --value 20; plugctl map set bytes text:ab hex:000102030405060708090a0b0c0d0e0f10111213\n"
        "plugctl map set bytes hex:000001 text:word; plugctl map get bytes text:ab; plugctl map show bytes; plugctl map remove bytes text:ab; plugctl --json map show bytes\n"
        "plugctl map delete bytes"
    ),
    "undo-cost": whole("".join(f"plugctl --json call maps undo_cost {nr}\n" for nr in (0, 0, 8, 8, 64, 64))),
    "end-cost": whole(
        "plugctl attach trial maps --failures 100000 >/dev/null\n"
        "plugctl --json ask 100 8 8 --limit 9; plugctl --json ask 100 8 9 --limit 9"
    ),
    "tally": "plugctl map create words hash 1000 --key 16 >/dev/null; echo The word, the other word. >/tmp/a\n"
    "for w in 1 2 3 4 5 6 7; do for v in a b c d e f g h i j; do echo $v$(echo $w | tr 1234567 klmnopq); done; done >/tmp/b\n"
    "plugctl load /plugins/tally.plg --allow map_open,map_lock,map_get,map_set,undo >/dev/null\n"
    "plugctl call tally count --window /tmp/a; plugctl call tally count --window /tmp/b; plugctl call tally count --window /tmp/a\n"
    "plugctl --json map show words; plugctl unload tally >/dev/null; plugctl map delete words >/dev/null",
    "refusals": "plugctl map get none 1; plugctl map create none hash 0; plugctl map create none tree 5; plugctl map create none hash 5 --key 65\n"
    "plugctl map create none hash 65536 --key 64 --value 256; plugctl map create a/b hash 5; plugctl map list",
    "log": "dmesg | grep -E 'BUG|Oops|WARNING|Call Trace' || echo no complaint; plugctl --json map list",
}  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    plugin = tmp_path_factory.mktemp("maps") / "maps.plg"
    subprocess.run([sys.executable, COMPILER, "-O2", "-o", plugin, SOURCE], check=True, timeout=deadline.COMMAND)
    return guest.Batch(CASES, "--icount", "--put", f"{plugin}:/maps.plg").run()


def documents(outcome):
    assert outcome.status == 0, outcome.output
    return [json.loads(line) for line in outcome.lines()]


def contents(shown):
    """Returns what three shown maps contain, without their counters."""
    return [(entry["used"], entry["staged"], entry.get("entries")) for entry in shown]


def table(shown):
    return {int(entry["key"]): int(entry["value"]) for entry in shown["entries"]}


BEFORE = {1: 101, 2: 102}


@pytest.mark.parametrize("name", ENDS)
def test_call_that_changes_nothing(outcomes, name):
    """However a call ends in which all changes are undone, the maps are what they were."""
    *before, call, a, b, c = documents(outcomes[f"ends-{name}"])
    assert call["status"] == ENDS[name][1]
    if name == "deleted":  # commits, and has deleted all that it has set
        assert table(a) == {} and c["used"] == 1
        return
    assert contents(before) == contents([a, b, c]) and table(a) == BEFORE
    assert [entry["undos"] for entry in (a, b, c)] == [5, 1, 1] and not a["commits"]


def test_call_that_ends_well(outcomes):
    call, first, second, third, popped, sums = outcomes["commits"].lines()
    assert json.loads(call)["value"] == 0
    first, second, third = map(json.loads, (first, second, third))
    json_schema.check([first, second, third], "maps")
    assert table(first) == {key: 55 for key in range(5)} and table(second)[0] == 55
    assert (first["commits"], second["commits"], third["commits"], third["used"]) == (5, 1, 1, 1)
    assert json.loads(popped) == {"value": "55"} and sums.startswith(f"{5 * 55 + 10} ")


def test_answers(outcomes):
    """Changes of a question stay if its answer is taken, and are undone if it is refused."""
    *before, refused, a, b, c, taken, after = documents(outcomes["answers"])
    assert refused["answered"] == 0 and contents(before) == contents([a, b, c])
    assert a["undos"] == 250
    assert taken["answered"] == 50 and table(after) == {key: 49 for key in range(5)}


def test_killed_call(outcomes):
    """While a call goes on nobody sees what it has changed; killed, it has changed nothing."""
    a, b, c, during, refusal, call, *after = outcomes["killed"].lines()
    before, during = [json.loads(line) for line in (a, b, c)], json.loads(during)
    assert table(during) == BEFORE and (during["used"], during["staged"]) == (2, 5)
    assert refusal.startswith("plugctl: map table was not deleted: a call that is under way has changed")
    assert json.loads(call)["status"] == "killed"
    assert contents(before) == contents(map(json.loads, after))


def test_contested_lock(outcomes):
    """A process reads without waiting, writes elsewhere without waiting, and writes to an entry
    that a call has changed when the call has been killed for it."""
    value, other, same, call, a, b, c = outcomes["contested"].lines()
    assert value == "101" and json.loads(other) == {"key": "90", "value": "3"} and json.loads(same) == {"key": "1", "value": "4"}
    call = json.loads(call)
    assert call["status"] == "killed"
    assert "it was killed: it kept another waiting for what it changed or locked in a map, longer than 10000 us" in call["fault"]["report"]
    assert table(json.loads(a)) == {1: 4, 2: 102, 90: 3} and json.loads(c)["used"] == 0


def test_deadlock(outcomes):
    """Two plugins want what the other has: one is told, undoes its call, and the other goes on."""
    one, two, after = documents(outcomes["deadlock"])
    assert [one["status"], two["status"]] == ["ok", "ok"]
    assert sorted([one["value"], two["value"]]) == [0, 35]
    winner = 61 if one["value"] == 0 else 62
    assert table(after) == {1: winner, 2: winner} and after["staged"] == 0


def test_waiting_in_turn(outcomes):
    """In the same order there is no deadlock: the second waits for the first, and is the last."""
    one, two, after = documents(outcomes["in-turns"])
    assert (one["value"], two["value"]) == (0, 0)
    assert table(after) in ({1: 61, 2: 61}, {1: 62, 2: 62})


def test_no_addition_is_lost(outcomes):
    assert outcomes["sums"].lines()[-1] == "400"


def test_map_outlives_plugin(outcomes):
    assert outcomes["dies"].lines()[-1].startswith(f"{5 * 55 + 10} ")


def test_handle_of_a_deleted_map(outcomes):
    _, stale, again = outcomes["deleted-map"].lines()
    assert json.loads(stale)["value"] == json.loads(again)["value"] == 2**32 - 116  # ESTALE


def test_services_have_to_be_allowed(outcomes):
    [call] = documents(outcomes["not-allowed"])
    assert call["status"] == "forbidden" and call["fault"]["registers"]["eax"] == 7


def test_verbs(outcomes):
    listed, (*lines, last, deleted) = outcomes["verbs"].lines()[:4], outcomes["verbs"].lines()[4:]
    assert re.match(r"ID +NAME +KIND +KEY +VALUE +USED/MAX +KIB? +COMMITS +UNDOS", listed[0], re.I)
    assert [line.split()[1:3] for line in listed[1:]] == [["table", "hash"], ["counters", "array"], ["events", "ring"]]
    assert lines[:4] == [
        "created bytes", "set text:ab to hex:000102030405060708090a0b0c0d0e0f10111213", "set hex:000001 to text:word",
        "hex:000102030405060708090a0b0c0d0e0f10111213",
    ]  # fmt: skip
    assert "kind         hash" in lines and lines[-1] == "removed text:ab"
    assert json.loads(last)["entries"] == [{"key": "hex:000001", "value": "text:word"}] and deleted == "deleted bytes"


def test_tally(outcomes):
    """The example counts a text as a whole; one with 70 words is too much for a call, and counts nothing."""
    first, many, again, shown = outcomes["tally"].lines()
    assert [line.split()[0] for line in (first, many, again)] == ["5", "0", "5"]
    assert {e["key"]: e["value"] for e in json.loads(shown)["entries"]} == {"text:the": "4", "text:word": "4", "text:other": "2"}


def test_refusals(outcomes):
    assert outcomes["refusals"].output.splitlines()[::1][0] == "plugctl: there is no map named none: see plugctl map list"
    text = outcomes["refusals"].output
    for sentence in (
        "MAX is \"0\": give a number from 1",
        "there are no maps of kind \"tree\": give hash, array or ring",
        "map none was not created: keys of 65 bytes: give 1 to 64",
        "map none was not created: the map would have ",
        "map a/b was not created: a/b is not a map's name",
    ):  # fmt: skip
        assert sentence in text
    assert not re.search("^[0-9]", text, re.M)  # no map is listed


def test_cost_of_undoing(outcomes):
    """An abort with 8 changes: what the service undo takes more than with none."""
    costs = [call["value"] for call in documents(outcomes["undo-cost"])]
    none, eight, most = (min(costs[i : i + 2]) for i in (0, 2, 4))
    well, badly = documents(outcomes["end-cost"])
    print(f"undo: 8 changes {eight - none} instructions, 64 changes {most - none}")
    print(f"question with 8 changes: committed {well['least_cycles']}, undone {badly['least_cycles']} instructions")
    assert 0 < eight - none <= 600 and most - none <= 5000
    assert badly["least_cycles"] <= well["least_cycles"]


def test_nothing_is_left(outcomes):
    assert outcomes["log"].lines() == ["no complaint", "[]"]
