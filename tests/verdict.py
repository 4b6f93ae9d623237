# SPDX-License-Identifier: MIT
"""Judges the boot of a micro-guest; no other code says "pass".

A pass needs two signals that no crash can produce together: the exit status
of an orderly power-off, and the verdict as the console's last line. For any other end the
verdict says in one sentence why it is not a pass.
"""

import dataclasses
import re

import engine

LINE = re.compile(r"^Test result: (.*)$", re.MULTILINE)


@dataclasses.dataclass
class Verdict:
    name: str  # SUCCESS, SKIP, ERROR, FAILURE, CRASH or TIMEOUT
    why: str = ""

    @property
    def passed(self):
        return self.name == "SUCCESS"


def judge(result):
    """Returns the verdict on an engine.Result."""
    lines = LINE.findall(result.console)
    if result.timed_out:
        return Verdict("TIMEOUT", f"no end; the last line was '{result.last_line}'")
    if result.status != engine.POWEROFF:
        return Verdict("CRASH", f"status {result.status} ({result.outcome}), not a power-off")
    if not lines:
        return Verdict("CRASH", "powered off without a verdict")
    if len(lines) > 1:
        return Verdict("ERROR", f"{len(lines)} verdicts: {', '.join(lines)}")
    if result.last_line != f"Test result: {lines[0]}":
        return Verdict("ERROR", f"the verdict was followed by '{result.last_line}'")
    if lines[0] in ("SUCCESS", "SKIP"):
        return Verdict(lines[0], skip_reason(result.console))
    if lines[0] in ("ERROR", "FAILURE"):
        return Verdict(lines[0], first_line(result.console, lines[0]))
    return Verdict("ERROR", f"'{lines[0]}' is not a verdict")


def complaint(guest, result):
    """Returns why the result is not what the guest's test.toml asks for, or "" (a skip is no
    complaint)."""
    if guest.expect == "killed":
        why = killed(result, guest.reason)
    else:
        judged = judge(result)
        why = "" if judged.name in ("SUCCESS", "SKIP") else f"{judged.name}: {judged.why}"
    if why:
        return why
    missing = [p for p in guest.console if not re.search(p, result.console)]
    return f"no /{missing[0]}/ in the output" if missing else ""


def first_line(console, name):
    match = re.search(rf"^{name}: (.*)$", console, re.MULTILINE)
    return match[1] if match else "no reason given"


def skip_reason(console):
    match = re.search(r"^SKIP: (.*)$", console, re.MULTILINE)
    return match[1] if match else ""


def killed(result, reason):
    """Returns why the guest was not killed by the monitor for `reason`, or ""."""
    if result.timed_out:
        return "no end"
    if result.status != engine.CRASH:
        return f"status {result.status} ({result.outcome}), not that of a dead guest"
    line = result.monitor_line(r"^guest(: crash| killed: )")
    if not line:
        return "the monitor gave no reason"
    if not re.search(reason, line):
        return f"the monitor said '{line}', not /{reason}/"
    return ""
