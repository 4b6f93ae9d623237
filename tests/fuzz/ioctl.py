# SPDX-License-Identifier: MIT
"""Fuzzes the plugin device and its files in /sys from processes of the guest Linux.
ioctl/ioctl_fuzz.c runs several processes at once, half of them as root, half without any
privilege. Boots follow one another, with consecutive seeds."""

import pathlib

import deadline
import engine
import fuzz
import makefile

from . import linux_boot

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = engine.BUILD / "fuzz" / "ioctl_fuzz"
PROCESSES = 6
RATE = 40  # so many operations a second are the least that a boot does


class Ioctl(fuzz.Boots):
    name = "ioctl"
    about = "the plugin device from ring 3, processes with and without privilege (their order is the guest's)"
    slice = 10000
    counted = "operations"
    per_boot = 40000

    def prepare(self):
        for product in ("linux/vmlinux", "initramfs.cpio.gz", "hv/ringfence.elf"):
            if not (engine.BUILD / product).exists():
                raise fuzz.Unfit(f"build/{product} is not there: run 'make'")
        if complaint := makefile.make(directory=ROOT / "tests/fuzz/ioctl"):
            raise fuzz.Unfit(f"tests/fuzz/ioctl does not build: {complaint.strip()}")

    def boot(self, seed, count):
        seconds = deadline.BOOT + count / RATE
        options = ["--engine", "tcg", "--timeout", str(int(seconds)), "--icount", "3", "--append", "loglevel=1"]
        options += ["--put", f"{BINARY}:/fuzz/ioctl_fuzz"]
        program = f"/fuzz/ioctl_fuzz /plugins/hello.plg {seed} {count} {PROCESSES}"
        return linux_boot.boot(self.name, seed, program, options)

    def next_seed(self, seed, count):
        return seed + 4 * PROCESSES  # of a boot's rounds, each process has a seed of its own

    def explain(self, complaint, seed, count):
        return f"{complaint} (seed {seed})", fuzz.command(self.name, seed, count)


TARGETS = [Ioctl()]
