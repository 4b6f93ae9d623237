# SPDX-License-Identifier: MIT
"""Finds micro-guests, reads their test.toml, and boots them.

A guest that needs other than the defaults has a test.toml beside main.c:

    engines = ["tcg", "bochs"]    default: all that are here
    memory = 64                   MiB
    cpu = "smep"                  a CPU that has SMEP; default: the usual one
    timeout = 2                   seconds, of a boot that is meant to hang
    append = "words"              the guest's command line
    monitor_append = "words"
    initrd = "text"               contents of the second module
    expect = "success"            or "killed", with:
    reason = "regular expression" in the monitor's last word about the guest
    console = ["regex", ...]      each must match somewhere in the output
    net = true                    a network device, where the engine has one
    chipset = "q35"               QEMU's machine, by default pc; not on Bochs
    stock = false                 not for scripts/xen-compare
    machine = true                must-fail only: boots instead of the monitor
"""

import dataclasses
import functools
import pathlib
import tempfile
import tomllib

import deadline
import engine

# Under QEMU time goes by instructions, as it does under Bochs: no timer comes earlier
# or later because the host is busy. 64 ns each makes what waits for a time short.
SHIFT = 6

TESTS = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Guest:
    name: str
    kind: str = "guests"  # the directory it lies in
    engines: tuple = ()
    memory: int = 64
    cpu: str = "coreduo"
    timeout: float = 0  # 0: as tests/deadline.py says
    append: str = ""
    monitor_append: str = ""
    initrd: str = ""
    expect: str = "success"
    reason: str = ""
    console: tuple = ()
    stock: bool = True
    machine: bool = False
    net: bool = False
    chipset: str = "pc"
    must_be: str = ""  # must-fail: the verdict that is expected
    debug: bool = False  # under the debug build of the monitor

    @property
    def elf(self):
        return engine.BUILD / self.kind / f"{self.name}.elf"


def load(kind):
    """Returns all guests below tests/KIND, by name."""
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
    """Returns tcg and bochs, and kvm if the probe kernel finds limits enforced there."""
    return ("tcg", "bochs") + (("kvm",) if engine.choose() == "kvm" else ())


def boot(guest, engine_name, **options):
    """Boots the guest once. Returns an engine.Result."""
    hung = deadline.BOCHS if engine_name == "bochs" else deadline.BOOT
    settings = dict(
        memory=guest.memory,
        cpu=guest.cpu,
        append=guest.append,
        monitor_append=guest.monitor_append,
        timeout=guest.timeout or hung,
    )
    if engine_name == "tcg":
        settings.update(icount=True, icount_shift=SHIFT)
    if engine_name != "bochs":
        settings.update(net=guest.net, chipset=guest.chipset)
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
    """Boots a guest once on an engine for all tests that look at it."""

    def __init__(self):
        self.results = {}

    def result(self, guest, engine_name):
        key = (guest, engine_name)
        if key not in self.results:
            self.results[key] = boot(guest, engine_name)
        return self.results[key]
