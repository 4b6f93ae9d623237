# SPDX-License-Identifier: MIT
"""The command line of `ringfence run`."""

import argparse
import pathlib
import re

from engine import paths, qemu
from engine.machine import Disk, EngineError

EPILOG = """\
exit status: that of the commands with --exec, else 0 when the guest powered
off; 124 when --timeout ran out; 125 with one sentence for everything else,
such as a signal that ends the launcher. The engine never outlives the launcher.
Ctrl-A x ends an interactive guest. Disks: /dev/vda... (virtio), /dev/sda... (ata).
A disk with an /sbin/init on it becomes the root; --append root=initramfs keeps
it from that. Input that is not a terminal is read whole, and run by the shell.
"""


class Parser(argparse.ArgumentParser):
    """argparse, with errors in the command line raised as EngineError."""

    def error(self, message):
        message = re.sub(r"^unrecognized arguments: ", "unknown option or argument: ", message)
        raise EngineError(f"{message}; see '{self.prog} --help'")


def memory(text):
    """Parses a number of MiB, with or without M or G behind it."""
    match = re.fullmatch(r"(\d+)([MmGg]?)[Bb]?", text)
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"'{text}' is not a size; give MiB, as in 256 or 1G")
    size = int(match[1]) * (1024 if match[2] in ("G", "g") else 1)
    if size > 3584:
        raise argparse.ArgumentTypeError(f"'{text}' is more than the 3584 MiB below the PCI hole")
    return size


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds above 0")
    return value


def shift(text):
    if not text.isdecimal() or int(text) > 10:
        raise argparse.ArgumentTypeError(f"'{text}' is not a shift from 0 to 10")
    return int(text)


def port(text):
    if not text.isdecimal() or not 1024 <= int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port from 1024 to 65535")
    return int(text)


def forward(text):
    here, colon, there = text.partition(":")
    if not colon or not there.isdecimal() or not 1 <= int(there) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port of this host and one of the guest, as in 8080:80")
    return port(here), int(there)


def disk(text):
    try:
        return Disk.parse(text)
    except EngineError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parser():
    top = Parser(prog="ringfence", description="Run a guest on the Ringfence monitor.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    run = commands.add_parser(
        "run",
        help="boot a guest and start a shell in it, or run the commands of --exec",
        allow_abbrev=False,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = run.add_argument
    add("--engine", choices=("auto", "kvm", "tcg", "bochs"), default="auto",
        help="auto (default): kvm where it enforces segment limits, else tcg")
    add("--kernel", type=pathlib.Path, metavar="FILE",
        help="a Xen PV ELF kernel (default: build/linux/vmlinux)")
    add("--initrd", type=pathlib.Path, metavar="FILE",
        help="the kernel's initramfs (default with the tree's kernels: build/initramfs.cpio.gz)")
    add("--append", default="", metavar="WORDS", help="add words to the guest's command line")
    add("--monitor-append", default="", metavar="WORDS", help="words for the monitor's command line")
    add("--monitor", type=pathlib.Path, default=paths.MONITOR, metavar="FILE",
        help="the monitor's ELF file (default: build/hv/ringfence.elf)")
    add("--native", action="store_true",
        help="boot build/linux-native/bzImage without the monitor, for comparison")
    add("--memory", type=memory, default=256, metavar="MIB", help="memory of the machine (default 256)")
    add("--disk", type=disk, action="append", default=[], metavar="FILE[,ata][,snapshot]",
        help="a disk image; may be repeated")
    add("--net", action="store_true", help="a virtio network card, behind NAT")
    add("--forward", type=forward, action="append", default=[], metavar="PORT:PORT",
        help="with --net: connections to this TCP port of 127.0.0.1 go to that of the guest; may be repeated")
    add("--chipset", choices=("pc", "q35"), default="pc",
        help="QEMU's machine: pc (default, i440FX) or q35")
    add("--put", action="append", default=[], metavar="FILE[:PATH]",
        help="add a file or a directory to the initramfs, as cp -r would; may be "
        "repeated. A program replaces the busybox applet of its name")
    add("--exec", metavar="COMMANDS", help="run COMMANDS in the guest and print only their output")
    add("--timeout", type=seconds, metavar="S", help="end the guest after S seconds")
    add("--icount", type=shift, nargs="?", const=0, metavar="SHIFT",
        help="count instructions as time (tcg): each takes 2^SHIFT ns, default 0")
    add("--gdb", type=port, nargs="?", const=qemu.GDB_PORT, metavar="PORT",
        help=f"wait for gdb at a TCP port, default {qemu.GDB_PORT}, and print the command that starts gdb")
    add("--log", type=pathlib.Path, metavar="FILE", help="write the monitor's log to FILE")
    return top


def parse(argv):
    """Returns the options, with the defaults that depend on other options filled in."""
    options = parser().parse_args(argv)
    ours = options.kernel is None
    if ours:
        options.kernel = paths.NATIVE_KERNEL if options.native else paths.KERNEL
    if options.initrd is None and (ours or options.native):
        options.initrd = paths.INITRAMFS
    if options.initrd is None and (options.put or options.exec is not None):
        raise EngineError("--exec and --put need an initramfs; add --initrd FILE")
    if options.forward and not options.net:
        raise EngineError("--forward needs a network card: add --net")
    if options.engine == "kvm" and options.icount is not None:
        raise EngineError("KVM does not count instructions; use --engine tcg with --icount")
    if options.log and not options.log.absolute().parent.is_dir():
        raise EngineError(f"--log {options.log}: its directory does not exist; make it first")
    return options
