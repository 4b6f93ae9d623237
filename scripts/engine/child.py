# SPDX-License-Identifier: MIT
"""Processes that must not outlive this one: engines, and what makes their images."""

import ctypes
import os
import signal
import subprocess

from . import ending

PR_SET_PDEATHSIG = 1
prctl = ctypes.PyDLL(None).prctl
_children = set()


def die_with(parent):
    """In the new process: the engine must not outlive the process `parent`, not
    even when that is killed with SIGKILL."""

    def prepare():
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def start(argv, workdir, **options):
    """Start an engine that stop() and stop_all() know. The thread that calls
    must live as long as the engine: PR_SET_PDEATHSIG is about threads."""
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
    """Start an engine without our terminal."""
    return start(
        argv,
        workdir,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        **options,
    )


def stop(process):
    """End an engine that we started; it may have ended already. Not politely:
    one that is stuck in KVM hears nothing else, and a disk loses nothing."""
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
    """Before this process ends."""
    for process in list(_children):
        stop(process)
