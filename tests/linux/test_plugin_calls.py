# SPDX-License-Identifier: MIT
"""Plugins in a running Linux: what is called gives its value, what misbehaves is
stopped and told of, and the system goes on. On TCG a plugin is held in by pages,
on Bochs by segments; the same session runs on both."""

import hashlib
import json
import re

import jsonschema
import linux_guest as guest
import plugin_session
import pytest

SCHEMA = json.loads((guest.ROOT / "plugin-sdk" / "schema" / "plugctl.schema.json").read_text())
GENERAL_PROTECTION, PAGE_FAULT, OUT_OF_TIME = 13, 14, 32


@pytest.fixture(scope="module", params=["tcg", "bochs"])
def session(request, bad_files):
    """The session's outcomes on one engine."""
    if request.param == "bochs":
        return plugin_session.Session("bochs", request.getfixturevalue("bochs")[0])
    batch = guest.Batch(plugin_session.cases(), "--put", f"{bad_files}:/bad", *guest.STEADY)
    return plugin_session.Session("tcg", batch.run())


def conforms(document, verb):
    jsonschema.validate(document, {**SCHEMA, "$ref": f"#/$defs/{verb}"})
    return document


def test_info(session):
    info = conforms(session.json("info"), "info")
    assert info["mode"] == session.mode
    assert ("limit" in info["enforces"]) == (session.mode == "segment")
    assert {"nx", "wp", "io_bitmap"} <= set(info["enforces"])
    assert info["plugins"] == 0
    assert conforms(session.json("empty-list"), "list") == []


def test_hello(session):
    loaded = conforms(session.json("hello-load"), "load")
    assert (loaded["name"], loaded["state"], loaded["mode"]) == ("hello", "idle", session.mode)
    for case, value in (("hello-call", 42), ("hello-arguments", 100), ("hello-negative", 0xFFFFFFFF)):
        call = conforms(session.json(case), "call")
        assert (call["status"], call["value"]) == ("ok", value)
    assert session.text("hello-text").startswith("42 ")


def test_name_is_taken(session):
    error = conforms(session.json("hello-again", status=1), "error")["error"]
    assert "hello" in error and error.count("\n") == 0
    assert session.json("hello-other-name")["value"] == 42


def test_sum(session):
    assert session.json("sum-call")["value"] == plugin_session.sum_value(*plugin_session.SUM_ARGUMENTS)
    assert session.json("sum-keeps")["value"] == plugin_session.sum_value(5, 1)
    show = conforms(session.json("sum-show"), "show")
    assert show["calls"] == 2 and show["faults"] == 0 and show["last_status"] == "ok"
    assert [entry["name"] for entry in show["entries"]] == ["main"]
    assert show["data"] >= 4096 * 4


def test_list(session):
    plugins = conforms(session.json("list"), "list")
    assert [(plugin["name"], plugin["calls"]) for plugin in plugins] == [("hello", 4), ("other", 1), ("sum", 2)]
    assert [plugin["id"] for plugin in plugins] == sorted({plugin["id"] for plugin in plugins})


def test_sysfs(session):
    lines = session.text("sysfs").split()
    assert lines[:2] == ["idle", "2"]
    assert {"hello", "sum", "other", "monitor"} == set(lines[2:])


@pytest.mark.parametrize(
    "case, status",
    [
        ("unknown-entry", 1),
        ("unknown-plugin", 1),
        ("unknown-unload", 1),
        ("unknown-show", 1),
        ("too-many-arguments", 2),
    ],
)
def test_unknown(session, case, status):
    error = conforms(session.json(case, status), "error")["error"]
    assert error and "\n" not in error


def test_other_user_is_refused(session):
    lines = session.text("user").splitlines()
    documents = [json.loads(line) for line in lines[::2]]
    statuses = [line for line in lines[1::2]]
    for document, status in zip(documents[:3], statuses[:3]):
        assert status == "status 1" and "CAP_SYS_ADMIN" in document["error"]
    assert statuses[3] in ("status 0", "status 1")
    assert session.json("user-harmless")["value"] == 42


@pytest.mark.parametrize("name", plugin_session.BAD_FILES)
def test_bad_file(session, name):
    error = conforms(session.json(f"bad-{name}", status=1), "error")["error"]
    assert plugin_session.BAD_FILES[name] in error
    assert "\n" not in error and len(error) > 20


@pytest.mark.parametrize("variant", plugin_session.WILD_VARIANTS)
def test_wild(session, variant):
    call = conforms(session.json(f"wild-{variant}-call", status=3), "call")
    fault = call["fault"]
    past_limit = variant in (0, 1, 2, 7)
    address = {
        0: fault["data_limit"] + 1,
        1: 0xC0100000,
        2: 0xFFFFFFFC,
        4: 0,
        7: 0xFC000000,
    }.get(variant)
    assert call["status"] == fault["status"] == "fault"
    if session.mode == "page" or not (past_limit or variant == 8):
        assert fault["vector"] == PAGE_FAULT
    else:
        assert fault["vector"] == GENERAL_PROTECTION
    assert fault["report"].startswith("plugin wild was stopped in call 1: ")
    if variant != 8:  # that one runs data, and may have left its function
        assert (fault["symbol"], fault["access"]) == ("main", "write")
        assert fault["in_limit"] == (not past_limit)
        assert fault["registers"]["eip"] > fault["symbol_offset"] > 0
        assert f"writing {fault['address']:#x}" in fault["report"]
        assert f"main+{fault['symbol_offset']:#x}" in fault["report"]
    if address is not None:
        assert fault["address"] == address
    assert session.json(f"wild-{variant}-neighbour")["value"] == 42
    assert conforms(session.json(f"wild-{variant}-unload"), "unload")["unloaded"]


@pytest.mark.parametrize("maker", plugin_session.LINES_SOURCES)
@pytest.mark.parametrize("end", plugin_session.LINES_ENDS)
def test_line_of_the_source(session, maker, end):
    """The report names the line of the source where the call ended, whoever compiled it."""
    if session.outcomes[f"lines-{maker}-{end}"].status == 9:
        pytest.skip(f"{maker} is not installed")
    call = conforms(session.json(f"lines-{maker}-{end}"), "call")
    fault = call["fault"]
    file = plugin_session.LINES_SOURCES[maker][0]
    assert call["status"] == plugin_session.LINES_ENDS[end]
    assert (fault["file"], fault["line"]) == (file, plugin_session.marked_line(file, end))
    assert fault["symbol"] == ("asm_" if maker == "asm" else "") + end
    place = f"; at {fault['symbol']}+{fault['symbol_offset']:#x} ({file}:{fault['line']}, eip "
    assert place in fault["report"]


def test_line_in_the_log(session):
    assert re.search(r"ringfence: plugin lines was stopped .* \((lines\.c|assembly\.S):\d+, eip", session.text("lines-dmesg"))


def test_wild_report(session):
    """The report as a user sees it."""
    first, *rest = session.text("wild-text", status=3).splitlines()
    assert first.startswith("plugin wild was stopped in call 1: ")
    assert "writing 0xc0100000, past its limit 0x" in first and "at main+0x" in first
    source = (guest.ROOT / "plugin-sdk/examples/wild/wild.c").read_text().splitlines()
    line = 1 + source.index("\t\t*at(0xc0100000) = BAD;")
    assert re.search(rf"\((\S*/)?wild\.c:{line}, eip 0x", first), first
    assert any("vector" in line and "address 0xc0100000" in line for line in rest)
    assert any("eip" in line and "eflags" in line for line in rest)
    shown = session.text("wild-show-text")
    assert first in shown and "dead" in shown
    state, report = session.text("wild-sysfs").splitlines()[:2]
    assert (state, report) == ("dead", first)


def test_wild_stays_dead_until_loaded_anew(session):
    assert session.json("wild-dead", status=3)["status"] == "dead"
    show = conforms(session.json("wild-show"), "show")
    assert (show["state"], show["faults"], show["last_status"]) == ("dead", 1, "fault")
    assert show["fault"]["address"] == 0xC0100000
    call = session.json("wild-anew")
    assert (call["status"], call["value"]) == ("ok", 0)


def test_spin(session):
    budget = session.json("info")["tick_us"]
    for case, expected in (("spin-call", 50000), ("spin-short", 8000)):
        call = conforms(session.json(case, status=3), "call")
        fault = call["fault"]
        assert (call["status"], fault["vector"]) == ("timeout", OUT_OF_TIME)
        assert fault["budget_us"] == expected >= budget
        assert "time" in fault["report"] and fault["symbol"] == "main"
    assert session.json("spin-neighbour")["value"] == 42


def test_killed_by_a_timer(session):
    call = conforms(session.json("spin-kill", status=3), "call")
    assert (call["status"], call["fault"]["vector_name"]) == ("killed", "killed")
    lines = session.text("spin-killed").splitlines()
    assert lines == ["dead", "unloaded late", "42 (0x2a), status ok"]


def test_others_run_meanwhile(session):
    """While a plugin spins, another process begins and ends, and a third one kills the plugin."""
    state, killed, status, unloaded, call = session.text("meanwhile").splitlines()
    call = conforms(json.loads(call), "call")
    assert (state, killed, status, unloaded) == ("busy", "killed meanwhile", "3", "unloaded meanwhile")
    assert (call["status"], call["fault"]["vector_name"], call["fault"]["call"]) == ("killed", "killed", 1)


def test_many(session):
    lines = session.text("many").splitlines()
    assert [int(line.split()[0]) for line in lines[:-1]] == [42 + i for i in range(1, 9)]
    assert lines[-1] == "8"


def test_everything_is_given_back(session):
    assert session.json("all-unload") == []
    before, after = session.json("info"), session.json("info-after")
    assert after == before


def test_system_goes_on(session):
    assert session.text("canary-end").splitlines() == ["canary lives", "no complaint"]
    tainted, digest, processes = session.text("system").splitlines()
    assert tainted == "0" and int(processes) > 0
    assert digest.split()[0] == hashlib.sha1(b"alive\n").hexdigest()
