# SPDX-License-Identifier: MIT
"""The stalls of RINGFENCE_TEST_STALL reach an engine, wherever it runs below us, and end."""

import os
import shutil
import subprocess
import time

import deadline
import pytest
import stall


def wait_for(pid, wanted):
    """Waits until wanted() is true of the state of process `pid`."""
    end = time.monotonic() + deadline.COMMAND
    while not wanted(stall.status(pid)[1]):
        assert time.monotonic() < end, "the state that was waited for never came"
        time.sleep(0.001)


@pytest.fixture
def engine_process(tmp_path):
    """Starts a grandchild process with the name of an engine; returns its pid."""
    shutil.copy("/bin/sleep", tmp_path / "bochs")
    shell = subprocess.Popen(["sh", "-c", f"{tmp_path}/bochs 99999 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
    pid = int(shell.stdout.readline())
    yield pid
    os.kill(pid, 9)
    shell.communicate()


def test_stops_and_goes_on(engine_process):
    thread = stall.Stall(1, pauses=(0, 0.01), stops=(1, 1))
    thread.start()
    wait_for(engine_process, lambda state: state == "T")
    thread.end()
    wait_for(engine_process, lambda state: state != "T")
    assert thread.count > 0


def test_only_engines(engine_process):
    found = stall.engines(os.getpid())
    assert engine_process in found
    assert os.getpid() not in found and os.getppid() not in found
    assert all(stall.status(pid)[0] in stall.ENGINES for pid in found)


def test_not_those_of_others(engine_process):
    other = subprocess.Popen(["sleep", "99999"])
    assert engine_process not in stall.engines(other.pid)
    other.kill()
    other.wait()
