# SPDX-License-Identifier: MIT
"""The launcher in the surroundings that services, containers and terminals give it: the
launcher works, or ends with one sentence and status 125, and leaves neither engine nor folder
behind. tests/fuzz/surroundings.py tries random surroundings."""

import fcntl
import itertools
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import termios
import threading

import pytest

from engine.image import engine_image
from engine.paths import ROOT

RINGFENCE = ROOT / "scripts" / "ringfence"
PROBE = engine_image("probe.elf")
SECONDS = 120
STRANGER = 12345
PROBED = ["run", "--engine", "tcg", "--monitor", str(PROBE), "--kernel", str(PROBE)]

# Says "x" on the serial port, so that a test knows that it runs, and then nothing.
TALKS_ONCE = """
.long 0x1badb002, 0, -0x1badb002
.globl _start
_start: cli
mov $0x3fb, %dx
mov $0x83, %al
out %al, %dx
mov $0x3f8, %dx
mov $1, %al
out %al, %dx
mov $0x3fb, %dx
mov $3, %al
out %al, %dx
mov $0x3f8, %dx
mov $'x', %al
out %al, %dx
1: hlt
jmp 1b
"""


@pytest.fixture(scope="module")
def talks_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("monitor")
    (folder / "x.S").write_text(TALKS_ONCE)
    flags = ["-m32", "-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,-Ttext-segment=0x100000"]
    subprocess.run(["gcc", *flags, "-o", folder / "x.elf", folder / "x.S"], check=True)
    return folder / "x.elf"


@pytest.fixture
def folder():
    """Makes a folder that every user can reach, for all temporary files of a run."""
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o1777)
        yield pathlib.Path(path)


def said(done):
    """Returns the one sentence on standard error; fails if there is not just one."""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and lines[0].startswith("ringfence: "), done.stderr
    return lines[0]


def only_child(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as stream:
        (child,) = stream.read().split()
    return int(child)


def has_ended(pidfd):
    return bool(select.select([pidfd], [], [], SECONDS)[0])


@pytest.mark.parametrize("name", ["TERM", "HUP", "INT", "QUIT", "USR1", "KILL"])
@pytest.mark.parametrize("engine", ["tcg", "bochs"])
def test_signal(engine, name, talks_once, folder):
    number = signal.Signals[f"SIG{name}"]
    words = ["run", "--engine", engine, "--monitor", talks_once, "--kernel", talks_once]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {**os.environ, "TMPDIR": str(folder)}
    # What nohup or a shell's & ignores, this process ignores too, and so would the launcher.
    argv = ["env", f"--default-signal={name}", RINGFENCE, *words] if name != "KILL" else [RINGFENCE, *words]
    with subprocess.Popen(argv, **streams, env=environment) as process:
        try:
            assert process.stdout.read(1) == b"x"
            child = os.pidfd_open(only_child(process))
            process.send_signal(number)
            _, errors = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert has_ended(child)
    os.close(child)
    if name != "KILL":
        assert errors.decode() == f"ringfence: ended by SIG{name}\n"
        assert process.returncode == 125
        assert not list(folder.iterdir())
    else:  # after SIGKILL nothing removes the folder; the next run does
        subprocess.run([RINGFENCE, *PROBED], stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False)
        assert not list(folder.iterdir())


CLOSED = [fds for count in range(4) for fds in itertools.combinations((0, 1, 2), count)]


@pytest.mark.parametrize("closed", CLOSED, ids=str)
def test_closed_streams(closed):
    redirections = " ".join(f"{fd}{'<' if fd == 0 else '>'}&-" for fd in closed)
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", RINGFENCE, *PROBED],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False,
    )
    assert done.returncode == 125 and done.stdout == b""
    if 2 in closed:
        assert done.stderr == b""
    else:
        assert ("standard output is closed" if 1 in closed else "status 87") in said(done)


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"]])
def test_full_output(words):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([RINGFENCE, *words], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 125
    assert said(done) == "ringfence: No space left on device"


def stranger(*paths):
    """Returns words that make a command run as a user without a name and a home, or no words if
    this process cannot change its user or that user could not reach the tree."""
    words = ["setpriv", "--reuid", str(STRANGER), "--regid", str(STRANGER), "--clear-groups"]
    if os.geteuid():
        return []
    reachable = [subprocess.run([*words, "test", "-r", path], check=False).returncode == 0 for path in paths]
    return words if all(reachable) else []


def without_home(**more):
    return {**{name: value for name, value in os.environ.items() if name != "HOME"}, **more}


def test_no_home(folder):
    done = subprocess.run(
        [*stranger(RINGFENCE, PROBE), RINGFENCE, *PROBED],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False,
        env=without_home(TMPDIR=str(folder)),
    )
    assert done.returncode == 125 and "status 87" in said(done)
    assert not list(folder.iterdir())


def test_stale_image_that_cannot_be_replaced(folder):
    """build/engine is older than its sources and has another owner, or there is no make."""
    build = folder / "build"
    (build / "engine").mkdir(parents=True)
    for name in ("probe.elf", "bochs-rom.bin"):
        shutil.copyfile(engine_image(name), build / "engine" / name)
        os.utime(build / "engine" / name, (0, 0))
    (build / "engine").chmod(0o555)
    path = folder / "path"
    path.mkdir()
    (path / "bochs").symlink_to(shutil.which("bochs"))
    as_other = stranger(RINGFENCE, PROBE)
    temporary = folder / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    environment = without_home(RINGFENCE_BUILD=str(build), TMPDIR=str(temporary))
    if not as_other and not os.geteuid():
        environment["PATH"] = str(path)  # root may write everywhere; so there is no make
    words = ["run", "--engine", "bochs", "--monitor", PROBE, "--kernel", PROBE]
    done = subprocess.run(
        [*as_other, RINGFENCE, *words],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False, env=environment,
    )
    assert done.returncode == 125
    sentence = said(done)
    assert str(build / "engine" / "bochs-rom.bin") in sentence and "run 'make all' as the owner" in sentence
    assert not list(temporary.iterdir())


def state(fd):
    return fcntl.fcntl(fd, fcntl.F_GETFL), termios.tcgetattr(fd)


@pytest.mark.parametrize("engine", ["tcg", "bochs"])
@pytest.mark.parametrize("end", ["timeout", "signal"])
def test_terminal_is_as_it_was(engine, end, talks_once):
    ours, terminal = pty.openpty()
    seen = threading.Event()

    def read():
        while data := os.read(ours, 4096):
            if b"x" in data:
                seen.set()

    threading.Thread(target=read, daemon=True).start()
    before = state(terminal)
    words = ["run", "--engine", engine, "--monitor", talks_once, "--kernel", talks_once]
    words += ["--timeout", "2" if end == "timeout" else str(SECONDS)]
    process = subprocess.Popen([RINGFENCE, *words], stdin=terminal, stdout=terminal, stderr=subprocess.DEVNULL)
    if end == "signal":
        assert seen.wait(SECONDS)
        process.terminate()
    assert process.wait(SECONDS) == (124 if end == "timeout" else 125)
    assert state(terminal) == before
