# SPDX-License-Identifier: MIT
"""The notes of a .plg file (<ringfence/plg.h>): their types, and reading and packing them.

    for note in unpack(data): ...     note.kind, note.value, note.at
    pack(STACK, words(8192))          the bytes of one note
"""

import struct
from typing import NamedTuple

from refusal import Refusal

OWNER = b"Ringfence"
ABI, ABOUT, STACK, HEAP, BUDGET, ENTRY, WINDOW = range(0x100, 0x107)
OPTIONAL = range(0x180, 0x200)  # a loader skips those of them that it does not know
NAMES = {
    ABI: "the ABI note",
    ABOUT: "PLUGIN()",
    STACK: "PLUGIN_STACK()",
    HEAP: "PLUGIN_HEAP()",
    BUDGET: "PLUGIN_BUDGET_US()",
    ENTRY: "an entry",
    WINDOW: "PLUGIN_WINDOW_BYTES()",
}
# Bytes of each string in ABOUT and ENTRY, with the terminating zero.
NAME_SIZE, VERSION_SIZE, DESCRIPTION_SIZE, ENTRY_NAME_SIZE = 32, 16, 80, 56
VALUE_SIZES = {ABI: 8, ABOUT: NAME_SIZE + VERSION_SIZE + DESCRIPTION_SIZE, ENTRY: 8 + ENTRY_NAME_SIZE}
VALUE_AT = 24  # offset of a note's value from the note's begin


class Note(NamedTuple):
    kind: int
    value: bytes
    at: int  # offset of the note in the notes

    def words(self):
        """The value as 32-bit numbers; bytes after the last whole one are left out."""
        return [word for (word,) in struct.iter_unpack("<I", self.value[: len(self.value) & ~3])]


def words(*numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


def pack(kind, value):
    owner = OWNER + b"\0"
    head = words(len(owner), len(value), kind) + owner
    return head.ljust(VALUE_AT, b"\0") + value + bytes(-len(value) % 4)


def unpack(data):
    """Yields each Note in `data`, the bytes of the note segment. Raises Refusal at one that is damaged."""
    at = 0
    while at < len(data):
        if at + VALUE_AT > len(data):
            raise Refusal("its notes are cut short: section .note.ringfence is not for other use")
        owner_size, size, kind = struct.unpack_from("<III", data, at)
        owner = data[at + 12 : at + 12 + max(owner_size - 1, 0)]
        start = at + 12 + (owner_size + 3 & ~3)
        value = data[start : start + size]
        if owner != OWNER or len(value) != size:
            raise Refusal("its notes are damaged: section .note.ringfence is not for other use")
        wanted = VALUE_SIZES.get(kind, 4 if kind in NAMES else size)
        if size != wanted:
            raise Refusal(f"{NAMES[kind]} has {size} bytes in its note instead of {wanted}: the file is damaged")
        yield Note(kind, value, at)
        at = start + (size + 3 & ~3)
