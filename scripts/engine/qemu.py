# SPDX-License-Identifier: MIT
"""Makes QEMU's command line, for TCG and KVM."""

import os
import pathlib
import shutil

from .machine import EngineError

GDB_PORT = 1234
CPUS = {"coreduo": "coreduo", "smep": "coreduo,+smep"}
# Status 0 is a reset of the machine or the user's Ctrl-A x; only the latter
# comes with this on stderr.
QUIT = "qemu_system_shutdown_request"


def comma(path):
    """Returns the path as QEMU takes it within an option: every comma doubled."""
    return str(path).replace(",", ",,")


def log_path(machine, workdir):
    return pathlib.Path(os.path.realpath(machine.log)) if machine.log else workdir / "monitor.log"


def command(machine, workdir, interactive):
    """Returns QEMU's command line. The guest's console is stdin and stdout; the monitor's log
    goes to log_path()."""
    program = shutil.which("qemu-system-i386")
    if not program:
        raise EngineError(
            "qemu-system-i386 is not installed, or not on PATH; run 'make setup' "
            "or install the package qemu-system-x86"
        )
    argv = [os.path.abspath(program), "-nodefaults", "-no-user-config"]
    argv += ["-vga", "none", "-display", "none", "-no-reboot"]
    argv += ["-machine", machine.chipset]
    # The default CPU has PAE and NX and no long mode, as Bochs's.
    argv += ["-accel", "kvm" if machine.engine == "kvm" else "tcg"]
    argv += ["-cpu", CPUS[machine.cpu], "-m", str(machine.memory)]
    if machine.icount:
        # The clock counts instructions as well, or no two boots would be the same.
        argv += ["-icount", f"shift={machine.icount_shift},sleep=off", "-rtc", "base=2026-01-01,clock=vm"]
    argv += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    argv += ["-chardev", f"file,id=log,path={comma(log_path(machine, workdir))}"]
    argv += ["-device", "isa-debugcon,iobase=0xe9,chardev=log"]
    mux = "on" if interactive else "off"
    argv += ["-chardev", f"stdio,id=console,signal=off,mux={mux}"]
    argv += ["-serial", "chardev:console"]
    if interactive:
        argv += ["-mon", "chardev=console,mode=readline"]
        argv += ["-trace", f"enable={QUIT}"]
    if machine.gdb:
        argv += ["-gdb", f"tcp:127.0.0.1:{machine.gdb}", "-S"]
    return argv + boot(machine, workdir) + devices(machine)


def boot(machine, workdir):
    """Returns -kernel and the options that belong to it. QEMU passes a file's name to the guest
    as the first word of a command line, so links without spaces in workdir are used."""
    if machine.media:
        return ["-boot", "d", "-cdrom", os.path.realpath(machine.media)]
    if machine.native:
        argv = ["-kernel", os.path.realpath(machine.kernel), "-append", machine.append]
        return argv + (["-initrd", os.path.realpath(machine.initrd)] if machine.initrd else [])
    link = workdir / "ringfence.elf"
    link.symlink_to(os.path.realpath(machine.monitor))
    argv = ["-kernel", str(link), "-append", machine.monitor_append]
    modules = []
    for number, (path, words) in enumerate(machine.modules(), 1):
        link = workdir / f"module{number}"
        link.symlink_to(os.path.realpath(path))
        modules.append(f"{link} {comma(words)}".strip())
    return argv + (["-initrd", ",".join(modules)] if modules else [])


def devices(machine):
    argv = []
    units = 0
    for number, disk in enumerate(machine.disks):
        argv += [
            "-drive",
            f"file={comma(os.path.realpath(disk.path))},format={disk.format()},if=none,"
            f"id=disk{number},snapshot={'on' if disk.snapshot else 'off'}",
        ]
        if disk.bus == "ata":
            bus, unit = divmod(units, 2)
            units += 1
            device = f"ide-hd,drive=disk{number},bus=ide.{bus},unit={unit}"
        else:
            device = f"virtio-blk-pci,drive=disk{number}"
        argv += ["-device", device]
    if units > 4:
        raise EngineError(f"{units} ATA disks were given; the machine takes 4")
    if machine.net:
        forwards = [f",hostfwd=tcp:127.0.0.1:{here}-:{there}" for here, there in machine.forwards]
        argv += ["-netdev", "user,id=net0" + "".join(forwards)]
        card = "virtio-net-pci,netdev=net0,romfile="
        if machine.bridge:
            argv += ["-device", "pci-bridge,id=bridge,chassis_nr=1"]
            card += ",bus=bridge"
        argv += ["-device", card]
    return argv
