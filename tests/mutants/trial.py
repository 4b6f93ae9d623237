# SPDX-License-Identifier: MIT
"""Trials: one test, run once for a mutant.

A boot is limited in time of the CPU, and QEMU counts instructions (-icount), so
neither clock nor load of the host decides: a mutant behaves the same in each run.
The limit is several times what the boot takes without a mutant.
"""

import dataclasses
import functools
import hashlib
import re
import resource
import subprocess

import engine
import guest as guests
import verdict

WALL = 1800  # seconds; CPU time ends a boot long before
HOST = guests.TESTS / "host"
# What boots a guest and what judges the boot.
JUDGES = [guests.TESTS / "guest.py", guests.TESTS / "verdict.py"]
JUDGES += sorted((guests.TESTS.parent / "scripts" / "engine").glob("*.py"))


@dataclasses.dataclass(frozen=True)
class Trial:
    name: str  # tcg/hello, bochs/hello, debug/plugin-kill, host/elf_test
    kind: str
    subject: object  # a Guest, or the name of a test for the host

    @functools.cached_property
    def stamp(self):
        """A hash that changes when the test changes, or the code that finds its verdict."""
        digest = hashlib.sha256(repr(self.subject).encode())
        if self.kind == "host":
            files = sorted(HOST.glob("*.[ch]"))
        else:
            files = [self.subject.elf, *JUDGES]
        for path in files:
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def run(self, image, limit):
        """Runs the test on the image. Returns a sentence that says what is wrong, or ""."""
        if self.kind == "host":
            return run_host(image, limit)
        return run_boot(self, image, limit)


def boots():
    """Returns every micro-guest on each engine where it always does the same."""
    found = []
    for guest in guests.load("guests"):
        kinds = [k for k in ("tcg", "bochs") if not guest.engines or k in guest.engines]
        if guest.debug:
            kinds = ["debug"]
        elif guest.name.startswith("plugin-") and "tcg" in kinds:
            kinds.append("debug")
        found += [Trial(f"{kind}/{guest.name}", kind, guest) for kind in kinds]
    return found


def host_tests():
    """Returns {file below hv/: host tests that are built with it}. They are built without most
    sanitizers, which take most of the time and seldom notice more."""
    parts = {}
    for path in sorted(HOST.glob("*_test.c")):
        test = Trial(f"host/{path.stem}", "host", path.stem)
        argv = ["make", "-n", "-B", "-C", HOST, "BUILD=/nowhere", f"/nowhere/host-tests/{path.stem}"]
        rule = subprocess.run(argv, capture_output=True, text=True).stdout
        named = re.findall(r"/hv/([a-z]+/[a-z0-9_]+\.c)\b", rule)
        named += [f"include/{name}" for name in re.findall(r"#include <(hv/.*)>", path.read_text())]
        for file in sorted(set(named)):
            parts.setdefault(file, []).append(test)
    return parts


def run_boot(trial, monitor, limit):
    kind = "bochs" if trial.kind == "bochs" else "tcg"
    options = dict(monitor=monitor, icount=kind == "tcg", timeout=WALL, cpu_limit=limit)
    result = guests.boot(trial.subject, kind, **options)
    return verdict.complaint(trial.subject, result)


def run_host(program, limit):
    done = subprocess.run(
        ["prlimit", f"--cpu={limit}:{limit}", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    lines = done.stdout.splitlines()
    if done.returncode == 0 and lines and lines[-1].endswith("SUCCESS"):
        return ""
    return f"status {done.returncode}"


def cpu_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
