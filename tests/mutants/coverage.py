# SPDX-License-Identifier: MIT
"""Which lines of the monitor each micro-guest runs.

QEMU lists the blocks that it translates (-d in_asm), which are those that run;
addr2line turns their addresses into lines. Plugins' guests boot twice: page
mode is what TCG gives, and segment mode's code runs with plugin_mode=unguarded.
"""

import hashlib
import json
import re
import subprocess
import threading

import engine
import guest as guests
from engine import qemu
from engine.folder import run_folder

MONITOR = "0xff000000+0x200000"  # hv/include/hv/layout.h
ADDRESS = re.compile(r"^0x(ff[01][0-9a-f]{5}):", re.MULTILINE)
PLACE = re.compile(r"/hv/([a-z]+/(?:hv/)?[a-z_0-9]+\.[chS]):(\d+)")


def translated(guest, monitor, words):
    """Returns the addresses of the monitor's instructions that QEMU translated in one boot."""
    machine = engine.Machine(
        engine="tcg",
        kernel=guest.elf,
        memory=guest.memory,
        append=guest.append,
        monitor_append=f"{guest.monitor_append} {words}".strip(),
        monitor=monitor,
        icount=True,
    )
    with run_folder() as workdir:
        if guest.initrd:
            machine.initrd = workdir / "initrd"
            machine.initrd.write_text(guest.initrd)
        listing = workdir / "blocks"
        argv = qemu.command(machine, workdir, interactive=False)
        argv += ["-d", "in_asm", "-dfilter", MONITOR, "-D", str(listing)]
        try:
            subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=600,
            )
        except subprocess.TimeoutExpired:
            pass  # what it ran until then counts
        return set(ADDRESS.findall(listing.read_text(errors="replace")))


def places(monitor, addresses):
    """Returns {address: "file:line"} below hv/, by the monitor's line table."""
    ordered = sorted(addresses)
    done = subprocess.run(
        ["addr2line", "-e", str(monitor)],
        input="\n".join(ordered),
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for address, line in zip(ordered, done.stdout.splitlines()):
        if match := PLACE.search(line):
            found[address] = f"{match[1]}:{match[2]}"
    return found


def key(monitor, guest):
    digest = hashlib.sha256(monitor.read_bytes())
    digest.update(guest.elf.read_bytes())
    digest.update(repr(guest).encode())
    return digest.hexdigest()


def measured(guest, monitor):
    addresses = translated(guest, monitor, "")
    if guest.name.startswith("plugin-"):
        addresses |= translated(guest, monitor, "plugin_mode=unguarded")
    return sorted(set(places(monitor, addresses).values()))


class Coverage:
    """The lines that each guest runs. Measured when first asked for; results for unchanged
    guests are read from a file."""

    def __init__(self, monitor, store):
        self.monitor, self.store = monitor, store
        self.stored = json.loads(store.read_text()) if store.exists() else {}
        self.known = {}  # guest's name: {file below hv/: lines}
        self.every = {}  # file: lines that any known guest runs
        self.lock = threading.Lock()
        for guest in guests.load("guests"):
            if (found := self.stored.get(key(monitor, guest))) is not None:
                self.take(guest.name, found)

    def take(self, name, found):
        files = {}
        for place in found:
            file, line = place.split(":")
            files.setdefault(file, set()).add(int(line))
        for file, lines in files.items():
            self.every[file] = self.every.get(file, set()) | lines
        self.known[name] = files

    def runs(self, guest, file, lines):
        """Does the guest run any of these lines?"""
        if guest.name not in self.known:
            found = measured(guest, self.monitor)
            with self.lock:
                self.stored[key(self.monitor, guest)] = found
                self.store.write_text(json.dumps(self.stored))
                self.take(guest.name, found)
        return not self.known[guest.name].get(file, set()).isdisjoint(lines)

    def share(self, file, name):
        """Of the file's lines that any guest runs, the share that this guest runs; None if not
        measured."""
        if name not in self.known:
            return None
        return len(self.known[name].get(file, ())) / max(len(self.every.get(file, ())), 1)
