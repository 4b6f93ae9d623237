# SPDX-License-Identifier: MIT
"""A run's temporary folder, which no end of the run leaves behind.

The folder is locked with flock() while its run lives. After a run that was
killed with SIGKILL, the next run of the same user finds it unlocked and removes it.
"""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import tempfile

from . import ending

NAME = re.compile(r"ringfence-run-\d+-\w+")
_folders = {}  # path: descriptor that holds the lock
_swept = set()  # bases


def base():
    """Returns the folder in which run folders are made: /tmp if TMPDIR has characters, such as
    a comma or a space, that would have to be quoted for QEMU, Bochs or make."""
    path = os.path.abspath(tempfile.gettempdir())
    return path if re.fullmatch(r"[A-Za-z0-9/_.-]+", path) else "/tmp"


def _lock(path, flags):
    """Returns a descriptor that holds the lock of `path`, or None if another process holds it.
    Where the file system has no locks the descriptor is returned without one."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | flags)
    except OSError:
        if flags & fcntl.LOCK_NB:
            os.close(fd)
            return None
    return fd


def sweep(where):
    """Removes the folders of this user whose processes have ended."""
    with contextlib.suppress(OSError), os.scandir(where) as entries:
        for entry in entries:
            if not NAME.fullmatch(entry.name) or not entry.is_dir(follow_symlinks=False):
                continue
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                    _sweep_one(entry.path)


def _sweep_one(path):
    fd = _lock(path, fcntl.LOCK_NB)
    if fd is not None:
        shutil.rmtree(path, ignore_errors=True)
        os.close(fd)


def _make():
    where = base()
    if where not in _swept:
        _swept.add(where)
        sweep(where)
    while True:
        path = tempfile.mkdtemp(prefix=f"ringfence-run-{os.getpid()}-", dir=where)
        try:
            fd = _lock(path, 0)
        except FileNotFoundError:
            continue  # another run's sweep() was faster than our lock
        except OSError:
            os.rmdir(path)
            raise
        if os.path.isdir(path):
            _folders[path] = fd
            return path
        os.close(fd)


def remove(path):
    with ending.held():
        fd = _folders.pop(path, None)
        if fd is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(fd)


def remove_all():
    """Removes all folders of this process. Called before it ends."""
    for path in list(_folders):
        remove(path)


@contextlib.contextmanager
def run_folder():
    """Makes a folder for the block, and removes it afterwards."""
    path = None
    try:
        with ending.held():
            path = _make()
        yield pathlib.Path(path)
    finally:
        if path:
            remove(path)
