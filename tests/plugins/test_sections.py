# SPDX-License-Identifier: MIT
"""Sections that the linker script does not name: plugin-cc places them rightly, so that
two objects never share bytes, or refuses them."""

import struct

import pytest
from elftools.elf.elffile import ELFFile

HEAD = '#include <ringfence/plugin.h>\nPLUGIN("t", "1", "sections of its own");\nPLUGIN_HEAP(64);\n'

PLACES = HEAD + """
#define IN(name) __attribute__((section(name)))
IN(".noinit") volatile uint32_t noinit;
IN(".persistent") volatile uint32_t persistent = 1;
IN("Mixed.Case-1") volatile uint32_t mixed = 2;
IN(".constants") const uint32_t constant = 3;
IN(".fast") __attribute__((noinline)) uint32_t fast(uint32_t n) { return n + noinit; }
IN("callbacks") uint32_t (*const first)(uint32_t) = fast;
IN("callbacks") uint32_t (*const second)(uint32_t) = fast;
extern uint32_t (*const __start_callbacks[])(uint32_t);
extern uint32_t (*const __stop_callbacks[])(uint32_t);
volatile uint32_t plain = 4, zero;
PLUGIN_ENTRY(main, uint32_t n)
{
	for (uint32_t (*const *f)(uint32_t) = __start_callbacks; f < __stop_callbacks; f++)
		n += (*f)(n);
	n += *(const volatile uint32_t *)&constant;
	return n + noinit + persistent + mixed + plain + zero + plugin_heap[0];
}
"""


def look(path):
    """Returns ({symbol: (offset, size)}, {part: (begin, end)}) of a .plg."""
    with open(path, "rb") as file:
        elf = ELFFile(file)
        table = elf.get_section_by_name(".symtab")
        symbols = {s.name: (s["st_value"], s["st_size"]) for s in table.iter_symbols()}
        names = {5: "text", 4: "rodata", 6: "data"}
        parts = {
            names[p["p_flags"]]: (p["p_vaddr"], p["p_vaddr"] + p["p_memsz"])
            for p in elf.iter_segments()
            if p["p_type"] == "PT_LOAD"
        }
    return symbols, parts


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_places(compiler, loader, cc):
    made = compiler.make("-O2", "-o", "t.plg", compiler.write("t.c", PLACES), cc=cc)
    assert loader(made)[0][0]
    symbols, parts = look(made)
    where = {"fast": "text", "constant": "rodata", "noinit": "data", "persistent": "data", "mixed": "data",
             "plain": "data", "zero": "data"}  # fmt: skip
    for name, part in where.items():
        begin, size = symbols[name]
        assert parts[part][0] <= begin and begin + size <= parts[part][1], name
    objects = sorted(symbols[name] for name in where)
    assert all(a + size <= b for (a, size), (b, _) in zip(objects, objects[1:])), objects
    heap = symbols["plugin_heap"][0]
    assert heap % 4096 == 0 and heap >= parts["data"][1]
    assert symbols["__stop_callbacks"][0] - symbols["__start_callbacks"][0] == 8


CONSTRUCTORS = HEAD + """
uint32_t order;
__attribute__((constructor)) static void last(void) { order = order * 10 + 3; }
__attribute__((constructor(200))) static void middle(void) { order = order * 10 + 2; }
__attribute__((constructor(101))) static void first(void) { order = order * 10 + 1; }
__attribute__((destructor)) static void never(void) { order = 0; }
PLUGIN_ENTRY(main, void) { return order; }
"""


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_constructors_are_run_in_their_order(compiler, loader, cc):
    """Constructors are linked in the order of their priorities. test_plugin_calls.py runs them."""
    made = compiler.make("-O2", "-o", "t.plg", compiler.write("t.c", CONSTRUCTORS), cc=cc)
    [(accepted, fields)] = loader(made)
    symbols, _ = look(made)
    assert accepted and int(fields["start"], 16) == symbols["__plugin_construct"][0]
    with open(made, "rb") as file:
        table = ELFFile(file).get_section_by_name(".init_array").data()
    assert struct.unpack("<3I", table) == tuple(symbols[name][0] for name in ("first", "middle", "last"))
    assert symbols["__plugin_constructors_end"][0] - symbols["__plugin_constructors"][0] == 12
    assert "never" not in symbols


def test_who_has_none_starts_as_ever(compiler, loader):
    made = compiler.make("-O2", "-o", "t.plg", compiler.write("t.c", HEAD + "PLUGIN_ENTRY(main, void) { return 1; }\n"))
    assert loader(made)[0][1]["start"] == "0x1000" and "__plugin_construct" not in look(made)[0]


ASM = HEAD + '__asm__(".pushsection %s\\nplace: ret\\n.popsection");\nextern char place[];\n'
ASM += "PLUGIN_ENTRY(main, void) { return (uint32_t)place; }\n"
REFUSED = {
    '.both,\\"awx\\",@progbits': "section .both is writable and executable",
    '.init,\\"ax\\",@progbits': "code in .init",
    '.tbss,\\"awT\\",@nobits\\n.globl a_variable\\n.type a_variable,@object\\na_variable: .skip 4': r"thread-local variables",
    '\\"star*\\",\\"aw\\",@progbits': r"the name star\*",
}


@pytest.mark.parametrize("section", REFUSED)
def test_refused(compiler, section):
    text = ASM % section
    if "tbss" in section:
        text = HEAD + "__thread uint32_t a_variable;\nPLUGIN_ENTRY(main, uint32_t n) { return a_variable += n; }\n"
    reason = compiler.refuse("-O2", "-o", "t.plg", compiler.write("t.c", text))
    assert REFUSED[section].replace("\\", "") in reason
    assert "tbss" not in section or "a_variable" in reason
