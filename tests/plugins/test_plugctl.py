# SPDX-License-Identifier: MIT
"""plugctl where there are no plugins, on the host: how it fails. What it does
with plugins is in test_in_guest.py."""

import json
import os
import subprocess

import json_schema
import pytest
from elftools.elf.elffile import ELFFile
from sdk import BUILD, SDK

pytestmark = pytest.mark.skipif(os.path.exists("/dev/plugins"), reason="this machine has plugins")


@pytest.fixture(scope="module")
def plugctl():
    subprocess.run(["make", "-s", "-C", SDK, "plugctl", f"BUILD={BUILD}"], check=True, timeout=120)

    def run(*arguments):
        return subprocess.run([BUILD / "sdk" / "plugctl", *arguments], capture_output=True, text=True, timeout=20)

    return run


def test_program_is_small_and_static(plugctl):
    program = BUILD / "sdk" / "plugctl"
    assert program.stat().st_size < 1 << 20
    with open(program, "rb") as file:
        elf = ELFFile(file)
        assert elf["e_machine"] == "EM_386"
        assert not [part for part in elf.iter_segments() if part["p_type"] == "PT_INTERP"]


@pytest.mark.parametrize("verb", [["list"], ["show", "x"], ["unload", "x"], ["call", "x", "main"], ["info"], ["kill", "x"],
                                  ["load", "/proc/self/exe"]])  # fmt: skip
def test_without_the_device(plugctl, verb):
    done = plugctl(*verb)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1 and "/dev/plugins is not there" in done.stderr
    done = plugctl("--json", *verb)
    assert (done.returncode, done.stderr) == (1, "")
    json_schema.check(json.loads(done.stdout), "error")


WRONG = {
    "which COMMAND": [],
    "is not a command": ["frobnicate"],
    "which FILE": ["load"],
    '"--fast" is not understood': ["load", "--fast", "x.plg"],
    '"y.plg" is not understood': ["load", "x.plg", "y.plg"],
    'the budget "1s" is not a 32-bit number': ["load", "x.plg", "--budget-us", "1s"],
    "give NAME and ENTRY": ["call", "x"],
    'argument "twelve" is not a 32-bit number': ["call", "x", "main", "twelve"],
    'argument "4294967296" is not': ["call", "x", "main", "4294967296"],
    'argument "" is not': ["call", "x", "main", ""],
    "at most 6 arguments, not 7": ["call", "x", "main", *"1234567"],
    "at most 4 arguments after a window, not 5": ["call", "x", "main", "--window", "f", *"12345"],
    "give one FILE after --window": ["call", "x", "main", "--window"],
    "one FILE after --window, once": ["call", "x", "main", "--window", "f", "--window", "g"],
    'strikes "two" is not': ["load", "x.plg", "--strikes", "two"],
    "show: give one NAME": ["show"],
    "unload: give one NAME": ["unload", "a", "b"],
    "kill: give one NAME": ["kill"],
    "replace: give NAME and FILE": ["replace", "x"],
    'replace: "--name" is not understood': ["replace", "x", "y.plg", "--name", "z"],
    'load: "--kill" is not understood': ["load", "y.plg", "--kill"],
    "give one N after --kill-after-ms": ["call", "x", "main", "--kill-after-ms"],
    "cannot be killed after 0 ms": ["call", "x", "main", "--kill-after-ms", "0"],
    "cannot be killed after 4294968 ms": ["call", "x", "main", "--kill-after-ms", "4294968"],
    "list: takes no arguments": ["list", "all"],
    "info: takes no arguments": ["info", "all"],
}


@pytest.mark.parametrize("sentence", WRONG)
def test_wrong_use(plugctl, sentence):
    done = plugctl(*WRONG[sentence])
    assert done.returncode == 2 and done.stdout == ""
    assert sentence in done.stderr.splitlines()[0] and "plugctl [--json]" in done.stderr
    done = plugctl(*WRONG[sentence], "--json")
    assert done.returncode == 2 and sentence in json.loads(done.stdout)["error"]


def test_names_and_files(plugctl):
    assert "is not a plugin's name" in plugctl("show", "n" * 32).stderr
    assert "is not a plugin's name" in plugctl("show", "").stderr
    assert "does not make a plugin's name" in plugctl("load", "n" * 32 + ".plg").stderr
    assert "does not make a plugin's name" in plugctl("load", "/").stderr
    assert 'no service named "fly": there are log now' in plugctl("load", "x.plg", "--allow", "log,fly").stderr
    assert "cannot be opened" in plugctl("call", "x", "main", "--window", "/nowhere/f").stderr
    assert "cannot be a window" in plugctl("call", "x", "main", "--window", "/dev/null").stderr
    done = plugctl("load", "/nowhere/x.plg")
    assert done.returncode == 1 and "/nowhere/x.plg cannot be opened" in done.stderr


def test_help(plugctl):
    done = plugctl("--help")
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in ("load", "call", "list", "show", "unload"))


def test_full_device(plugctl):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [BUILD / "sdk" / "plugctl", "help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20
        )
    assert done.returncode == 1 and "cannot be written" in done.stderr
