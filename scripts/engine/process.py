# SPDX-License-Identifier: MIT
"""Runs an engine: reads its output, and ends the engine when its time is over."""

import contextlib
import os
import pty
import selectors
import subprocess
import time
import tty

from . import bochs, qemu
from .child import start_alone, stop
from .folder import run_folder
from .machine import Machine, Result

CHUNK = 65536
KVM_ERROR = b"KVM internal error"  # QEMU stopped and waits for a debugger
LONGEST_WAIT = 86400  # seconds; select() takes no more than a few weeks


def run_guest(engine, kernel=None, **options):
    """Boots `kernel` on `engine` and waits for the end. Options are fields of Machine, and
    timeout, on_console and keep of run(). Returns a Result, whatever the guest did."""
    for_run = {key: options.pop(key) for key in ("timeout", "on_console", "keep") if key in options}
    return run(Machine(engine=engine, kernel=kernel, **options), **for_run)


def run(machine, timeout=60, on_console=None, keep=None):
    """Boots the machine without console input, and waits for timeout seconds
    (None: for ever). on_console is called with each piece of console
    output as bytes; a true result ends the boot. The Result has at least the last `keep` bytes
    of the output (None: all)."""
    machine.check()
    started = time.monotonic()
    with run_folder() as workdir:
        one = run_bochs if machine.engine == "bochs" else run_qemu
        result = one(machine, workdir, timeout, on_console, keep)
    result.seconds = time.monotonic() - started
    return result


class RawPty:
    """A pseudo-terminal that passes every byte unchanged, as a context. `name` is the path of the
    other side."""

    def __enter__(self):
        self.ours, self.theirs = pty.openpty()
        tty.setraw(self.theirs)
        self.name = os.ttyname(self.theirs)
        return self

    def __exit__(self, *unused):
        os.close(self.ours)
        if self.theirs is not None:
            os.close(self.theirs)

    def rest(self):
        """Returns what was written on the other side and not read yet, when no other process has
        that side open. A worker of the kernel brings it over: what can be read now may not be
        all. A read waits for the worker if the other side is closed."""
        os.close(self.theirs)
        self.theirs = None
        os.set_blocking(self.ours, True)
        rest = bytearray()
        with contextlib.suppress(OSError):  # EIO: that was all
            while data := os.read(self.ours, CHUNK):
                rest += data
        return bytes(rest)


class Deadline:
    """A moment `seconds` from now, or never."""

    def __init__(self, seconds):
        self.at = None if seconds is None else time.monotonic() + seconds

    def left(self):
        """Seconds to wait in one select(); 0 when the deadline has passed."""
        if self.at is None:
            return LONGEST_WAIT
        return min(LONGEST_WAIT, max(0, self.at - time.monotonic()))

    def seconds(self):
        """The remaining time as a timeout in seconds; None: no limit."""
        return None if self.at is None else max(0, self.at - time.monotonic())

    @property
    def passed(self):
        return self.at is not None and time.monotonic() >= self.at


def collect(process, streams, timeout, watchers, keep=None):
    """Reads the streams {fd: bytearray} until the engine ends, the timeout passes, or a watcher
    ({fd: function of the new bytes}) returns true. Returns (timed out, stopped)."""
    deadline = Deadline(timeout)
    open_pipes = set()
    with selectors.DefaultSelector() as selector:
        for fd in streams:
            os.set_blocking(fd, False)
            selector.register(fd, selectors.EVENT_READ)
            if not os.isatty(fd):
                open_pipes.add(fd)
        while True:
            # Pipes end with the engine. A pty of ours does not, see RawPty.rest().
            last_round = not open_pipes
            ready = selector.select(0 if last_round else deadline.left())
            for key, _ in ready:
                data = os.read(key.fd, CHUNK)
                stream = streams[key.fd]
                stream += data
                if keep is not None and len(stream) > 2 * keep:
                    del stream[:-keep]
                if not data:
                    selector.unregister(key.fd)
                    open_pipes.discard(key.fd)
                elif watchers.get(key.fd) and watchers[key.fd](data):
                    return False, True
            if not ready and last_round:
                return not ended(process, deadline), False
            if not ready and deadline.passed:
                return True, False


def ended(process, deadline):
    """Waits until an engine that has closed its streams has ended."""
    try:
        process.wait(deadline.seconds())
    except subprocess.TimeoutExpired:
        return False
    return True


def text(data):
    return bytes(data).decode(errors="replace").replace("\r\n", "\n")


def read_text(path):
    return path.read_text(errors="replace") if path.exists() else ""


def limited(machine, argv):
    """Returns argv, with a limit of CPU time if the machine has one."""
    limit = machine.cpu_limit
    return [*(["prlimit", f"--cpu={limit}:{limit}"] if limit else []), *argv]


def run_qemu(machine, workdir, timeout, on_console, keep):
    process = start_alone(limited(machine, qemu.command(machine, workdir, interactive=False)), workdir)
    try:
        out, err = process.stdout.fileno(), process.stderr.fileno()
        streams = {out: bytearray(), err: bytearray()}
        watchers = {out: on_console, err: lambda data: KVM_ERROR in data}
        timed_out, stopped = collect(process, streams, timeout, watchers, keep)
    finally:
        stop(process)
    console, errors = streams.values()
    if KVM_ERROR in errors:
        stopped = False
    undisturbed = not (timed_out or stopped or KVM_ERROR in errors)
    return Result(
        status=process.returncode if undisturbed else None,
        console=text(console),
        monitor_log=read_text(qemu.log_path(machine, workdir)),
        timed_out=timed_out,
        stopped=stopped,
        engine_errors=text(errors),
    )


def run_bochs(machine, workdir, timeout, on_console, keep):
    with RawPty() as terminal:
        process = start_alone(limited(machine, bochs.command(machine, workdir, terminal.name)), workdir)
        try:
            streams = {
                terminal.ours: bytearray(),
                process.stdout.fileno(): bytearray(),
                process.stderr.fileno(): bytearray(),
            }
            timed_out, stopped = collect(process, streams, timeout, {terminal.ours: on_console}, keep)
            if not (timed_out or stopped):
                rest = terminal.rest()
                streams[terminal.ours] += rest
                if rest and on_console:
                    on_console(rest)
        finally:
            stop(process)
    console, stdout, errors = streams.values()
    return bochs_result(machine, workdir, stdout, errors, timed_out, stopped, text(console))


def bochs_result(machine, workdir, stdout, errors, timed_out, stopped, console=""):
    log = bochs.monitor_log(bytes(stdout))
    if machine.log:
        machine.log.write_text(log)
    own_log = read_text(workdir / "bochs.log")
    return Result(
        status=None if timed_out or stopped else bochs.status(log, own_log),
        console=console,
        monitor_log=log,
        timed_out=timed_out,
        stopped=stopped,
        engine_errors=text(errors) + own_log,
    )
