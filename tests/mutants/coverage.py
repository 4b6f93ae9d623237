# SPDX-License-Identifier: MIT
"""Which lines of the monitor each micro-guest runs.

QEMU lists the blocks that it translates (-d in_asm), which are those that run;
addr2line turns their addresses into lines. Plugins' guests boot twice: page
mode is what TCG gives, and segment mode's code runs with plugin_mode=unguarded.
"""

import concurrent.futures
import hashlib
import json
import re
import subprocess

import engine
import guest as guests
from engine import qemu
from engine.folder import run_folder

MONITOR = "0xff000000+0x200000"  # hv/include/hv/layout.h
ADDRESS = re.compile(r"^0x(ff[01][0-9a-f]{5}):", re.MULTILINE)
PLACE = re.compile(r"/hv/([a-z]+/(?:hv/)?[a-z_0-9]+\.[chS]):(\d+)")


def translated(guest, monitor, words):
    """Addresses of the monitor's instructions in one boot."""
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
    """{address: "file:line"} below hv/, by the monitor's line table."""
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


def measure(monitor, store, tell):
    """{guest's name: set of "file:line"}; what did not change is read from store."""
    known = json.loads(store.read_text()) if store.exists() else {}
    keys = {guest: key(monitor, guest) for guest in guests.load("guests")}
    missing = [guest for guest in keys if keys[guest] not in known]
    if missing:
        tell(f"finding out which lines of the monitor {len(missing)} guests run")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for guest, lines in zip(missing, pool.map(lambda g: measured(g, monitor), missing)):
            known[keys[guest]] = lines
            store.write_text(json.dumps(known))
    return {guest.name: set(known[keys[guest]]) for guest in keys}
