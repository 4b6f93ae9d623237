# SPDX-License-Identifier: MIT
"""The monitor's pure parts, compiled for this host with sanitizers: a directory
entry NAME_test.c in tests/host is a test. Its last line and its status say so."""

import subprocess

import deadline
import engine
import pytest
from guest import TESTS
from makefile import must_make

NAMES = [path.stem for path in sorted((TESTS / "host").glob("*_test.c"))]


@pytest.fixture(scope="module", autouse=True)
def built():
    must_make(directory=TESTS / "host")


@pytest.mark.parametrize("name", NAMES)
def test_host(name):
    done = subprocess.run(
        [engine.BUILD / "host-tests" / name],
        capture_output=True,
        text=True,
        timeout=deadline.COMMAND,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].endswith("SUCCESS")
