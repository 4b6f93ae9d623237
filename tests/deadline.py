# SPDX-License-Identifier: MIT
"""All deadlines of the tests, in seconds: after so long a process counts as hung.

A deadline ends a hang and decides nothing else. So each is many times what a busy
host needs, and no test that passes gets slower by one. RINGFENCE_TEST_PATIENCE=N
makes all of them N times as long, for a host that is slower still.
"""

import os

PATIENCE = float(os.environ.get("RINGFENCE_TEST_PATIENCE") or 1)

COMMAND = 600 * PATIENCE  # a program on this host: a compiler, make, e2fsck, plugctl
BOOT = 900 * PATIENCE  # one boot of any guest on QEMU, with all that is done in it
BOCHS = 3600 * PATIENCE  # one boot on Bochs, which is some ten times slower
ANSWER = 600 * PATIENCE  # from input typed into a terminal until the answer
INPUT = 300 * PATIENCE  # a fuzz target with one input
