# SPDX-License-Identifier: MIT
"""The first module: standard streams that are closed, then main()."""

import os

FAILED = 125


def open_streams():
    """Opens /dev/null in place of each standard stream that is closed, because the next file
    that is opened would get its number. Returns these numbers."""
    closed = []
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets fd: the lowest number that is free
            os.set_inheritable(fd, True)
            closed.append(fd)
    return closed


def start():
    """Returns main()'s status. If main() cannot be imported for want of files or memory, one
    sentence says so."""
    try:
        closed = open_streams()
        from . import main

        return main.main(closed)
    except (ImportError, MemoryError, OSError) as error:
        why = "out of memory" if isinstance(error, MemoryError) else error
        os.write(2, f"ringfence: cannot start: {why}; see 'ulimit -a'\n".encode())
        return FAILED


# Not sys.exit(): the interpreter's own end writes what is left in its buffers.
os._exit(start())
