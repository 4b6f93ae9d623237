# SPDX-License-Identifier: MIT
"""ChaCha20, and the shell commands that load the plugin chacha20 with the same key and nonce."""

import struct

KEY = list(struct.unpack("<8I", bytes(range(32))))
NONCE = [0x4A000000, 0]
LOAD_CIPHER = "plugctl load /t/chacha20.plg >/dev/null\n" + "".join(
    f"plugctl call chacha20 key {half} {' '.join(map(str, KEY[4 * half : 4 * half + 4]))} >/dev/null\n" for half in (0, 1)
) + f"plugctl call chacha20 nonce {NONCE[0]} {NONCE[1]} >/dev/null\n"  # fmt: skip


def chacha20(data, key, nonce):
    """RFC 8439, 2.4, with the counter from 0."""
    mask = 0xFFFFFFFF
    rounds = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
    out = bytearray()
    for counter in range((len(data) + 63) // 64):
        start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *key, counter, *nonce]
        x = start[:]
        for a, b, c, d in rounds * 10:
            x[a] = (x[a] + x[b]) & mask
            x[d] ^= x[a]
            x[d] = (x[d] << 16 | x[d] >> 16) & mask
            x[c] = (x[c] + x[d]) & mask
            x[b] ^= x[c]
            x[b] = (x[b] << 12 | x[b] >> 20) & mask
            x[a] = (x[a] + x[b]) & mask
            x[d] ^= x[a]
            x[d] = (x[d] << 8 | x[d] >> 24) & mask
            x[c] = (x[c] + x[d]) & mask
            x[b] ^= x[c]
            x[b] = (x[b] << 7 | x[b] >> 25) & mask
        stream = struct.pack("<16I", *((word + first) & mask for word, first in zip(x, start, strict=True)))
        part = data[64 * counter : 64 * counter + 64]
        out += bytes(byte ^ other for byte, other in zip(part, stream, strict=False))
    return bytes(out)
