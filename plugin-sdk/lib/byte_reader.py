# SPDX-License-Identifier: MIT
"""Little-endian numbers, LEB128 and strings in bytes: reads them in order, and packs LEB128."""

from refusal import Refusal

LEB_SIZE_MAX = 10  # bytes of a LEB128 number of 64 bits


class Damaged(Refusal):
    """The bytes end too early, or are not in their format."""


def uleb(value):
    """`value`, which is not negative, packed as unsigned LEB128."""
    packed = bytearray()
    while value >= 0x80:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    packed.append(value)
    return bytes(packed)


class Bytes:
    """A cursor over `data` from `at` to `end`. Its functions raise Damaged where `data` ends too early or is malformed."""

    def __init__(self, data, at=0, end=None):
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end
        if not 0 <= at <= self.end <= len(data):
            raise Damaged("it ends past its section")

    def take(self, size):
        if size > self.end - self.at:
            raise Damaged("it ends in the middle")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)

    def uleb(self):
        value = 0
        for shift in range(0, 7 * LEB_SIZE_MAX, 7):
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Damaged(f"a number has more than {LEB_SIZE_MAX} bytes")

    def sleb(self):
        begin = self.at
        value = self.uleb()
        bits = 7 * (self.at - begin)
        return value - (1 << bits) if value >> (bits - 1) else value

    def text(self):
        """The bytes up to the next zero, which is skipped."""
        end = self.data.find(b"\0", self.at, self.end)
        if end < 0:
            raise Damaged("a string has no end")
        return self.take(end + 1 - self.at)[:-1]
