# SPDX-License-Identifier: MIT
"""Code in a plugin's room. A jump at the place of the fault leads to it; it does something wrong once,
at the n-th time, or always, executes the instructions that the jump has overwritten, and returns."""

import struct

EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI = range(8)
REGISTERS = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi")


def word(number):
    return struct.pack("<I", number & 0xFFFFFFFF)


def jump(at, to):
    return b"\xe9" + word(to - at - 5)


# What a stub can do. All may change EFLAGS, which are on the stack meanwhile: so ESP is 4 lower.


def flip_register(register, bits):
    return b"\x81" + bytes([0xF0 + register]) + word(bits)


def flip_flags(bits):
    return b"\x81\x34\x24" + word(bits)


def flip_on_stack(offset, bits):
    """offset: from the ESP of the plugin."""
    return b"\x81\xb4\x24" + word(offset + 4) + word(bits)


def flip_memory(address, bits):
    return b"\x81\x35" + word(address) + word(bits)


def store(address, value):
    return b"\xc7\x05" + word(address) + word(value)


def load(address):
    return b"\x80\x3d" + word(address) + b"\0"


def set_register(register, value):
    return bytes([0xB8 + register]) + word(value)


def request(number, arguments):
    """Asks for a service."""
    code = b"\x60" + set_register(EAX, number)
    for register, value in zip((EBX, ECX, ESI, EDI), arguments, strict=True):
        code += set_register(register, value)
    return code + b"\xcd\x81\x61"


def build(code, at, wrong, *, when=0, moves_stack=0, displaced=None, behind=b"", leaves_to=None, twice=0):
    """Patches, [(address, bytes)], that have a stub do `wrong` before the instructions at `at`; or
    None, if these cannot be moved. when: only at that time, from 1; 0: at each. moves_stack: added to
    ESP. behind: done behind the displaced instructions instead of returning to the rest. leaves_to:
    the address to go on at, where the wrong is done. twice: execute so many of the instructions again."""
    displaced = displaced or code.displaced(at)
    if not displaced:
        return None
    count = code.symbols["injection_count"].value
    moved = b"".join(i.raw for i in displaced)
    first = b"".join(i.raw for i in displaced[:twice])
    begin = code.room.start
    done = wrong
    if moves_stack or leaves_to is not None or twice:
        done += b"\x9d" + (b"\x8d\xa4\x24" + word(moves_stack) if moves_stack else b"") + first + b"\x9c"
    if leaves_to is not None:
        done = wrong + b"\x9d"
    stub = b"\x9c"
    if when:
        stub += b"\xff\x05" + word(count) + b"\x81\x3d" + word(count) + word(when)
        room = len(done) + (5 if leaves_to is not None else 0)
        if room > 127:
            return None
        stub += b"\x75" + bytes([room])
    stub += done
    if leaves_to is not None:
        stub += jump(begin + len(stub), leaves_to)
    stub += b"\x9d" + moved + behind
    stub += jump(begin + len(stub), displaced[-1].end)
    if len(stub) > len(code.room):
        return None
    here = jump(at, begin)
    return [(begin, stub), (at, here + b"\x90" * (len(moved) - len(here)))]
