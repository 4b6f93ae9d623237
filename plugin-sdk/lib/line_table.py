# SPDX-License-Identifier: MIT
"""The line table of a .plg file (<ringfence/plg.h>): the source line of the code at each offset.

    pack(rows, begin)      the table's bytes; rows: (offset, file or None, line), ascending from `begin`
    unpack(table, begin)   the rows again
"""

import os

from byte_reader import Bytes, Damaged, uleb
from refusal import Refusal

SECTION_NAME = ".ringfence.lines"
SECTION_TYPE = 0x8052464C
SIZE_MAX = 1 << 20
FILE_NAME_SIZE = 64
FILES_MAX = 4095
LINE_MAX = 0xFFFFFF


def file_name(path):
    """The path as the table holds it: "?" for unprintable characters; if too long, the end of its last component."""
    if len(path) >= FILE_NAME_SIZE:
        path = os.path.basename(path)[1 - FILE_NAME_SIZE :]
    return "".join(letter if " " <= letter <= "~" else "?" for letter in path) or "?"


def pack(rows, begin):
    """Packs the rows; a file of None means that no line is known from the row on. None: the table would be too large."""
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


def unpack(table, begin):
    """The rows of a packed table, the line of a row without a file being 0. Raises Refusal if the table is damaged or too large."""
    if len(table) > SIZE_MAX:
        raise Refusal(
            f"its line table has {len(table)} bytes, a plugin's has at most {SIZE_MAX}: link it again with plugin-cc --no-lines"
        )
    try:
        return list(read_rows(Bytes(table), begin))
    except Damaged as damage:
        raise Refusal(f"its line table is damaged ({damage}): link it again with plugin-cc") from None


def read_rows(reader, offset):
    names = [None] + [reader.text().decode("ascii", "replace") for _ in range(min(reader.uleb(), FILES_MAX + 1))]
    line, first = 0, True
    while reader.at < reader.end:
        step, name = reader.uleb(), reader.uleb()
        if not step and not first:
            raise Damaged("two records are for one offset")
        if name >= len(names):
            raise Damaged(f"it names source file {name} of {len(names) - 1}")
        offset, first = offset + step, False
        if offset > 0xFFFFFFFF:
            raise Damaged("a record is for an offset past 32 bits")
        if name:
            change = reader.uleb()
            line += ~(change >> 1) if change & 1 else change >> 1
            if not 1 <= line <= LINE_MAX:
                raise Damaged(f"it names line {line}")
        yield offset, names[name], line if name else 0
