# SPDX-License-Identifier: MIT
"""
Reads and writes plugins as files (.plg, described in <ringfence/plg.h>).

    plugin = load("gray.plg")                  or read(image), of the file's bytes
    plugin.name, plugin.entries["main"], plugin.text, plugin.budget_us, ...
    plugin.function_at(0x1040)                 ("is_space", 0x10): name and offset in the function
    plugin.line_at(0x1040)                     ("gray.c", 17), or None
    pack(plugin)                               the bytes of a file with the same contents

read() raises NoPlugin for an ELF file that has neither PLUGIN() nor an entry, and Refusal for one
that cannot be understood. link_check.py refuses what can be understood and not loaded.
"""

import dataclasses
import re

import elf32
import line_table
import plg_note
from elf32 import PF_R, PF_W, PF_X, Elf, Section, Segment
from refusal import Refusal

PAGE = 4096
TEXT_BASE = 0x1000
STACK_DEFAULT = 16384
ENTRIES_MAX = 256

PARTS = {PF_R | PF_X: "text", PF_R: "rodata", PF_R | PF_W: "data"}  # by their flags, in the order of their offsets
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
HOW_TO_BEGIN = 'include <ringfence/plugin.h>, say PLUGIN("name", "version", "description"), and begin the function '
HOW_TO_BEGIN += "to be called with PLUGIN_ENTRY(name, arguments)"


class NoPlugin(Refusal):
    """The file was linked, but has neither PLUGIN() nor an entry."""


@dataclasses.dataclass
class PluginFile:
    """The contents of a .plg file. Offsets count from the begin of the plugin's segment, sizes are in bytes."""

    name: str
    version: str
    description: str
    abi: int  # major << 16 | minor
    start: int  # offset of the start stub
    entries: dict  # {name: offset}
    text: bytes
    rodata: bytes = b""
    data: bytes = b""
    bss: int = 0
    stack: int = STACK_DEFAULT
    heap: int = 0
    budget_us: int | None = None  # None: the monitor's default
    window: int = 0
    symbols: list = dataclasses.field(default_factory=list)  # of elf32.Symbol
    lines: list = dataclasses.field(default_factory=list)  # (offset, file or None, line), ascending

    @property
    def text_end(self):
        return TEXT_BASE + len(self.text)

    def parts(self):
        """[(name, offset, bytes in the file, size in memory)] of text, and of rodata and data if there are any."""
        found, where = [], TEXT_BASE
        for name, data, size in (
            ("text", self.text, len(self.text)),
            ("rodata", self.rodata, len(self.rodata)),
            ("data", self.data, len(self.data) + self.bss),
        ):
            if size:
                found.append((name, where, data, size))
            where += pages(size) * PAGE
        return found

    def function_at(self, offset):
        """(name, offset in it) of the function whose begin is the last one up to `offset`; None: there is none."""
        if not TEXT_BASE <= offset < self.text_end:
            return None
        kinds = (elf32.STT_FUNC, elf32.STT_NOTYPE)
        found = [
            symbol for symbol in self.symbols
            if symbol.name and symbol.section and symbol.kind in kinds and TEXT_BASE <= symbol.value <= offset
        ]  # fmt: skip
        if not found:
            return None
        last = max(found, key=lambda symbol: symbol.value)
        return last.name, offset - last.value

    def line_at(self, offset):
        """(file, line) of the code at `offset`; None: the line table does not say."""
        before = [row for row in self.lines if row[0] <= offset]
        if not before or before[-1][1] is None or offset >= self.text_end:
            return None
        return before[-1][1:]


def pages(size):
    return (size + PAGE - 1) // PAGE


def load(path):
    """The plugin in the file `path`. Raises Refusal, with the path in its sentence, if there is none."""
    try:
        with open(path, "rb") as file:
            return read(file.read())
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}") from None
    except Refusal as refusal:
        raise type(refusal)(f"{path} is no plugin: {refusal}") from None


def read(image):
    """The PluginFile in the bytes `image`, or in an Elf of them."""
    elf = image if isinstance(image, Elf) else Elf(image)
    if elf.type != elf32.ET_EXEC or elf.machine != elf32.EM_386:
        raise Refusal(f"it has ELF type {elf.type} for machine {elf.machine}: link it for i386 with plugin-cc")
    parts, note_bytes = split(elf)
    where = TEXT_BASE
    for name in PARTS.values():
        part = parts.get(name)
        if part and part.address != where:
            raise Refusal(f"{name} would lie at {part.address:#x} instead of {where:#x}: leave sections where they are")
        where += pages(part.size) * PAGE if part else 0
    if "text" not in parts:
        raise Refusal("it has no code")
    text_end = TEXT_BASE + parts["text"].size
    if not TEXT_BASE <= elf.entry < text_end:
        raise Refusal("the start stub is not in text")
    data = parts.get("data")
    return PluginFile(
        start=elf.entry,
        text=parts["text"].data,
        rodata=parts["rodata"].data if "rodata" in parts else b"",
        data=data.data if data else b"",
        bss=data.size - len(data.data) if data else 0,
        symbols=elf.symbols(),
        lines=lines_of(elf),
        **notes(note_bytes, text_end),
    )


def split(elf):
    """({"text", "rodata", "data": Segment}, bytes of the notes), without parts that are missing or empty."""
    parts, notes_segment = {}, None
    for segment in elf.segments:
        if segment.kind == elf32.PT_NOTE:
            notes_segment = segment
        elif segment.kind != elf32.PT_LOAD:
            raise Refusal(f"it has a program header of type {segment.kind:#x}, which a plugin cannot have")
        elif segment.size:
            name = PARTS.get(segment.flags)
            if name is None or name in parts:
                raise Refusal("a section with flags of its own does not fit into text, rodata or data")
            if len(segment.data) > segment.size or len(segment.data) < segment.size and name != "data":
                raise Refusal(f"{name} has {len(segment.data)} bytes in the file but {segment.size} in memory")
            parts[name] = segment
    return parts, notes_segment.data if notes_segment else b""


def text_of(raw, what):
    text = raw.split(b"\0")[0]
    if any(byte < 0x20 or byte > 0x7E for byte in text):
        raise Refusal(f"{what} has characters that are not printable ASCII: use plain letters")
    return text.decode("ascii")


def read_about(value):
    name = text_of(value[: plg_note.NAME_SIZE], "the name in PLUGIN()")
    if not NAME.fullmatch(name):
        raise Refusal(
            f'the name "{name}" in PLUGIN() is none: use letters, digits and _ . -, and begin with none of the last two'
        )
    version, description = value[plg_note.NAME_SIZE :][: plg_note.VERSION_SIZE], value[-plg_note.DESCRIPTION_SIZE :]
    return {
        "name": name,
        "version": text_of(version, "the version in PLUGIN()"),
        "description": text_of(description, "the description in PLUGIN()"),
    }


def read_entry(note, text_end, entries):
    offset = note.words()[0]
    name = text_of(note.value[8:], "an entry's name")
    if name in entries:
        raise Refusal(f"the entry {name} is there twice: give one of them another name")
    if not TEXT_BASE <= offset < text_end:
        raise Refusal(f"the entry {name} is not a function in text")
    entries[name] = offset


# Notes that are one number, and the field of PluginFile that it is. ABI has flags behind it.
NUMBERS = {
    plg_note.ABI: "abi",
    plg_note.STACK: "stack",
    plg_note.HEAP: "heap",
    plg_note.BUDGET: "budget_us",
    plg_note.WINDOW: "window",
}


def notes(raw, text_end):
    """{field of PluginFile: value} of the notes in the bytes `raw`."""
    values, entries, seen = {}, {}, set()
    for note in plg_note.unpack(raw):
        if note.kind == plg_note.ENTRY:
            read_entry(note, text_end, entries)
            continue
        if note.kind not in plg_note.NAMES:
            if note.kind in plg_note.OPTIONAL:
                continue
            raise Refusal(f"it has a note of type {note.kind:#x}: a newer SDK made it, or none did")
        if note.kind in seen:
            raise Refusal(f"{plg_note.NAMES[note.kind]} is given more than once: keep one")
        seen.add(note.kind)
        values.update(read_about(note.value) if note.kind == plg_note.ABOUT else {NUMBERS[note.kind]: note.words()[0]})
    if not entries and plg_note.ABOUT not in seen:
        raise NoPlugin("it has neither PLUGIN() nor an entry: " + HOW_TO_BEGIN)
    if not entries:
        raise Refusal("it has no entry: begin the function to be called with PLUGIN_ENTRY(name, arguments)")
    if plg_note.ABOUT not in seen:
        raise Refusal('it has no PLUGIN(): put PLUGIN("name", "version", "description") into one of its files')
    if plg_note.ABI not in seen:
        raise Refusal("it has no ABI note, which the SDK's start stub has: link it with plugin-cc")
    if len(entries) > ENTRIES_MAX:
        raise Refusal(f"it has {len(entries)} entries, a plugin can have {ENTRIES_MAX}")
    return {"entries": entries, **values}


def lines_of(elf):
    tables = [section for section in elf.sections if section.kind == line_table.SECTION_TYPE]
    if len(tables) > 1:
        raise Refusal("it has two line tables: link it again with plugin-cc")
    return line_table.unpack(tables[0].data, TEXT_BASE) if tables else []


# ---- writing ------------------------------------------------------------------


def pack_notes(plugin):
    about = plugin.name.encode().ljust(plg_note.NAME_SIZE, b"\0")
    about += plugin.version.encode().ljust(plg_note.VERSION_SIZE, b"\0")
    about += plugin.description.encode().ljust(plg_note.DESCRIPTION_SIZE, b"\0")
    raw = plg_note.pack(plg_note.ABI, plg_note.words(plugin.abi, 0)) + plg_note.pack(plg_note.ABOUT, about)
    for kind, field in NUMBERS.items():
        value = getattr(plugin, field)
        if kind != plg_note.ABI and value:
            raw += plg_note.pack(kind, plg_note.words(value))
    for name, offset in plugin.entries.items():
        raw += plg_note.pack(plg_note.ENTRY, plg_note.words(offset, 0) + name.encode().ljust(plg_note.ENTRY_NAME_SIZE, b"\0"))
    return raw


def pack(plugin):
    """
    The bytes of a .plg file with the contents of `plugin`, a PluginFile. Symbols in text keep
    their section; others become absolute. read(pack(plugin)) raises Refusal if a field is wrong.
    """
    flags = {"text": elf32.SHF_EXEC, "rodata": 0, "data": elf32.SHF_WRITE}
    segment_flags = {name: value for value, name in PARTS.items()}
    segments, sections = [], []
    for name, where, data, size in plugin.parts():
        segments.append(Segment(elf32.PT_LOAD, segment_flags[name], where, size, data))
        sections.append(
            Section("." + name, elf32.SHT_PROGBITS, data, flags[name] | elf32.SHF_ALLOC, where, len(data), align=4)
        )
    segments.append(Segment(elf32.PT_NOTE, PF_R, 0, 0, pack_notes(plugin)))
    symbols = []
    for symbol in plugin.symbols:
        if symbol.name:
            in_text = TEXT_BASE <= symbol.value < plugin.text_end
            symbols.append(symbol._replace(section=symbol.section and (1 if in_text else elf32.SHN_ABS)))
    if symbols:
        sections += elf32.symbol_sections(symbols, len(sections) + 1)
    if plugin.lines:
        table = line_table.pack(plugin.lines, TEXT_BASE)
        if table is None:
            raise Refusal(f"the line table would have more than {line_table.SIZE_MAX} bytes: leave some lines out")
        sections.append(Section(line_table.SECTION_NAME, line_table.SECTION_TYPE, table, size=len(table)))
    return elf32.pack(plugin.start, segments, sections)
