# SPDX-License-Identifier: MIT
"""Refuses linked files that the loader in the kernel would refuse, with what to change in the source."""

import elf32
import plugin_file
from elf32 import SHF_ALLOC, SHF_EXEC, SHF_TLS, SHF_WRITE
from plugin_file import PAGE, pages
from refusal import Refusal

PAGES_MAX = 4096
WINDOW_BYTES_MAX = 4096 * PAGE


def human(size):
    return f"{size // 1024} KiB" if size >= 1024 else f"{size} bytes"


def loaded(elf):
    """The sections of `elf` that are loaded and not empty."""
    return [section for section in elf.sections if section.flags & SHF_ALLOC and section.size]


def refuse_sections(elf):
    """Refuses sections that a plugin cannot have."""
    for section in loaded(elf):
        if section.flags & SHF_TLS:
            names = sorted(symbol.name for symbol in elf.symbols() if symbol.kind == elf32.STT_TLS)
            names = f" ({', '.join(names[:20])})" if names else ""
            raise Refusal(f"it has thread-local variables{names}, and a plugin has no threads: make them static")
        if section.name == ".iplt":
            raise Refusal("it has ifuncs or dynamic relocations, and nothing would resolve them")
        if section.name in (".init", ".fini"):
            raise Refusal(f"it has code in {section.name}, and nothing would run it: use a constructor")
        if section.flags & SHF_WRITE and section.flags & SHF_EXEC:
            raise Refusal(f"section {section.name} is writable and executable, a part of a plugin is not: make it one")


def refuse_places(elf, plugin):
    """Refuses sections outside of the parts or behind the place of the heap, and undefined symbols."""
    parts = [(where, where + size) for _, where, _, size in plugin.parts()]
    heap = parts[-1][0] + pages(parts[-1][1] - parts[-1][0]) * PAGE
    for section in loaded(elf):
        first, last = section.address, section.address + section.size
        if last > heap or not any(begin <= first and last <= end for begin, end in parts):
            raise Refusal(f"section {section.name} would lie outside of text, rodata and data: rename it")
    for symbol in plugin.symbols:
        if symbol.name == "plugin_heap" and symbol.value != heap:
            raise Refusal(f"plugin_heap would be at {symbol.value:#x} instead of {heap:#x}: leave sections where they are")
        if symbol.name and not symbol.section and symbol.binding != elf32.STB_WEAK:
            raise Refusal(f"{symbol.name} is undefined: add the file that defines it")


def refuse_sizes(plugin):
    total = sum(pages(size) for *_, size in plugin.parts()) + pages(plugin.stack) + pages(plugin.heap)
    if plugin.window > WINDOW_BYTES_MAX:
        raise Refusal(f"PLUGIN_WINDOW_BYTES() is more than {human(WINDOW_BYTES_MAX)}: ask for less")
    if total > PAGES_MAX:
        raise Refusal(
            f"it needs {total} pages of memory ({human(total * PAGE)}; stack {human(plugin.stack)}, "
            f"heap {human(plugin.heap)}), a plugin can have {PAGES_MAX} ({human(PAGES_MAX * PAGE)}): make it smaller"
        )


def check(image):
    """The PluginFile in the bytes `image` of a linked file. Raises Refusal if it cannot be loaded."""
    elf = elf32.Elf(image)
    refuse_sections(elf)
    plugin = plugin_file.read(elf)
    refuse_places(elf, plugin)
    refuse_sizes(plugin)
    return plugin
