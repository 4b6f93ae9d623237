# SPDX-License-Identifier: MIT
"""A worker's copy of hv/, in which the worker builds one mutant after the other."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import time

import engine

# The line numbers of debug information tell mutants apart that are the same code.
PLAIN = "HV_CFLAGS=-w -g0"
# Tests for the host: a mutant may have the compiler warn, and of the sanitizers there is
# the one that costs nothing, for which an index outside of an array is a trap.
QUICK = "SANITIZE=-w -fsanitize=bounds -fsanitize-undefined-trap-on-error"
TICK = 0.02  # seconds; file times may be as coarse as 10 ms
TESTS = engine.ROOT / "tests"


class NotBuilt(Exception):
    """Raised when the mutant does not compile or link."""


class Workshop:
    def __init__(self, number):
        self.root = engine.BUILD / "mutants" / f"worker-{number}"
        self.hv = self.root / "hv"
        self.build = self.root / "build"
        self.root.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.root / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        # This file exists while hv/ holds a mutant: an interrupted run may leave the mutant's
        # object.
        self.dirty = self.root / "dirty"
        if self.dirty.exists():
            shutil.rmtree(self.build, ignore_errors=True)
            self.dirty.unlink()
        self.build.mkdir(exist_ok=True)
        self.mutant = None  # what is in hv/ now
        self.original = b""
        self.pristine = {}  # object: its contents without the mutant
        self.built = {}  # what is built with the mutant, so that make runs once
        self.clean = {}  # and copies without it
        self.refresh()

    def refresh(self):
        """Copies the tree's hv/ here. Files that have not changed keep their time stamps."""
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

    def image(self, kind, subject):
        """Path of the program that decides a trial: the test for the host, or else
        the monitor, linked without the names that a panic prints."""
        if kind == "host":
            path = self.build / "host-tests" / subject
            return self.once(path, f"HV={self.hv}", QUICK, folder=TESTS / "host")
        debug = kind == "debug"
        path = self.build / ("hv-debug" if debug else "hv") / "pass1.elf"
        return self.once(path, PLAIN, *(["DEBUG=1"] if debug else []))

    def once(self, path, *words, folder=None):
        if path not in self.built:
            try:
                self.make(*words, str(path), folder=folder)
                self.built[path] = path
            except NotBuilt as error:
                self.built[path] = error
        if isinstance(self.built[path], NotBuilt):
            raise self.built[path]
        return path

    def clean_image(self, kind, subject):
        """Returns the path of the same program without a mutant."""
        name = subject if kind == "host" else "hv-debug" if kind == "debug" else "hv"
        if name not in self.clean:
            mutant = self.mutant
            self.restore()
            copy = self.root / "clean" / name
            copy.parent.mkdir(exist_ok=True)
            shutil.copy2(self.image(kind, subject), copy)
            self.clean[name] = copy
            if mutant:
                self.mutate(mutant)
        return self.clean[name]

    def objects(self, file):
        """Returns the objects that are compiled from a file: usual build, debug build, host
        tests."""
        folders = "hv", "hv-debug", "host-tests/parts/hv"
        return [self.build / folder / file.replace(".c", ".o") for folder in folders]

    def forget_images(self):
        """Removes linked programs, because file times are too coarse for make to see each
        change."""
        for path in self.built:
            path.unlink(missing_ok=True)
        self.built = {}

    def mutate(self, mutant):
        self.restore()
        path = self.hv / mutant.file
        self.dirty.touch()
        self.mutant = mutant
        self.original = path.read_bytes()
        if path.suffix == ".c":
            for made in self.objects(mutant.file):
                if made.exists():
                    self.pristine[made] = made.read_bytes()
                    made.unlink()
        else:
            time.sleep(TICK)
        self.forget_images()
        path.write_text(mutant.apply(self.original.decode()))

    def restore(self):
        """Puts back the source as it was when it was copied, not as it is in the tree now, and
        the objects made from it. The objects are newer, so that make has nothing to do."""
        if not self.mutant:
            return
        path = self.hv / self.mutant.file
        if path.suffix == ".c":
            path.write_bytes(self.original)
            os.utime(path, (0, 0))
            for made in self.objects(self.mutant.file):
                made.unlink(missing_ok=True)
                if made in self.pristine:
                    made.write_bytes(self.pristine[made])
        else:
            time.sleep(TICK)
            path.write_bytes(self.original)
        self.pristine = {}
        self.forget_images()
        self.mutant = None
        self.dirty.unlink()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
