# SPDX-License-Identifier: MIT
"""Connects this program's standard streams to the guest's console."""

import contextlib
import fcntl
import os
import select
import selectors
import signal
import termios
import tty

from . import bochs, ending, qemu
from .child import start, start_alone, stop, stop_all
from .folder import run_folder
from .machine import Result
from .process import (
    CHUNK,
    LONGEST_WAIT,
    Deadline,
    bochs_result,
    ended,
    RawPty,
    limited,
    read_text,
    text,
)

QUIT = b"\x01x"  # Ctrl-A x, as QEMU has it


def write_all(fd, data):
    """Writes all bytes, also to a descriptor with O_NONBLOCK."""
    data = memoryview(data)
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            select.select([], [fd], [], LONGEST_WAIT)


def state(fd):
    """Returns what an engine may change of a stream: file status flags, and the modes of a
    terminal."""
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    return flags, termios.tcgetattr(fd) if os.isatty(fd) else None


def restore(fd, before):
    """Restores the state of a stream. Its terminal may be gone, or may not be this process's
    any more."""
    flags, modes = before
    stopped = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    with contextlib.suppress(OSError, termios.error):
        fcntl.fcntl(fd, fcntl.F_SETFL, flags)
        if modes is not None:
            # Not TCSADRAIN: a terminal that nobody reads is never drained.
            termios.tcsetattr(fd, termios.TCSANOW, modes)
    signal.signal(signal.SIGTTOU, stopped)


@contextlib.contextmanager
def kept_streams():
    """Restores standard streams after the block, whatever the engine did to them."""
    before = {fd: state(fd) for fd in (0, 1, 2)}
    try:
        yield
    finally:
        with ending.held():
            stop_all()
            for fd, was in before.items():
                restore(fd, was)


def run_interactive(machine, timeout=None):
    """Boots the machine with the user's terminal as the guest's console; Ctrl-A x ends it."""
    machine.check()
    with run_folder() as workdir, kept_streams():
        if machine.engine == "bochs":
            return converse_bochs(machine, workdir, timeout)
        return converse_qemu(machine, workdir, timeout)


def converse_qemu(machine, workdir, timeout):
    process = start(qemu.command(machine, workdir, interactive=True), workdir)
    deadline = Deadline(timeout)
    errors = bytearray()
    timed_out = False
    try:
        pipe = process.stderr.fileno()
        while not timed_out:
            if select.select([pipe], [], [], deadline.left())[0]:
                data = os.read(pipe, CHUNK)
                if not data:
                    break
                errors += data
            timed_out = deadline.passed
        timed_out = timed_out or not ended(process, deadline)
    finally:
        stop(process)
    return Result(
        status=None if timed_out else process.returncode,
        console="",
        monitor_log=read_text(qemu.log_path(machine, workdir)),
        timed_out=timed_out,
        stopped=process.returncode == 0 and qemu.QUIT in text(errors),
        engine_errors=text(errors),
    )


def converse_bochs(machine, workdir, timeout):
    with RawPty() as terminal:
        process = start_alone(limited(machine, bochs.command(machine, workdir, terminal.name)), workdir)
        try:
            if os.isatty(0):
                tty.setraw(0)
            stdout, timed_out, stopped = bridge(process, terminal.ours, timeout)
            if not (timed_out or stopped):
                write_all(1, terminal.rest())
        finally:
            stop(process)
    return bochs_result(machine, workdir, stdout, b"", timed_out, stopped)


def bridge(process, console, timeout):
    """Copies bytes between the user's terminal and Bochs's pseudo-terminal until Bochs ends.
    Returns (Bochs's stdout, timed out, stopped by the user)."""
    deadline = Deadline(timeout)
    stdout = bytearray()
    typed = b""
    with selectors.DefaultSelector() as selector:
        for fd in (process.stdout.fileno(), process.stderr.fileno(), console, 0):
            with contextlib.suppress(PermissionError):  # stdin may be a file
                selector.register(fd, selectors.EVENT_READ)
        while True:
            ready = selector.select(deadline.left())
            if not ready and deadline.passed:
                return stdout, True, False
            for key, _ in ready:
                data = os.read(key.fd, CHUNK)
                if key.fd == console:
                    write_all(1, data)
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
