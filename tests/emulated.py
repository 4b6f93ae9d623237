# SPDX-License-Identifier: MIT
"""i386 programs on a kernel that does not run them by itself
(scripts/i386-programs has qemu-i386-static run them)."""

import os
import pathlib

RULE = pathlib.Path("/proc/sys/fs/binfmt_misc/ringfence-i386")


# LeakSanitizer stops the program's threads with ptrace, which qemu's user mode
# does not have: it would wait for ever at the end of each program. And qemu fills
# the address space downwards from 1 GiB, where AddressSanitizer has 128 MiB before
# its own shadow memory begins: a quarantine of 256 MiB, the default, does not fit.
OPTIONS = ["detect_leaks=0", "quarantine_size_mb=16"]


def settle_sanitizers():
    """Sets options with which sanitizers work under emulation. They find there what they find
    natively, except for leaks and uses of memory that was freed very long ago."""
    if RULE.exists():
        os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), *OPTIONS]))
