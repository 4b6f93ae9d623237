# SPDX-License-Identifier: MIT
"""The tools that CONTRIBUTING.md sends its reader to do what it says."""

import json
import re
import subprocess

import engine
import pytest

SCRIPTS = engine.ROOT / "scripts"
GOOD = 'core: report KILLED for a call killed before it ran\n\nWhy.\n\nFixes: e55a20f ("core: add")\n'
BAD = {
    "no component": ("Report KILLED for a call killed before it ran\n", "has no component"),
    "an unknown component": ("kore: report KILLED\n", "'kore' is no component"),
    "a long subject": (f"core: {'x' * 70}\n", "the subject has 76 columns"),
    "a full stop": ("core: report KILLED.\n", "ends with a full stop"),
    "no empty line": ("core: report KILLED\nbecause\n", "the second line is not empty"),
    "a vague Fixes:": ("core: report KILLED\n\nFixes: the last one\n", "write Fixes: as"),
}


def run(script, *words):
    argv = [SCRIPTS / script, *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, cwd=engine.ROOT)


def test_good_message(tmp_path):
    (tmp_path / "message").write_text(GOOD)
    done = run("commit-check", tmp_path / "message")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("message, complaint", BAD.values(), ids=BAD)
def test_bad_message(message, complaint, tmp_path):
    (tmp_path / "message").write_text(message)
    done = run("commit-check", tmp_path / "message")
    assert done.returncode == 1 and complaint in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_no_such_range():
    done = run("commit-check", "no/such..range")
    assert done.returncode == 1 and re.fullmatch("commit-check: .*\n", done.stderr)


def test_compile_commands():
    """compile_commands.json has every C file of the monitor, and the command for one of them
    compiles it."""
    entries = {entry["file"]: entry for entry in json.loads(run("compile-commands").stdout)}
    folder = engine.ROOT / "hv"
    for file in folder.rglob("*.c"):
        assert str(file) in entries, file
    entry = entries[str(folder / "plugin" / "call.c")]
    argv = [word for word in entry["arguments"] if word not in ("-MMD", "-MP")]
    subprocess.run([*argv, "-fsyntax-only"], cwd=entry["directory"], check=True)


def test_weaknesses():
    """scripts/weaknesses lists each note of the source, whole, under a number of its own."""
    done = run("weaknesses")
    assert done.returncode == 0, done.stderr
    listed = re.findall(r"^(\d+)\t(\S+):(\d+)\n\t(\S.*\.)$", done.stdout, re.M)
    assert len(listed) * 2 == len(done.stdout.splitlines()) > 0
    for number, name, line, _ in listed:
        assert f"M: {number}. " in (engine.ROOT / name).read_text().splitlines()[int(line) - 1]
