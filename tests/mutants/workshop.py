# SPDX-License-Identifier: MIT
"""One worker's copy of hv/, in which it makes one mutant after the other."""

import fcntl
import hashlib
import os
import shutil
import subprocess

import engine

# The line numbers of debug information tell mutants apart that are the same code.
PLAIN = "HV_CFLAGS=-w -g0"


class NotBuilt(Exception):
    """The mutant is no C, or does not link."""


class Workshop:
    def __init__(self, number):
        self.root = engine.BUILD / "mutants" / f"worker-{number}"
        self.hv = self.root / "hv"
        self.build = self.root / "build"
        self.root.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.root / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        # There while a mutant is: a run that was cut short may leave its object.
        self.dirty = self.root / "dirty"
        if self.dirty.exists():
            shutil.rmtree(self.build, ignore_errors=True)
            self.dirty.unlink()
        self.build.mkdir(exist_ok=True)
        self.changed = None
        self.original = self.pristine = b""
        self.refresh()

    def refresh(self):
        """The tree's hv/, files that did not change with the times they had."""
        source = engine.ROOT / "hv"
        wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
        for old in [path for path in self.hv.rglob("*") if path.is_file()]:
            if old.relative_to(self.hv) not in wanted:
                old.unlink()
        for name in wanted:
            ours = self.hv / name
            text = (source / name).read_bytes()
            if not ours.exists() or ours.read_bytes() != text:
                ours.parent.mkdir(parents=True, exist_ok=True)
                ours.write_bytes(text)

    def make(self, *words, folder=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
        argv = ["make", "-s", "-C", str(folder or self.hv), f"BUILD={self.build}", *words]
        done = subprocess.run(argv, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise NotBuilt(done.stderr)

    def monitor(self, debug=False):
        """Path of the monitor, linked without the names that a panic prints."""
        path = self.build / ("hv-debug" if debug else "hv") / "pass1.elf"
        self.make(PLAIN, str(path), *(["DEBUG=1"] if debug else []))
        return path

    def objects(self, file):
        """What is compiled from a file, in the usual and in the debug build."""
        return [self.build / kind / file.replace(".c", ".o") for kind in ("hv", "hv-debug")]

    def mutate(self, mutant):
        self.restore()
        path = self.hv / mutant.file
        if path.suffix == ".c":
            self.pristine = self.objects(mutant.file)[0].read_bytes()
        self.dirty.touch()
        self.changed = mutant.file
        self.original = path.read_bytes()
        path.write_text(mutant.apply(self.original.decode()))

    def restore(self):
        """The source as it was, not as the tree has it by now, and the object that
        was made from it, which is newer, so that make has nothing to do."""
        if not self.changed:
            return
        path = self.hv / self.changed
        usual, debug = self.objects(self.changed)
        path.write_bytes(self.original)
        if path.suffix == ".c":
            os.utime(path, (0, 0))
            debug.unlink(missing_ok=True)
            usual.write_bytes(self.pristine)
        self.changed = None
        self.dirty.unlink()

    def code(self):
        """What tells one mutant from another, however it is written."""
        if not self.changed.endswith(".c"):
            return digest(self.monitor())
        usual, _ = self.objects(self.changed)
        self.make(PLAIN, str(usual))
        return digest(usual) + self.changed

    def unchanged(self):
        return hashlib.sha256(self.pristine).hexdigest() + self.changed

    def host_test(self, name, sanitize):
        """Path of a test for the host with this mutant in it."""
        path = self.build / "host-tests" / name
        path.unlink(missing_ok=True)
        words = [] if sanitize else ["SANITIZE="]
        self.make(f"HV={self.hv}", *words, str(path), folder=engine.ROOT / "tests" / "host")
        return path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
