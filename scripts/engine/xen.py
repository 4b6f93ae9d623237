# SPDX-License-Identifier: MIT
"""Runs a stock 64-bit Xen under QEMU, for comparison; its CPU has long mode, unlike the other
boots'."""

import pathlib
import subprocess
import threading

from . import paths
from .child import start_alone, stop
from .machine import EngineError
from .qemu import comma

IMAGE = paths.CACHE / "xen" / "xen.elf"
OPTIONS = "console=com1 com1=115200,8n1 dom0_mem=64M pv=32 conswitch=xx loglvl=warning"
END = ("Hardware Dom0", "Reboot in")  # Xen's last words about its domain 0


def command(kernel, append):
    argv = ["qemu-system-x86_64", "-nodefaults", "-vga", "none", "-display", "none"]
    argv += ["-no-reboot", "-m", "256", "-accel", "tcg", "-cpu", "max,-la57,-smap,-smep"]
    argv += ["-kernel", str(IMAGE), "-append", OPTIONS, "-serial", "stdio"]
    return argv + ["-initrd", f"{kernel} {comma(append)}"]


def run(kernel, append="", timeout=60):
    """Boots Xen with `kernel` as domain 0. Returns the console's output without Xen's own
    lines."""
    if not IMAGE.exists():
        raise EngineError(f"'{IMAGE}' does not exist; run scripts/build-xen")
    if not pathlib.Path(kernel).exists():
        raise EngineError(f"guest '{kernel}' does not exist; run 'make guests'")
    process = start_alone(command(kernel, append), None, stderr=subprocess.DEVNULL)
    timer = threading.Timer(timeout, process.kill)
    timer.start()
    lines = []
    try:
        for line in process.stdout:
            line = line.decode(errors="replace").rstrip("\r\n")
            if not line.startswith("(XEN)"):
                lines.append(line)
            elif any(word in line for word in END):
                break
    finally:
        timer.cancel()
        stop(process)
    return "\n".join(lines)
