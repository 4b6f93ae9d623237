# SPDX-License-Identifier: MIT
"""Plugins in a running Linux: what is loaded is listed and shown, what is called gives its
value, and the system goes on (plugin_session.py)."""

import hashlib
import json

import pytest
from plugin_session import WIDE_ENTRIES, sum_value

SUM_ARGUMENTS = (4096, 12345)
UNKNOWN = {
    "unknown-entry": ("plugctl --json call hello nothing", 1),
    "unknown-plugin": ("plugctl --json call nothing main", 1),
    "unknown-unload": ("plugctl --json unload nothing", 1),
    "unknown-show": ("plugctl --json show nothing", 1),
    "too-many-arguments": ("plugctl --json call hello main 1 2 3 4 5 6 7", 2),
}

CASES = {
    "hello-load": "plugctl --json load /plugins/hello.plg",
    "hello-call": "plugctl --json call hello main",
    "hello-arguments": "plugctl --json call hello main 58",
    "hello-negative": "plugctl --json call hello main -43",
    "hello-text": "plugctl call hello main",
    "hello-again": "plugctl --json load /plugins/hello.plg",
    "other-load": "plugctl load /plugins/hello.plg --name other",
    "other-call": "plugctl --json call other main",
    "sum-load": "plugctl load /plugins/sum.plg",
    "sum-call": f"plugctl --json call sum main {SUM_ARGUMENTS[0]} {SUM_ARGUMENTS[1]}",
    "sum-keeps": "plugctl --json call sum main 5 1",
    "sum-show": "plugctl --json show sum",
    "list": "plugctl --json list",
    "sysfs": "cd /sys/kernel/plugins; cat hello/state sum/calls; ls",
    "calls-unload": "plugctl unload other && plugctl unload sum",
    **{name: command for name, (command, _) in UNKNOWN.items()},
    "user": "adduser() { echo 'user:x:1000:1000::/:/bin/sh' >>/etc/passwd; echo 'user:x:1000:' >>/etc/group; }; adduser\n"
    "for c in 'load /plugins/wild.plg' 'call hello main' 'unload hello' 'list'; do\n"
    "  su user -c \"plugctl --json $c\"; echo \"status $?\"\ndone",
    "user-harmless": "plugctl --json call hello main",
    "cplusplus-load": "plugctl load /t/cplusplus.plg",
    "cplusplus-1": "plugctl call cplusplus main 7 --json",
    "cplusplus-2": "plugctl call cplusplus main 0 --json",
    "cplusplus-text": "plugctl call cplusplus text --json",
    "cplusplus-log": "cat /sys/kernel/plugins/cplusplus/log",
    "cplusplus-unload": "plugctl unload cplusplus",
    "many": "for i in 1 2 3 4 5 6 7 8; do plugctl load /plugins/hello.plg --name h$i >/dev/null; done\n"
    "for i in 1 2 3 4 5 6 7 8; do plugctl call h$i main $i; done; plugctl --json list | tr '{' '\\n' | grep -c '\"h[1-8]\"'\n"
    "for i in 1 2 3 4 5 6 7 8; do plugctl unload h$i >/dev/null; done",
}

TCG_CASES = {
    "values-load": "plugctl load /plugins/hello.plg",
    "load-hello-again": "plugctl load /plugins/hello.plg",
    "load-hello-other": "plugctl load /plugins/hello.plg --name hello-2",
    "load-sum-json": "plugctl load /plugins/sum.plg --json --budget-us 5000000",
    "load-many": "plugctl load /t/many.plg --budget-us 5000000",
    "call-hello-minus": "plugctl call hello main -1",
    "call-hello-hex": "plugctl call hello main 0x10 --json",
    "call-sum": "plugctl call sum main 1000 7 --json",
    "call-sum-all": "plugctl call sum main 4294967295 1 --json",
    "call-many": "plugctl call many first 1 2 3 4 5 6 --json",
    "call-many-state-1": "plugctl call many second 1 --json",
    "call-many-state-2": "plugctl call many second 1 --json",
    "call-entry": "plugctl call hello mein",
    "call-plugin": "plugctl call hallo main",
    "call-7": "plugctl call hello main 1 2 3 4 5 6 7",
    "list-text": "plugctl list",
    "list-json": "plugctl list --json",
    "show-text": "plugctl show many",
    "show-json": "plugctl show many --json",
    "show-absent": "plugctl show absent --json",
    "unload-absent": "plugctl unload absent",
    "sysfs-all": "cd /sys/kernel/plugins && grep -r . . | sort",
    "sysfs-mode": "stat -c %a /sys/kernel/plugins/many/last_fault",
    "load-wide": "plugctl load /t/wide.plg",
    "wide-entries": "cat /sys/kernel/plugins/wide/entries",
    "wide-show": "plugctl show wide --json",
    "unload-wide": "plugctl unload wide",
    "unload-json": "plugctl unload hello-2 --json",
    **{f"unload-{name}": f"plugctl unload {name}" for name in ("hello", "sum", "many")},
    "list-empty": "plugctl list",
    "list-empty-json": "plugctl list --json",
    "sysfs-empty": "ls /sys/kernel/plugins",
}


def test_info(plugins):
    info = plugins.document("info", "info")
    assert info["mode"] == plugins.mode
    assert ("limit" in info["enforces"]) == (plugins.mode == "segment")
    assert {"nx", "wp", "io_bitmap"} <= set(info["enforces"])
    assert info["plugins"] == 0
    assert plugins.document("empty-list", "list") == []
    assert f"mode         {info['mode']}" in plugins.text("info-text")


def test_hello(plugins):
    loaded = plugins.document("hello-load", "load")
    assert (loaded["name"], loaded["state"], loaded["mode"]) == ("hello", "idle", plugins.mode)
    for case, value in (("hello-call", 42), ("hello-arguments", 100), ("hello-negative", 0xFFFFFFFF)):
        assert plugins.value(case) == value
    assert plugins.text("hello-text") == "42 (0x2a), status ok\n"


def test_name_is_taken(plugins):
    error = plugins.document("hello-again", "error", status=1)["error"]
    assert "hello" in error and error.count("\n") == 0
    assert plugins.text("other-load") == "loaded other\n"
    assert plugins.json("other-call")["value"] == 42


def test_sum(plugins):
    assert plugins.json("sum-call")["value"] == sum_value(*SUM_ARGUMENTS)
    assert plugins.json("sum-keeps")["value"] == sum_value(5, 1)
    show = plugins.document("sum-show", "show")
    assert show["calls"] == 2 and show["faults"] == 0 and show["last_status"] == "ok"
    assert [entry["name"] for entry in show["entries"]] == ["main"]
    assert show["data"] >= 4096 * 4


def test_list(plugins):
    listed = plugins.document("list", "list")
    assert [(plugin["name"], plugin["calls"]) for plugin in listed] == [("hello", 4), ("other", 1), ("sum", 2)]
    assert [plugin["id"] for plugin in listed] == sorted({plugin["id"] for plugin in listed})


def test_sysfs(plugins):
    lines = plugins.text("sysfs").split()
    assert lines[:2] == ["idle", "2"]
    assert {"hello", "sum", "other", "monitor"} == set(lines[2:])


@pytest.mark.parametrize("case", UNKNOWN)
def test_unknown(plugins, case):
    error = plugins.document(case, "error", UNKNOWN[case][1])["error"]
    assert error and "\n" not in error


def test_other_user_is_refused(plugins):
    lines = plugins.text("user").splitlines()
    documents = [json.loads(line) for line in lines[::2]]
    statuses = [line for line in lines[1::2]]
    for document, status in zip(documents[:3], statuses[:3]):
        assert status == "status 1" and "CAP_SYS_ADMIN" in document["error"]
    assert statuses[3] in ("status 0", "status 1")
    assert plugins.json("user-harmless")["value"] == 42


def test_constructors_run_once_before_the_first_entry(plugins):
    assert plugins.value("cplusplus-1") == 11 + 2 * 22 + 2000 + 7
    assert plugins.value("cplusplus-2") == 12 + 2 * 23 + 2000


def test_text_of_several_lines(plugins):
    assert plugins.value("cplusplus-text") == 0
    assert plugins.text("cplusplus-log") == '{\n "a": 1\n}\n'


def test_many(plugins):
    lines = plugins.text("many").splitlines()
    assert [int(line.split()[0]) for line in lines[:-1]] == [42 + i for i in range(1, 9)]
    assert lines[-1] == "8"


def test_everything_is_given_back(plugins):
    """After the cases of all subjects."""
    assert plugins.json("all-unload") == []
    assert plugins.json("info-after") == plugins.json("info")


def test_system_goes_on(plugins):
    assert plugins.text("canary-end").splitlines() == ["canary lives", "no complaint"]
    tainted, digest, processes = plugins.text("system").splitlines()
    assert tainted == "0" and int(processes) > 0
    assert digest.split()[0] == hashlib.sha1(b"alive\n").hexdigest()


# ---- on TCG only -------------------------------------------------------------


def test_values(plugins_tcg):
    tcg = plugins_tcg
    assert tcg.text("call-hello-minus") == "41 (0x29), status ok\n"
    assert tcg.value("call-hello-hex") == 58
    assert tcg.value("call-sum") == sum_value(1000, 7)
    assert tcg.value("call-sum-all") == sum_value(4096, 1)
    assert tcg.value("call-many") == 654321
    # total is 1000003, then its square; 7 from the buffer, 'f' (102) from the heap
    assert tcg.value("call-many-state-1") == 1000003 % 1000 + 7 + 102
    assert tcg.value("call-many-state-2") == 1000003**2 % 1000 + 7 + 102


def test_load_twice(plugins_tcg):
    sentence = "hello.plg was not loaded: a plugin named hello is already loaded: unload it"
    plugins_tcg.refused("load-hello-again", sentence)
    assert plugins_tcg.text("load-hello-other") == "loaded hello-2\n"
    loaded = plugins_tcg.document("load-sum-json", "load")
    assert loaded["name"] == "sum" and loaded["state"] == "idle"


def test_calls_that_are_none(plugins_tcg):
    plugins_tcg.refused("call-entry", "plugin hello has no entry named mein: it has main")
    plugins_tcg.refused("call-plugin", "there is no plugin named hallo: load it first")
    plugins_tcg.refused("call-7", "at most 6 arguments, not 7", status=2)
    plugins_tcg.refused("unload-absent", "there is no plugin named absent")
    plugins_tcg.document("show-absent", "error", status=1)


def test_list_as_text(plugins_tcg):
    names = ["hello", "hello-2", "sum", "many"]
    rows = [line.split()[1:3] for line in plugins_tcg.text("list-text").splitlines()[1:]]
    assert rows == [[name, "idle"] for name in names]
    listed = plugins_tcg.document("list-json", "list")
    assert [plugin["name"] for plugin in listed] == names
    assert [plugin["calls"] for plugin in listed] == [2, 0, 2, 3]
    assert len({plugin["id"] for plugin in listed}) == 4


def test_show(plugins_tcg):
    shown = plugins_tcg.document("show-json", "show")
    assert (shown["heap"], shown["stack"], shown["budget_us"]) == (3 * 4096, 5 * 4096, 5000000)
    own = sum(shown[part] for part in ("text", "rodata", "data", "heap", "stack"))
    # many has room for windows, and so a page at 0 and two guards.
    assert shown["window_room"] == 8 * 4096 and shown["data_limit"] + 1 == own + 3 * 4096 + shown["window_room"]
    assert [entry["name"] for entry in shown["entries"]] == ["first", "second"]
    assert shown["version"] == "2.1-test" and "fault" not in shown
    text = plugins_tcg.text("show-text")
    assert "entries      first second\n" in text and "last fault   none\n" in text


def test_every_file_in_sysfs(plugins_tcg):
    files = dict(line.split(":", 1) for line in plugins_tcg.text("sysfs-all").splitlines())
    info, shown = plugins_tcg.json("info"), plugins_tcg.json("show-json")
    assert files["./monitor/mode"] == info["mode"] and files["./monitor/abi"] == "1.2"
    assert files["./monitor/enforces"].split() == info["enforces"]
    assert files["./many/windows"] == files["./many/requests"] == files["./many/refused"] == "0"
    assert (files["./many/state"], files["./many/calls"], files["./many/faults"]) == ("idle", "3", "0")
    assert files["./many/size"] == str(sum(shown[part] for part in ("text", "rodata", "data", "heap", "stack")))
    assert plugins_tcg.text("sysfs-mode") == "400\n"
    assert plugins_tcg.text("sysfs-empty") == "monitor\n"


def test_many_entries(plugins_tcg):
    """The file with the names of the entries is whole, though it has more than a page."""
    names = plugins_tcg.text("wide-entries").split("\n")
    assert sum(map(len, names)) > 4096 and sorted(names[:-1]) == sorted(WIDE_ENTRIES) and names[-1] == ""
    shown = plugins_tcg.document("wide-show", "show")
    assert [entry["name"] for entry in shown["entries"]] == names[:-1]
    assert plugins_tcg.text("unload-wide") == "unloaded wide\n"


def test_unload(plugins_tcg):
    plugins_tcg.document("unload-json", "unload")
    for name in ("hello", "sum", "many"):
        assert plugins_tcg.text(f"unload-{name}") == f"unloaded {name}\n"
    assert plugins_tcg.text("list-empty") == "" and plugins_tcg.json("list-empty-json") == []
