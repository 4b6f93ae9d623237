# SPDX-License-Identifier: MIT
"""One boot of the guest Linux with a program that prints "done N", N cases, or "FAILURE: what"."""

import os
import re
import subprocess

import engine
import fuzz

# What the kernel says when something is wrong with it.
TROUBLE = r"BUG|Oops|WARNING|Call Trace|unable to handle|hung task|Bad page"


def boot(name, seed, commands, options, trouble=TROUBLE):
    """Runs the shell commands, of which the last is the program, in a guest with the launcher's options.
    Returns the number of cases, a complaint or "", and the path of the console's log."""
    monitor, console = fuzz.logs(name) / f"monitor-{seed}", fuzz.logs(name) / f"console-{seed}"
    commands += (
        "; echo status $?\n"
        f"dmesg | grep -E -A 20 '{trouble}' || echo no complaint\n"
        "sed 's/^/tainted /' /proc/sys/kernel/tainted"
    )
    argv = [engine.ROOT / "scripts" / "ringfence", "run", *options, "--log", monitor, "--exec", commands]
    with open(console, "wb") as to:
        done = subprocess.run(
            [*map(str, argv)],
            stdin=subprocess.DEVNULL,
            stdout=to,
            stderr=to,
            env={**os.environ, "RINGFENCE_BUILD": str(engine.BUILD)},
        )
    text = read(console)
    counted = re.search(r"^done (\d+)$", text, re.M)
    return int(counted[1]) if counted else 0, judge(text, done.returncode, counted, trouble), console


def read(console):
    return console.read_text(errors="replace").replace("\r", "")


def judge(text, status, counted, trouble):
    """Returns what is wrong with a boot, or ""."""
    wrong = re.search(rf"^FAILURE: .*|.*(?:{trouble}).*", text, re.M)
    if wrong:
        return wrong.group(0)
    if status or not counted or "\nstatus 0\n" not in text:
        return f"the guest did not end well (status {status}): {text[-300:]!r}"
    if "\nno complaint\n" not in text or "\ntainted 0\n" not in text:
        return "the kernel complained, or is tainted"
    return ""
