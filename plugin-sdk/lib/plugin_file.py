# SPDX-License-Identifier: MIT
"""Reads and checks the parts, notes and symbols of a linked plugin, as the loader in the kernel does."""

import re
import struct

from refusal import Refusal

PAGE = 4096
TEXT_BASE = 0x1000
PAGES_MAX = 4096
STACK_DEFAULT = 16384
WINDOW_BYTES_MAX = 4096 * PAGE

NOTE_OWNER = b"Ringfence"
NOTE_ABI, NOTE_ABOUT, NOTE_STACK, NOTE_HEAP, NOTE_BUDGET, NOTE_ENTRY, NOTE_WINDOW = range(0x100, 0x107)
NOTE_NAMES = {
    NOTE_ABOUT: "PLUGIN()",
    NOTE_STACK: "PLUGIN_STACK()",
    NOTE_HEAP: "PLUGIN_HEAP()",
    NOTE_BUDGET: "PLUGIN_BUDGET_US()",
    NOTE_WINDOW: "PLUGIN_WINDOW_BYTES()",
}
HOW_TO_BEGIN = 'include <ringfence/plugin.h>, say PLUGIN("name", "version", "description"), and begin the function '
HOW_TO_BEGIN += "to be called with PLUGIN_ENTRY(name, arguments)"

SHT_SYMTAB, SHT_NOBITS = 2, 8
SHF_WRITE, SHF_ALLOC, SHF_EXEC, SHF_TLS = 1, 2, 4, 0x400
STT_TLS = 6


class NoPlugin(Refusal):
    """The file was linked, but has neither PLUGIN() nor an entry."""


class Section:
    def __init__(self, name, head, image):
        self.name = name
        self.kind, self.flags, self.address, self.offset, self.size, self.link = head[1:7]
        self.data = image[self.offset : self.offset + self.size] if self.kind != SHT_NOBITS else b""


def sections(image):
    """{name: Section} of an ELF32 file."""
    shoff = struct.unpack_from("<I", image, 32)[0]
    shnum, shstrndx = struct.unpack_from("<HH", image, 48)
    heads = [struct.unpack_from("<10I", image, shoff + 40 * i) for i in range(shnum)]
    names = heads[shstrndx][4]
    found = {}
    for head in heads:
        name = image[names + head[0] : image.index(b"\0", names + head[0])].decode(errors="replace")
        found[name] = Section(name, head, image)
    return found


def symbols(found):
    """(name, value, st_info, section number) for each symbol; st_info has type and binding."""
    table, names = found.get(".symtab"), found.get(".strtab")
    if not table or not names:
        return
    for name, value, _, info, _, section in struct.iter_unpack("<IIIBBH", table.data):
        text = names.data[name : names.data.index(b"\0", name)].decode(errors="replace")
        yield text, value, info, section


def pages(size):
    return (size + PAGE - 1) // PAGE


def human(size):
    return f"{size // 1024} KiB" if size >= 1024 else f"{size} bytes"


def text_of(raw, what):
    text = raw.split(b"\0")[0]
    if any(byte < 0x20 or byte > 0x7E for byte in text):
        raise Refusal(f"{what} has characters that are not printable ASCII: use plain letters")
    return text.decode("ascii")


def refuse_sections(found):
    """Refuses sections that a plugin cannot have."""
    for section in found.values():
        if not section.flags & SHF_ALLOC or not section.size:
            continue
        if section.flags & SHF_TLS:
            names = sorted(name for name, _, info, _ in symbols(found) if info & 15 == STT_TLS)
            names = f" ({', '.join(names[:20])})" if names else ""
            raise Refusal(f"it has thread-local variables{names}, and a plugin has no threads: make them static")
        if section.name == ".iplt":
            raise Refusal("it has ifuncs or dynamic relocations, and nothing would resolve them")
        if section.name in (".init", ".fini"):
            raise Refusal(f"it has code in {section.name}, and nothing would run it: use a constructor")
        if section.flags & SHF_WRITE and section.flags & SHF_EXEC:
            raise Refusal(f"section {section.name} is writable and executable, a part of a plugin is not: make it one")


def parts_of(image):
    """{"text", "rodata", "data": (address, size in memory, its bytes), "notes": bytes}, without missing parts."""
    phoff = struct.unpack_from("<I", image, 28)[0]
    phnum = struct.unpack_from("<H", image, 44)[0]
    parts = {}
    kinds = {5: "text", 4: "rodata", 6: "data"}
    for i in range(phnum):
        kind, offset, vaddr, _, filesz, memsz, flags, _ = struct.unpack_from("<8I", image, phoff + 32 * i)
        if kind == 4:
            parts["notes"] = image[offset : offset + filesz]
        elif kind == 1 and memsz:
            name = kinds.get(flags)
            if name is None or name in parts:
                raise Refusal("a section with flags of its own does not fit into text, rodata or data")
            parts[name] = (vaddr, memsz, image[offset : offset + filesz])
        elif kind != 1:
            raise Refusal(f"it has a program header of type {kind:#x}, which a plugin cannot have")
    return parts


def check_inside(found, parts, end):
    """Refuses a section outside the parts or behind `end`, where the heap begins, and undefined symbols."""
    for section in found.values():
        if section.flags & SHF_ALLOC and section.size:
            first, last = section.address, section.address + section.size
            inside = any(where <= first and last <= where + size for where, size, *_ in parts)
            if not inside or last > end:
                raise Refusal(f"section {section.name} would lie outside of text, rodata and data: rename it")
    for name, value, info, section in symbols(found):
        if name == "plugin_heap" and value != end:
            raise Refusal(f"plugin_heap would be at {value:#x} instead of {end:#x}: leave sections where they are")
        if name and not section and info >> 4 != 2:
            raise Refusal(f"{name} is undefined: add the file that defines it")


def check(image):
    """Refuses a linked file that the loader in the kernel would refuse."""
    found = sections(image)
    refuse_sections(found)
    parts = parts_of(image)
    entry = struct.unpack_from("<I", image, 24)[0]
    raw_notes = parts.pop("notes", b"")
    if "text" not in parts:
        raise Refusal("it has no code")
    where = TEXT_BASE
    total = 0
    for name in ("text", "rodata", "data"):
        vaddr, memsz, _ = parts.get(name, (where, 0, b""))
        if vaddr != where:
            raise Refusal(f"{name} would lie at {vaddr:#x} instead of {where:#x}: leave sections where they are")
        where += pages(memsz) * PAGE
        total += pages(memsz)
    check_inside(found, parts.values(), where)
    text_size = parts["text"][1]
    if not TEXT_BASE <= entry < TEXT_BASE + text_size:
        raise Refusal("the start stub is not in text")

    values = notes(raw_notes, text_size)
    stack = values.get(NOTE_STACK, STACK_DEFAULT)
    heap = values.get(NOTE_HEAP, 0)
    total += pages(stack) + pages(heap)
    if values.get(NOTE_WINDOW, 0) > WINDOW_BYTES_MAX:
        raise Refusal(f"PLUGIN_WINDOW_BYTES() is more than {human(WINDOW_BYTES_MAX)}: ask for less")
    if total > PAGES_MAX:
        raise Refusal(
            f"it needs {total} pages of memory ({human(total * PAGE)}; stack {human(stack)}, heap {human(heap)}), "
            f"a plugin can have {PAGES_MAX} ({human(PAGES_MAX * PAGE)}): make it smaller"
        )


def notes(raw, text_size):
    values = {}
    entries = set()
    at = 0
    while at < len(raw):
        if at + 24 > len(raw):
            raise Refusal("its notes are cut short: section .note.ringfence is not for other use")
        owner_size, size, kind = struct.unpack_from("<III", raw, at)
        owner = raw[at + 12 : at + 12 + max(owner_size - 1, 0)]
        start = at + 12 + (owner_size + 3 & ~3)
        desc = raw[start : start + size]
        at = start + (size + 3 & ~3)
        if owner != NOTE_OWNER or len(desc) != size:
            raise Refusal("its notes are damaged: section .note.ringfence is not for other use")
        if kind == NOTE_ENTRY:
            offset = struct.unpack_from("<I", desc)[0]
            name = text_of(desc[8:], "an entry's name")
            if name in entries:
                raise Refusal(f"the entry {name} is there twice: give one of them another name")
            if not TEXT_BASE <= offset < TEXT_BASE + text_size:
                raise Refusal(f"the entry {name} is not a function in text")
            entries.add(name)
        elif kind in values:
            raise Refusal(f"{NOTE_NAMES.get(kind, 'the ABI note')} is given more than once: keep one")
        elif kind == NOTE_ABOUT:
            name = text_of(desc[:32], "the name in PLUGIN()")
            if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
                raise Refusal(
                    f'the name "{name}" in PLUGIN() is none: use letters, digits and _ . -, and begin with none of the last two'
                )
            text_of(desc[32:48], "the version in PLUGIN()")
            text_of(desc[48:], "the description in PLUGIN()")
            values[kind] = name
        else:
            values[kind] = struct.unpack_from("<I", desc)[0]
    if not entries and NOTE_ABOUT not in values:
        raise NoPlugin("it has neither PLUGIN() nor an entry: " + HOW_TO_BEGIN)
    if not entries:
        raise Refusal("it has no entry: begin the function to be called with PLUGIN_ENTRY(name, arguments)")
    if NOTE_ABOUT not in values:
        raise Refusal('it has no PLUGIN(): put PLUGIN("name", "version", "description") into one of its files')
    if len(entries) > 256:
        raise Refusal(f"it has {len(entries)} entries, a plugin can have 256")
    return values
