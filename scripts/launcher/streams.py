# SPDX-License-Identifier: MIT
"""Standard input and output, neither of which may hold the launcher for ever."""

import os
import select

from engine.machine import EngineError

PIPE_BUF = 4096  # so much a pipe takes without waiting when poll() says that it is ready
CHUNK = 1 << 20


class TimedOut(Exception):
    """Raised when a standard stream was not ready within --timeout."""


def wait(fd, events, deadline, what):
    poll = select.poll()
    poll.register(fd, events)
    while not poll.poll(deadline.left() * 1000):
        if deadline.passed:
            raise TimedOut(what)


def write_out(data, deadline):
    """Writes all of `data` to standard output."""
    data = memoryview(data)
    while data:
        wait(1, select.POLLOUT, deadline, "standard output was not read")
        try:
            data = data[os.write(1, data[:PIPE_BUF]) :]
        except BlockingIOError:
            continue  # not blocking, and no room for all
        except BrokenPipeError:
            raise EngineError("standard output was closed by its reader") from None
        except OSError as error:
            raise EngineError(f"standard output: {error.strerror}") from None


def read_in(most, deadline):
    """Returns all of standard input; raises EngineError if it has more than `most` bytes."""
    data = bytearray()
    while len(data) <= most:
        wait(0, select.POLLIN, deadline, "standard input did not end")
        try:
            piece = os.read(0, CHUNK)
        except BlockingIOError:
            continue
        except OSError as error:
            raise EngineError(f"standard input: {error.strerror}") from None
        if not piece:
            return bytes(data)
        data += piece
    raise EngineError(
        f"standard input has more than the {most >> 20} MiB of the guest's memory; "
        "give --memory a larger number"
    )
