# SPDX-License-Identifier: MIT
"""Micro-guests as directories: what test.toml says, and their boots.

test.toml lies beside main.c when a guest wants other than the defaults:

    engines = ["tcg", "bochs"]    default: all that are here
    memory = 64                   MiB
    cpu = "smep"                  a CPU that has SMEP; default: the usual one
    timeout = 20                  seconds of one boot
    append = "words"              the guest's command line
    monitor_append = "words"
    initrd = "text"               contents of the second module
    expect = "success"            or "killed", with:
    reason = "regular expression" in the monitor's last word about the guest
    console = ["regex", ...]      each must be found in the output
    stock = false                 not for scripts/xen-compare
    machine = true                must-fail only: boots instead of the monitor
"""

import concurrent.futures
import dataclasses
import functools
import os
import pathlib
import tempfile
import tomllib

import engine

TESTS = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Guest:
    name: str
    kind: str = "guests"  # the directory it lies in
    engines: tuple = ()
    memory: int = 64
    cpu: str = "coreduo"
    timeout: float = 20
    append: str = ""
    monitor_append: str = ""
    initrd: str = ""
    expect: str = "success"
    reason: str = ""
    console: tuple = ()
    stock: bool = True
    machine: bool = False
    must_be: str = ""  # must-fail: the verdict that is expected
    debug: bool = False  # under the debug build of the monitor

    @property
    def elf(self):
        return engine.BUILD / self.kind / f"{self.name}.elf"


def load(kind):
    """All guests below tests/KIND, by name."""
    return [read(path.parent) for path in sorted((TESTS / kind).glob("*/Makefile"))]


def read(directory):
    settings = {}
    file = directory / "test.toml"
    if file.exists():
        settings = tomllib.loads(file.read_text())
    known = {field.name for field in dataclasses.fields(Guest)} - {"name", "kind"}
    if wrong := set(settings) - known:
        raise ValueError(f"{file}: unknown key {', '.join(sorted(wrong))}; see tests/guest.py")
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()}
    return Guest(directory.name, directory.parent.name, **values)


@functools.cache
def engines_here():
    """tcg and bochs, and kvm where the probe finds limits enforced."""
    return ("tcg", "bochs") + (("kvm",) if engine.choose() == "kvm" else ())


def boot(guest, engine_name, **options):
    """Runs it once; an engine.Result."""
    # Bochs is some ten times slower, and not what a time limit is about.
    timeout = guest.timeout * (4 if engine_name == "bochs" else 1)
    settings = dict(
        memory=guest.memory,
        cpu=guest.cpu,
        append=guest.append,
        monitor_append=guest.monitor_append,
        timeout=timeout,
    )
    if guest.debug:
        settings["monitor"] = engine.DEBUG_MONITOR
    settings.update(options)
    if guest.machine:
        return engine.run_guest(engine_name, monitor=guest.elf, **settings)
    if not guest.initrd:
        settings.setdefault("kernel", guest.elf)
        return engine.run_guest(engine_name, **settings)
    with tempfile.NamedTemporaryFile(prefix="ringfence-") as file:
        file.write(guest.initrd.encode())
        file.flush()
        return engine.run_guest(engine_name, guest.elf, initrd=file.name, **settings)


class Boots:
    """Boots that were asked for, run a few at a time ahead of their tests."""

    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
        self.futures = {}

    def ask(self, guest, engine_name):
        key = (guest, engine_name)
        if key not in self.futures:
            self.futures[key] = self.pool.submit(boot, guest, engine_name)
        return self.futures[key]

    def result(self, guest, engine_name):
        return self.ask(guest, engine_name).result()

    def close(self):
        self.pool.shutdown(cancel_futures=True)
