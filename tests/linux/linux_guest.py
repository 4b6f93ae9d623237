# SPDX-License-Identifier: MIT
"""Runs commands in a guest Linux, many in one boot, and takes their output apart."""

import concurrent.futures
import dataclasses
import difflib
import os
import pathlib
import re
import secrets
import socket
import subprocess

import deadline

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RINGFENCE_BUILD") or os.environ.get("BUILD") or ROOT / "build").resolve()
LAUNCHER = ROOT / "scripts" / "ringfence"
MONITOR_SYMBOLS = BUILD / "hv" / "ringfence.sym"

# Time goes by instructions, 8 ns each: whatever is about time in the guest, as a plugin's
# budget, is then the same on every host. Not for the network, whose time is the host's.
STEADY = ("--icount", "3")
BOOTS = 4  # how often one batch is taken up again after the guest died


@dataclasses.dataclass
class Answer:
    """The end of a run of the launcher."""

    status: int
    output: str
    complaint: str  # the launcher's own sentence
    log: str  # the monitor's


@dataclasses.dataclass
class Outcome:
    """The end of one case of a batch. Status None: the guest died in this case."""

    status: object
    output: str

    def lines(self):
        return self.output.splitlines()


def free_port():
    """Returns a TCP port of the host that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def launch(*options, seconds=deadline.BOOT, engine="tcg"):
    """Runs scripts/ringfence run with nothing on standard input."""
    argv = [LAUNCHER, "run", "--engine", engine, "--timeout", str(seconds), *map(str, options)]
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds + deadline.COMMAND,
        env={**os.environ, "RINGFENCE_BUILD": str(BUILD)},
    )
    text = done.stdout.decode(errors="backslashreplace")
    return done.returncode, text, done.stderr.decode(errors="backslashreplace").strip()


def execute(commands, *options, log=None, **more):
    """Runs commands in a guest."""
    if log:
        options = (*options, "--log", log)
    status, output, complaint = launch("--exec", commands, *options, **more)
    return Answer(status, output, complaint, log.read_text(errors="replace") if log and log.exists() else "")


class Batch:
    """Cases, {name: shell commands}, run one after the other in one boot."""

    def __init__(self, cases, *options, **more):
        self.cases = cases
        self.options = options
        self.more = more
        self.mark = secrets.token_hex(4)

    def script(self, names):
        """Returns the shell script: each case in a subshell, between two markers that no output
        can contain by accident."""
        lines = []
        for name in names:
            lines += [
                f"printf '\\036%s begin %s\\n' {self.mark} {name}",
                f"(\n{self.cases[name]}\n) </dev/null 2>&1",
                f"printf '\\036%s end %s %d\\n' {self.mark} {name} $?",
            ]
        return "\n".join(lines)

    def split(self, output):
        """Returns ({name: Outcome} of the cases that ended, (name, output) of the one that did
        not)."""
        outcomes = {}
        piece = re.compile(
            rf"\x1e{self.mark} begin (\S+)\n(.*?)(?:\x1e{self.mark} end \1 (\d+)\n|\Z)", re.S
        )
        broken = None
        for name, text, status in piece.findall(output):
            if status:
                outcomes[name] = Outcome(int(status), text)
            else:
                broken = (name, text)
        return outcomes, broken

    def run(self):
        """Runs all cases. Returns {name: Outcome}. If the guest dies in a case, the rest runs
        in a new guest."""
        outcomes = {}
        names = list(self.cases)
        for _ in range(BOOTS):
            answer = execute(self.script(names), *self.options, **self.more)
            ended, broken = self.split(answer.output)
            outcomes.update(ended)
            reason = f"{answer.complaint} (launcher's status {answer.status})"
            if broken:
                outcomes[broken[0]] = Outcome(None, f"{broken[1]}\n*** the guest died: {reason}")
            names = [name for name in names if name not in outcomes]
            if not names or not (ended or broken):
                break
        for name in names:
            outcomes[name] = Outcome(None, f"*** not run, the guest died: {reason}")
        return outcomes


def side_by_side(*batches):
    """Runs batches at the same time; each guest uses one processor."""
    with concurrent.futures.ThreadPoolExecutor(len(batches)) as pool:
        return list(pool.map(Batch.run, batches))


def same(ours, native):
    """Fails unless a case ended well on the native kernel and printed the same in the guest."""
    assert native.status == 0, f"the native kernel is no measure: status {native.status}\n{native.output}"
    if (ours.status, ours.output) == (native.status, native.output):
        return
    lines = difflib.unified_diff(
        native.output.splitlines(), ours.output.splitlines(), "native", "ours", lineterm="", n=2
    )
    text = "\n".join(list(lines)[:80]) or f"{native.output!r}\n{ours.output!r}"
    raise AssertionError(f"status {ours.status}, natively {native.status}\n{text}")
