# SPDX-License-Identifier: MIT
"""Where --put places files: as `cp -r` would, or one sentence, and never lost."""

import inspect
import os
import socket
import stat
import sys
import types

import pytest

from engine.cpio import Archive, entries
from engine.machine import EngineError
from launcher import applets, overlay

TABLE = b"\0[\0[[\0cat\0ls\0rev\0tac\0\0"


def initramfs():
    archive = Archive()
    for name in ("bin", "usr", "usr/lib", "plugins", "proc"):
        archive.directory(name)
    archive.file("bin/busybox", b"\x7fELF" + TABLE + b"more", 0o755)
    for name in ("cat", "ls", "rev", "tac"):
        archive.link(f"bin/{name}", "busybox")
    archive.link("lib", "usr/lib")
    archive.link("circle", "circle")
    archive.link("missing", "not/yet")
    archive.file("plugins/hello", b"hello")
    return archive.finish()


def put(*texts, memory=1):
    """Returns the entries that these --put options add, without the launcher's own."""
    options = types.SimpleNamespace(put=list(map(str, texts)), exec=None, initrd="initramfs", memory=memory)
    found = entries(overlay.build(options, initramfs(), "nonce", None))
    own = (".ringfence", ".ringfence/nonce", ".ringfence/put")
    return {name: entry for name, entry in found.items() if name not in own}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"contents")
    return path


@pytest.mark.parametrize(
    "target, place",
    [
        ("", "f"),
        ("/", "f"),
        ("/x", "x"),
        ("/x/", "x/f"),
        ("/plugins", "plugins/f"),
        ("/plugins/", "plugins/f"),
        ("/plugins/hello", "plugins/hello"),
        ("/new/deep/x", "new/deep/x"),
        ("/../x", "x"),
        ("//a/./b/../x", "a/x"),
        ("/lib", "usr/lib/f"),
        ("/lib/x", "usr/lib/x"),
        ("/missing/x", "not/yet/x"),
        ("/missing", "missing"),
        ("/bin/ls", "bin/ls"),
    ],
)
def test_place(file, target, place):
    added = put(f"{file}:{target}" if target else file)
    assert bytes(added[place].data) == b"contents"
    for name in added:
        if name != place and not name.startswith(".ringfence"):
            assert stat.S_ISDIR(added[name].mode) and place.startswith(f"{name}/")


@pytest.mark.parametrize(
    "target, said",
    [
        ("/bin/busybox/x", "'/bin/busybox' is a file in the guest"),
        ("/bin/ls/x", "'/bin/busybox' is a file in the guest"),
        ("/plugins/hello/deep/x", "'/plugins/hello' is a file in the guest"),
        ("/proc/x", "mounts a file system of its own on /proc"),
        ("/sys", "mounts a file system of its own on /sys"),
        ("/dev/pts/x", "mounts a file system of its own on /dev"),
        ("/bin/../proc/x", "mounts a file system of its own on /proc"),
        ("/circle/x", "is not a path in the guest"),
        ("/.ringfence/exec", "is not a path in the guest"),
        ("/../.ringfence/exec", "is not a path in the guest"),
        ("/" + "n" * 256, "too long"),
        ("/" + "n/" * 2100, "too long"),
    ],
)
def test_no_place(file, target, said):
    with pytest.raises(EngineError) as raised:
        put(f"{file}:{target}")
    assert said in str(raised.value)


def test_directory(tmp_path):
    """--put of a folder adds all files below it, keeps links as links, and adds to folders that
    exist."""
    tree = tmp_path / "tree"
    (tree / "lib").mkdir(parents=True)
    (tree / "lib" / "so").write_bytes(b"so")
    (tree / "link").symlink_to("nowhere")
    (tree / os.fsdecode(b"\xff\n")).write_bytes(b"odd")
    added = put(f"{tree}:/", f"{tree}:/plugins")
    assert bytes(added["usr/lib/so"].data) == b"so"
    assert bytes(added["plugins/lib/so"].data) == b"so"
    assert bytes(added["link"].data) == b"nowhere" and stat.S_ISLNK(added["link"].mode)
    assert bytes(added[os.fsdecode(b"\xff\n")].data) == b"odd"


def test_directory_deeper_than_recursion_goes(tmp_path):
    (tmp_path / "/".join("d" * 150)).mkdir(parents=True)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        assert len(put(tmp_path / "d")) == 150
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("texts", [("a:/x", "a:/x/y"), ("a:/x/y", "d:/x/y")], ids=["file, below it", "file, directory"])
def test_two_that_exclude_each_other(tmp_path, texts):
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "d").mkdir()
    with pytest.raises(EngineError, match="is a file in the guest"):
        put(*(f"{tmp_path}/{text}" for text in texts))


def test_directory_on_a_file(tmp_path):
    with pytest.raises(EngineError, match="'/bin/ls' is a file in the guest, not a directory"):
        put(f"{tmp_path}:/bin/ls")


def test_file_on_a_directory(tmp_path):
    (tmp_path / "plugins").write_bytes(b"x")
    with pytest.raises(EngineError, match="'/plugins' is a directory in the guest"):
        put(f"{tmp_path}:/")


@pytest.mark.parametrize("kind", ["a FIFO", "a socket", "a device", "huge", "nothing", "no end"])
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a directory"])
def test_no_file(tmp_path, kind, inside):
    """The launcher refuses the file at once, without waiting for a writer and without reading a
    huge file."""
    path = tmp_path / "p"
    if kind == "a FIFO":
        os.mkfifo(path)
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    elif kind == "huge":
        with open(path, "wb") as stream:
            stream.truncate(1 << 42)
    elif not inside:
        path = {"a device": "/dev/zero", "nothing": tmp_path / "p", "no end": "/proc/self/pagemap"}[kind]
    else:
        return
    said = {"huge": "more than the 1 MiB", "nothing": "does not exist", "no end": "more than the 1 MiB"}
    with pytest.raises(EngineError, match=said.get(kind, f"is {kind}; name a file")):
        put(tmp_path if inside else f"{path}:/x")


def test_proc_file(tmp_path):
    """A file of /proc has size 0, but contents."""
    assert bytes(put("/proc/version:/version")["version"].data).startswith(b"Linux")


def test_applets_give_way(tmp_path):
    for name in ("tac", "cat", "own"):
        (tmp_path / name).write_bytes(b"#!/bin/sh\n")
    added = put(f"{tmp_path}/tac:/bin/tac", f"{tmp_path}/cat:/opt/cat", f"{tmp_path}/own:/bin/own")
    spoilt = bytes(added[".ringfence/busybox"].data)
    assert applets.table(spoilt)[1] == [b"[", b"[[", b"ca\1", b"ls", b"rev", b"ta\1"]
    assert stat.S_ISREG(added["bin/tac"].mode)
    assert bytes(added["bin/cat"].data) == b"../.ringfence/applets"
    assert "bin/busybox" not in added and "bin/ls" not in added
    assert len(spoilt) == len(TABLE) + 8


def test_no_applet_no_other_busybox(file):
    assert list(put(f"{file}:/bin/f")) == ["bin/f"]
