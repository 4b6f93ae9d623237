# SPDX-License-Identifier: MIT
"""The facts about a plugin, on the host: plugctl with a played /dev/plugins, the driver's files in
a played sysfs, and what one more line in the list of facts gives."""

import json
import os
import re
import shutil
import subprocess
import sys

import deadline
import json_schema
import pytest
from sdk import ROOT

UAPI = "guest-patches/linux-6.1/files/include/uapi"
FACTS = f"{UAPI}/linux/ringfence_facts.h"

SHOWN = """\
name         wild
id           2
version      1.0
description  returns 42, plus its first argument
state        dead
mode         page
abi          1.2
calls        3
faults       1
budget       100000 us of CPU time a call; all calls used 123 us
wall         60000000 us from begin to end of a call; used 456 us
service      1000000 us of CPU time in services a call; used 78 us
memory       text 4096, rodata 8192, data 12288, heap 16384, stack 20480 bytes
limits       code 0x1fff, data 0x8fff
entries      entry_0
services     log now window_info window_length budget
requests     17, refused 2; stopped at 1 for services it may not have
windows      1, room 32768 bytes
grafts       0 attached; 0 answers failed
last fault   plugin wild was stopped in call 4: page fault
  vector 14 (page fault), error code 0x6, address 0x9000
  limits: code 0x1fff, data 0x8fff; budget 100000 us
  eax    00000001  ebx    ffffffff  ecx    00000000  edx    00000000
  esi    00000000  edi    80000000  ebp    00000000  esp    00007ff0
  eip    000010be  eflags 00000202
  cs     002b  ss     0033
  ds     0033  es     0033  fs     0000  gs     0000
"""
SHOWN_JSON = (
    '{"name": "wild", "id": 2, "state": "dead", "mode": "page", "calls": 3, "faults": 1, "budget_us": 100000, '
    '"wall_us": 60000000, "service_us": 1000000, "cpu_used_us": 123, "wall_used_us": 456, "service_used_us": 78, '
    '"last_status": "fault", "bytes": 61440, "version": "1.0", "description": "returns 42, plus its first argument", '
    '"abi": {"major": 1, "minor": 2}, "text": 4096, "rodata": 8192, "data": 12288, "heap": 16384, "stack": 20480, '
    '"text_limit": 8191, "data_limit": 36863, "entries": [{"name": "entry_0", "offset": 4096}], '
    '"services": ["log", "now", "window_info", "window_length", "budget"], "strikes": 1, "requests": 17, "refused": 2, '
    '"window_room": 32768, "windows": 1, "grafts": 0, "aborts": 0, "fault": {"status": "fault", "vector": 14, "vector_name": "page fault", '
    '"error_code": 6, "address": 36864, "in_limit": false, "access": "write", "text_limit": 8191, "data_limit": 36863, '
    '"budget_us": 100000, "call": 4, "symbol": "main", "symbol_offset": 158, "file": "wild.c", "line": 30, '
    '"registers": {"eax": 1, "ebx": 4294967295, "ecx": 0, "edx": 0, "esi": 0, "edi": 2147483648, "ebp": 0, "esp": 32752, '
    '"eip": 4286, "eflags": 514, "cs": 43, "ss": 51, "ds": 51, "es": 51, "fs": 0, "gs": 0}, '
    '"report": "plugin wild was stopped in call 4: page fault"}}\n'
)
LISTED = """\
ID   NAME             STATE     MODE           CALLS  FAULTS     KIB  DESCRIPTION
1    hello            idle      page               3       0      60  returns 42, plus its first argument
2    wild             dead      page               3       1      60  returns 42, plus its first argument
"""


def build_plugctl(root, program):
    """Builds plugctl of the tree at `root`, with sanitizers and the played device."""
    subprocess.run(
        ["gcc", "-std=gnu11", "-g", "-D_FILE_OFFSET_BITS=64", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=all", f"-I{root}/hv/include/public", f"-I{root}/plugin-sdk/include", "-idirafter", root / UAPI,
         "-Wl,--wrap=ioctl,--wrap=open64", "-o", program, *sorted((root / "plugin-sdk/tools/plugctl").glob("*.c")),
         root / "tests/plugins/fake_device.c"], check=True, timeout=deadline.COMMAND)  # fmt: skip


def run_plugctl(program, *words, **environment):
    return subprocess.run([program, *words], env=os.environ | environment, capture_output=True, text=True,
                          errors="surrogateescape", timeout=deadline.COMMAND)  # fmt: skip


def build_directory(root, build):
    """Builds and runs the driver's part of the tree at `root` that fills sysfs. Returns make's result and the files."""
    done = subprocess.run(["make", "-s", "-C", root / "tests/host/driver", f"BUILD={build}"], capture_output=True, text=True,
                          env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")}, timeout=deadline.COMMAND)  # fmt: skip
    if done.returncode:
        return done, {}
    ran = subprocess.run([build / "host-tests/driver/directory_test"], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert ran.returncode == 0 and ran.stdout.endswith("Test result: SUCCESS\n"), ran
    return done, dict(re.findall(r"^(\w+) [0-7]{3}: (.*)$", ran.stdout, re.M))


@pytest.fixture(scope="module")
def plugctl(tmp_path_factory):
    program = tmp_path_factory.mktemp("plugctl") / "plugctl"
    build_plugctl(ROOT, program)
    return lambda *words, **environment: run_plugctl(program, *words, **environment)


@pytest.mark.parametrize("bits", [32, 64])
def test_structure_as_it_was(bits):
    subprocess.run(["gcc", f"-m{bits}", "-fsyntax-only", "-idirafter", ROOT / UAPI, ROOT / "tests/plugins/show_layout.c"],
                   check=True, timeout=deadline.COMMAND)  # fmt: skip


def test_output_of_show(plugctl):
    assert plugctl("show", "wild").stdout == SHOWN
    assert plugctl("--json", "show", "wild").stdout == SHOWN_JSON
    for name in ("hello", "wild", "odd"):
        done = plugctl("--json", "show", name)
        assert (done.returncode, done.stderr) == (0, "")
        if name != "odd":  # its state has no word
            json_schema.check(json.loads(done.stdout), "show")
    assert "last fault   none\n" in plugctl("show", "hello").stdout
    odd = plugctl("show", "odd", FAKE_SERVICES="1").stdout
    assert "calls        18446744073709551615\n" in odd and "state        unknown\n" in odd
    assert "entries      \nservices     log 200\n" in odd and odd.endswith("call 4: page fault\n")


def test_output_without_the_right_to_read_records(plugctl):
    assert plugctl("show", "wild", FAKE_FAIL="6:1:1").stdout.endswith("last fault   fault\n")
    assert "fault" not in json.loads(plugctl("--json", "show", "wild", FAKE_FAIL="6:1:1").stdout)


def test_output_of_list(plugctl):
    assert plugctl("list").stdout.startswith(LISTED)
    listed = json.loads(plugctl("--json", "list").stdout)
    json_schema.check(listed[:2], "list")
    assert [plugin["name"] for plugin in listed] == ["hello", "wild", "odd"]
    assert plugctl("list", FAKE_NONE="1").stdout == "" and plugctl("--json", "list", FAKE_NONE="1").stdout == "[]\n"


def test_output_of_call(plugctl):
    done = plugctl("call", "hello", "main")
    assert (done.returncode, done.stdout, done.stderr) == (0, "42 (0x2a), status ok\n", "")
    done = plugctl("call", "hello", "main", FAKE_STATUS="2")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", SHOWN.partition("last fault   ")[2])
    done = plugctl("--json", "call", "hello", "main", FAKE_STATUS="3", FAKE_FLAGS="5")
    json_schema.check(json.loads(done.stdout), "call")
    assert (done.returncode, done.stderr) == (3, "") and "symbol" not in json.loads(done.stdout)["fault"]


def test_output_of_info(plugctl):
    for bits, words in ((0, ""), (1, " limit"), (31, " limit nx wp io_bitmap umip"), (0x7FFFFFE2, " nx")):
        assert f"\nenforces    {words}\n" in plugctl("info", FAKE_ENFORCES=str(bits)).stdout
        info = json.loads(plugctl("--json", "info", FAKE_ENFORCES=str(bits)).stdout)
        json_schema.check(info, "info")
        assert info["enforces"] == words.split()


@pytest.mark.parametrize("words, fail, sentence", [
    (["show", "hello"], "5:1:5", "entry 0 of hello cannot be read: the test wants it so"),
    (["show", "hello"], "5:3:2", "entry 2 of hello cannot be read: the test wants it so"),
    (["list"], "4:1:5", "the test wants it so"),
    (["list"], "4:3:12", "the test wants it so"),
])  # fmt: skip
def test_errors_are_not_hidden(plugctl, words, fail, sentence):
    """An error while plugctl lists entries or plugins: no list that looks whole."""
    done = plugctl(*words, FAKE_FAIL=fail)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"plugctl: {sentence}\n")
    done = plugctl("--json", *words, FAKE_FAIL=fail)
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (1, {"error": sentence}, "")


@pytest.mark.parametrize("verb", ["load", "call", "show", "info"])
def test_unknown_option(plugctl, verb):
    """The sanitizers see a pointer to no option."""
    done = plugctl("--json", verb, "--frob")
    assert (done.returncode, done.stderr) == (2, "")
    assert json.loads(done.stdout)["error"] == f'{verb}: there is no option "--frob"'


def test_files_in_sysfs(tmp_path):
    done, files = build_directory(ROOT, tmp_path)
    assert not done.returncode, done.stderr
    assert (files["calls"], files["abi"], files["state"], files["last_status"]) == ("4294967299", "1.2", "dead", "timeout")
    assert (files["data"], files["heap"], files["size"], files["text_limit"]) == ("12288", "8192", "36864", "0x1fff")
    assert (files["cpu_used_us"], files["refused"], files["description"]) == ("5000000000000", "4", "does nothing")
    listed = set(re.findall(r"FACT\(\w+,\s*(\w+),\s*\w+,\s*\w+,\s*(?:LIST|SHOW),", (ROOT / FACTS).read_text()))
    assert len(listed) >= 27 and set(files) == listed | {"size", "log", "last_fault"}


# ---- one more fact ----------------------------------------------------------


def insert(file, before, text):
    """Inserts `text` into the file in front of the only `before`."""
    old = file.read_text()
    assert old.count(before) == 1, (file, before)
    file.write_text(old.replace(before, text + before))


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """Returns a copy of the tree whose list of facts has one more line, at the end."""
    root = tmp_path_factory.mktemp("tree")
    for folder in ("guest-patches", "plugin-sdk", "hv/include/public", "scripts", "docs", "tests/host", "tests/plugins",
                   "tests/fuzz/parsers"):  # fmt: skip
        shutil.copytree(ROOT / folder, root / folder, symlinks=True, ignore=shutil.ignore_patterns("corpus", "__pycache__"))
    line = '\tFACT(U64, lemons, MEMBER, COUNT, SHOW, "lemons that were squeezed")'
    old = (root / FACTS).read_text()
    last = old[old.index("#define RINGFENCE_PLUGIN_FACTS") :].split("\n\n")[0]
    (root / FACTS).write_text(old.replace(last, f"{last} \\\n{line}"))
    return root


def table(root, option):
    return subprocess.run([sys.executable, root / "scripts/fact-table", option], capture_output=True, text=True)


def test_one_more_fact_needs_its_source(changed, tmp_path):
    """The driver does not compile while struct core_plugin lacks the member that the list names."""
    done, _ = build_directory(changed, tmp_path)
    assert done.returncode and "has no member named ‘lemons’" in done.stderr, done.stderr


def test_one_more_fact_is_everywhere(changed, tmp_path):
    """With the line in the list and the member, no other file needs to be touched."""
    insert(changed / "guest-patches/core/life/registry.h", "\tuint64_t faults;\n", "\tuint64_t lemons;\n")
    # The tests' own values for it.
    insert(changed / "tests/host/driver/directory_test.c", "\tplugin.id = 7;\n", "\tplugin.lemons = 1ull << 33;\n")
    insert(changed / "tests/plugins/fake_device.c", "\tshow->id = 1;\n", "\tshow->lemons = 1ull << 34;\n")

    done, files = build_directory(changed, tmp_path)
    assert not done.returncode and files["lemons"] == str(1 << 33), done.stderr

    build_plugctl(changed, tmp_path / "plugctl")
    assert f"\nlemons       {1 << 34}\nlast fault " in run_plugctl(tmp_path / "plugctl", "show", "hello").stdout
    shown = json.loads(run_plugctl(tmp_path / "plugctl", "--json", "show", "hello").stdout)
    assert shown["lemons"] == 1 << 34
    assert "lemons" not in run_plugctl(tmp_path / "plugctl", "--json", "list").stdout

    done = table(changed, "--check")
    assert done.returncode == 1 and "is stale; run scripts/fact-table --update" in done.stderr
    assert table(changed, "--update").returncode == 0 and table(changed, "--check").returncode == 0
    rules = json.loads((changed / "plugin-sdk/schema/plugctl.schema.json").read_text())["$defs"]
    assert rules["show"]["properties"]["lemons"] == {"description": "lemons that were squeezed", "type": "integer"}
    assert "lemons" in rules["show"]["required"] and "lemons" not in rules["load"]["properties"]
    json_schema.check(shown, rules["show"])
    assert "| 328 | `lemons` | u64 | count | sysfs, `show` | lemons that were squeezed |\n" in (changed / "docs/abi.md").read_text()
