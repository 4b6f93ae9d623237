# SPDX-License-Identifier: MIT
"""Every bad input to `ringfence run` is one sentence on stderr and status 125."""

import gzip
import subprocess
import sys

import deadline
import pytest

from engine.cpio import Archive
from engine.image import engine_image
from engine.paths import ROOT

RINGFENCE = ROOT / "scripts" / "ringfence"
PROBE = str(engine_image("probe.elf"))


def ringfence(*words, **options):
    return subprocess.run(
        [RINGFENCE, *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=deadline.COMMAND,
        **options,
    )


def sentence(*words, **options):
    done = ringfence(*words, **options)
    assert done.returncode == 125
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("ringfence: ")
    assert done.stdout == ""
    return lines[0]


@pytest.mark.parametrize(
    "words, expected",
    [
        ([], "COMMAND"),
        (["walk"], "invalid choice: 'walk'"),
        (["run", "--fast"], "unknown option or argument: --fast"),
        (["run", "--tim", "3"], "unknown option or argument: --tim"),
        (["run", "vmlinux"], "unknown option or argument: vmlinux"),
        (["run", "--engine", "xen"], "invalid choice: 'xen'"),
        (["run", "--memory", "much"], "'much' is not a size"),
        (["run", "--memory", "0"], "'0' is not a size"),
        (["run", "--memory", "4G"], "more than the 3584 MiB"),
        (["run", "--timeout", "soon"], "'soon' is not a number of seconds"),
        (["run", "--timeout", "-1"], "'-1' is not a number of seconds"),
        (["run", "--timeout", "nan"], "'nan' is not a number of seconds"),
        (["run", "--disk", "x,floppy"], "'floppy' is not a disk option"),
        (["run", "--kernel", "/nowhere"], "kernel '/nowhere' does not exist"),
        (["run", "--kernel", "/"], "kernel '/' is a directory"),
        (["run", "--kernel", PROBE, "--exec", "true"], "need an initramfs"),
        (["run", "--kernel", PROBE, "--initrd", "/nowhere"], "initrd '/nowhere' does not exist"),
        (["run", "--kernel", PROBE, "--initrd", "/dev/null"], "'/dev/null' is a device; name a file"),
        (["run", "--kernel", PROBE, "--log", "/nowhere/log"], "its directory does not exist"),
        (["run", "--kernel", PROBE, "--monitor", "/nowhere"], "monitor '/nowhere' does not exist"),
        (["run", "--kernel", PROBE, "--engine", "kvm", "--icount"], "KVM does not count"),
        (["run", "--kernel", PROBE, "--engine", "bochs", "--net", "--monitor", PROBE],
         "Bochs has no --net"),
        (["run", "--kernel", PROBE, "--monitor", PROBE, "--log", "/dev/full"], "log '/dev/full' is a device"),
        (["run", "--kernel", PROBE, "--monitor", PROBE, "--disk", "/dev/zero"], "disk '/dev/zero' is a device"),
        (["run", "--kernel", PROBE, "--monitor", PROBE, "--append", "a\nb"], "cannot have two lines"),
    ],
)
def test_bad_words(words, expected):
    assert expected in sentence(*words)


@pytest.fixture
def initrd(tmp_path):
    archive = Archive()
    archive.file("init", b"#!/bin/sh\n", 0o755)
    path = tmp_path / "initramfs"
    path.write_bytes(gzip.compress(archive.finish()))
    return path


def test_empty_initramfs(initrd):
    initrd.write_bytes(b"")
    assert "is empty" in sentence("run", "--kernel", PROBE, "--initrd", initrd)


def test_initramfs_that_unpacks_to_too_much(initrd):
    """The launcher refuses it before the contents fill the memory."""
    initrd.write_bytes(gzip.compress(bytes(16 << 20)))
    said = sentence("run", "--kernel", PROBE, "--initrd", initrd, "--memory", "8")
    assert "unpacks to more than 8 MiB, the guest's memory" in said


def test_cut_initramfs(initrd):
    initrd.write_bytes(initrd.read_bytes()[:-9])
    said = sentence("run", "--kernel", PROBE, "--initrd", initrd)
    assert str(initrd) in said and "cut short" in said


def test_no_engine(tmp_path):
    (tmp_path / "python3").symlink_to(sys.executable)
    words = ["run", "--kernel", PROBE, "--monitor", PROBE]
    said = sentence(*words, "--engine", "tcg", env={"PATH": str(tmp_path)})
    assert "qemu-system-i386 is not installed, or not on PATH; run 'make setup'" in said


def test_help():
    done = ringfence("run", "--help")
    assert done.returncode == 0 and done.stderr == ""
    for option in ("--engine", "--exec", "--put", "--timeout", "--native", "--disk", "--gdb"):
        assert option in done.stdout
