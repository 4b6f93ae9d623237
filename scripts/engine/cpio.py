# SPDX-License-Identifier: MIT
"""Initramfs archives in cpio's "newc" form: written, and checked for wholeness.

Linux unpacks any number of archives one behind the other, each of them plain
or compressed, plain ones at a multiple of four bytes. So something is added to
an initramfs by appending an archive.
"""

import os
import stat
import typing
import zlib

from .machine import EngineError

MAGIC = b"070701"
TRAILER = "TRAILER!!!"
HEADER = 110
GZIP = b"\x1f\x8b"


class Archive:
    """An archive that is being written. Equal input gives equal bytes: owner root, time 0,
    inode numbers in the order of the files."""

    def __init__(self):
        self.data = bytearray()
        self.names = set()

    def _entry(self, name, mode, data=b"", device=(0, 0), links=1):
        encoded = os.fsencode(name) + b"\0"
        number = len(self.names) + 1 if name != TRAILER else 0
        fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(encoded), 0)
        self.data += MAGIC + b"".join(b"%08X" % field for field in fields) + encoded
        self.data += bytes(-len(self.data) % 4) + data
        self.data += bytes(-len(self.data) % 4)
        self.names.add(name)

    def character(self, name, major, minor, mode=0o600):
        self._entry(name, stat.S_IFCHR | mode, device=(major, minor))

    def directory(self, name, mode=0o755):
        self._entry(name, stat.S_IFDIR | mode, links=2)

    def file(self, name, data, mode=0o644):
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        self._entry(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def finish(self):
        self._entry(TRAILER, 0)
        return bytes(self.data)


class Broken(Exception):
    """Raised for an archive that is damaged or cut short; the message says where."""


class Entry(typing.NamedTuple):
    """A file of an archive."""

    mode: int  # as in struct stat
    data: memoryview  # a file's contents, a link's target


def entries(image, most=1 << 32):
    """Returns {name: Entry} of an initramfs, names as os.fsdecode() gives them. Raises Broken
    if the initramfs is cut short or unpacks to more than `most` bytes. None: it is
    compressed by another program than gzip, and its contents are not known."""
    found = {}
    at = 0
    while True:
        while image[at : at + 1] == b"\0":
            at += 1
        if at == len(image):
            return found
        if image[at : at + 2] == GZIP:
            stream = zlib.decompressobj(wbits=31)
            try:
                inner = stream.decompress(image[at:], most)
            except zlib.error as error:
                raise Broken(f"its gzip data is damaged ({error})") from None
            if stream.unconsumed_tail:
                raise Broken(f"it unpacks to more than {most >> 20} MiB, the guest's memory")
            if not stream.eof:
                raise Broken("its gzip data is cut short")
            at = len(image) - len(stream.unused_data)
            plain(inner, found)
        elif image[at : at + 6] == MAGIC:
            at = walk(image, at, found)
        elif found or image[at : at + 3] == b"070":
            raise Broken(f"at byte {at} is neither cpio nor gzip data")
        else:
            return None


def plain(image, found):
    """Adds the entries of uncompressed archives, which Linux also accepts within compressed
    data."""
    at = 0
    while at < len(image):
        if image[at] == 0:
            at += 1
        elif image[at : at + 6] == MAGIC:
            at = walk(image, at, found)
        else:
            raise Broken(f"its gzip data holds no cpio archive at byte {at}")


def walk(image, at, found):
    """Adds the entries of the archive at offset `at` to `found`; returns the offset of its end."""
    view = memoryview(image)
    while True:
        header = image[at : at + HEADER]
        if len(header) < HEADER:
            raise Broken(f"its cpio archive is cut short after {len(image)} bytes")
        if header[:6] != MAGIC:
            raise Broken(f"its cpio archive is damaged at byte {at}")
        try:
            mode, size, length = (int(header[n : n + 8], 16) for n in (14, 54, 94))
        except ValueError:
            raise Broken(f"its cpio archive is damaged at byte {at}") from None
        name = os.fsdecode(image[at + HEADER : at + HEADER + length - 1])
        at = (at + HEADER + length + 3) & -4
        data = view[at : at + size]
        at = (at + size + 3) & -4
        if at > len(image) + 3:
            raise Broken(f"its cpio archive is cut short after {len(image)} bytes")
        if name == TRAILER:
            return min(at, len(image))
        found[os.path.normpath("/" + name).lstrip("/")] = Entry(mode, data)


def checked_entries(path, data, most):
    """Returns entries() of `data`, the contents of the file `path`; raises EngineError in place
    of Broken."""
    if not data:
        raise EngineError(f"initrd '{path}' is empty; build it again")
    try:
        return entries(data, most)
    except Broken as error:
        raise EngineError(f"initrd '{path}' cannot be used: {error}; build it again") from None
