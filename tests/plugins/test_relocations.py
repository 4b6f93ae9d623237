# SPDX-License-Identifier: MIT
"""Relocations: a .plg has none, for its addresses are fixed when it is linked. So
the linker has to apply every kind that compilers and assemblers make, rightly, or
plugin-cc to refuse; and a loader never meets one."""

import struct

import pytest
from elftools.elf.elffile import ELFFile

SOURCE = """#include <ringfence/plugin.h>
PLUGIN("t", "1", "refers to another file");
extern const uint8_t place;
PLUGIN_ENTRY(main, void) { return place; }
"""

# what the assembler is given -> what stands there, of the addresses of place and other
APPLIED = {
    ".long other": lambda place, other: other,  # R_386_32
    ".long other + 0x10": lambda place, other: other + 0x10,
    ".long other - .": lambda place, other: other - place,  # R_386_PC32
    ".word other, 0": lambda place, other: other,  # R_386_16
    ".word other - ., 0": lambda place, other: (other - place) & 0xFFFF,  # R_386_PC16
    ".byte other - ., 0, 0, 0": lambda place, other: (other - place) & 0xFF,  # R_386_PC8
}
REFUSED = {
    ".byte other": "R_386_8",
    ".word far": "R_386_16",
    ".byte far - .": "R_386_PC8",
    ".long nowhere": "undefined: nowhere",
}
POSITION_INDEPENDENT = """#include <ringfence/plugin.h>
PLUGIN("t", "1", "compiled for anywhere");
extern uint32_t table[4];
uint32_t (*volatile way)(uint32_t);
uint32_t other(uint32_t x) { return x + table[2]; }
PLUGIN_ENTRY(main, void) { way = other; return way(1); }
uint32_t table[4] = { 1, 2, 3, 4 };
"""


def assemble(compiler, line):
    text = f'.section .rodata\n.globl place\n.balign 4\nplace: {line}\n.balign 4\n.globl other\nother: .long 7\n'
    far = ".data\n.skip 70000\n.globl far\nfar: .long 1\n" if "far" in line else ""
    return compiler.write("t.c", SOURCE), compiler.write("place.S", text + far)


def look(path):
    """Returns (contents, {symbol: address}) of a .plg; fails if it has relocations."""
    with open(path, "rb") as file:
        elf = ELFFile(file)
        kinds = {section["sh_type"] for section in elf.iter_sections()}
        assert not kinds & {"SHT_REL", "SHT_RELA", "SHT_DYNAMIC"}
        symbols = {symbol.name: symbol["st_value"] for symbol in elf.get_section_by_name(".symtab").iter_symbols()}
        parts = [(part["p_vaddr"], part.data()) for part in elf.iter_segments() if part["p_type"] == "PT_LOAD"]
    return parts, symbols


def word(parts, address):
    for start, data in parts:
        if start <= address < start + len(data):
            return struct.unpack_from("<I", data, address - start)[0]
    raise AssertionError(f"nothing at {address:#x}")


@pytest.mark.parametrize("line", APPLIED)
def test_applied(compiler, line):
    made = compiler.make("-O2", "-o", "t.plg", *assemble(compiler, line))
    parts, symbols = look(made)
    place, other = symbols["place"], symbols["other"]
    assert word(parts, place) == APPLIED[line](place, other) & 0xFFFFFFFF


@pytest.mark.parametrize("line", REFUSED)
def test_refused(compiler, line):
    assert REFUSED[line] in compiler.refuse("-O2", "-o", "t.plg", *assemble(compiler, line))
    assert not (compiler.folder / "t.plg").exists()


@pytest.mark.parametrize("options", [("-fPIC",), ("-fPIE",), ("-fPIC", "-O2"), ()])
def test_position_independent_code(compiler, options):
    # The assembler may warn of a section that is otherwise read-only there.
    done = compiler.run(*options, "-o", "t.plg", compiler.write("t.c", POSITION_INDEPENDENT))
    assert done.returncode == 0, done.stderr
    parts, symbols = look(compiler.folder / "t.plg")
    assert [word(parts, symbols["table"] + 4 * i) for i in range(4)] == [1, 2, 3, 4]
    assert "_DYNAMIC" not in symbols
