# SPDX-License-Identifier: MIT
"""The instructions of a plugin: where each begins, and which of its bytes are what. objdump says how
long they are; the fields follow from the encoding (Intel SDM volume 2, chapter 2)."""

import bisect
import copy
import re
import subprocess
import tempfile
from typing import NamedTuple

import deadline
import elf32
import plugin_file

PREFIXES = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3}
# One-byte opcodes with a ModRM byte, and two-byte ones (0f xx) without.
MODRM = {op for op in range(0x40) if op & 7 < 4} | {0x62, 0x63, 0x69, 0x6B, *range(0x80, 0x90), 0xC0, 0xC1, 0xC4, 0xC5}
MODRM |= {0xC6, 0xC7, *range(0xD0, 0xD4), *range(0xD8, 0xE0), 0xF6, 0xF7, 0xFE, 0xFF}
NO_MODRM = {*range(0x05, 0x0A), 0x0B, *range(0x30, 0x38), 0x77, *range(0x80, 0x90), *range(0xC8, 0xD0)}
NO_MODRM |= {0xA0, 0xA1, 0xA2, 0xA8, 0xA9, 0xAA}
LINE = re.compile(r"^\s*([0-9a-f]+):\t([0-9a-f ]+?)\s*\t(.*)$", re.M)


class Instruction(NamedTuple):
    address: int
    raw: bytes
    text: str  # as objdump writes it
    opcode: tuple  # (op,) or (0x0f, op) or (0x0f, 0x38, op)
    opcode_at: int  # offsets in raw; of what is missing, None
    modrm_at: int | None
    displacement: tuple  # (offset, bytes) of a memory operand's; () for none
    immediate: tuple  # (offset, bytes), also of a jump's distance; () for none

    @property
    def end(self):
        return self.address + len(self.raw)

    @property
    def modrm(self):
        return None if self.modrm_at is None else self.raw[self.modrm_at]

    @property
    def has_memory(self):
        """Is one of the operands in memory? That of lea counts, as its address is wrong likewise."""
        return self.modrm is not None and self.modrm < 0xC0

    @property
    def is_conditional(self):
        return self.opcode[0] & 0xF0 == 0x70 or self.opcode[0] == 0x0F and self.opcode[1] & 0xF0 == 0x80

    @property
    def is_relative(self):
        """A jump or call whose distance is in it."""
        return self.is_conditional or self.opcode[0] in (0xE8, 0xE9, 0xEB, 0xE0, 0xE1, 0xE2, 0xE3)

    @property
    def target(self):
        at, size = self.immediate
        return (self.end + int.from_bytes(self.raw[at : at + size], "little", signed=True)) & 0xFFFFFFFF

    @property
    def ends_block(self):
        """Does something else than the next instruction follow?"""
        indirect = self.opcode == (0xFF,) and self.modrm >> 3 & 7 in (2, 3, 4, 5)
        return self.is_relative or indirect or self.opcode[0] in (0xC2, 0xC3, 0xCB, 0xCC, 0xCF, 0xF4) or self.opcode == (0x0F, 0x0B)


def take_apart(address, raw, text):
    at = 0
    while raw[at] in PREFIXES:
        at += 1
    opcode_at = at
    length = 1 if raw[at] != 0x0F else 3 if raw[at + 1] in (0x38, 0x3A) else 2
    opcode = tuple(raw[at : at + length])
    at += length
    modrm_at, displacement = None, ()
    if opcode[0] in MODRM and length == 1 or length == 3 or length == 2 and opcode[1] not in NO_MODRM:
        modrm_at, modrm = at, raw[at]
        at += 1
        kind, low = modrm >> 6, modrm & 7
        base = low
        if kind != 3 and low == 4:
            base = raw[at] & 7
            at += 1
        size = {0: 4 if base == 5 else 0, 1: 1, 2: 4, 3: 0}[kind]
        if size:
            displacement = (at, size)
        at += size
    elif opcode[0] in (0xA0, 0xA1, 0xA2, 0xA3):  # mov with an address
        displacement = (at, 4)
        at += 4
    immediate = (at, len(raw) - at) if len(raw) > at else ()
    return Instruction(address, raw, text, opcode, opcode_at, modrm_at, displacement, immediate)


class Code:
    """The instructions in the bytes of a .plg file, without those of its room."""

    def __init__(self, image):
        self.plugin = plugin = plugin_file.read(image)
        self.segments = [s for s in elf32.Elf(image).segments if s.kind == elf32.PT_LOAD]
        self.symbols = {symbol.name: symbol for symbol in plugin.symbols if symbol.name}
        room = self.symbols["injection_stub"].value
        self.room = range(room, room + 160)
        self.instructions = [i for i in disassemble(plugin) if i.address not in self.room]
        self.index = {instruction.address: n for n, instruction in enumerate(self.instructions)}
        self.functions = sorted({symbol.value for symbol in plugin.symbols if symbol.kind == 2 and symbol.value not in self.room})
        self.leaders = {i.target for i in self.instructions if i.is_relative} | set(self.functions) | self.tables()
        self.is_early = False
        self.starts = [i.address for i in self.instructions]

    def early(self):
        """The same code, in which places are chosen among those that each call comes by."""
        code = copy.copy(self)
        code.is_early = True
        code.starts = [i.address for i in self.instructions if self.plugin.start <= i.address < self.plugin.start + 0x14]
        return code

    def file_offset(self, address):
        """Of what is in the file, and in the plugin at `address`."""
        segment = next(s for s in self.segments if s.address <= address < s.address + len(s.contents))
        return segment.offset + address - segment.address

    def tables(self):
        """Words of the constants that may be the tables of a switch."""
        rodata = self.plugin.rodata
        words = [int.from_bytes(rodata[at : at + 4], "little") for at in range(0, len(rodata) - 3, 4)]
        return {word for word in words if word in self.index}

    def function_of(self, address):
        """(first address, end) of the function."""
        at = bisect.bisect_right(self.functions, address)
        end = self.functions[at] if at < len(self.functions) else self.plugin.text_end
        return self.functions[at - 1], end

    def where(self, address):
        name, offset = self.plugin.function_at(address) or ("?", 0)
        return f"{name}+{offset:#x}"

    def displaced(self, address, least=5):
        """The instructions from `address` on that a jump would overwrite, which can be anywhere; or None."""
        found, size = [], 0
        for instruction in self.instructions[self.index[address] :]:
            if size >= least:
                return found
            if instruction.ends_block or found and (instruction.address in self.leaders or instruction.address != found[-1].end):
                return None
            found.append(instruction)
            size += len(instruction.raw)
        return None


def disassemble(plugin):
    with tempfile.NamedTemporaryFile(suffix=".text") as file:
        file.write(plugin.text)
        file.flush()
        command = ["objdump", "-D", "-b", "binary", "-m", "i386", "--adjust-vma=0x1000", "--insn-width=16", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=deadline.COMMAND)
    found = [(int(at, 16), bytes.fromhex(raw), text) for at, raw, text in LINE.findall(done.stdout)]
    return [take_apart(at, raw, text) for at, raw, text in found if "(bad)" not in text]
