# SPDX-License-Identifier: MIT
"""Initramfs archives in cpio's "newc" form: written, and checked for wholeness.

Linux unpacks any number of archives one behind the other, each of them plain
or compressed, plain ones at a multiple of four bytes. So something is added to
an initramfs by appending an archive.
"""

import os
import stat
import zlib

from .machine import EngineError

MAGIC = b"070701"
TRAILER = "TRAILER!!!"
HEADER = 110
GZIP = b"\x1f\x8b"


class Archive:
    """An archive in the making. Equal input gives equal bytes: owner root,
    time 0, inode numbers by order."""

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

    def directory(self, name, mode=0o755):
        self._entry(name, stat.S_IFDIR | mode, links=2)

    def file(self, name, data, mode=0o644):
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        self._entry(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def character(self, name, major, minor, mode=0o600):
        self._entry(name, stat.S_IFCHR | mode, device=(major, minor))

    def parents(self, name, known=frozenset()):
        """The directories that lead to name, but for those in known."""
        parts = name.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            directory = "/".join(parts[:count])
            if directory not in known and directory not in self.names:
                self.directory(directory)

    def finish(self):
        self._entry(TRAILER, 0)
        return bytes(self.data)


class Broken(Exception):
    """Says where an archive ends too early, or what is wrong with it."""


def file_names(image):
    """The names in an initramfs. Raises Broken for one that is cut short; of
    one in a compression other than gzip nothing is known: None."""
    names = set()
    at = 0
    while True:
        while image[at : at + 1] == b"\0":
            at += 1
        if at == len(image):
            return names
        if image[at : at + 2] == GZIP:
            stream = zlib.decompressobj(wbits=31)
            try:
                inner = stream.decompress(image[at:])
            except zlib.error as error:
                raise Broken(f"its gzip data is damaged ({error})") from None
            if not stream.eof:
                raise Broken("its gzip data is cut short")
            at = len(image) - len(stream.unused_data)
            names |= file_names(inner) or set()
        elif image[at : at + 6] == MAGIC:
            at = walk(image, at, names)
        elif names or image[at : at + 3] == b"070":
            raise Broken(f"at byte {at} is neither cpio nor gzip data")
        else:
            return None


def walk(image, at, names):
    """Add the names of the archive at `at`; returns where it ends."""
    while True:
        header = image[at : at + HEADER]
        if len(header) < HEADER:
            raise Broken(f"its cpio archive is cut short after {len(image)} bytes")
        if header[:6] != MAGIC:
            raise Broken(f"its cpio archive is damaged at byte {at}")
        try:
            size, length = int(header[54:62], 16), int(header[94:102], 16)
        except ValueError:
            raise Broken(f"its cpio archive is damaged at byte {at}") from None
        name = image[at + HEADER : at + HEADER + length - 1].decode(errors="replace")
        at = (at + HEADER + length + 3) & -4
        at = (at + size + 3) & -4
        if at > len(image) + 3:
            raise Broken(f"its cpio archive is cut short after {len(image)} bytes")
        if name == TRAILER:
            return min(at, len(image))
        names.add(name.lstrip("./"))


def checked_names(path):
    """file_names of the file path, or EngineError."""
    data = path.read_bytes()
    if not data:
        raise EngineError(f"initrd '{path}' is empty; build it anew")
    try:
        return file_names(data)
    except Broken as error:
        raise EngineError(f"initrd '{path}' cannot be used: {error}; build it anew") from None
