# SPDX-License-Identifier: MIT
"""Long fuzzing: `make fuzz TIME=SECONDS`, or this package directly:

    /usr/bin/python3 -B tests/fuzz [--time S] [--seed N] [--count N] [NAME...]

A module in this directory that has a list TARGETS adds to what is fuzzed. A
target is any object with

    name          as on the command line, [a-z0-9-]
    about         one line for `--list`
    slice         the count of its part in `make test`: some seconds' worth
    prepare()     builds what `make hv guests` does not; raises fuzz.Unfit with one
                  sentence if it cannot. Called once, before any target runs
    run(seconds, seed, count)
                  fuzzes for so many seconds, or exactly `count` cases if that is
                  not None (then seconds is only a limit, or None), from `seed`
                  on; gives a fuzz.Result

Two targets run at a time, each in a thread of its own: nothing global, and one
process at a time. Every case follows from the seed. What is worth keeping goes
to logs(name). One seed and count mean the same cases every time; a target that
cannot promise that says so in `about`.
"""

import dataclasses
import importlib
import pathlib
import time
import typing

import engine


class Unfit(Exception):
    """Raised when a target cannot run on this host; the message is one sentence."""


@dataclasses.dataclass
class Result:
    count: int  # number of cases that were tried; 0 is a failure
    counted: str  # what they are: "hypercalls", "inputs"
    seed: int  # where it began
    complaint: str = ""  # what is wrong, in one sentence; "": nothing
    reproduce: str = ""  # with a complaint: the command line that shows it again
    log: typing.Optional[pathlib.Path] = None  # with a complaint: the output
    remark: str = ""  # figures worth a few words

    @property
    def passed(self):
        return not self.complaint and self.count > 0


class Target:
    """A base class for targets; targets need not use it."""

    name = about = ""
    slice = 1000

    def prepare(self):
        pass

    def run(self, seconds, seed, count):
        raise NotImplementedError


class Boots(Target):
    """A base class for targets that are one boot after another, of at most per_boot cases each."""

    counted = "cases"
    per_boot = 1000

    def boot(self, seed, count):
        """Returns the number of cases, a complaint or "", and with a complaint the path of a log."""
        raise NotImplementedError

    def next_seed(self, seed, count):
        """The first seed behind those of a boot."""
        return seed + 1

    def explain(self, complaint, seed, count):
        """Returns the complaint in full, and the command that shows it again."""
        return complaint, command(self.name, seed, count)

    def end(self, seed, boots):
        """Called when all boots were good. Returns figures worth a few words."""
        return f"{boots} boots"

    def run(self, seconds, seed, count):
        end = None if seconds is None else time.monotonic() + seconds
        total = boots = 0
        at = seed
        while total < count if count else not boots or time.monotonic() < end:
            share = min(self.per_boot, count - total) if count else self.per_boot
            counted, complaint, log = self.boot(at, share)
            total += counted
            boots += 1
            if complaint:
                return Result(total, self.counted, seed, *self.explain(complaint, at, share), log)
            at = self.next_seed(at, share)
        return Result(total, self.counted, seed, remark=self.end(seed, boots))


def logs(name):
    """Returns the folder of a target's logs, build/fuzz/NAME."""
    path = engine.BUILD / "fuzz" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def command(name, seed, count):
    """Returns the command line that repeats one part of a target."""
    return f"/usr/bin/python3 -B tests/fuzz {name} --seed {seed} --count {count}"


def targets():
    """Returns all targets, sorted by the name of their module."""
    found = []
    for path in sorted(pathlib.Path(__file__).parent.glob("[a-z]*.py")):
        found += getattr(importlib.import_module(f"fuzz.{path.stem}"), "TARGETS", [])
    return found
