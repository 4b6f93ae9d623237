# SPDX-License-Identifier: MIT
"""What --put, --exec and piped input add to the initramfs.

/.ringfence/exec is run by /init in place of the shell, between two markers on
the console that carry the nonce; /.ringfence/stdin is the shell's input;
/.ringfence/busybox takes the place of /bin/busybox before either is run.
"""

import os
import pathlib
import stat

from engine import cpio
from engine.machine import EngineError, check_file, read_file

from . import applets
from .place import FOLDER, Tree


class Overlay:
    """The archive that is appended to the initramfs, and the tree that both unpack to."""

    def __init__(self, known, most):
        self.tree = Tree(known)
        self.archive = cpio.Archive()
        self.replaced = []  # names of files
        self.left = most  # bytes

    def parents(self, name):
        missing = []
        above = os.path.dirname(name)
        while above and above not in self.tree.modes:
            missing.append(above)
            above = os.path.dirname(above)
        for folder in reversed(missing):
            self.directory(folder)

    def directory(self, name):
        if not self.tree.is_folder(name):
            self.archive.directory(name, 0o700 if name == FOLDER else 0o755)
            self.tree.note(name, stat.S_IFDIR)

    def file(self, name, source):
        data = read_file("--put file", source, self.left)
        self.left -= len(data)
        self.archive.file(name, data, 0o755 if os.access(source, os.X_OK) else 0o644)
        self.tree.note(name, stat.S_IFREG)
        self.replaced.append(name)

    def link(self, name, source):
        target = os.readlink(source)
        self.archive.link(name, target)
        self.tree.note(name, stat.S_IFLNK, target)
        self.replaced.append(name)

    def put(self, text):
        """Adds the file or folder that `--put text` names."""
        source, colon, target = text.rpartition(":")
        if not colon or not target.startswith("/"):
            source, target = text, ""
        source = pathlib.Path(source)
        is_folder = source.is_dir()
        if not is_folder:
            check_file("--put file", source)
        name = os.path.basename(os.path.realpath(source))
        # Seen from the root, ".." leads nowhere else.
        place = os.path.normpath(target).lstrip("/") if target else name
        if name and (target.endswith("/") and target != "/" or not is_folder and self.tree.is_folder(place)):
            place = os.path.join(place, name)
        if not place and not target:
            raise EngineError(f"--put {text}: the path gives the file no name in the guest; give FILE:/PATH")
        self.add(text, source, place)

    def add(self, text, source, target):
        """Adds a file, or a folder with all files below it; symbolic links in the folder stay
        links."""
        todo = [(source, target, False)]
        while todo:
            source, target, may_link = todo.pop()
            is_link = may_link and source.is_symlink()
            is_folder = source.is_dir() and not is_link
            name = self.tree.place(text, target, is_folder)
            self.parents(name)
            if is_link:
                self.link(name, source)
            elif is_folder:
                self.directory(name)
                below = sorted(source.iterdir(), reverse=True)
                todo += [(child, f"{name}/{child.name}", True) for child in below]
            else:
                self.file(name, source)


def build(options, base, nonce, stdin):
    """Returns the archive to append to the initramfs `base`, or nothing. Raises EngineError if
    `base` is damaged."""
    most = options.memory << 20
    known = cpio.checked_entries(options.initrd, base, most)
    overlay = Overlay(known, most)
    archive = overlay.archive
    for text in options.put:
        overlay.put(text)
    applets.give_way(overlay, known)
    if options.exec is not None or stdin is not None or options.put:
        overlay.directory(FOLDER)
        archive.file(f"{FOLDER}/nonce", nonce.encode() + b"\n")
    if options.put:
        archive.file(f"{FOLDER}/put", b"")
    if options.exec is not None:
        archive.file(f"{FOLDER}/exec", os.fsencode(options.exec) + b"\n")
    elif stdin is not None:
        archive.file(f"{FOLDER}/stdin", stdin)
    return archive.finish() if archive.names else b""


def extend(base, overlay, folder):
    """Returns the path of a file in `folder`: the initramfs `base` with the overlay appended."""
    extended = folder / "initramfs"
    with open(extended, "wb") as stream:
        stream.write(base)
        stream.write(bytes(-len(base) % 4))
        stream.write(overlay)
    return extended
