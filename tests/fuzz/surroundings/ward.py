# SPDX-License-Identifier: MIT
"""Starts a program with given surroundings, and finds all that it leaves behind.

The process that calls adopts orphans (PR_SET_CHILD_SUBREAPER), so each process that
outlives the program becomes a child of ours, whatever its name, group or session.
"""

import ctypes
import os
import select
import signal
import time

PR_SET_CHILD_SUBREAPER = 36
HANG = 120  # seconds; no verdict but "hangs" depends on them
CHUNK = 65536


def adopt_orphans():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def start(argv, environment, prepare):
    """Calls fork() and execve(), and prepare() in between. Returns the new process's pid."""
    everything = signal.valid_signals()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, everything)  # until our handlers are gone
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return pid
    try:
        for number in everything - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        prepare()
        os.execve(argv[0], argv, environment)
    finally:
        os._exit(127)


class Ward:
    """A program under observation. `drain`: descriptors that are read so that the program does
    not block; the data is dropped."""

    def __init__(self, pid, drain=()):
        self.pid = pid
        self.drain = set(drain)
        self.pidfd = os.pidfd_open(pid)
        self.status = None

    def wait(self, seconds):
        """True when it has ended within seconds; self.status is then its exit status,
        or the negative number of the signal that killed it."""
        end = time.monotonic() + seconds
        while self.status is None:
            poll = select.poll()
            for fd in (self.pidfd, *self.drain):
                poll.register(fd, select.POLLIN)
            for fd, _ in poll.poll(max(0, end - time.monotonic()) * 1000):
                if fd == self.pidfd:
                    self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                elif not read_some(fd):
                    self.drain.discard(fd)
            if self.status is None and time.monotonic() >= end:
                return False
        return True

    def signal(self, number):
        """Sends a signal. Only before wait() has returned true: until then the pid cannot be
        reused."""
        os.kill(self.pid, number)

    def close(self):
        os.close(self.pidfd)


def read_some(fd):
    try:
        return os.read(fd, CHUNK)
    except OSError:  # the other end of a terminal is closed
        return b""


def orphans():
    """Waits until every process that this one has adopted has ended. Processes that do not end
    are killed, and their command lines returned."""
    left = []
    end = time.monotonic() + HANG
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return left
        if pid:
            continue
        found = children()
        if wait_for_any(found, max(0, end - time.monotonic())):
            continue
        for pid in found:
            left.append(name(pid))
            os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + HANG


def children():
    with open(f"/proc/self/task/{os.getpid()}/children") as stream:
        return [int(word) for word in stream.read().split()]


def wait_for_any(pids, seconds):
    fds = [os.pidfd_open(pid) for pid in pids]
    try:
        return bool(select.select(fds, [], [], seconds)[0])
    finally:
        for fd in fds:
            os.close(fd)


def name(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as stream:
        return stream.read().replace(b"\0", b" ").decode(errors="replace")[:200]
