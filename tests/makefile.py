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
    """Only one process at a time gets here, for what is built into a folder that all share."""
    engine.BUILD.mkdir(parents=True, exist_ok=True)
    with open(engine.BUILD / ".tests-lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make(*targets, directory=TESTS):
    """make -C tests, or another directory; what is up to date costs a fraction
    of a second. Gives what it complained about, or ""."""
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
    """The same for what a test cannot do without."""
    complaint = make(*targets, **more)
    assert not complaint, complaint
