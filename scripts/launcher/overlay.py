# SPDX-License-Identifier: MIT
"""What --put, --exec and piped input add to the initramfs.

/.ringfence/exec is run by /init in place of the shell, between two markers on
the console that carry the nonce; /.ringfence/stdin is the shell's input.
"""

import os
import pathlib

from engine import cpio
from engine.machine import EngineError, check_file

FOLDER = ".ringfence"


def put(archive, known, text):
    """Add what `--put text` names."""
    source, colon, target = text.rpartition(":")
    if not colon or not target.startswith("/"):
        source, target = text, ""
    source = pathlib.Path(source)
    if not source.is_dir():
        check_file("--put file", source)
    name = source.resolve().name
    if target.endswith("/") and target != "/":
        target += name
    # Seen from the root, ".." leads nowhere else.
    target = os.path.normpath(target).lstrip("/") if target else name
    if not target or target.split("/")[0] == FOLDER:
        raise EngineError(f"--put {text}: '{target}' is not a place in the guest; give FILE:/PATH")
    archive.parents(target, known)
    add(archive, known, source, target)


def add(archive, known, source, target):
    if source.is_dir():
        if target not in known:
            archive.directory(target)
        for child in sorted(source.iterdir()):
            if child.is_symlink():
                archive.link(f"{target}/{child.name}", os.readlink(child))
            else:
                add(archive, known, child, f"{target}/{child.name}")
        return
    mode = 0o755 if os.access(source, os.X_OK) else 0o644
    archive.file(target, source.read_bytes(), mode)


def build(options, nonce, stdin):
    """The archive to append, or nothing. The initramfs is checked by the way."""
    known = cpio.checked_names(options.initrd)
    archive = cpio.Archive()
    for text in options.put:
        put(archive, known or (), text)
    if options.exec is not None or stdin is not None:
        archive.directory(FOLDER, 0o700)
    if options.exec is not None:
        archive.file(f"{FOLDER}/nonce", nonce.encode() + b"\n")
        archive.file(f"{FOLDER}/exec", os.fsencode(options.exec) + b"\n")
    elif stdin is not None:
        archive.file(f"{FOLDER}/stdin", stdin)
    return archive.finish() if archive.names else b""


def extend(initrd, overlay, folder):
    """The initramfs with overlay behind it, as a file in folder."""
    if not overlay:
        return initrd
    data = initrd.read_bytes()
    extended = folder / "initramfs"
    extended.write_bytes(data + bytes(-len(data) % 4) + overlay)
    return extended
