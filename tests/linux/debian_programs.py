# SPDX-License-Identifier: MIT
"""Programs of Debian's i386 packages for the guest, each in a folder with the libraries that it needs."""

import pathlib
import shutil
import subprocess
import tempfile

import deadline
from debian.archive import download


def unpack(folder, packages, files):
    """Makes the folder, with the files of these packages, which scripts/packages lists, too. Returns it."""
    folder.mkdir()
    with tempfile.TemporaryDirectory() as unpacked:
        for package in packages:
            command = ["dpkg-deb", "-x", download(f"{package}:i386"), unpacked]
            subprocess.run(command, check=True, timeout=deadline.COMMAND)
        for name in files:
            [found, *_] = [path for path in pathlib.Path(unpacked).rglob(name) if path.is_file() and path.read_bytes().startswith(b"\x7fELF")]
            shutil.copy(found, folder / name)
            (folder / name).chmod(0o755)
    return folder
