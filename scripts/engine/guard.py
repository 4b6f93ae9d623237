# SPDX-License-Identifier: MIT
"""Keeps what every program in scripts/ promises: each failure is reported in one sentence, and
neither processes nor folders are left behind, however the program ends."""

import os
import sys

from . import child, ending, folder
from .machine import EngineError

FAILED = 125


def say(program, message):
    """Writes one line to standard error, with unprintable characters escaped. Errors are
    ignored: standard error may be closed."""
    line = "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else repr(c)[1:-1] for c in str(message))
    try:
        os.write(2, os.fsencode(f"{program}: {line}\n"))
    except OSError:
        pass


def sentence(error):
    """Returns the sentence that tells the user why `error` ends the program."""
    if isinstance(error, (EngineError, ending.Ended)):
        return str(error)
    if isinstance(error, OSError):
        name = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
        return f"{error.strerror or error}" + (f" '{name}'" if name else "")
    if isinstance(error, MemoryError):
        return "out of memory; see 'ulimit -v', or leave out large files"
    at = error.__traceback__
    while at.tb_next:
        at = at.tb_next
    where = f"{os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno}"
    return f"a fault in this program at {where}: {type(error).__name__}: {error}; please report it"


def flush():
    """Writes what argparse and print() have left in the buffer of standard output."""
    if sys.stdout:
        sys.stdout.flush()


def clean_up():
    """Ends all engines and removes all folders of this process. Signals are held meanwhile and
    blocked afterwards."""
    with ending.held():
        child.stop_all()
        folder.remove_all()
        ending.block()


def run(program, function, *arguments):
    """Returns the result of function(*arguments), or FAILED after one sentence on standard
    error."""
    try:
        try:
            ending.install()
            status = function(*arguments)
            flush()
            return status
        except SystemExit as end:  # argparse's --help
            flush()
            return end.code
        finally:
            clean_up()
    except BaseException as error:
        say(program, sentence(error))
        return FAILED
