# SPDX-License-Identifier: MIT
"""make, called from tests: one at a time, whichever of the processes that run tests calls it."""

import contextlib
import fcntl
import os
import subprocess

import deadline
import engine
from guest import TESTS


@contextlib.contextmanager
def alone():
    """Lets one process at a time run the block, because all of them build into one folder."""
    engine.BUILD.mkdir(parents=True, exist_ok=True)
    with open(engine.BUILD / ".tests-lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make(*targets, directory=TESTS):
    """Runs make -C tests, or in another directory. Takes a fraction of a second if all is up to
    date. Returns make's complaint, or ""."""
    command = ["make", "-s", "-k", "-C", str(directory), f"-j{os.cpu_count()}"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    with alone():
        done = subprocess.run(
            [*command, f"BUILD={engine.BUILD}", *map(str, targets)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=deadline.COMMAND,
        )
    return done.stderr or "make failed" if done.returncode else ""


def must_make(*targets, **more):
    """Runs make() and fails with its complaint, for files that the test cannot do without."""
    complaint = make(*targets, **more)
    assert not complaint, complaint
