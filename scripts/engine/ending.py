# SPDX-License-Identifier: MIT
"""Signals that end this program, as an exception that unwinds it once.

    ending.install()
    with ending.held():    # a signal waits until the block is left
        ...

Without install() signals keep their disposition, and held() does nothing.
"""

import signal
import threading

# Every signal that ends a process and can be caught, but for those of faults.
SIGNALS = (
    *(signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGALRM),
    *(signal.SIGUSR1, signal.SIGUSR2, signal.SIGVTALRM, signal.SIGPROF, signal.SIGXCPU),
    *(signal.SIGIO, signal.SIGPWR),
)


class Ended(BaseException):
    """Raised to end this program because the signal `number` has arrived."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number

    def __str__(self):
        return f"ended by {signal.Signals(self.number).name}"


class _Held:
    """Delays signals while a block of held() runs. Only the main thread counts, because Python
    runs signal handlers there."""

    depth = 0
    pending = None
    ended = False

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            self.depth += 1

    def __exit__(self, *_):
        if threading.current_thread() is threading.main_thread():
            self.depth -= 1
            if self.pending is not None and not self.depth:
                self.end(self.pending)

    def arrived(self, number, _frame):
        if self.depth:
            self.pending = self.pending or number
        else:
            self.end(number)

    def end(self, number):
        """Raises Ended, but only once: later signals must not interrupt the clean-up."""
        if not self.ended:
            self.ended = True
            raise Ended(number)


_held = _Held()


def held():
    return _held


def install():
    """From now on each signal that is not ignored raises Ended in the main thread."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _held.arrived)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, no child has a status
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (*SIGNALS, signal.SIGCHLD))


def block():
    """Blocks the signals that raise Ended. Called at the very end of the program."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
