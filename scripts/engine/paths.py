# SPDX-License-Identifier: MIT
"""Where the tree, its build products and the cache are."""

import os
import pathlib

ROOT = pathlib.Path(os.path.realpath(__file__)).parents[2]
BUILD = pathlib.Path(os.path.realpath(os.environ.get("RINGFENCE_BUILD") or ROOT / "build"))


def cache():
    """Returns the cache folder; it is below the build folder if this user has no home."""
    if given := os.environ.get("RINGFENCE_CACHE"):
        return pathlib.Path(given)
    home = os.path.expanduser("~")
    return pathlib.Path(home) / ".cache" / "ringfence" if os.path.isabs(home) else BUILD / "cache"


CACHE = cache()

MONITOR = BUILD / "hv" / "ringfence.elf"
DEBUG_MONITOR = BUILD / "hv-debug" / "ringfence.elf"
KERNEL = BUILD / "linux" / "vmlinux"
NATIVE_KERNEL = BUILD / "linux-native" / "bzImage"
INITRAMFS = BUILD / "initramfs.cpio.gz"
