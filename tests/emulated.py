# SPDX-License-Identifier: MIT
"""i386 programs on a kernel that does not run them by itself
(scripts/i386-programs has qemu-i386-static run them)."""

import os
import pathlib

RULE = pathlib.Path("/proc/sys/fs/binfmt_misc/ringfence-i386")


def settle_sanitizers():
    """LeakSanitizer stops the program's threads with ptrace, which qemu's user
    mode does not have: under emulation it would wait for ever at the end of
    each program. Everything else that sanitizers find is found there too."""
    if RULE.exists():
        os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
