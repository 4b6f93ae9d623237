# SPDX-License-Identifier: MIT
"""Starting an engine, reading from it, and ending it in time."""

import contextlib
import os
import pathlib
import pty
import selectors
import shutil
import subprocess
import sys
import tempfile
import termios
import time
import tty

from . import bochs, qemu
from .machine import Machine, Result

CHUNK = 65536
QUIT = b"\x01x"  # Ctrl-A x, as QEMU has it
KVM_ERROR = b"KVM internal error"  # QEMU then waits for somebody to look


def run_guest(engine, kernel=None, **options):
    """Boot and wait. options are Machine's fields, timeout (seconds) and
    on_console (called with each piece of console output as bytes; true means
    that enough was seen). Returns a Result, whatever the guest did."""
    timeout = options.pop("timeout", 60)
    on_console = options.pop("on_console", None)
    return run(Machine(engine=engine, kernel=kernel, **options), timeout, on_console)


@contextlib.contextmanager
def working_directory():
    # A comma or a space in TMPDIR would have to be quoted in too many languages.
    base = tempfile.gettempdir()
    if not base.replace("/", "").replace("-", "").replace("_", "").isalnum():
        base = "/tmp"
    path = tempfile.mkdtemp(prefix="ringfence-", dir=base)
    try:
        yield pathlib.Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def raw_pty():
    """(our end, name of the other end), which passes every byte as it is."""
    ours, theirs = pty.openpty()
    try:
        tty.setraw(theirs)
        yield ours, os.ttyname(theirs)
    finally:
        os.close(ours)
        os.close(theirs)


def stop(process):
    """End an engine that we started; it may have ended already. Not politely:
    one that is stuck in KVM hears nothing else, and a disk loses nothing."""
    if process.poll() is None:
        process.kill()
    process.wait()


def collect(process, streams, timeout, watchers):
    """Read {fd: bytearray} until the engine ends, or a watcher ({fd: function
    of the new bytes}) returns true. Returns (timed out, stopped)."""
    deadline = None if timeout is None else time.monotonic() + timeout
    open_pipes = set()
    with selectors.DefaultSelector() as selector:
        for fd in streams:
            os.set_blocking(fd, False)
            selector.register(fd, selectors.EVENT_READ)
            if not os.isatty(fd):
                open_pipes.add(fd)
        while True:
            # Pipes end with the engine. A pty of ours does not: when the
            # pipes have ended, what is in it now is all there is.
            last_round = not open_pipes
            wait = 0 if last_round else None
            if deadline is not None and not last_round:
                wait = max(0, deadline - time.monotonic())
            ready = selector.select(wait)
            for key, _ in ready:
                data = os.read(key.fd, CHUNK)
                streams[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
                    open_pipes.discard(key.fd)
                elif watchers.get(key.fd) and watchers[key.fd](data):
                    return False, True
            if not ready:
                if last_round:
                    process.wait()
                    return False, False
                return True, False


def text(data):
    return bytes(data).decode(errors="replace").replace("\r\n", "\n")


def read_text(path):
    return path.read_text(errors="replace") if path.exists() else ""


def environment():
    return dict(os.environ, TERM="vt100")  # Bochs's text display wants one


def run(machine, timeout=60, on_console=None):
    """Boot machine with nothing to type on its console, and wait."""
    machine.check()
    started = time.monotonic()
    with working_directory() as workdir:
        one = run_bochs if machine.engine == "bochs" else run_qemu
        result = one(machine, workdir, timeout, on_console)
    result.seconds = time.monotonic() - started
    return result


def start(machine, argv, workdir):
    limit = machine.cpu_limit
    return subprocess.Popen(
        [*(["prlimit", f"--cpu={limit}:{limit}"] if limit else []), *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=workdir,
        env=environment(),
        start_new_session=True,
    )


def run_qemu(machine, workdir, timeout, on_console):
    process = start(machine, qemu.command(machine, workdir, interactive=False), workdir)
    out, err = process.stdout.fileno(), process.stderr.fileno()
    streams = {out: bytearray(), err: bytearray()}
    watchers = {out: on_console, err: lambda data: KVM_ERROR in data}
    try:
        timed_out, stopped = collect(process, streams, timeout, watchers)
    finally:
        stop(process)
    console, errors = streams.values()
    if KVM_ERROR in errors:
        stopped = False
    ended = not (timed_out or stopped or KVM_ERROR in errors)
    return Result(
        status=process.returncode if ended else None,
        console=text(console),
        monitor_log=read_text(qemu.log_path(machine, workdir)),
        timed_out=timed_out,
        stopped=stopped,
        engine_errors=text(errors),
    )


def run_bochs(machine, workdir, timeout, on_console):
    with raw_pty() as (ours, name):
        process = start(machine, bochs.command(machine, workdir, name), workdir)
        streams = {
            ours: bytearray(),
            process.stdout.fileno(): bytearray(),
            process.stderr.fileno(): bytearray(),
        }
        try:
            timed_out, stopped = collect(process, streams, timeout, {ours: on_console})
        finally:
            stop(process)
    console, stdout, errors = streams.values()
    log = bochs.monitor_log(bytes(stdout))
    if machine.log:
        machine.log.write_text(log)
    own_log = read_text(workdir / "bochs.log")
    ended = not (timed_out or stopped)
    return Result(
        status=bochs.status(log, own_log) if ended else None,
        console=text(console),
        monitor_log=log,
        timed_out=timed_out,
        stopped=stopped,
        engine_errors=text(errors) + own_log,
    )


@contextlib.contextmanager
def raw_terminal():
    """Our terminal as it was, whatever an engine leaves behind."""
    if not sys.stdin.isatty():
        yield
        return
    saved = termios.tcgetattr(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, saved)


def run_interactive(machine, timeout=None):
    """Boot with our terminal as the guest's console; Ctrl-A x ends it."""
    machine.check()
    with working_directory() as workdir, raw_terminal():
        if machine.engine == "bochs":
            return converse_bochs(machine, workdir, timeout)
        return converse_qemu(machine, workdir, timeout)


def converse_qemu(machine, workdir, timeout):
    argv = qemu.command(machine, workdir, interactive=True)
    process = subprocess.Popen(argv, cwd=workdir, stderr=subprocess.PIPE)
    timed_out = False
    try:
        _, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        errors = b""
    finally:
        stop(process)
    log = read_text(qemu.log_path(machine, workdir))
    return Result(
        status=None if timed_out else process.returncode,
        console="",
        monitor_log=log,
        timed_out=timed_out,
        stopped=process.returncode == 0 and qemu.QUIT in text(errors),
        engine_errors=text(errors),
    )


def converse_bochs(machine, workdir, timeout):
    with raw_pty() as (ours, name):
        process = start(machine, bochs.command(machine, workdir, name), workdir)
        if sys.stdin.isatty():
            tty.setraw(0)
        try:
            stdout, timed_out, stopped = bridge(process, ours, timeout)
        finally:
            stop(process)
    log = bochs.monitor_log(bytes(stdout))
    if machine.log:
        machine.log.write_text(log)
    own_log = read_text(workdir / "bochs.log")
    ended = not (timed_out or stopped)
    return Result(
        status=bochs.status(log, own_log) if ended else None,
        console="",
        monitor_log=log,
        timed_out=timed_out,
        stopped=stopped,
        engine_errors=own_log,
    )


def bridge(process, console, timeout):
    """Between our terminal and a pty until Bochs ends. Returns (Bochs's
    stdout, timed out, stopped by the user)."""
    deadline = None if timeout is None else time.monotonic() + timeout
    stdout = bytearray()
    typed = b""
    with selectors.DefaultSelector() as selector:
        for fd in (process.stdout.fileno(), process.stderr.fileno(), console, 0):
            with contextlib.suppress(PermissionError):  # stdin may be a file
                selector.register(fd, selectors.EVENT_READ)
        while True:
            wait = None if deadline is None else max(0, deadline - time.monotonic())
            ready = selector.select(wait)
            if not ready:
                return stdout, True, False
            for key, _ in ready:
                data = os.read(key.fd, CHUNK)
                if key.fd == console:
                    os.write(1, data)
                elif key.fd == 0:
                    typed = typed[-1:] + data
                    if QUIT in typed:
                        return stdout, False, True
                    os.write(console, data)
                elif key.fd == process.stdout.fileno():
                    stdout += data
                    if not data:
                        process.wait()
                        return stdout, False, False
                if not data:
                    selector.unregister(key.fd)
