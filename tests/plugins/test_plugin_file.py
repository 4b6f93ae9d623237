# SPDX-License-Identifier: MIT
"""The SDK's modules for ELF and .plg files: what they read is what the kernel's parser and
pyelftools read, what they write the kernel's parser takes, and of a broken file they give one
sentence."""

import dataclasses
import random
import re
import struct
import tracemalloc

import bad_plg
import pytest
from elftools.elf.elffile import ELFFile
from sdk import MANY, SDK, Compiler

import elf32
import line_table
import link_check
import plg_note
import plugin_file
from byte_reader import Bytes, Damaged
from plugin_file import PluginFile, Refusal

GRAY = SDK / "examples" / "gray" / "gray.c"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Returns the path of a plugin with every part."""
    return Compiler(tmp_path_factory.mktemp("made")).make("-O1", "-o", "many.plg", MANY)


def test_elf_as_pyelftools_reads_it(made, compiler):
    objects = [made, compiler.make("-O2", "-g", "-c", "-o", "gray.o", GRAY)]
    for path in objects:
        elf = elf32.Elf(path.read_bytes())
        with open(path, "rb") as file:
            other = ELFFile(file)
            assert [section.name for section in elf.sections] == [section.name for section in other.iter_sections()]
            for section, theirs in zip(elf.sections[1:], list(other.iter_sections())[1:]):
                assert (section.address, section.size) == (theirs["sh_addr"], theirs["sh_size"])
                assert section.kind == elf32.SHT_NOBITS or section.data == theirs.data()
            assert [segment.data for segment in elf.segments] == [segment.data() for segment in other.iter_segments()]
            symbols = [(symbol.name, symbol.value) for symbol in elf.symbols() if symbol.kind != 3]
            theirs = other.get_section_by_name(".symtab").iter_symbols()
            assert symbols == [(s.name, s["st_value"]) for s in theirs if s["st_info"]["type"] != "STT_SECTION"]


def test_plugin_as_the_loader_reads_it(made, loader):
    plugin = plugin_file.load(made)
    [(_, fields)] = loader(made)
    assert (plugin.name, plugin.version) == (fields["name"], fields["version"])
    assert {name: hex(offset) for name, offset in plugin.entries.items()} == dict(
        entry.split("@") for entry in fields["entries"].split(",")
    )
    assert link_check.pages(plugin.stack) == int(fields["stack"]) and link_check.pages(plugin.heap) == int(fields["heap"])
    assert plugin.budget_us == int(fields["budget"]) and plugin.start == int(fields["start"], 16)
    assert len(line_table.pack(plugin.lines, plugin_file.TEXT_BASE)) == int(fields["lines"])  # bytes of the table


def test_function_and_line(compiler):
    plugin = plugin_file.load(compiler.make("-O1", "-fno-inline", "-o", "gray.plg", GRAY))
    [begin] = [symbol.value for symbol in plugin.symbols if symbol.name == "number"]
    [line] = [n for n, line in enumerate(GRAY.read_text().splitlines(), 1) if "uint32_t number(void)" in line]
    assert plugin.function_at(begin) == ("number", 0) and plugin.function_at(begin + 2) == ("number", 2)
    file, number = plugin.line_at(begin)
    assert file.endswith("gray.c") and number in (line, line + 1)
    assert plugin.function_at(0xFFF) is None and plugin.line_at(0xFFF) is None
    assert plugin.function_at(plugin.text_end) is None and plugin.line_at(plugin.text_end) is None


def contents(plugin):
    """The fields of a plugin, with symbols as a set: their sections and order may change."""
    fields = dataclasses.asdict(plugin)
    fields["symbols"] = {(s.name, s.value, s.size, s.info) for s in plugin.symbols if s.name and s.kind != 3}
    return fields


def test_written_and_read_again(made, loader, tmp_path):
    plugin = plugin_file.load(made)
    image = plugin_file.pack(plugin)
    assert contents(plugin_file.read(image)) == contents(plugin)
    assert contents(link_check.check(image)) == contents(plugin)
    (tmp_path / "again.plg").write_bytes(image)
    [(_, first), (accepted, second)] = loader(made, tmp_path / "again.plg")
    assert accepted and first == second


SMALL = PluginFile("small", "1", "is written by hand", abi=1 << 16, start=0x1000, entries={"main": 0x1001}, text=b"\x90\xc3")
WRONG = {
    "the entry main is not a function in text": {"entries": {"main": 0x1002}},
    "it has no entry: ": {"entries": {}},
    "it has 257 entries, a plugin can have 256": {"entries": {f"e{i}": 0x1000 for i in range(257)}},
    "the start stub is not in text": {"start": 0x0FFF},
    "it has no code": {"text": b""},
    'the name "a/b" in PLUGIN() is none: ': {"name": "a/b"},
    "the version in PLUGIN() has characters": {"version": "1\t"},
    "its line table is damaged (two records are for one offset)": {"lines": [(0x1000, "a.c", 1), (0x1000, "a.c", 2)]},
    "its line table is damaged (it names line 0)": {"lines": [(0x1000, "a.c", 0)]},
    "the line table would have more than ": {"lines": [(0x1000 + i, f"{i}.c", 1) for i in range(5000)]},
}


def test_small_plugin_by_hand(loader, tmp_path):
    (tmp_path / "small.plg").write_bytes(plugin_file.pack(SMALL))
    [(accepted, fields)] = loader(tmp_path / "small.plg")
    assert accepted and fields["name"] == "small" and fields["entries"] == "main@0x1001"
    assert contents(plugin_file.read(plugin_file.pack(SMALL))) == contents(SMALL)


@pytest.mark.parametrize("reason", WRONG)
def test_wrong_field(reason):
    with pytest.raises(Refusal) as refused:
        plugin_file.read(plugin_file.pack(dataclasses.replace(SMALL, **WRONG[reason])))
    assert str(refused.value).startswith(reason)


def test_notes():
    raw = plg_note.pack(plg_note.STACK, plg_note.words(4096)) + plg_note.pack(0x180, b"newer")
    first, second = plg_note.unpack(raw)
    assert (first.kind, first.words(), first.at) == (plg_note.STACK, [4096], 0)
    assert (second.kind, second.value, second.at) == (0x180, b"newer", plg_note.VALUE_AT + 4)
    for end in range(1, plg_note.VALUE_AT + 4):
        with pytest.raises(Refusal, match="its notes are (cut short|damaged)"):
            list(plg_note.unpack(raw[:end]))
    with pytest.raises(Refusal, match=r"PLUGIN_HEAP\(\) has 8 bytes in its note instead of 4"):
        list(plg_note.unpack(plg_note.pack(plg_note.HEAP, bytes(8))))
    with pytest.raises(Refusal, match="it has a note of type 0x107: a newer SDK"):
        plugin_file.notes(plg_note.pack(0x107, b""), 0x2000)


def test_lines():
    rows = [(0x1004, "a.c", 7), (0x1005, None, 0), (0x1010, "sub/b.c", 3), (0x2000, "a.c", line_table.LINE_MAX)]
    assert line_table.unpack(line_table.pack(rows, 0x1000), 0x1000) == rows
    with pytest.raises(Refusal, match="its line table is damaged .it names source file 2 of 1"):
        line_table.unpack(b"\1a\0\1\2\2", 0x1000)
    record = b"\1\1\0"
    count = (line_table.SIZE_MAX - 6) // len(record)
    assert len(line_table.unpack(b"\1a\0\0\1\2" + record * count, 0x1000)) == count + 1
    with pytest.raises(Refusal, match="its line table has 104857[7-9] bytes, a plugin's has at most 1048576: .* --no-lines"):
        line_table.unpack(b"\1a\0\0\1\2" + record * (count + 1), 0x1000)


def test_endless_number():
    """A number without an end is refused at its 11th byte: to build it would take minutes."""
    assert Bytes(b"\xff" * 9 + b"\1").uleb() == (1 << 64) - 1
    assert Bytes(b"\xff" * 9 + b"\x7f").sleb() == -1
    for number in (Bytes.uleb, Bytes.sleb):
        data = Bytes(b"\x80" * (1 << 20))
        with pytest.raises(Damaged, match="a number has more than 10 bytes"):
            number(data)
        assert data.at == 10
    with pytest.raises(Refusal, match="its line table is damaged .a number has more than 10 bytes"):
        line_table.unpack(b"\1a\0" + b"\x80" * (1 << 19), 0x1000)


HEADS = 4096
NAME = b"n" * 0x10000 + b"\0"


def many_headers(names=1, **fields):
    """
    An ELF file with HEADS headers of sections or segments. The contents of each header are the whole
    file but for its first byte; those of section 0, the names of the sections, are the last `names` bytes.
    """
    size = elf32.HEADER_SIZE + elf32.SECTION_SIZE * HEADS + len(NAME)
    if "phnum" in fields:
        heads = struct.pack("<8I", elf32.PT_NOTE, 1, 0, 0, size - 1, 0, 0, 0) * HEADS
    else:
        heads = struct.pack("<10I", 0, elf32.SHT_STRTAB, 0, 0, size - names, names, 0, 0, 1, 0)
        heads += struct.pack("<10I", 0, elf32.SHT_PROGBITS, 0, 0, 1, size - 1, 0, 0, 1, 0) * (HEADS - 1)
    image = bytearray(b"\x7fELF\1\1\1".ljust(elf32.HEADER_SIZE, b"\0") + heads)
    image += bytes(size - len(NAME) - len(image)) + NAME
    for name, value in fields.items():
        form, at = elf32.HEADER[name]
        struct.pack_into("<" + form, image, at, value)
    return bytes(image)


SECTIONS = {"shoff": elf32.HEADER_SIZE, "shentsize": elf32.SECTION_SIZE, "shnum": HEADS}
SEGMENTS = {"phoff": elf32.HEADER_SIZE, "phentsize": elf32.SEGMENT_SIZE, "phnum": HEADS}


@pytest.mark.parametrize("what, heads", [("sections", SECTIONS), ("segments", SEGMENTS)])
def test_headers_that_all_name_the_file(what, heads):
    """Elf() takes memory for the headers, not for what each of them names: that would be almost 1 GB."""
    image = many_headers(**heads)
    tracemalloc.start()
    try:
        found = getattr(elf32.Elf(image), what)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert len(found) == HEADS and found[-1].data == image[1:]


def test_names_that_overlap():
    with pytest.raises(elf32.BadElf, match="the names up to that of section 1024 have more than 67108864 bytes: "):
        elf32.Elf(many_headers(**SECTIONS, names=len(NAME)))


# Broken files whose parts can be read, and which only the loader refuses: sizes, flags and
# versions that it knows, and symbols or strings that the modules do not look at.
ONLY_THE_LOADER = {
    "bss-4-gib", "bss-17-mib", "bss-just-too-large", "abi-2.0", "abi-0.9", "abi-1.99", "abi-flags",
    "name-endless", "version-endless", "stack-0", "stack-4-gib", "heap-4-gib", "budget-0", "budget-too-long",
    "window-too-large", "window-4-gib", "entry-flags", "entry-no-name", "entry-endless-name", "undefined-symbol",
    "two-note-segments", "symbols-entsize", "lines-past-text", "lines-file-empty",
    "lines-file-too-long", "lines-file-escape", "lines-file-newline", "strings-not-strings",
}  # fmt: skip


def test_broken_files(made):
    """Each broken file is read or refused with one sentence, never with another exception."""
    read = set()
    for name, image, _ in bad_plg.cases(made.read_bytes()):
        try:
            plugin_file.read(bytes(image))
            read.add(name)
        except Refusal as refusal:
            assert re.fullmatch(r"[^\n]{10,250}", str(refusal)) and not str(refusal).endswith("."), (name, refusal)
    assert read == ONLY_THE_LOADER


def test_random_damage(made):
    good = made.read_bytes()
    dice = random.Random(1)
    for _ in range(3000):
        image = bytearray(good)
        for _ in range(dice.randrange(1, 4)):
            image[dice.randrange(len(image))] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
        try:
            link_check.check(bytes(image[: dice.choice((len(image), dice.randrange(len(image))))]))
        except Refusal as refusal:
            assert str(refusal)


def test_file_that_is_none(tmp_path):
    with pytest.raises(Refusal, match=r"none\.plg cannot be read: No such file or directory"):
        plugin_file.load(tmp_path / "none.plg")
    (tmp_path / "text.plg").write_text("text")
    with pytest.raises(elf32.BadElf, match=r"text\.plg is no plugin: it is not an ELF file"):
        plugin_file.load(tmp_path / "text.plg")
