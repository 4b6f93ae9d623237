# SPDX-License-Identifier: MIT
"""Machine describes a boot and Result its end, independently of the engine."""

import dataclasses
import os
import pathlib
import re
import stat
import typing

from . import paths

# The monitor writes VALUE to isa-debug-exit and the line "(rf) exit: 0xVALUE"
# to port 0xe9. Every engine's status is QEMU's reading of it: VALUE << 1 | 1,
# which no crash of a guest and no failure of QEMU can produce.
POWEROFF = 0x10 << 1 | 1
CRASH = 0x11 << 1 | 1
PANIC = 0x12 << 1 | 1
CANNOT_BOOT = 0x13 << 1 | 1
REBOOT = 0x14 << 1 | 1
OTHER = 0x15 << 1 | 1
TRIPLE_FAULT = 0  # QEMU's own, with -no-reboot; a quit from its monitor too

OUTCOMES = {
    POWEROFF: "poweroff",
    CRASH: "crash",
    PANIC: "panic",
    CANNOT_BOOT: "cannot boot",
    REBOOT: "reboot",
    OTHER: "suspend",
    TRIPLE_FAULT: "triple fault",
}


class EngineError(Exception):
    """An error of the caller's input or of this host, as one sentence for the user."""


@dataclasses.dataclass
class Disk:
    """A disk image. `bus` is virtio or ata; the file of a snapshot is never written to."""

    path: pathlib.Path
    bus: str = "virtio"
    snapshot: bool = False

    @classmethod
    def parse(cls, text):
        """Parses the argument of --disk, FILE[,ata][,snapshot]."""
        name, *options = text.split(",")
        disk = cls(pathlib.Path(name))
        for option in options:
            if option in ("ata", "virtio"):
                disk.bus = option
            elif option == "snapshot":
                disk.snapshot = True
            else:
                raise EngineError(
                    f"--disk {text}: '{option}' is not a disk option; "
                    "use ata, virtio or snapshot"
                )
        return disk

    def format(self):
        return "qcow2" if starts_with(self.path, b"QFI\xfb") else "raw"


@dataclasses.dataclass
class Machine:
    """What an engine boots: the monitor with its modules; with `native` a bzImage without the
    monitor; or an ISO image's boot loader (QEMU only)."""

    engine: str = "tcg"  # tcg, kvm or bochs
    kernel: typing.Optional[pathlib.Path] = None  # module 1; None: no module
    initrd: typing.Optional[pathlib.Path] = None  # module 2
    append: str = ""
    monitor_append: str = ""
    monitor: pathlib.Path = paths.MONITOR
    native: bool = False
    media: typing.Optional[pathlib.Path] = None  # an ISO image to boot instead
    memory: int = 256  # MiB
    cpu: str = "coreduo"  # or smep: one that has SMEP as well
    disks: typing.Sequence[Disk] = ()
    net: bool = False
    forwards: typing.Sequence[typing.Tuple[int, int]] = ()  # with net: TCP ports of this host, and the guest's behind them
    icount: bool = False  # time goes by instructions: a busy or stopped host changes nothing
    icount_shift: int = 0  # then an instruction takes 2^icount_shift ns of the guest's time, 0..10
    chipset: str = "pc"  # QEMU's machine: pc (i440FX) or q35
    bridge: bool = False  # for tests on QEMU: the network card is behind a PCI bridge
    gdb: typing.Optional[int] = None  # TCP port at which the engine waits for gdb
    log: typing.Optional[pathlib.Path] = None  # copy of the monitor's log
    cpu_limit: typing.Optional[int] = None  # seconds of this host's CPU, then SIGKILL

    def __post_init__(self):
        self.kernel = self.kernel and pathlib.Path(self.kernel)
        self.initrd = self.initrd and pathlib.Path(self.initrd)
        self.monitor = pathlib.Path(self.monitor)
        self.media = self.media and pathlib.Path(self.media)
        self.disks = [
            disk if isinstance(disk, Disk) else Disk.parse(str(disk))
            for disk in self.disks
        ]

    def modules(self):
        """Returns (path, command line) of each multiboot module."""
        return [
            (path, words)
            for path, words in ((self.kernel, self.append), (self.initrd, ""))
            if path
        ]

    def check(self):
        """Raise EngineError unless every file can be read."""
        files = [("kernel", self.kernel), ("initrd", self.initrd)]
        files += [("disk", disk.path) for disk in self.disks]
        files += [("boot image", self.media)]
        files += [("monitor", None if self.native or self.media else self.monitor)]
        for what, path in files:
            if path is not None:
                check_file(what, path)
        check_log(self.log)
        if self.initrd and not self.kernel:
            raise EngineError("an initrd was given without a kernel; add --kernel")
        for word in (self.append, self.monitor_append):
            if "\n" in word:
                raise EngineError("a command line for the guest cannot have two lines; use spaces")
        if self.native and not starts_with(self.kernel, b"HdrS", 0x202):
            raise EngineError(f"kernel '{self.kernel}' is not a bzImage; --native needs one")
        if self.media:
            return
        if not self.native and not starts_with(self.monitor, b"\x7fELF\x01\x01"):
            raise EngineError(f"monitor '{self.monitor}' is not an ELF32 program; run 'make hv'")
        self.check_memory()

    def check_memory(self):
        """Raises EngineError if kernel and modules do not fit into memory: a boot loader would
        overwrite itself."""
        parts = [self.kernel, self.initrd, None if self.native else self.monitor]
        size = sum(os.stat(path).st_size for path in parts if path)
        needed = size / (1 << 20) + 1
        if needed > self.memory:
            raise EngineError(
                f"{self.memory} MiB of memory is too little for kernel and modules of "
                f"{size / (1 << 20):.1f} MiB; give --memory a larger number"
            )


HINTS = {
    paths.MONITOR: "run 'make all'",
    paths.DEBUG_MONITOR: "run 'make hv-debug'",
    paths.KERNEL: "run 'make all'",
    paths.INITRAMFS: "run 'make all'",
    paths.NATIVE_KERNEL: "run 'make native'",
}


PIECE = 1 << 20
KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_file(what, path):
    """Raise EngineError unless path is a file that can be read; a disk may be a
    block device. Returns its os.stat_result."""
    hint = HINTS.get(path, "check the path")
    if not path.exists():
        raise EngineError(f"{what} '{path}' does not exist; {hint}")
    found = path.stat()
    kind = KINDS.get(stat.S_IFMT(found.st_mode))
    if kind and not (what == "disk" and stat.S_ISBLK(found.st_mode)):
        raise EngineError(f"{what} '{path}' is {kind}; name a file")
    if not os.access(path, os.R_OK):
        raise EngineError(f"{what} '{path}' cannot be read; check its permissions")
    return found


def check_log(path):
    """Raises EngineError unless `path` can be the log: a file that can be written and read
    back, not a terminal or FIFO."""
    if path is None or not path.exists() or os.path.samefile(path, os.devnull):
        return
    if not path.is_file():
        kind = KINDS[stat.S_IFMT(path.stat().st_mode)]
        raise EngineError(f"log '{path}' is {kind}; name a file, or {os.devnull}")
    if not os.access(path, os.W_OK):
        raise EngineError(f"log '{path}' cannot be written; check its permissions")


def open_file(path):
    """Returns a descriptor for reading. Does not block if `path` has become a FIFO since
    check_file()."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)


def read_file(what, path, most):
    """Returns the contents of a file. Raises EngineError if it has more than `most` bytes,
    whatever size the file system reports."""
    check_file(what, path)
    data = bytearray()
    with open(open_file(path), "rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        while size <= most and len(data) <= most:
            piece = stream.read(PIECE)
            if piece is None:
                raise EngineError(f"{what} '{path}' has no end; name a file that has one")
            if not piece:
                return bytes(data)
            data += piece
    raise EngineError(
        f"{what} '{path}' has more than the {most >> 20} MiB of the guest's memory; "
        "give --memory a larger number"
    )


def starts_with(path, magic, offset=0):
    with open(open_file(path), "rb") as image:
        image.seek(offset)
        return image.read(len(magic)) == magic


@dataclasses.dataclass
class Result:
    """The end of a boot: exit status, console output, log."""

    status: typing.Optional[int]  # see above; None: it had to be stopped
    console: str  # what the guest wrote to its console, CR LF as LF
    monitor_log: str
    timed_out: bool = False
    stopped: bool = False  # by the caller's on_console
    engine_errors: str = ""  # the engine's own stderr
    seconds: float = 0.0

    @property
    def outcome(self):
        """The result in one or two words: poweroff, crash, panic, timeout, ..."""
        if self.timed_out:
            return "timeout"
        if self.stopped:
            return "stopped"
        return OUTCOMES.get(self.status, "engine failure")

    @property
    def last_line(self):
        """The last line of the console that is not empty."""
        lines = [line for line in self.console.splitlines() if line.strip()]
        return lines[-1].strip() if lines else ""

    def monitor_line(self, pattern):
        """Returns the last line of the monitor's log, without "(rf) ", that contains `pattern`."""
        for line in reversed(self.monitor_log.splitlines()):
            if line.startswith("(rf) ") and re.search(pattern, line[5:]):
                return line[5:].strip()
        return None
