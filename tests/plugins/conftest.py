# SPDX-License-Identifier: MIT
"""Fixtures of the tests of the SDK: plugin-cc and the loader's parser."""

import subprocess

import deadline
import pytest
from makefile import must_make
from sdk import BUILD, ROOT, Compiler


@pytest.fixture
def compiler(tmp_path):
    return Compiler(tmp_path)


@pytest.fixture(scope="session")
def host_tools():
    """Returns the folder with the plugin core built for the host."""
    must_make(directory=ROOT / "tests" / "host" / "core")
    return BUILD / "host-tests" / "core"


@pytest.fixture(scope="session")
def loader(host_tools):
    """Asks the kernel's parser about files: path -> (accepted, fields or reason)."""

    def ask(*paths):
        done = subprocess.run(
            [host_tools / "plg_check", *paths], capture_output=True, text=True, errors="replace", timeout=deadline.COMMAND
        )
        assert done.returncode in (0, 1), done.stderr
        answers = []
        for path, line in zip(paths, done.stdout.splitlines(), strict=True):
            word, rest = line.removeprefix(f"{path}: ").split(" ", 1)
            if word == "ok":
                fields = dict(field.split("=", 1) for field in rest.split(" "))
                answers.append((True, fields))
            else:
                answers.append((False, rest.split(": ", 1)[1]))
        return answers

    return ask
