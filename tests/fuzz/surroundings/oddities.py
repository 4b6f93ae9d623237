# SPDX-License-Identifier: MIT
"""Odd surroundings of a process: streams, limits, environment, owner, folders.

Each function takes the Case and a random.Random, and changes the Case."""

import contextlib
import os
import pty
import resource
import signal
import socket

MIB = 1 << 20
STRANGER = 12345  # a user id that /etc/passwd does not know
ODD_NAMES = ("a b", "a,b", "a\nb", 'a"b', "a'b", "a$HOME", "a:b", "-a", "\udcff\udc80", "ä", "a\\b", "x" * 200)


def odd_name(random):
    return random.choice(ODD_NAMES)


# ---- streams ----


def reader_gone(flags=0):
    ours, theirs = os.pipe2(flags)
    os.close(ours)
    return theirs


def full_pipe(case, flags=0):
    """Returns the writing end of a full pipe that no process reads."""
    ours, theirs = os.pipe2(os.O_NONBLOCK)
    case.keep(ours)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(theirs, bytes(4096))
    os.set_blocking(theirs, not flags)
    return theirs


def silent_pipe(case, flags=0):
    """Returns the reading end of a pipe that a process could write to, but does not."""
    ours, theirs = os.pipe2(flags)
    case.keep(theirs)
    return ours


def silent_socket(case):
    ours, theirs = socket.socketpair()
    case.keep(ours.detach())
    return theirs.detach()


def terminal(case):
    ours, theirs = pty.openpty()
    case.drain.append(ours)
    case.keep(ours)
    return theirs


def opener(path, flags):
    return lambda case: os.open(path, flags | os.O_NOCTTY)


INPUTS = (
    None,  # closed
    opener(os.devnull, os.O_WRONLY),
    opener("/", os.O_RDONLY),
    opener("/dev/zero", os.O_RDONLY),
    opener("/proc/self/mem", os.O_RDONLY),
    silent_pipe,
    lambda case: silent_pipe(case, os.O_NONBLOCK),
    silent_socket,
    terminal,
)
OUTPUTS = (
    None,
    opener(os.devnull, os.O_RDONLY),
    opener("/", os.O_RDONLY),
    opener("/dev/full", os.O_WRONLY),
    lambda case: reader_gone(),
    full_pipe,
    lambda case: full_pipe(case, os.O_NONBLOCK),
    silent_socket,
    terminal,
)


def streams(case, random):
    for fd in random.sample((0, 1, 2), random.randint(1, 3)):
        make = random.choice(INPUTS if fd == 0 else OUTPUTS)
        case.streams[fd] = make(case) if make else None
        if make is full_pipe and fd == 2:
            case.streams[fd] = None  # nobody can say a word without waiting


# ---- limits ----


def limits(case, random):
    kind, values = random.choice(
        (
            (resource.RLIMIT_AS, [n * MIB for n in (16, 24, 32, 40, 48, 64, 96, 128, 256, 400, 600)]),
            (resource.RLIMIT_DATA, [n * MIB for n in (4, 8, 16, 32, 64, 128)]),
            (resource.RLIMIT_NOFILE, range(3, 24)),
            (resource.RLIMIT_FSIZE, (0, 1, 100, 4096, MIB)),
            (resource.RLIMIT_NPROC, (0, 1, 2, 5)),
            (resource.RLIMIT_STACK, (64 << 10, 256 << 10, MIB)),
        )
    )
    case.limits[kind] = random.choice(values)


# ---- what the environment says ----

VARIABLES = {
    "HOME": (None, "", "/nowhere", "relative"),
    "TMPDIR": ("/nowhere", "/dev/null", "/proc", "", "relative"),
    "PATH": (None, "", "/nowhere", "/", ".", "relative:/usr/bin:/bin"),
    "LC_ALL": ("xx", "C", "POSIX", "C.UTF-8", "en_US.ISO-8859-1", "\udcff"),
    "LANG": ("xx", "C", "\udcff"),
    "TERM": (None, "", "dumb", "x" * 3000, "a,b ringfence.native"),
    "COLUMNS": ("-1", "0", "99999999999999999999", "x"),
    "PYTHONHOME": ("/nowhere",),
    "PYTHONPATH": ("ODD",),
    "PYTHONOPTIMIZE": ("2",),
    "PYTHONIOENCODING": ("ascii", "nonsense"),
    "PYTHONWARNINGS": ("error",),
    "PYTHONUTF8": ("0", "7"),
    "RINGFENCE_CACHE": ("", "/nowhere"),
    "MAKEFLAGS": ("-j --jobserver-auth=90,91",),
}


def variables(case, random):
    for name in random.sample(sorted(VARIABLES), random.randint(1, 4)):
        value = random.choice(VARIABLES[name])
        if value is None:
            case.environment.pop(name, None)
        else:
            case.environment[name] = value.replace("ODD", str(case.stage.odd_modules))


def folder_for_temporaries(case, random):
    """TMPDIR has a name that needs quotes, or permissions that forbid its use."""
    path = case.folder / odd_name(random)
    path.mkdir()
    path.chmod(random.choice((0o777, 0o1777, 0o000, 0o555)))
    case.environment["TMPDIR"] = str(path)


def no_such_directory(case, random):
    """The current directory is removed, has an odd name, or cannot be read."""
    path = case.folder / odd_name(random)
    path.mkdir(exist_ok=True)
    case.directory = path
    kind = random.randint(0, 2)
    if kind == 0:
        case.before_exec.append(lambda: os.rmdir(path))
    elif kind == 1:
        path.chmod(0o100)


def stranger(case, _random):
    """The launcher runs as another user than the owner of the tree, if this process may change
    its user."""
    if case.stage.strangers:
        case.user = STRANGER


def ignored_signals(case, random):
    numbers = random.sample((signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGCHLD), 2)
    case.before_exec += [lambda number=number: signal.signal(number, signal.SIG_IGN) for number in numbers]


def blocked_signals(case, _random):
    case.before_exec.append(lambda: signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()))


def signals(case, random):
    """Sends one to three signals at random moments."""
    choice = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGKILL)
    count = random.choice((1, 1, 1, 2, 3))
    case.signals = [(random.choice((0, 0.01, 0.03, 0.1, 0.3)) * random.random(), random.choice(choice)) for _ in range(count)]


ALL = (
    *(streams, limits, variables, folder_for_temporaries, no_such_directory, stranger),
    *(ignored_signals, blocked_signals, signals, signals),
)
