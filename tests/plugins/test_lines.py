# SPDX-License-Identifier: MIT
"""The line table: what the kernel looks up in a .plg is the line of the source,
whichever compiler made it; small, and nothing of the machine that compiled."""

import re
import shutil
import subprocess

import deadline
import pytest
from elftools.elf.elffile import ELFFile
from sdk import MANY, SDK

import source_lines

HEAD = '#include <ringfence/plugin.h>\nPLUGIN("t", "1", "test");\n'
COMPILERS = [
    pytest.param(cc, marks=pytest.mark.skipif(not shutil.which(cc), reason=f"{cc} is not installed"))
    for cc in ("gcc", "clang", "tcc")
]

# Each mark is a symbol at an instruction whose line is that of the mark. tcc gives
# an asm statement the line of the one before it, so there is one on the same line.
MARKED = """
static volatile uint32_t marked;
#define MARK(name) marked = 1; __asm__ volatile(".globl mark_" #name "\\n mark_" #name ": nop" ::: "memory")

static inline __attribute__((always_inline)) uint32_t inner(uint32_t a)
{
	MARK(inner);
	return a * 3;
}

static __attribute__((noinline)) uint32_t outer(uint32_t a)
{
	MARK(outer_begin);
	if (a > 5) {
		MARK(outer_more);
	} else {
		MARK(outer_less);
	}
	MARK(outer_end);
	return a + 1;
}

PLUGIN_ENTRY(main, uint32_t n)
{
	MARK(main_begin);
	n += outer(n);
	for (uint32_t i = 0; i < n; i++) {

		MARK(loop);
	}
	n += memcmp("abc", plugin_heap, n & 3);
	MARK(main_end);
	return inner(n) / 3;
}
"""
ASSEMBLY = """# what stands before counts
	.text
	.globl mark_asm_begin, mark_asm_end, other, in_asm
in_asm:
mark_asm_begin:	movl $3, %eax
	nop
	nop

mark_asm_end:	ret
"""


def marks(text):
    """Returns {symbol: line} of the marks in a source."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        for name in re.findall(r"\bMARK\((?!name)(\w+)\)|^(mark_\w+):", line):
            found[name[1] or "mark_" + name[0]] = number
    return found


def symbols(path):
    with open(path, "rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        return {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}


@pytest.fixture
def lines(host_tools):
    """Returns a function that takes the path of a plugin and gives a function from an offset to
    FILE:LINE, or "-"."""

    def ask(path):
        done = subprocess.run([host_tools / "plg_check", "--lines", path], capture_output=True, text=True, timeout=deadline.COMMAND)
        assert done.returncode == 0, done.stdout + done.stderr
        changes = [(int(row.split(" ", 1)[0], 16), row.split(" ", 1)[1]) for row in done.stdout.splitlines()]

        def at(offset):
            return [place for begin, place in changes if begin <= offset][-1]

        at.changes = changes
        return at

    return ask


def check_marks(path, lines, sources):
    at, where = lines(path), symbols(path)
    for name, text in sources.items():
        assert marks(text)
        for mark, line in marks(text).items():
            assert at(where[mark]) == f"{name}:{line}", mark


@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os -ffunction-sections", "-O2 -g3", "-O2 -gdwarf-4"])
def test_marks(compiler, lines, cc, level):
    compiler.write("t.c", HEAD + MARKED)
    made = compiler.make(*level.split(), "-o", "t.plg", "t.c", cc=cc)
    check_marks(made, lines, {"t.c": HEAD + MARKED})


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_marks_in_assembly(compiler, lines, cc):
    if not shutil.which(cc):
        pytest.skip(f"{cc} is not installed")
    compiler.write("t.c", HEAD + "void in_a(void), in_b(void);\nPLUGIN_ENTRY(main, void) { return in_a(), in_b(), 1; }\n")
    for name in ("a.S", "b.s"):
        compiler.write(name, ASSEMBLY.replace("_asm", f"_{name[0]}"))
    made = compiler.make("-O2", "-o", "t.plg", "t.c", "a.S", "b.s", cc=cc)
    check_marks(made, lines, {name: (compiler.folder / name).read_text() for name in ("a.S", "b.s")})


def test_marks_of_all_compilers_in_one_plugin(compiler, lines):
    """Lines are right in objects of all compilers, in headers, and when the linker leaves
    sections out."""
    sources = {}
    objects = []
    (compiler.folder / "deep").mkdir()
    sources["deep/part.h"] = "static inline uint32_t part(uint32_t n)\n{\n\tMARK(part);\n\treturn n + 1;\n}\n"
    compiler.write("deep/part.h", sources["deep/part.h"])
    for cc in ("gcc", "clang", "tcc"):
        if not shutil.which(cc):
            continue
        name = f"deep/{cc}.c"
        text = "#include <stdint.h>\n" + MARKED.split("\n\n")[0]
        text += f"\nuint32_t unused_{cc}(uint32_t n) {{ return n / 3; }}\n" * 40
        text += f"uint32_t from_{cc}(uint32_t n)\n{{\n\tMARK({cc});\n\treturn n + 1;\n}}\n".replace("unused", "un")
        text = re.sub(r"(unused_\w+)", lambda found, count=iter(range(99)): f"{found[1]}_{next(count)}", text)
        sources[name] = text
        compiler.write(name, text)
        flags = ["-ffunction-sections"] if cc != "tcc" else []
        compiler.make("-O1", *flags, "-c", "-o", f"{cc}.o", name, cc=cc)
        objects.append(f"{cc}.o")
    text = HEAD + MARKED.split("\n\n")[0] + '\n#include "deep/part.h"\n'
    calls = "".join(f"uint32_t from_{name[:-2]}(uint32_t n);\n" for name in objects)
    text += calls + "PLUGIN_ENTRY(main, uint32_t n)\n{\n\tMARK(main);\n\treturn part(n)"
    text += "".join(f" + from_{name[:-2]}(n)" for name in objects) + ";\n}\n"
    sources["main.c"] = text
    compiler.write("main.c", text)
    made = compiler.make("-O2", "-o", "all.plg", "main.c", *objects)
    check_marks(made, lines, sources)


@pytest.mark.parametrize("cc, version", [("gcc", 2), ("gcc", 4), ("gcc", 5), ("clang", 2), ("clang", 4)])
def test_as_pyelftools_reads_it(compiler, lines, cc, version):
    """Every row of an object's DWARF line table, not only the marks. (pyelftools 0.29 cannot
    read clang's DWARF 5.)"""
    if not shutil.which(cc):
        pytest.skip(f"{cc} is not installed")
    compiler.write("many.c", MANY.read_text())
    # One section of text, so that all addresses in the object have one base.
    compiler.make("-O2", f"-gdwarf-{version}", "-fno-function-sections", "-c", "-o", "many.o", "many.c", cc=cc)
    made = compiler.make("-o", "many.plg", "many.o", cc=cc)
    at = lines(made)
    with open(compiler.folder / "many.o", "rb") as file:
        elf = ELFFile(file)
        symbol = elf.get_section_by_name(".symtab").get_symbol_by_name("second")[0]
        base = symbols(made)["second"] - symbol["st_value"]
        dwarf = elf.get_dwarf_info()
        found = {}
        for unit in dwarf.iter_CUs():
            for entry in dwarf.line_program_for_CU(unit).get_entries():
                if entry.state and not entry.state.end_sequence:
                    found[entry.state.address] = entry.state.line
                elif entry.state:
                    found.pop(entry.state.address, None)
    assert len(found) > 10
    for offset, line in found.items():
        assert at(base + offset) == (f"many.c:{line}" if line else "-"), hex(base + offset)


def test_file_names(compiler, lines):
    """A file's name is that of the command line or its last part, never an absolute path of the
    host."""
    text = HEAD + "PLUGIN_ENTRY(main, void)\n{\n\treturn 1;\n}\n"
    (compiler.folder / "sub").mkdir()
    long = "n" * 70 + ".c"
    names = {
        "t.c": "t.c",
        "./t.c": "t.c",
        "sub/t.c": "sub/t.c",
        f"../{compiler.folder.name}/sub/t.c": f"../{compiler.folder.name}/sub/t.c",
        str(compiler.folder / "sub" / "t.c"): "t.c",  # or from the folder it was compiled in
        long: long[-63:],
        "\u00e4\t.c": None,
    }
    for path, shown in names.items():
        (compiler.folder / path).write_text(text)
        for cc in ("gcc", "clang", "tcc"):
            for version in ([], ["-gdwarf-4"]) if cc == "gcc" else ([],):
                if not shutil.which(cc) or len(path) > 80 and not path.startswith("/"):
                    continue
                made = compiler.make("-O1", *version, "-o", "t.plg", path, cc=cc)
                place = lines(made)(symbols(made)["main"]).rsplit(":", 1)[0]
                assert place in (shown, "sub/t.c" if path[0] == "/" else shown) or shown is None and re.fullmatch(r"[?]+\.c", place), (path, cc, place)
                assert str(compiler.folder).encode() not in made.read_bytes()


def test_without_lines(compiler, lines, loader):
    """--no-lines and -g0 leave the line table out; the loader accepts such a plugin."""
    source = SDK / "examples" / "wild" / "wild.c"
    made = compiler.make("-O2", "-g", "--no-lines", "-o", "wild.plg", source)
    [(accepted, fields)] = loader(made)
    assert accepted and fields["lines"] == "0"
    assert lines(made).changes == [(0x1000, "-")]
    with_lines = compiler.make("-O2", "-o", "lines.plg", source)
    parts = []
    for path in (made, with_lines):
        with open(path, "rb") as file:
            parts.append([(part.header.p_vaddr, part.data()) for part in ELFFile(file).iter_segments()])
    assert parts[0] == parts[1]
    assert with_lines.stat().st_size < 1.25 * made.stat().st_size
    unlined = compiler.make("-O2", "-g0", "-o", "g0.plg", source)
    assert "wild.c" not in str(lines(unlined).changes)


def test_nothing_else_of_the_debug_information_stays(compiler):
    for cc in ("gcc", "clang", "tcc"):
        if shutil.which(cc):
            made = compiler.make("-O2", "-g", "-o", "t.plg", SDK / "examples" / "gray" / "gray.c", cc=cc)
            with open(made, "rb") as file:
                names = [section.name for section in ELFFile(file).iter_sections()]
            assert ".ringfence.lines" in names
            assert not [name for name in names if name.startswith((".debug", ".stab"))]


def test_debug_file(compiler, loader):
    """--debug-file writes the same code with debug information, and leaves the .plg as it is."""
    source = SDK / "examples" / "gray" / "gray.c"
    without = compiler.make("-O2", "-g", "-o", "gray.plg", source).read_bytes()
    assert compiler.make("-O2", "-g", "--debug-file", "gray.elf", "-o", "gray.plg", source).read_bytes() == without
    with open(compiler.folder / "gray.elf", "rb") as file:
        elf = ELFFile(file)
        assert elf.has_dwarf_info() and elf.get_segment(0).data() in without
    compiler.refuse("-o", "gray.plg", source, "--debug-file", status=2)
    assert "/none/gray.elf cannot be written" in compiler.refuse("--debug-file=/none/gray.elf", "-o", "gray.plg", source)


def test_same_input_same_file(compiler):
    source = SDK / "examples" / "gray" / "gray.c"
    one = compiler.make("-O2", "-o", "one.plg", source).read_bytes()
    assert one == compiler.make("-O2", "-o", "two.plg", source).read_bytes()


def test_damaged_line_information(compiler, loader):
    """An object with nonsense as line information is linked, without lines."""
    compiler.write("t.c", HEAD + "PLUGIN_ENTRY(main, void) { return 1; }\n")
    for cc, name in (("gcc", ".debug_line"), ("clang", ".debug_line"), ("tcc", ".stab")):
        if not shutil.which(cc):
            continue
        compiler.make("-c", "-o", f"{cc}.o", "t.c", cc=cc)
        with open(compiler.folder / f"{cc}.o", "rb") as file:
            found = {section.name: section.data() for section in ELFFile(file).iter_sections()}
        damaged = 0
        for at in range(len(found[name])):
            for value in (0, 1, 0x7F, 0xFF):
                wrong = bytearray(found[name])
                wrong[at] = value
                try:
                    rows = source_lines.rows(lambda s, w=wrong: bytes(w) if s == name else found.get(s, b""), 0, 4096)
                    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
                except source_lines.Damaged as damage:
                    assert str(damage)
                    damaged += 1
        assert damaged

    image = (compiler.folder / "gcc.o").read_bytes()
    with open(compiler.folder / "gcc.o", "rb") as file:
        version = ELFFile(file).get_section_by_name(".debug_line")["sh_offset"] + 4
    (compiler.folder / "gcc.o").write_bytes(image[:version] + b"\x09" + image[version + 1 :])
    done = compiler.run("-o", "t.plg", "gcc.o")
    assert done.returncode == 0
    assert done.stderr == "plugin-cc: warning: no source lines, what the compiler says of them is damaged: it is DWARF 9\n"
    [(accepted, fields)] = loader(compiler.folder / "t.plg")
    assert accepted and fields["lines"] == "0"
