# SPDX-License-Identifier: MIT
"""Makes the one sentence that tells the user how a guest failed."""

import re

from engine import machine

# Linux's own last words, on its console.
LINUX_PANIC = re.compile(r"(?:Kernel panic - not syncing|BUG): (.*)")


def sentence(result, what="it was done"):
    """Returns the sentence that says why `result` is no success."""
    panic = LINUX_PANIC.search(result.console)
    logged = result.monitor_line
    if result.status == machine.PANIC:
        return f"the monitor panicked ({logged('^panic') or 'no reason given'}); see --log FILE"
    if result.status == machine.CANNOT_BOOT:
        line = logged("^cannot boot: ") or "cannot boot: the monitor gave no reason"
        return line
    if panic:
        return f"the guest's kernel panicked: {panic[1].strip()}"
    if result.status == machine.CRASH:
        return logged("^guest killed") or "the guest crashed itself; see --append loglevel=7"
    if result.status in (machine.POWEROFF, machine.REBOOT, machine.OTHER):
        return f"the guest ended ({result.outcome}) before {what}"
    if result.status == machine.TRIPLE_FAULT:
        return "the machine was reset (a triple fault, or a reboot by the guest)"
    lines = [line for line in result.engine_errors.splitlines() if "warning:" not in line]
    if machine_line := next((line for line in lines if "KVM internal error" in line), None):
        return f"KVM cannot run this guest ({machine_line}); use --engine tcg"
    return f"the engine failed (status {result.status}): {lines[-1] if lines else 'no message'}"
