# SPDX-License-Identifier: MIT
"""Runs each parser and decider of untrusted bytes (parsers/NAME_fuzz.c) under libFuzzer with
sanitizers. The first inputs come from parsers/seeds.py and parsers/corpus. libFuzzer learns
from compared values, among them addresses; so setarch fixes the addresses, and the order of the
inputs is fixed: the same seed and count then mean the same inputs (nearly so where setarch is
not permitted). A run keeps new inputs in build/fuzz/parser-NAME/found-SEED."""

import pathlib
import re
import shutil
import subprocess

import deadline
import engine
import fuzz
import makefile

HERE = pathlib.Path(__file__).resolve().parent / "parsers"
OUT = engine.BUILD / "fuzz"
SEEDS = OUT / "seeds"


def run(command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=deadline.COMMAND)
    if done.returncode:
        raise fuzz.Unfit(f"{command[0]} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")


def newest(folder):
    return max(path.stat().st_mtime for path in folder.iterdir())


class Parser(fuzz.Target):
    def __init__(self, part, about, slice):
        self.part = part
        self.name = f"parser-{part}"
        self.about = f"libFuzzer: {about}"
        self.slice = slice
        self.binary = OUT / f"{part}_fuzz"
        self.fixed = []

    def prepare(self):
        if not shutil.which("clang"):
            raise fuzz.Unfit("clang is not installed: run 'make setup'")
        if complaint := makefile.make(self.binary, directory=HERE):
            raise fuzz.Unfit(f"{self.binary.name} does not build: {complaint.strip()}")
        with makefile.alone():
            if not SEEDS.exists() or SEEDS.stat().st_mtime < max(map(newest, (HERE, HERE / "corpus"))):
                partly = SEEDS.with_suffix(".new")
                shutil.rmtree(partly, ignore_errors=True)
                run(["/usr/bin/python3", "-B", HERE / "seeds.py", partly])
                shutil.rmtree(SEEDS, ignore_errors=True)
                partly.rename(SEEDS)
        if not subprocess.run(["setarch", "-R", "true"], capture_output=True).returncode:
            self.fixed = ["setarch", "-R"]

    def inputs(self):
        folder = SEEDS / self.part
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def run(self, seconds, seed, count):
        logs = fuzz.logs(self.name)
        found = logs / f"found-{seed}"
        shutil.rmtree(found, ignore_errors=True)
        found.mkdir()
        listed, log = logs / f"inputs-{seed}", logs / f"log-{seed}"
        listed.write_text(",".join(map(str, self.inputs())))
        # To libFuzzer seed 0 is none.
        command = [*self.fixed, self.binary, f"-seed={seed + 1}", "-reload=0", f"-timeout={deadline.INPUT:.0f}", "-print_final_stats=1"]
        command += [f"-artifact_prefix={logs}/", "-rss_limit_mb=3000", "-max_len=16384", "-len_control=20"]
        if count is not None:
            command.append(f"-runs={count}")
        if seconds is not None:
            command.append(f"-max_total_time={max(1, int(seconds))}")
        if listed.stat().st_size:
            command.append(f"-seed_inputs=@{listed}")
        with open(log, "wb") as to:
            status = subprocess.run([*map(str, command), found], stdout=to, stderr=to, cwd=logs).returncode
        return self.result(seed, status, log)

    def result(self, seed, status, log):
        text = log.read_text(errors="replace")
        counts = re.findall(r"^stat::number_of_executed_units: (\d+)", text, re.M)
        covered = re.findall(r" cov: (\d+)", text)
        result = fuzz.Result(int(counts[-1]) if counts else 0, "inputs", seed, log=log)
        result.remark = f"{covered[-1]} edges" if covered else ""
        if status:
            why = re.search(r"^.*(?:not so: |ERROR: |runtime error: |Test result: ).*$", text, re.M)
            crash = re.search(r"Test unit written to (\S+)", text)
            result.complaint = why.group(0) if why else f"{self.binary.name} ended with status {status}"
            result.reproduce = f"{self.binary} {crash.group(1)}" if crash else ""
        return result


TARGETS = [
    Parser("plg", "plugin files and their symbols", 10000),
    Parser("load", "plugin files through the whole core, around a played monitor", 1000),
    Parser("service", "services, windows and calls within calls, in any order", 100),
    Parser("driver", "the ioctls of /dev/plugins, around the core", 1000),
    Parser("elf", "the guest kernel's ELF file and Xen notes", 75000),
    Parser("boot", "the boot loader's memory map, modules and command lines", 3000),
    Parser("insn", "the instruction decoder of fault reports", 25000),
    Parser("entry", "descriptors and page-table entries", 25000),
    Parser("paging", "paging hypercalls on a machine of 40 frames", 24),
]
