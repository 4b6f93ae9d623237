# SPDX-License-Identifier: MIT
"""Answers scripts/check-host: what the engines of this host enforce."""

import os
import shutil
import sys

from . import guard, limits

PROGRAMS = {"tcg": "qemu-system-i386", "bochs": "bochs", "kvm": "qemu-system-i386"}
SAYS = {
    "enforced": "runs rings 0 to 3 and enforces segment limits",
    "not enforced": "runs rings 0 to 3, segment limits are not enforced (plugins: page mode)",
    "broken": "cannot run the probe kernel; not used",
}


def says(engine, program):
    if not shutil.which(program):
        return f"{program} is not installed"
    if engine == "kvm" and not limits.KVM.exists():
        return "there is no /dev/kvm"
    if engine == "kvm" and not os.access(limits.KVM, os.R_OK | os.W_OK):
        return "/dev/kvm may not be opened by this user"
    return SAYS[limits.probe(engine)]


def survey(status):
    for engine, program in PROGRAMS.items():
        print(f"{engine:10} {says(engine, program)}", flush=True)
    if shutil.which(PROGRAMS["tcg"]):
        print(f"{'auto':10} means {limits.choose()}")
    return status


if __name__ == "__main__":
    sys.exit(guard.run("check-host", survey, int(sys.argv[1])))
