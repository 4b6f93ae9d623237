# SPDX-License-Identifier: MIT
"""Starts and ends processes that must not outlive this one: engines, and the make that builds
their images."""

import ctypes
import os
import signal
import subprocess

from . import ending

PR_SET_PDEATHSIG = 1
prctl = ctypes.PyDLL(None).prctl
_children = set()


def die_with(parent):
    """Runs in the new process: has the kernel kill it when the process `parent` ends, even by
    SIGKILL."""

    def prepare():
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def start(argv, workdir, **options):
    """Starts an engine, which stop() and stop_all() can end. The calling thread must live as
    long as the engine, because PR_SET_PDEATHSIG is bound to the thread."""
    with ending.held():
        process = subprocess.Popen(
            argv,
            cwd=workdir,
            env=dict(os.environ, TERM="vt100"),  # Bochs's text display wants one
            preexec_fn=die_with(os.getpid()),
            **{"stderr": subprocess.PIPE, **options},
        )
        _children.add(process)
    return process


def start_alone(argv, workdir, **options):
    """Starts an engine that has no terminal."""
    return start(
        argv,
        workdir,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        **options,
    )


def stop(process):
    """Ends an engine that start() began; it may have ended already. By SIGKILL, because an
    engine that is stuck in KVM reacts to nothing else; disk images lose no data by that."""
    with ending.held():
        if process.poll() is None:
            alone = os.getpgid(process.pid) == process.pid
            (os.killpg if alone else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
        _children.discard(process)


def stop_all():
    """Ends all engines. Called before this process ends."""
    for process in list(_children):
        stop(process)
