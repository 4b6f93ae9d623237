# SPDX-License-Identifier: MIT
"""Where the tree, its build products and the cache are."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RINGFENCE_BUILD") or ROOT / "build").resolve()
CACHE = pathlib.Path(
    os.environ.get("RINGFENCE_CACHE") or pathlib.Path.home() / ".cache" / "ringfence"
)

MONITOR = BUILD / "hv" / "ringfence.elf"
DEBUG_MONITOR = BUILD / "hv-debug" / "ringfence.elf"
KERNEL = BUILD / "linux" / "vmlinux"
NATIVE_KERNEL = BUILD / "linux-native" / "bzImage"
INITRAMFS = BUILD / "initramfs.cpio.gz"


def engine_image(name):
    """Path of probe.elf or bochs-rom.bin, made when it is not up to date."""
    image = BUILD / "engine" / name
    sources = pathlib.Path(__file__).parent
    newest = max(path.stat().st_mtime for path in sources.glob("*.[Sl]*"))
    if not image.exists() or image.stat().st_mtime < newest:
        subprocess.run(
            ["make", "-s", "-C", sources, f"BUILD={BUILD}", image],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return image
