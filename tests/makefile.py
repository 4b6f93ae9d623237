# SPDX-License-Identifier: MIT
"""tests/Makefile, called from tests."""

import os
import subprocess

import engine
from guest import TESTS


def make(*targets):
    """make -C tests; what is up to date costs a fraction of a second. Gives
    what it complained about, or ""."""
    command = ["make", "-s", "-k", "-C", str(TESTS), f"-j{os.cpu_count()}"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(
        [*command, f"BUILD={engine.BUILD}", *targets],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return done.stderr or "make failed" if done.returncode else ""
