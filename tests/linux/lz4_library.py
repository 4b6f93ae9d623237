# SPDX-License-Identifier: MIT
"""LZ4's library, from the source that Debian has of it."""

import subprocess

import deadline
from engine.paths import CACHE

SOURCE = "lz4_1.9.4.orig.tar.gz"  # scripts/packages has its sum


def unpack(folder):
    """Unpacks the source into the folder. Returns the path of the library's files."""
    folder.mkdir()
    command = ["tar", "-xf", CACHE / "sources" / SOURCE, "-C", folder, "--strip-components=1"]
    subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return folder / "lib"
