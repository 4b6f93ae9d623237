# SPDX-License-Identifier: MIT
"""cpio reads the archives that the launcher writes, and the launcher reports damaged archives."""

import gzip
import subprocess

import pytest

from engine.cpio import Archive, Broken, entries

FILES = {"a": b"", "b": b"x", "dir/c": b"four", "dir/d": bytes(range(256)) * 20}


def archive():
    made = Archive()
    made.directory("dir")
    for name, data in FILES.items():
        made.file(name, data, 0o755 if name == "b" else 0o644)
    made.link("link", "dir/c")
    return made.finish()


def test_cpio_reads_it(tmp_path):
    subprocess.run(["cpio", "-id", "--quiet"], input=archive(), cwd=tmp_path, check=True)
    for name, data in FILES.items():
        assert (tmp_path / name).read_bytes() == data
    assert (tmp_path / "link").readlink().as_posix() == "dir/c"
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o755


def test_same_input_same_bytes():
    assert archive() == archive()


def padded(data):
    return data + bytes(-len(data) % 4)


@pytest.mark.parametrize(
    "image",
    [
        archive(),
        gzip.compress(archive()),
        padded(gzip.compress(archive())) + archive(),
        archive() + bytes(512) + gzip.compress(archive()) + bytes(3),
    ],
    ids=["plain", "gzip", "gzip and plain", "plain, zeros, gzip"],
)
def test_whole(image):
    assert entries(image) .keys() == {"dir", "link", *FILES}


@pytest.mark.parametrize("image", [archive(), gzip.compress(archive())], ids=["plain", "gzip"])
def test_every_cut_is_found(image):
    last = len(image.rstrip(b"\0")) if image[:1] == b"0" else len(image)
    for length in list(range(3, last, 41)) + [last - 1]:
        with pytest.raises(Broken, match="cut short|damaged|neither"):
            entries(image[:length])


def test_damage_is_found():
    image = bytearray(gzip.compress(archive()))
    image[len(image) // 2] ^= 0x55
    with pytest.raises(Broken):
        entries(bytes(image))
    with pytest.raises(Broken, match="neither"):
        entries(archive() + b"rubbish")


def test_other_compressions_are_left_alone():
    assert entries(b"\xfd7zXZ\0 and so on") is None
