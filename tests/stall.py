# SPDX-License-Identifier: MIT
"""Stops engines for moments, as a busy host does.

With RINGFENCE_TEST_STALL=SEED a thread in each test process picks one of that process's
engines now and then and stops it for 0.1 to 2 s. A test that fails only then depends on
the speed of the host. `make test-stalled` sets the variable.
"""

import os
import pathlib
import random
import signal
import threading

ENGINES = ("qemu-system-i38", "bochs", "bochs-bin")  # as the kernel cuts names: 15 characters


def status(pid):
    """Returns (name, state, parent's pid) of a process, or None if there is no such process."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name, rest = text.split("(", 1)[1].rsplit(")", 1)
    state, parent = rest.split()[:2]
    return name, state, int(parent)


def engines(top):
    """Returns the pids of the engines that process `top` or its descendants have started."""
    known = {int(path.name): status(path.name) for path in pathlib.Path("/proc").glob("[0-9]*")}
    found = []
    for pid, said in known.items():
        above = pid
        while above != top and known.get(above):
            above = known[above][2]
        if said and above == top and said[0] in ENGINES:
            found.append(pid)
    return sorted(found)


class Stall(threading.Thread):
    """A thread that stops engines now and then, until end(). The seed decides the moments; what
    the host runs at a moment is not repeatable."""

    def __init__(self, seed, pauses=(0.2, 2), stops=(0.1, 2)):
        super().__init__(daemon=True)
        self.chance = random.Random(seed)
        self.pauses, self.stops = pauses, stops
        self.over = threading.Event()
        self.count = 0

    def run(self):
        while not self.over.wait(self.chance.uniform(*self.pauses)):
            if found := engines(os.getpid()):
                self.stop(self.chance.choice(found))

    def stop(self, pid):
        try:
            os.kill(pid, signal.SIGSTOP)
            self.count += 1
            self.over.wait(self.chance.uniform(*self.stops))
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass  # ended meanwhile

    def end(self):
        self.over.set()
        self.join()
