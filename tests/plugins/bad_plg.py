#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Broken plugin files, each with the sentence that has to come back.

    bad_plg.py GOOD.plg FOLDER    writes them all, one file each

GOOD.plg is to have text, rodata, data and notes (tests/plugins/many). The
files are for the parser on the host and for the device in the guest.
"""

import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "plugin-sdk" / "lib"))

import elf32  # noqa: E402
import line_table  # noqa: E402
import plg_note  # noqa: E402
from byte_reader import uleb  # noqa: E402
from elf32 import SEGMENT, SHT_SYMTAB  # noqa: E402
from plg_note import ABI, ABOUT, BUDGET, ENTRY, HEAP, STACK, VALUE_AT, WINDOW  # noqa: E402
from plugin_file import PAGE  # noqa: E402


class Plg:
    """A plugin file that can be edited in place."""

    def __init__(self, image):
        self.image = bytearray(image)

    def get(self, at, form="I"):
        return struct.unpack_from("<" + form, self.image, at)[0]

    def put(self, at, value, form="I"):
        struct.pack_into("<" + form, self.image, at, value)
        return self

    def head(self, **fields):
        for name, value in fields.items():
            form, at = elf32.HEADER[name]
            self.put(at, value, form)
        return self

    def part_at(self, number):
        return self.get(elf32.HEADER["phoff"][1]) + elf32.SEGMENT_SIZE * number

    def part(self, number, **fields):
        for name, value in fields.items():
            self.put(self.part_at(number) + SEGMENT[name], value)
        return self

    def note_at(self, kind):
        """Returns the offset of the first note of a type: its header, 12 bytes of owner, the
        value."""
        begin = self.get(self.part_at(3) + SEGMENT["offset"])
        size = self.get(self.part_at(3) + SEGMENT["filesz"])
        return begin + next(note.at for note in plg_note.unpack(self.image[begin : begin + size]) if note.kind == kind)

    def note(self, kind, at=0, value=0, form="I"):
        return self.put(self.note_at(kind) + VALUE_AT + at, value, form)

    def note_head(self, kind, at, value):
        return self.put(self.note_at(kind) + at, value)

    def section_at(self, kind):
        return next(section.at for section in elf32.Elf(self.image).sections if section.kind == kind)

    def symtab(self, **fields):
        at = self.section_at(SHT_SYMTAB)
        for name, value in fields.items():
            self.put(at + elf32.SECTION[name], value)
        return self

    def symbol(self, number, at, value, form="I"):
        table = self.get(self.section_at(SHT_SYMTAB) + elf32.SECTION["offset"])
        return self.put(table + elf32.SYMBOL_SIZE * number + at, value, form)

    def lines(self, *parts, files=(b"a.c",), **fields):
        """Appends a line table: its files, then numbers and bytes; then sets fields of its
        section."""
        table = uleb(len(files)) + b"".join(name + b"\0" for name in files)
        table += b"".join(part if isinstance(part, bytes) else uleb(part) for part in parts)
        at = self.section_at(line_table.SECTION_TYPE)
        fields = {"offset": len(self.image), "size": len(table), **fields}
        self.image += table
        for name, value in fields.items():
            self.put(at + elf32.SECTION[name], value)
        return self

    def text(self, at, data):
        self.image[at : at + len(data)] = data
        return self

    def cut(self, size):
        del self.image[size:]
        return self


def cases(good):
    """Returns a list of (name, bytes, regular expression of the reason), one for each broken
    file."""
    size = len(good)
    elf = elf32.Elf(good)
    text_end = elf.segments[1].address
    first_symbol = next(number for number, symbol in enumerate(elf.symbols()) if symbol.name)

    def file():
        return Plg(good)

    return [
        ("empty", b"", "0 bytes, fewer than an ELF header: this is not a .plg"),
        ("one-byte", b"\x7f", "1 bytes, fewer than an ELF header: this is not a .plg"),
        ("text-file", b"#!/bin/sh\necho this is a script and not a plugin, whatever its name says\n", "not ELF"),
        ("cut-in-head", file().cut(40).image, "fewer than an ELF header: it was cut short"),
        ("cut-in-program-headers", file().cut(100).image, "program headers .* was cut short"),
        ("cut-in-text", file().cut(file().get(file().part_at(0) + 4) + 10).image, "program header 0 .* cut short"),
        ("cut-in-sections", file().cut(size - 1).image, "section headers .* was cut short"),
        ("elf64", file().head(**{"class": 2}).image, "ELF64, a plugin is ELF32"),
        ("class-9", file().head(**{"class": 9}).image, "unknown class"),
        ("big-endian", file().head(data=2).image, "big-endian"),
        ("x86-64", file().head(machine=62).image, "machine 62, a plugin is for 3"),
        ("arm", file().head(machine=40).image, "machine 40"),
        ("object", file().head(type=1).image, "was not linked"),
        ("shared", file().head(type=3).image, "ELF type 3 .shared"),
        ("core-dump", file().head(type=4).image, "ELF type 4 .core dump"),
        ("no-program-headers", file().head(phnum=0).image, "no usable program headers"),
        ("odd-program-headers", file().head(phentsize=56).image, "no usable program headers"),
        ("65535-program-headers", file().head(phnum=65535).image, "65535 program headers"),
        ("program-headers-at-4-gib", file().head(phoff=0xFFFFFFF0).image, "program headers at offset 4294967280"),
        ("text-offset-4-gib", file().part(0, offset=0xFFFFFFFF).image, "program header 0 .* from byte 4294967295"),
        ("text-4-gib", file().part(0, filesz=0xFFFFFFFF, memsz=0xFFFFFFFF).image, "4294967295 bytes from byte"),
        ("bss-4-gib", file().part(2, memsz=0xFFFFFFFF).image, "data has 4294967295 bytes, a whole plugin can have"),
        ("bss-17-mib", file().part(2, memsz=17 << 20).image, "data has 17825792 bytes"),
        ("bss-just-too-large", file().part(2, memsz=4090 * PAGE).image, "needs 4100 pages"),
        ("more-in-file", file().part(2, filesz=9, memsz=8).image, "9 bytes in the file but 8 in memory"),
        ("text-with-bss", file().part(0, memsz=PAGE).image, "only data can have bss"),
        ("no-text", file().part(0, memsz=0, filesz=0).image, "has no code"),
        ("text-at-0", file().part(0, vaddr=0).image, "text is at 0x0, but the part before it ends at 0x1000"),
        ("text-at-end", file().part(0, vaddr=0xFFFFF000).image, "text is at 0xfffff000"),
        ("rodata-over-text", file().part(1, vaddr=0x1000).image, "rodata is at 0x1000, but .* ends at 0x2000"),
        ("gap", file().part(1, vaddr=text_end + PAGE).image, "must not overlap or leave gaps"),
        ("data-not-at-page", file().part(2, vaddr=text_end + PAGE + 4).image, "data is at 0x3004"),
        ("two-texts", file().part(1, flags=5).image, "second part with flags 0x5"),
        ("writable-text", file().part(0, flags=7).image, r"flags 0x7 \(writable and executable\)"),
        ("no-flags", file().part(2, flags=0).image, "flags 0x0,"),
        ("dynamic", file().part(1, type=2).image, "dynamic linker"),
        ("interpreter", file().part(1, type=3).image, "dynamic linker"),
        ("thread-local", file().part(2, type=7).image, "thread-local"),
        ("unknown-part", file().part(2, type=0x60000001).image, "unknown type 0x60000001"),
        ("two-note-segments", file().part(2, type=4).image, "two note segments"),
        ("start-in-nothing", file().head(entry=0).image, "start stub is at 0x0, outside of text"),
        ("start-past-text", file().head(entry=text_end).image, "start stub is at 0x2000"),
        ("start-in-data", file().head(entry=0x3000).image, "start stub is at 0x3000"),
        ("no-notes", file().part(3, filesz=0).image, "no Ringfence ABI note"),
        ("many-notes", file().part(3, offset=0, filesz=65537).text(size, bytes(65537)).image, "65537 bytes, a plug"),
        ("foreign-notes", file().text(file().note_at(ABI) + 12, b"Ringpiece").image, "no Ringfence ABI note"),
        ("note-past-end", file().note_head(ABI, 4, 0xFFFFFFFF).image, "ends past it"),
        ("note-owner-past-end", file().note_head(ABI, 0, 0xFFFFFFFF).image, "ends past it"),
        ("note-cut", file().part(3, filesz=20).image, "note at byte 0 .* ends past it"),
        ("abi-note-short", file().note_head(ABI, 4, 4).image, "ABI note has 4 bytes instead of 8|ends past it"),
        ("unknown-note", file().note_head(STACK, 8, 0x107).image, "type 0x107, .* newer SDK"),
        ("old-note", file().note_head(STACK, 8, 0xFF).image, "type 0xff"),
        ("note-twice", file().note_head(HEAP, 8, STACK).image, "PLUGIN_STACK is given more than once"),
        ("abi-2.0", file().note(ABI, 0, 2 << 16).image, r"plugin ABI 2\.0, this kernel has 1\.2"),
        ("abi-0.9", file().note(ABI, 0, 9).image, r"plugin ABI 0\.9"),
        ("abi-1.99", file().note(ABI, 0, 1 << 16 | 99).image, r"plugin ABI 1\.99"),
        ("abi-flags", file().note(ABI, 4, 0x80000000).image, "unknown flags 0x80000000"),
        ("name-empty", file().note(ABOUT, 0, 0, "B").image, "name in PLUGIN"),
        ("name-path", file().note(ABOUT, 0, 0x2F2E, "H").image, "name in PLUGIN"),
        ("name-endless", file().text(file().note_at(ABOUT) + 24, b"n" * 32).image, "name in PLUGIN"),
        ("version-endless", file().text(file().note_at(ABOUT) + 56, b"9" * 16).image, "version or description"),
        ("description-escape", file().note(ABOUT, 48, 0x1B, "B").image, "printable ASCII"),
        ("stack-0", file().note(STACK, 0, 0).image, "PLUGIN_STACK is 0"),
        ("stack-4-gib", file().note(STACK, 0, 0xFFFFFFFF).image, "stack 1048576"),
        ("heap-4-gib", file().note(HEAP, 0, 0xFFFFFFFF).image, "heap 1048576"),
        ("budget-0", file().note(BUDGET, 0, 0).image, "PLUGIN_BUDGET_US is 0"),
        ("budget-too-long", file().note(BUDGET, 0, 10000001).image, "PLUGIN_BUDGET_US is 10000001"),
        ("window-too-large", file().note(WINDOW, 0, 0x1000001).image, "PLUGIN_WINDOW_BYTES is 16777217, .* 16777216"),
        ("window-4-gib", file().note(WINDOW, 0, 0xFFFFFFFF).image, "PLUGIN_WINDOW_BYTES is 4294967295"),
        ("entry-at-0", file().note(ENTRY, 0, 0).image, r"entry (first|second) is at 0x0, outside of text"),
        ("entry-in-data", file().note(ENTRY, 0, 0x3000).image, "is at 0x3000, outside of text"),
        ("entry-flags", file().note(ENTRY, 4, 1).image, "unknown flags 0x1"),
        ("entry-no-name", file().note(ENTRY, 8, 0, "B").image, "no terminated printable name"),
        ("entry-endless-name", file().text(file().note_at(ENTRY) + 32, b"e" * 56).image, "no terminated"),
        ("entry-twice", same_entries(file()).image, "entry twice is there twice"),
        ("sections-at-4-gib", file().head(shoff=0xFFFFFFFF).image, "section headers at offset 4294967295"),
        ("65535-sections", file().head(shnum=65535).image, "65535 section headers"),
        ("odd-sections", file().head(shentsize=64).image, "section headers"),
        ("symbols-past-end", file().symtab(offset=0xFFFFFFF0).image, "symbol table is not inside"),
        ("symbols-4-gib", file().symtab(size=0xFFFFFFF0).image, "symbol table is not inside"),
        ("symbols-odd", file().symtab(size=17).image, "symbol table is not inside"),
        ("symbols-entsize", file().symtab(entsize=24).image, "symbol table is not inside"),
        ("strings-missing", file().symtab(link=99).image, "names section 99"),
        ("strings-not-strings", file().symtab(link=1).image, "symbol table is not inside"),
        ("symbol-name-past-end", file().symbol(first_symbol, 0, 0xFFFFFFFF).image, "has its name at byte 4294967295"),
        ("lines-past-end", file().lines(0, 1, 2, size=99).image, "line table has 99 bytes from byte .* past the file"),
        ("lines-at-4-gib", file().lines(offset=0xFFFFFFFF).image, "line table has .* from byte 4294967295 on"),
        ("lines-4-gib", file().lines(offset=1, size=0xFFFFFFFF).image, "line table has 4294967295 bytes from byte 1 on"),
        ("lines-empty", file().lines(size=0).image, "line table has no number of files"),
        ("lines-too-large", file().lines(bytes(1 << 20)).image, "1048581 bytes, .* at most 1048576: .*--no-lines"),
        ("lines-twice", two_line_tables(file()).image, "two line tables"),
        ("lines-files-4-gib", file().lines(files=(), offset=size, size=5).text(size, uleb(0xFFFFFFFF)).image,
         "source file 1 of 4294967295 in the line table has no"),
        ("lines-files-35-bits", file().lines(offset=size, size=5).text(size, b"\xff\xff\xff\xff\x7f").image,
         "line table has no number of files"),
        ("lines-file-cut", file().lines(size=3).image, "source file 1 of 1 in the line table has no"),
        ("lines-file-empty", file().lines(files=(b"",)).image, "source file 1 of 1"),
        ("lines-file-too-long", file().lines(files=(b"ok.c", b"x" * 64)).image, "source file 2 of 2"),
        ("lines-file-escape", file().lines(files=(b"a\x1b[2J.c",)).image, "source file 1 of 1 .* printable"),
        ("lines-file-newline", file().lines(files=(b"a\nb",)).image, "source file 1 of 1 .* printable"),
        ("lines-record-cut", file().lines(0, 1, 2, 4, 1).image, "record at byte 8 of the line table ends past it"),
        ("lines-record-cut-in-number", file().lines(0, 1, b"\xff").image, "record at byte 5 of the line table ends past"),
        ("lines-record-endless", file().lines(0, 1, b"\x80" * 9 + b"\1").image, "record at byte 5 .* past 32 bits"),
        ("lines-before-text", file().lines(0xFFFFFFFF, 1, 2).image, "record at byte 5 .* past 32 bits"),
        ("lines-go-round", file().lines(8, 1, 2, 0xFFFFFFFF, 1, 2).image, "record at byte 8 .* past 32 bits"),
        ("lines-past-text", file().lines(0x7FFFFFFF, 1, 2).image, "is for 0x80000fff, but text ends at 0x1"),
        ("lines-overlap", file().lines(4, 1, 2, 0, 1, 2).image, "byte 8 of the line table is for 0x1004, as the one before"),
        ("lines-file-2-of-1", file().lines(0, 2, 2).image, "names source file 2 of 1"),
        ("lines-no-file", file().lines(0, 1, 2, files=()).image, "names source file 1 of 0"),
        ("lines-line-0", file().lines(0, 1, 0).image, "names line 0, there are 1 to 16777215"),
        ("lines-line-minus-1", file().lines(0, 1, 1).image, "names line 4294967295"),
        ("lines-line-2-gib", file().lines(0, 1, 0xFFFFFFFE).image, "names line 2147483647"),
        ("lines-line-wraps", file().lines(0, 1, 4, 1, 1, 0xFFFFFFFF).image, "names line 2147483650"),
        ("undefined-symbol", undefined(file(), first_symbol).image, "symbol .* is undefined"),
    ]


def same_entries(plg):
    """Gives two entries the same name."""
    at = plg.note_at(ENTRY)
    for _ in range(2):
        plg.text(at + 32, b"twice\0")
        at += 24 + plg.get(at + 4)
    return plg


def two_line_tables(plg):
    """Turns the first section after the null section into a second line table."""
    plg.lines(0, 1, 2)
    first, other = plg.section_at(line_table.SECTION_TYPE), plg.section_at(elf32.SHT_PROGBITS)
    size = elf32.SECTION_SIZE
    plg.image[other : other + size] = plg.image[first : first + size]
    return plg


def undefined(plg, number):
    """Makes a symbol global, undefined and named."""
    plg.symbol(number, 12, 0x10, "B").symbol(number, 14, 0, "H")
    return plg


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    good = pathlib.Path(sys.argv[1]).read_bytes()
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, image, _ in cases(good):
        (folder / f"{name}.plg").write_bytes(image)


if __name__ == "__main__":
    main()
