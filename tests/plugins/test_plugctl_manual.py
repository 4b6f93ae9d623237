# SPDX-License-Identifier: MIT
"""plugctl's manual page and bash completion name what its table of verbs has."""

import json
import os
import re
import shutil
import subprocess
import sys

import deadline
import pytest
from makefile import must_make
from sdk import BUILD, SDK

PRINTED = {
    "list": "ID   NAME   STATE\n1    hello  idle\n2    helix  idle\n3    sum    dead",
    "points": "POINT        KIND\nreadahead    method\ntrial        method",
    "map list": "ID   NAME   KIND\n1    words  hash\n2    sums   array",
    "--json grafts": '[{"id": 7, "plugin": "a", "attached": true}, {"id": 8, "attached": false}, {"id": 12, "attached": true}]',
}


@pytest.fixture(scope="module")
def table():
    must_make("plugctl", directory=SDK)
    help_ = subprocess.run([BUILD / "sdk/plugctl", "--json", "help"], capture_output=True, text=True, check=True)
    return help_.stdout


def made(table, kind):
    tool = [sys.executable, "-B", SDK / "lib/plugctl_manual.py", kind]
    return subprocess.run(tool, input=table, capture_output=True, text=True, check=True, timeout=deadline.COMMAND).stdout


def test_manual(table):
    page = made(table, "man")
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-c"], input=page, capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr == ""
        page = re.sub(r".\x08", "", done.stdout)
    else:
        page = page.replace("\\-", "-")
    for verb in json.loads(table)["help"]:
        assert re.search(rf"\b{verb['verb']}\b", page)
        for option in verb["options"]:
            assert option["name"] in page


@pytest.fixture
def complete(table, tmp_path):
    (tmp_path / "bash").write_text(made(table, "bash"))
    cases = "".join(f"'{words}') cat <<'E'\n{text}\nE\n;;\n" for words, text in PRINTED.items())
    (tmp_path / "plugctl").write_text(f'#!/bin/sh\ncase "$*" in\n{cases}esac\n')
    (tmp_path / "plugctl").chmod(0o755)
    (tmp_path / "hello.plg").touch()
    script = '. ./bash; PATH=.:$PATH; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _plugctl; printf "%s\\n" "${COMPREPLY[@]}"'

    def run(*words):
        argv = ["bash", "-uc", script, "bash", "plugctl", *words]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=deadline.COMMAND)
        assert done.returncode == 0 and done.stderr == ""
        return set(done.stdout.split())

    return run


def test_completion(table, complete):
    verbs = {verb["verb"]: verb for verb in json.loads(table)["help"]}
    first = {name.split()[0] for name in verbs}
    assert first | {"help", "version"} <= complete("")
    assert complete("help", "") == first and complete("help", "load", "") == complete("help", "map", "get", "") == set()
    assert complete("map", "") == complete("help", "map", "") == {name.split()[1] for name in verbs if name.startswith("map ")}
    assert complete("--json", "unl") == {"unload"}
    for name, verb in verbs.items():
        assert complete(*name.split(), "--") == {o["name"] for o in verb["options"]} | {"--json", "--help"}
    assert complete("kill", "he") == {"hello", "helix"} and complete("kill", "hello", "") == set()
    assert complete("load", "hello.p") == complete("replace", "--kill", "sum", "hello.p") == {"hello.plg"}
    assert complete("load", "--name", "") == set() and complete("load", "--name", "x", "hello.p") == {"hello.plg"}
    assert complete("call", "--window", "hello.p") == {"hello.plg"}
    assert complete("call", "--window", "hello.plg", "su") == {"sum"} and complete("list", "") == set()
    assert complete("attach", "") == {"readahead", "trial"} and complete("attach", "trial", "he") == {"hello", "helix"}
    assert complete("attach", "--file", "hello.p") == {"hello.plg"} and str(os.getpid()) in complete("attach", "--pid", "")
    assert complete("map", "get", "") == {"words", "sums"} and complete("map", "get", "sums", "") == set()
    assert complete("map", "create", "new", "") == {"hash", "array", "ring"} and complete("map", "li") == {"list"}
    assert complete("detach", "") == {"7", "12"} and complete("detach", "1") == {"12"} and complete("ask", "") == set()
