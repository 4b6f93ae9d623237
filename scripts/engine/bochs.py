# SPDX-License-Identifier: MIT
"""Runs Bochs, which checks segment limits as real CPUs do.

Bochs starts at bochs-rom.S, with monitor and modules already in memory (multiboot.py).
Bochs's first serial port is a pseudo-terminal; bytes that the guest writes to port 0xe9
appear in Bochs's stdout between the escape sequences of its text display.
"""

import os
import re
import shutil

from . import multiboot
from .image import engine_image
from .machine import EngineError

CONFIG = """\
cpu: model={cpu}, count=1, ips={ips}, reset_on_triple_fault=0
memory: guest={memory}, host={memory}
romimage: file="{rom}", address=0xffff0000
display_library: term
port_e9_hack: enabled=1
com1: enabled=1, mode=term, dev="{console}"
clock: sync=none, time0=1
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
speaker: enabled=0
floppy_bootsig_check: disabled=1
log: "{workdir}/bochs.log"
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
"""

CPUS = {"coreduo": "core_duo_t2400_yonah", "smep": "corei7_ivy_bridge_3770k"}

# Emulated time goes by instructions. 4 MIPS is a tenth of what Bochs reaches:
# the guest's timers then tick ten times as often per second of waiting.
IPS = 4000000


def check(machine):
    if not shutil.which("bochs"):
        raise EngineError(
            "bochs is not installed, or not on PATH; "
            "run 'make setup' or install bochs and bochs-term"
        )
    for option in ("icount", "gdb", "net"):
        if getattr(machine, option):
            raise EngineError(
                f"Bochs has no --{option}; use --engine tcg, or leave it out"
            )
    if machine.chipset != "pc":
        raise EngineError(
            f"Bochs has no chipset {machine.chipset}; use --engine tcg, or leave --chipset out"
        )
    if not 1 < machine.memory <= 2048:
        raise EngineError(
            f"Bochs takes 2 to 2048 MiB of memory, not {machine.memory}"
        )
    if len(machine.disks) > 4:
        raise EngineError(f"Bochs takes 4 disks, not {len(machine.disks)}")


def command(machine, workdir, console):
    """Writes the files that Bochs reads to workdir and returns Bochs's command line."""
    check(machine)
    lay_out = multiboot.lay_out_bzimage if machine.native else multiboot.lay_out
    image, low = lay_out(machine)
    image.write(workdir / "image")
    (workdir / "low").write_bytes(low)
    config = CONFIG.format(
        cpu=CPUS[machine.cpu],
        ips=IPS,
        memory=machine.memory,
        rom=plain(engine_image("bochs-rom.bin"), workdir / "rom"),
        console=console,
        workdir=workdir,
    )
    config += f'optramimage1: file="{workdir}/low", address={multiboot.LOW_BASE:#x}\n'
    config += f'optramimage2: file="{workdir}/image", address={multiboot.MIB:#x}\n'
    config += disk_lines(machine, workdir)
    (workdir / "bochsrc").write_bytes(os.fsencode(config))
    (workdir / "rc").write_text("c\n")
    return [os.path.abspath(shutil.which("bochs")), "-q", "-f", str(workdir / "bochsrc"), "-rc", str(workdir / "rc")]


def plain(path, link):
    """Returns `path` if bochsrc takes it as it is, else a symbolic link to it: quotes and $NAME
    have a meaning in bochsrc."""
    path = os.path.realpath(path)
    if re.fullmatch(r"[\w/., +=@:~-]+", path, re.ASCII):
        return path
    link.symlink_to(path)
    return link


def disk_lines(machine, workdir):
    lines = ""
    for number, disk in enumerate(machine.disks):
        if disk.format() != "raw":
            raise EngineError(f"disk '{disk.path}' is qcow2; Bochs takes raw images")
        size = disk.path.stat().st_size
        if size % 512 or not size:
            raise EngineError(
                f"disk '{disk.path}' has {size} bytes, which is not a whole number of sectors"
            )
        channel, unit = divmod(number, 2)
        if unit == 0:
            ports = ("0x1f0, ioaddr2=0x3f0, irq=14", "0x170, ioaddr2=0x370, irq=15")
            lines += f"ata{channel}: enabled=1, ioaddr1={ports[channel]}\n"
        mode = "flat"
        if disk.snapshot:
            mode = f"volatile, journal={workdir}/redolog{number}"
        cylinders = max(1, size // 512 // (16 * 63))
        lines += (
            f"ata{channel}-{'slave' if unit else 'master'}: type=disk, mode={mode}, "
            f'path="{plain(disk.path, workdir / f"disk{number}")}", cylinders={cylinders}, heads=16, spt=63, '
            "translation=none\n"
        )
    return lines


NOISE = re.compile(rb"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Za-z0-9]|[=>78])|[\r\x0e\x0f]")


def monitor_log(stdout):
    """Returns the lines of the monitor's log from Bochs's stdout."""
    text = NOISE.sub(b"", stdout).decode(errors="replace")
    kept = []
    for line in text.splitlines():
        at = line.find("(rf) ")
        if at >= 0:
            kept.append(line[at:])
    return "\n".join(kept) + ("\n" if kept else "")


def status(log, bochs_log):
    """Returns the exit status that QEMU would have for the same end of the guest."""
    found = re.findall(r"^\(rf\) exit: 0x([0-9a-f]+)", log, re.M)
    if found:
        return int(found[-1], 16) << 1 | 1
    if "3rd" in bochs_log and "exception with no resolution" in bochs_log:
        return 0
    return None
