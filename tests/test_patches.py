# SPDX-License-Identifier: MIT
"""The kernel's patch series applies, without fuzz, to the version it is pinned
to and to the newest security version, and is what git would write."""

import subprocess

import deadline
import engine


def test_series():
    done = subprocess.run(
        [engine.ROOT / "scripts/patches", "check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=deadline.COMMAND,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" patches apply to 6.1.") == 2, done.stdout
