# SPDX-License-Identifier: MIT
"""The line table of a .plg, see <ringfence/plg.h>: packing one, and putting it into a file."""

import os
import struct

SECTION_NAME = b".ringfence.lines"
SECTION_TYPE = 0x8052464C
SIZE_MAX = 1 << 20
FILE_NAME_SIZE = 64
FILES_MAX = 4095
LINE_MAX = 0xFFFFFF


def uleb(value):
    packed = bytearray()
    while value >= 0x80:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    packed.append(value)
    return bytes(packed)


def file_name(path):
    """What fits of a path and can be printed: its last part if need be."""
    if len(path) >= FILE_NAME_SIZE:
        path = os.path.basename(path)[1 - FILE_NAME_SIZE :]
    return "".join(letter if " " <= letter <= "~" else "?" for letter in path) or "?"


def pack(rows, begin):
    """The table of rows (offset, file or None, line), or None if it would be too large."""
    names = {}
    records = bytearray()
    offset, line = begin, 0
    for at, path, number in rows:
        if path is None or number > LINE_MAX:
            records += uleb(at - offset) + uleb(0)
        else:
            name = names.setdefault(file_name(path), len(names) + 1)
            change = number - line
            records += uleb(at - offset) + uleb(name) + uleb(change << 1 if change >= 0 else ~change << 1 | 1)
            line = number
        offset = at
    table = uleb(len(names)) + b"".join(name.encode() + b"\0" for name in names) + records
    return table if len(table) <= SIZE_MAX and len(names) <= FILES_MAX else None


def add_section(image, table):
    """The file with one section more, behind the others; nothing that is loaded moves."""
    head = bytearray(image[:52])
    shoff = struct.unpack_from("<I", image, 32)[0]
    count, names_index = struct.unpack_from("<HH", image, 48)
    heads = [list(struct.unpack_from("<10I", image, shoff + 40 * i)) for i in range(count)]
    names = heads[names_index]
    texts = image[names[4] : names[4] + names[5]]
    # ld writes the names and the headers last; they are written anew.
    end = max((h[4] + h[5] for h in heads if h is not names and h[1] not in (0, 8)), default=len(image))
    body = image[:end] if end <= names[4] <= shoff else image
    heads.append([len(texts), SECTION_TYPE, 0, 0, len(body), len(table), 0, 0, 1, 0])
    texts += SECTION_NAME + b"\0"
    names[4:6] = len(body) + len(table), len(texts)
    body += table + texts
    body += bytes(-len(body) % 4)
    struct.pack_into("<I", head, 32, len(body))
    struct.pack_into("<H", head, 48, count + 1)
    return bytes(head) + body[52:] + b"".join(struct.pack("<10I", *h) for h in heads)
