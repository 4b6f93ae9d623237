# SPDX-License-Identifier: MIT
"""Reads and writes ELF32 little-endian files: objects, programs and plugins.

    elf = Elf(image)            image: the bytes of the file
    elf.entry, elf.segments, elf.sections, elf.section(".text"), elf.symbols()
    pack(entry, segments, sections)      the bytes of an executable for i386
    add_section(image, name, kind, data) the same file with one more section

Elf() raises BadElf, one sentence, if headers, sections or segments do not lie inside the file.
Each of 65,535 headers of a damaged file can name the whole file. Elf() therefore copies no
contents: Section.data and Segment.data do that, at each use.
Nothing here knows what a plugin is: that is plugin_file.py.
"""

import struct
from typing import NamedTuple

from refusal import Refusal

# {field: (its format for struct, its offset in the header)}
HEADER = {
    "class": ("B", 4), "data": ("B", 5), "type": ("H", 16), "machine": ("H", 18), "entry": ("I", 24),
    "phoff": ("I", 28), "shoff": ("I", 32), "phentsize": ("H", 42), "phnum": ("H", 44),
    "shentsize": ("H", 46), "shnum": ("H", 48), "shstrndx": ("H", 50),
}  # fmt: skip
# Each field of the headers below is 4 bytes, {field: its offset}.
SEGMENT = {"type": 0, "offset": 4, "vaddr": 8, "filesz": 16, "memsz": 20, "flags": 24}
SECTION = {"name": 0, "type": 4, "flags": 8, "addr": 12, "offset": 16, "size": 20, "link": 24, "entsize": 36}
HEADER_SIZE, SEGMENT_SIZE, SECTION_SIZE, SYMBOL_SIZE = 52, 32, 40, 16

CLASS_32, DATA_LITTLE = 1, 1
ET_REL, ET_EXEC, ET_DYN, ET_CORE = 1, 2, 3, 4
EM_386 = 3
PT_LOAD, PT_NOTE = 1, 4
PF_X, PF_W, PF_R = 1, 2, 4
SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOBITS = 1, 2, 3, 8
SHN_ABS = 0xFFF1
SHF_WRITE, SHF_ALLOC, SHF_EXEC, SHF_TLS = 1, 2, 4, 0x400
STT_NOTYPE, STT_FUNC, STT_TLS = 0, 2, 6
STB_LOCAL, STB_GLOBAL, STB_WEAK = 0, 1, 2
NAMES_MAX = 64 << 20  # bytes of all names of sections, and of all names of symbols


class BadElf(Refusal):
    """The bytes are not an ELF32 file, or one that was cut short or damaged."""


class Segment(NamedTuple):
    kind: int  # PT_*
    flags: int  # PF_*
    address: int
    size: int  # in memory, bytes
    contents: bytes | memoryview  # in the file
    offset: int = 0  # of the contents in the file
    at: int = 0  # offset of the program header in the file

    @property
    def data(self):
        return bytes(self.contents)


class Section(NamedTuple):
    name: str
    kind: int  # SHT_*
    contents: bytes | memoryview  # b"" for SHT_NOBITS
    flags: int = 0  # SHF_*
    address: int = 0
    size: int = 0
    link: int = 0
    info: int = 0
    align: int = 1
    entry_size: int = 0
    offset: int = 0  # of the contents in the file
    at: int = 0  # offset of the section header in the file

    @property
    def data(self):
        return bytes(self.contents)


class Symbol(NamedTuple):
    name: str
    value: int
    size: int
    kind: int  # STT_*
    binding: int  # STB_*
    section: int  # 0: undefined

    @property
    def info(self):
        return self.binding << 4 | self.kind


class Names:
    """
    The strings of the string table `table`, which is bytes. Strings may overlap, so the names in a
    damaged file can be far longer than the file: at() bounds the sum of their lengths.
    """

    def __init__(self, table):
        self.table = table
        self.left = NAMES_MAX

    def at(self, offset, what):
        """The string that begins at `offset`, the name of `what`."""
        end = self.table.find(b"\0", offset)
        if not 0 <= offset <= len(self.table) or end < 0:
            raise BadElf(f"{what} has its name at byte {offset}, outside of the names: the file is damaged")
        self.left -= end - offset
        if self.left < 0:
            raise BadElf(f"the names up to that of {what} have more than {NAMES_MAX} bytes: the file is damaged")
        return self.table[offset:end].decode(errors="replace")


class Elf:
    def __init__(self, image):
        self.image = bytes(image)
        self._named = {}  # data_of()
        self._check_head()
        self.type = self.field("type")
        self.machine = self.field("machine")
        self.entry = self.field("entry")
        self.segments = self._read_segments()
        self.sections = self._read_sections()

    def field(self, name):
        """A field of the ELF header, by its name in HEADER."""
        form, at = HEADER[name]
        return struct.unpack_from("<" + form, self.image, at)[0]

    def section(self, name):
        """The last section of that name, or None."""
        return next((section for section in reversed(self.sections) if section.name == name), None)

    def data_of(self, name):
        """The bytes of the section of that name; b"" if there is no such section."""
        if name not in self._named:
            section = self.section(name)
            self._named[name] = section.data if section else b""
        return self._named[name]

    def symbols(self):
        """A list of Symbol; empty if there is no symbol table."""
        table = next((section for section in self.sections if section.kind == SHT_SYMTAB), None)
        if not table:
            return []
        if table.link >= len(self.sections) or len(table.contents) % SYMBOL_SIZE:
            raise BadElf("its symbol table has no names or ends in the middle: the file is damaged")
        names = Names(self.sections[table.link].data)
        found = []
        for number, fields in enumerate(struct.iter_unpack("<IIIBBH", table.contents)):
            name, value, size, info, _, section = fields
            text = names.at(name, f"symbol {number}")
            found.append(Symbol(text, value, size, info & 15, info >> 4, section))
        return found

    def _check_head(self):
        image = self.image
        if image[:4] != b"\x7fELF"[: len(image)] or not image:
            raise BadElf("it is not an ELF file")
        if len(image) < HEADER_SIZE:
            raise BadElf(f"it has {len(image)} bytes, fewer than an ELF header: it was cut short")
        if self.field("class") != CLASS_32:
            raise BadElf("it is not ELF32: build it for i386 (-m32)")
        if self.field("data") != DATA_LITTLE:
            raise BadElf("it is big-endian: build it for i386")

    def _inside(self, at, size, what):
        """A view of the file from `at` on; raises BadElf if the file ends before at + size."""
        if at + size > len(self.image):
            raise BadElf(f"{what}: {size} bytes from byte {at} on are past the end of the file, which was cut short")
        return memoryview(self.image)[at : at + size]

    def _read_segments(self):
        begin, count = self.field("phoff"), self.field("phnum")
        if count and self.field("phentsize") != SEGMENT_SIZE:
            raise BadElf(f"its program headers have {self.field('phentsize')} bytes instead of {SEGMENT_SIZE}")
        self._inside(begin if count else 0, count * SEGMENT_SIZE, "program headers")
        found = []
        for number in range(count):
            at = begin + number * SEGMENT_SIZE
            kind, offset, address, _, size, memory, flags, _ = struct.unpack_from("<8I", self.image, at)
            contents = self._inside(offset, size, f"program header {number}")
            found.append(Segment(kind, flags, address, memory, contents, offset, at))
        return found

    def _read_sections(self):
        begin, count, names = self.field("shoff"), self.field("shnum"), self.field("shstrndx")
        if not count:
            return []
        if self.field("shentsize") != SECTION_SIZE:
            raise BadElf(f"its section headers have {self.field('shentsize')} bytes instead of {SECTION_SIZE}")
        self._inside(begin, count * SECTION_SIZE, "section headers")
        heads = [struct.unpack_from("<10I", self.image, begin + number * SECTION_SIZE) for number in range(count)]
        if names >= count:
            raise BadElf(f"section {names}, which is to have the names, is none of its {count}: the file is damaged")
        table = Names(bytes(self._inside(*heads[names][4:6], "names of sections")))
        found = []
        for number, head in enumerate(heads):
            name, kind, flags, address, offset, size, link, info, align, entry_size = head
            title = table.at(name, f"section {number}") if table.table else ""
            has_data = kind not in (0, SHT_NOBITS)
            contents = self._inside(offset, size, f"section {title or number}") if has_data else b""
            at = begin + number * SECTION_SIZE
            found.append(Section(title, kind, contents, flags, address, size, link, info, align, entry_size, offset, at))
        return found


def pack_names(names):
    """(a string table with `names`, their offsets in it)"""
    table, offsets = bytearray(b"\0"), []
    for name in names:
        offsets.append(len(table) if name else 0)
        table += name.encode() + b"\0" if name else b""
    return bytes(table), offsets


def symbol_sections(symbols, number):
    """[".symtab", ".strtab"] for a list of Symbol; the first will be section `number` of the file."""
    symbols = sorted(symbols, key=lambda symbol: symbol.binding != STB_LOCAL)  # as ELF wants: local ones first
    names, offsets = pack_names([symbol.name for symbol in symbols])
    table = bytes(SYMBOL_SIZE)
    for symbol, name in zip(symbols, offsets):
        table += struct.pack("<IIIBBH", name, symbol.value, symbol.size, symbol.info, 0, symbol.section)
    first_global = 1 + sum(symbol.binding == STB_LOCAL for symbol in symbols)
    return [
        Section(".symtab", SHT_SYMTAB, table, size=len(table), link=number + 1, info=first_global, align=4,
                entry_size=SYMBOL_SIZE),
        Section(".strtab", SHT_STRTAB, names, size=len(names)),
    ]  # fmt: skip


def pack(entry, segments, sections):
    """
    The bytes of an executable for i386. `sections` leaves out the null section and the names of
    the sections; a section with an address takes its data from the segment that has that address.
    """
    body = bytearray(HEADER_SIZE + SEGMENT_SIZE * len(segments))
    where, heads = {}, b""
    for segment in segments:
        body += bytes(-len(body) % 4)
        where[segment.address] = len(body)
        heads += struct.pack("<8I", segment.kind, len(body), segment.address, segment.address, len(segment.contents),
                             segment.size, segment.flags, 4)  # fmt: skip
        body += segment.contents
    body[HEADER_SIZE : HEADER_SIZE + len(heads)] = heads
    names, offsets = pack_names([section.name for section in sections] + [".shstrtab"])
    sections = [*sections, Section(".shstrtab", SHT_STRTAB, names, size=len(names))]
    heads = bytes(SECTION_SIZE)
    for section, name in zip(sections, offsets):
        body += bytes(-len(body) % 4)
        offset = where[section.address] if section.flags & SHF_ALLOC else len(body)
        heads += struct.pack("<10I", name, section.kind, section.flags, section.address, offset, section.size,
                             section.link, section.info, section.align, section.entry_size)  # fmt: skip
        if not section.flags & SHF_ALLOC:
            body += section.contents
    body += bytes(-len(body) % 4)
    struct.pack_into(
        "<16sHHIIIIIHHHHHH", body, 0, b"\x7fELF\1\1\1", ET_EXEC, EM_386, 1, entry, HEADER_SIZE, len(body), 0,
        HEADER_SIZE, SEGMENT_SIZE, len(segments), SECTION_SIZE, len(sections) + 1, len(sections),
    )  # fmt: skip
    return bytes(body) + heads


def add_section(image, name, kind, data):
    """The ELF file `image` with an additional last section, which is not loaded. No segment moves."""
    elf = Elf(image)
    names = elf.sections[elf.field("shstrndx")]
    # ld writes the names and headers of the sections last: cut both off, and write them again behind `data`.
    ends = (section.offset + section.size for section in elf.sections if section is not names and section.contents)
    end = max(ends, default=len(image))
    body = image[:end] if end <= names.offset <= elf.field("shoff") else image
    texts = names.data + name.encode() + b"\0"
    heads = bytearray(elf.image[elf.field("shoff") :][: SECTION_SIZE * len(elf.sections)])
    at = names.at - elf.field("shoff")
    struct.pack_into("<2I", heads, at + SECTION["offset"], len(body) + len(data), len(texts))
    heads += struct.pack("<10I", len(names.data), kind, 0, 0, len(body), len(data), 0, 0, 1, 0)
    body += data + texts
    body += bytes(-len(body) % 4)
    head = bytearray(image[:HEADER_SIZE])
    struct.pack_into("<I", head, HEADER["shoff"][1], len(body))
    struct.pack_into("<H", head, HEADER["shnum"][1], len(elf.sections) + 1)
    return bytes(head) + body[HEADER_SIZE:] + bytes(heads)
