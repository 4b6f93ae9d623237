# SPDX-License-Identifier: MIT
"""Fuzzes the plugin device and its files in /sys from processes of the guest Linux.
ioctl/ioctl_fuzz.c runs several processes at once, half of them as root, half without any
privilege. Boots follow one another, with consecutive seeds."""

import os
import pathlib
import re
import subprocess
import time

import deadline
import engine
import fuzz
import makefile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = engine.BUILD / "fuzz" / "ioctl_fuzz"
PROCESSES = 6
PER_BOOT = 40000
RATE = 40  # so many operations a second are the least that a boot does
TROUBLE = r"BUG|Oops|WARNING|Call Trace|unable to handle|hung task|Bad page"


class Ioctl(fuzz.Target):
    name = "ioctl"
    about = "the plugin device from ring 3, processes with and without privilege (their order is the guest's)"
    slice = 1500

    def prepare(self):
        for product in ("linux/vmlinux", "initramfs.cpio.gz", "hv/ringfence.elf"):
            if not (engine.BUILD / product).exists():
                raise fuzz.Unfit(f"build/{product} is not there: run 'make'")
        if complaint := makefile.make(directory=ROOT / "tests/fuzz/ioctl"):
            raise fuzz.Unfit(f"tests/fuzz/ioctl does not build: {complaint.strip()}")

    def boot(self, seed, count):
        """Returns the number of operations, and a complaint or ""."""
        monitor, console = fuzz.logs(self.name) / f"monitor-{seed}", fuzz.logs(self.name) / f"console-{seed}"
        seconds = deadline.BOOT + count / RATE
        commands = (
            f"/fuzz/ioctl_fuzz /plugins/hello.plg {seed} {count} {PROCESSES}; echo status $?\n"
            f"dmesg | grep -E -A 20 '{TROUBLE}' || echo no complaint\n"
            "cat /proc/sys/kernel/tainted | sed 's/^/tainted /'"
        )
        argv = [ROOT / "scripts" / "ringfence", "run", "--engine", "tcg", "--timeout", str(int(seconds)), "--icount", "3"]
        argv += ["--put", f"{BINARY}:/fuzz/ioctl_fuzz", "--append", "loglevel=1", "--log", monitor, "--exec", commands]
        with open(console, "wb") as to:
            done = subprocess.run(
                [*map(str, argv)],
                stdin=subprocess.DEVNULL,
                stdout=to,
                stderr=to,
                env={**os.environ, "RINGFENCE_BUILD": str(engine.BUILD)},
            )
        text = console.read_text(errors="replace").replace("\r", "")
        counted = re.search(r"^done (\d+)$", text, re.M)
        wrong = re.search(rf"^FAILURE: .*|.*(?:{TROUBLE}).*", text, re.M)
        if wrong:
            complaint = wrong.group(0)
        elif done.returncode or not counted or "\nstatus 0\n" not in text:
            complaint = f"the guest did not end well (status {done.returncode}): {text[-200:]!r}"
        elif "\nno complaint\n" not in text or "\ntainted 0\n" not in text:
            complaint = "the kernel complained, or is tainted"
        else:
            complaint = ""
        return int(counted.group(1)) if counted else 0, complaint, console

    def run(self, seconds, seed, count):
        end = None if seconds is None else time.monotonic() + seconds
        total = boots = 0
        at = seed
        while total < count if count else not boots or time.monotonic() < end:
            share = min(PER_BOOT, count - total) if count else PER_BOOT
            counted, complaint, log = self.boot(at, share)
            total += counted
            boots += 1
            if complaint:
                again = fuzz.command(self.name, at, share)
                return fuzz.Result(total, "operations", seed, f"{complaint} (seed {at})", again, log)
            at += 4 * PROCESSES  # of a boot's rounds, each process has a seed of its own
        return fuzz.Result(total, "operations", seed, remark=f"{boots} boots")


TARGETS = [Ioctl()]
