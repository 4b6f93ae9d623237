# SPDX-License-Identifier: MIT
"""The line table of a .plg file (<ringfence/plg.h>): packs a table, and adds it to a file."""

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
    """The path as the table holds it: "?" for unprintable characters; if too long, the end of its last component."""
    if len(path) >= FILE_NAME_SIZE:
        path = os.path.basename(path)[1 - FILE_NAME_SIZE :]
    return "".join(letter if " " <= letter <= "~" else "?" for letter in path) or "?"


def pack(rows, begin):
    """Packs rows (offset, file or None, line), in ascending order from `begin`. None: the table would be too large."""
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
    """Returns the ELF file `image` with `table` as an additional last section. No loaded part moves."""
    head = bytearray(image[:52])
    shoff = struct.unpack_from("<I", image, 32)[0]
    count, names_index = struct.unpack_from("<HH", image, 48)
    heads = [list(struct.unpack_from("<10I", image, shoff + 40 * i)) for i in range(count)]
    names = heads[names_index]
    texts = image[names[4] : names[4] + names[5]]
    # ld writes the section names and headers last: cut both off, and write them again behind the table.
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
