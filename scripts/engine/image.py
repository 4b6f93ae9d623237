# SPDX-License-Identifier: MIT
"""The two images that the launcher needs, probe.elf and bochs-rom.bin: built when they are out
of date."""

import contextlib
import os
import pathlib
import shutil

from . import ending, paths
from .child import start_alone, stop
from .folder import run_folder
from .machine import EngineError


def engine_image(name):
    """Returns the path of probe.elf or bochs-rom.bin, after making it if it is not up to date."""
    image = paths.BUILD / "engine" / name
    sources = pathlib.Path(__file__).parent
    newest = max(path.stat().st_mtime for path in sources.glob("*.[Sl]*"))
    if not image.exists() or image.stat().st_mtime < newest:
        make_image(image, sources)
    return image


def make_image(image, sources):
    """Builds the image in a temporary folder and moves it to its place, because other processes
    may build it at the same time."""
    with run_folder() as folder:
        why = "make is not on PATH"
        if shutil.which("make"):
            argv = ["make", "-s", "-C", sources, f"BUILD={folder}", folder / "engine" / image.name]
            why = problem(argv, folder)
        if not why:
            why = move(folder / "engine" / image.name, image)
    if why:
        raise EngineError(
            f"'{image}' is older than {sources} and cannot be rebuilt ({why}); "
            "run 'make all' as the owner of its folder"
        )


def problem(argv, folder):
    """Runs the command; returns the first line of its errors if it fails, else ""."""
    process = start_alone(argv, folder)
    try:
        _, errors = process.communicate()
    finally:
        stop(process)
    said = errors.decode(errors="replace").splitlines() or [f"status {process.returncode}"]
    return said[0] if process.returncode else ""


def move(source, target):
    """Replaces `target` by a copy of `source`, also across file systems. Returns the error's
    text, or ""."""
    with ending.held():
        temporary = f"{target}.{os.getpid()}"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, temporary)
            os.replace(temporary, target)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            return error.strerror
    return ""
