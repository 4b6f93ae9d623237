# SPDX-License-Identifier: MIT
"""Finds the path in the guest's tree at which --put places a file, as `cp -r` would."""

import os
import stat

from engine.machine import EngineError

FOLDER = ".ringfence"
MOUNTED = ("proc", "sys", "dev")  # /init mounts over these
LINKS = 40  # as Linux follows


class Tree:
    """The files of the initramfs and its additions: {path without "/": mode}, and the targets
    of links. `known` is the result of cpio.entries(), or None."""

    def __init__(self, known):
        self.known = known is not None
        self.modes = {}
        self.targets = {}
        self.canonical = {""}  # directories that resolve() gives for themselves
        for name, entry in (known or {}).items():
            target = os.fsdecode(bytes(entry.data)) if stat.S_ISLNK(entry.mode) else ""
            self.note(name, entry.mode, target)

    def note(self, name, mode, target=""):
        self.modes[name] = mode
        self.targets[name] = target

    def resolve(self, path):
        """Returns the path without links and "..", whether it exists or not. None: the links
        are circular."""
        if path in self.canonical:
            return path
        todo = path.split("/")[::-1]
        done = []
        links = 0
        while todo:
            part = todo.pop()
            if part == "..":
                del done[-1:]
            elif part not in ("", "."):
                done.append(part)
                name = "/".join(done)
                if stat.S_ISLNK(self.modes.get(name, 0)):
                    links += 1
                    if links > LINKS:
                        return None
                    target = self.targets[name]
                    done = [] if target.startswith("/") else done[:-1]
                    todo += target.split("/")[::-1]
        return "/".join(done)

    def kind(self, name):
        """Returns S_IFDIR, S_IFREG, ... of the file, following links; 0: there is no such file."""
        name = self.resolve(name)
        if name == "":
            return stat.S_IFDIR
        return stat.S_IFMT(self.modes.get(name, 0))

    def is_folder(self, name):
        return self.kind(name) == stat.S_IFDIR

    def place(self, text, target, is_folder):
        """Returns the path of a file (with is_folder, of a folder) that --put places at
        `target`. Raises EngineError if programs of the guest would not find the file there."""
        if is_folder and not target:
            return ""
        parent = self.resolve(os.path.dirname(target))
        name = os.path.join(parent, os.path.basename(target)) if parent is not None else ""
        top = (self.resolve(name) or name).split("/")[0]
        if not name or top == FOLDER:
            raise EngineError(f"--put {text}: '/{target}' is not a path in the guest; give FILE:/PATH")
        if top in MOUNTED:
            raise EngineError(
                f"--put {text}: the guest mounts a file system of its own on /{top}; choose another path"
            )
        if len(os.fsencode(name)) >= 4096 or any(len(os.fsencode(part)) > 255 for part in name.split("/")):
            raise EngineError(f"--put {text}: its path in the guest is too long")
        above = parent
        while above and above not in self.modes:
            above = os.path.dirname(above)
        if not self.is_folder(above):
            raise EngineError(f"--put {text}: '/{above}' is a file in the guest; choose another path")
        if is_folder and self.kind(name) not in (0, stat.S_IFDIR):
            raise EngineError(f"--put {text}: '/{name}' is a file in the guest, not a directory")
        if not is_folder and stat.S_ISDIR(self.modes.get(name, 0)):
            raise EngineError(f"--put {text}: '/{name}' is a directory in the guest; choose another path")
        if is_folder and not stat.S_ISLNK(self.modes.get(name, 0)):
            self.canonical.add(name)
        return name
