# SPDX-License-Identifier: MIT
"""Finds out which engines this host has and whether they enforce segment limits, by booting
probe.S."""

import json
import os
import pathlib

from . import paths
from .image import engine_image
from .machine import EngineError
from .process import run_guest

ENFORCED = 0x2A << 1 | 1
NOT_ENFORCED = 0x2B << 1 | 1

VERDICTS = {
    ENFORCED: "enforced",
    NOT_ENFORCED: "not enforced",
}

KVM = pathlib.Path("/dev/kvm")
# Seconds. A busy host boots the probe within this time; a probe that takes longer hangs.
KVM_SECONDS, SECONDS = 20, 300


def probe(engine):
    """Boots the probe kernel. Returns whether the engine checks a segment limit in ring 2:
    "enforced", "not enforced", or "broken" if the engine cannot run ring 2."""
    result = run_guest(
        engine,
        monitor=engine_image("probe.elf"),
        memory=32,
        timeout=KVM_SECONDS if engine == "kvm" else SECONDS,
    )
    return VERDICTS.get(result.status, "broken")


def choose():
    """The engine for `auto`: kvm if it enforces limits, else tcg. The result is cached until
    the host reboots."""
    if not os.access(KVM, os.R_OK | os.W_OK):
        return "tcg"
    notes = paths.BUILD / "engine" / "kvm.json"
    key = [
        pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        engine_image("probe.elf").stat().st_mtime,
    ]
    try:
        noted = json.loads(notes.read_text())
    except (OSError, ValueError):
        noted = {}
    if noted.get("key") != key:
        noted = {"key": key, "verdict": probe("kvm")}
        write_notes(notes, noted)
    return "kvm" if noted["verdict"] == "enforced" else "tcg"


def write_notes(path, value):
    """Replaces the file by a new one in one step, because other processes may read it."""
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        temporary.write_text(json.dumps(value))
        temporary.replace(path)
    except OSError:
        pass  # a read-only tree: the probe is run each time


def check_kvm():
    """Raise EngineError unless KVM is here and works."""
    if not KVM.exists():
        raise EngineError("there is no /dev/kvm; use --engine tcg")
    if not os.access(KVM, os.R_OK | os.W_OK):
        raise EngineError(
            "/dev/kvm may not be opened; join the group kvm or use --engine tcg"
        )
    if probe("kvm") != "enforced":
        raise EngineError(
            "KVM on this machine cannot run a guest in rings 1 to 3 "
            "(the probe kernel failed); use --engine tcg"
        )
