# SPDX-License-Identifier: MIT
"""Trials: one test, run once for a mutant.

A boot is limited in time of the CPU, and QEMU counts instructions (-icount), so
neither clock nor load of the host decides: what a mutant does is always the
same. One that used up its limit is tried again with a longer one before it
counts as hanging.
"""

import dataclasses
import functools
import hashlib
import os
import re
import resource
import signal
import subprocess

import engine
import guest as guests
import verdict

WALL = 1800  # seconds; CPU time ends a boot long before
OUT_OF_TIME = (None, -signal.SIGXCPU, -signal.SIGKILL)
HOST = guests.TESTS / "host"


@dataclasses.dataclass(frozen=True)
class Trial:
    name: str  # tcg/hello, bochs/hello, debug/plugin-kill, host/elf_test
    kind: str
    subject: object  # a Guest, or the name of a test for the host

    @property
    def on_host(self):
        return self.kind in ("host", "sanitized")

    @functools.cached_property
    def stamp(self):
        """Changes when the test does."""
        digest = hashlib.sha256(repr(self.subject).encode())
        files = [self.subject.elf] if not self.on_host else sorted(HOST.glob("*.[ch]"))
        for path in files:
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def run(self, workshop, limit):
        """(complaint or "", did it use up its limit?)."""
        if self.on_host:
            return run_host(workshop.host_test(self.subject, self.kind == "sanitized"), limit)
        return run_boot(self, workshop.monitor(self.kind == "debug"), limit)


def boots():
    """Every micro-guest on each engine that does the same everywhere."""
    found = []
    for guest in guests.load("guests"):
        kinds = [k for k in ("tcg", "bochs") if not guest.engines or k in guest.engines]
        if guest.name.startswith("plugin-") and "tcg" in kinds:
            kinds.append("debug")
        found += [Trial(f"{kind}/{guest.name}", kind, guest) for kind in kinds]
    return found


def host_tests():
    """{file below hv/: tests for the host that are built with it}."""
    parts = {}
    for path in sorted(HOST.glob("*_test.c")):
        # Sanitizers take most of the time and seldom notice more than the test.
        both = [Trial(f"{kind}/{path.stem}", kind, path.stem) for kind in ("host", "sanitized")]
        argv = ["make", "-n", "-B", "-C", HOST, "BUILD=/nowhere", f"/nowhere/host-tests/{path.stem}"]
        rule = subprocess.run(argv, capture_output=True, text=True).stdout
        named = re.findall(r"/hv/([a-z]+/[a-z_]+\.c)\b", rule)
        named += [f"include/{name}" for name in re.findall(r"#include <(hv/.*)>", path.read_text())]
        for file in named:
            parts.setdefault(file, []).extend(both)
    return parts


def run_boot(trial, monitor, limit):
    kind = "bochs" if trial.kind == "bochs" else "tcg"
    options = dict(monitor=monitor, icount=kind == "tcg", timeout=WALL, cpu_limit=limit)
    result = guests.boot(trial.subject, kind, **options)
    complaint = verdict.complaint(trial.subject, result)
    return complaint, bool(complaint) and result.status in OUT_OF_TIME


def run_host(program, limit):
    done = subprocess.run(
        ["prlimit", f"--cpu={limit}:{limit}", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"),  # needs ptrace
    )
    lines = done.stdout.splitlines()
    if done.returncode == 0 and lines and lines[-1].endswith("SUCCESS"):
        return "", False
    return f"status {done.returncode}", done.returncode in OUT_OF_TIME


def cpu_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
