# SPDX-License-Identifier: MIT
"""plugin-cc: what it makes is a plugin to the kernel's parser, whichever
compiler is behind it; what it refuses it refuses in one sentence."""

import importlib
import operator
import re
import shutil
import subprocess

import deadline
import pytest
from elftools.elf.elffile import ELFFile
from sdk import MANY, ROOT, SDK

COMPILERS = [
    pytest.param(cc, marks=pytest.mark.skipif(not shutil.which(cc), reason=f"{cc} is not installed"))
    for cc in ("gcc", "clang", "tcc")
]
# lz4 needs a library: tests/linux/test_streams.py makes it.
EXAMPLES = sorted(path for path in (SDK / "examples").glob("*/*.c") if path.stem != "lz4")
GRAFTS = "readahead", "evict", "packet", "stream", "sched"  # folders of grafts for the point of that name
ENTRIES = {"tally": "count"}  # of examples that have no entry `main`

HEAD = '#include <ringfence/plugin.h>\nPLUGIN("t", "1", "test");\n'
ENTRY = "PLUGIN_ENTRY(main, void) { return 1; }\n"
GOOD = HEAD + ENTRY


@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("source", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_examples(compiler, loader, cc, source):
    made = compiler.make("-O2", "-Wall", "-Wextra", "-o", f"{source.stem}.plg", source, cc=cc)
    [(accepted, fields)] = loader(made)
    assert accepted, fields
    assert fields["name"] == source.stem
    folder = source.parent.name
    assert re.search(rf"\b{folder if folder in GRAFTS else ENTRIES.get(folder, 'main')}@0x[12]", fields["entries"])
    assert (fields["abi"], fields["start"]) == ("1.2", "0x1000") and fields["text"] in ("1", "2")
    assert int(fields["functions"]) >= 2


@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
def test_every_part(compiler, loader, cc, level):
    made = compiler.make(level, "-o", "many.plg", MANY, cc=cc)
    [(accepted, fields)] = loader(made)
    assert accepted, fields
    wanted = {"heap": "3", "stack": "5", "budget": "2500000", "name": "many", "version": "2.1-test", "data": "2"}
    assert wanted.items() <= fields.items()
    assert [entry.split("@")[0] for entry in fields["entries"].split(",")] == ["first", "second"]


def test_file_is_small_and_keeps_symbols(compiler):
    made = compiler.make("-O2", "-s", "-g", "-o", "hello.plg", SDK / "examples" / "hello" / "hello.c")
    assert made.stat().st_size < 1200
    with open(made, "rb") as file:
        elf = ELFFile(file)
        assert elf["e_type"] == "ET_EXEC" and elf["e_machine"] == "EM_386"
        assert elf.get_section_by_name(".symtab").get_symbol_by_name("main")
    assert not made.stat().st_mode & 0o111


def test_objects_of_all_compilers_together(compiler, loader):
    objects = []
    text = "#include <stdint.h>\n"
    for cc in ("gcc", "clang", "tcc"):
        if shutil.which(cc):
            source = compiler.write(f"{cc}.c", f"unsigned from_{cc}(unsigned a) {{ return a + 1; }}\n")
            compiler.make("-c", "-o", f"{cc}.o", source, cc=cc)
            objects.append(f"{cc}.o")
            text += f"unsigned from_{cc}(unsigned a);\n"
    compiler.write("add.S", ".globl three\nthree: movl $3, %eax\nret\n.section .note.GNU-stack\n")
    calls = " + ".join(f"from_{name[:-2]}(n)" for name in objects)
    main = compiler.write(
        "main.c", HEAD + text + f"unsigned three(void);\nPLUGIN_ENTRY(main, uint32_t n) {{ return three() + {calls}; }}\n"
    )
    made = compiler.make("-o", "all.plg", main, "add.S", *objects)
    [(accepted, fields)] = loader(made)
    assert accepted and int(fields["functions"]) >= 3 + len(objects)


def test_source_from_standard_input(compiler, loader):
    made = compiler.make("-x", "c", "-", "-o", "in.plg", stdin=GOOD)
    assert loader(made)[0][0]


def test_dependencies_are_written_beside_the_plugin(compiler):
    compiler.write("t.h", "#define T 1\n")
    source = compiler.write("t.c", '#include "t.h"\n' + GOOD)
    compiler.make("-MMD", "-MP", "-o", "t.plg", source)
    assert re.match(r"t\.plg: t\.c t\.h", (compiler.folder / "t.d").read_text())
    other = compiler.write("u.c", "int u;\n")
    compiler.make("-MMD", "-o", "t.plg", source, other)
    assert (compiler.folder / "t-u.d").exists()


def test_sections_of_functions_are_kept(compiler, loader):
    source = compiler.write("t.c", GOOD + "PLUGIN_ENTRY(other, void) { return 2; }\n")
    made = compiler.make("-O2", "-ffunction-sections", "-fdata-sections", "-o", "t.plg", source)
    [(accepted, fields)] = loader(made)
    assert accepted and fields["entries"].count("@") == 2


@pytest.mark.parametrize("cc", COMPILERS)
def test_warnings_pass_through(compiler, cc):
    source = compiler.write("t.c", GOOD.replace("return 1", "char *p = 5; return (uint32_t)p"))
    done = compiler.run("-Wall", "-o", "t.plg", source, cc=cc)
    assert done.returncode == 0 and "warning" in done.stderr and "t.c:3" in done.stderr


def test_compiler_errors_pass_through(compiler):
    source = compiler.write("t.c", GOOD + "int broken(;\n")
    done = compiler.run("-o", "t.plg", source)
    assert done.returncode == 1 and "t.c:4" in done.stderr
    assert not (compiler.folder / "t.plg").exists()


BAD_SOURCES = {
    "undefined symbol": (HEAD + "int printf(const char *, ...);\nPLUGIN_ENTRY(main, void) { return printf(\"x\"); }\n",
                         r"undefined: printf \(used in t.c:4\).*there is no C library"),
    "no entry": (HEAD, "no entry.*PLUGIN_ENTRY"),
    "no PLUGIN()": ("#include <ringfence/plugin.h>\n" + ENTRY, r'has no PLUGIN\(\): put PLUGIN\("name"'),
    "nothing of a plugin": ("int main(void) { return 0; }\n", r"neither PLUGIN\(\) nor an entry: include <ringfence/plugin.h>"),
    "thread-local": (HEAD + "__thread int x;\nPLUGIN_ENTRY(main, void) { return x; }\n", "thread-local"),
    "heap too large": (GOOD + "PLUGIN_HEAP(17 << 20);\n", r"needs 435\d pages .*can have 4096"),
    "bss too large": (HEAD + "static char b[17 << 20];\nPLUGIN_ENTRY(main, uint32_t n) { return b[n]++; }\n",
                      r"needs 435\d pages"),
    "name with a blank": (GOOD.replace('"t"', '"t t"'), 'the name "t t"'),
    "name beginning with a dot": (GOOD.replace('"t"', '".t"'), 'the name ".t"'),
    "description with a control character": (GOOD.replace('"test"', r'"a\nb"'), "description.*printable"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_SOURCES)
def test_refused_sources(compiler, what):
    text, sentence = BAD_SOURCES[what]
    reason = compiler.refuse("-O2", "-o", "t.plg", compiler.write("t.c", text))
    assert reason.startswith("t.plg was not made: ")
    assert re.search(sentence, reason), reason
    assert not (compiler.folder / "t.plg").exists()


BAD_CONSTANTS = {
    "name too long": GOOD.replace('"t"', f'"{"n" * 32}"'),
    "no name": GOOD.replace('"t"', '""'),
    "version too long": GOOD.replace('"1"', f'"{"1" * 16}"'),
    "budget 0": GOOD + "PLUGIN_BUDGET_US(0);\n",
    "budget too long": GOOD + "PLUGIN_BUDGET_US(10000001);\n",
    "stack 0": GOOD + "PLUGIN_STACK(0);\n",
    "window 0": GOOD + "PLUGIN_WINDOW_BYTES(0);\n",
    "window too large": GOOD + "PLUGIN_WINDOW_BYTES((16 << 20) + 1);\n",
}


@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("what", BAD_CONSTANTS)
def test_compilers_refuse_constants(compiler, cc, what):
    done = compiler.run("-o", "t.plg", compiler.write("t.c", BAD_CONSTANTS[what]), cc=cc)
    assert done.returncode == 1 and "PLUGIN" in done.stderr and "t.c:" in done.stderr


def test_two_files_that_say_the_same(compiler):
    one = compiler.write("one.c", GOOD)
    two = compiler.write("two.c", HEAD + "uint32_t x;\n")
    assert "PLUGIN() is given more than once" in compiler.refuse("-o", "t.plg", one, two)
    two = compiler.write("two.c", "#include <ringfence/plugin.h>\nPLUGIN_ENTRY(main, void) { return 2; }\n")
    assert "main is defined more than once" in compiler.refuse("-o", "t.plg", one, two)


def test_wrong_use(compiler):
    good = compiler.write("t.c", GOOD)
    assert "no input files" in compiler.refuse("-o", "t.plg", status=2)
    assert "no input files" in compiler.refuse(status=2)
    assert "shared library" in compiler.refuse("-shared", good, status=2)
    assert "32-bit" in compiler.refuse("-m64", good, status=2)
    assert "layout" in compiler.refuse("-T", "x.lds", good, status=2)
    assert "needs an argument" in compiler.refuse(good, "-o", status=2)
    assert "is a directory" in compiler.refuse(good, "-o", ".", status=2)
    assert "no such file" in compiler.refuse("-o", "t.plg", "absent.c")
    assert "cannot be written" in compiler.refuse("-o", "absent/t.plg", good)
    assert "is not installed" in compiler.refuse("-o", "t.plg", good, cc="no-such-compiler")
    assert "is not installed" in compiler.refuse("-o", "t.plg", good, LD="no-such-linker")


def test_objects_that_do_not_fit(compiler):
    good = compiler.write("t.c", GOOD)
    compiler.write("x.c", "int x(void) { return 1; }\n")
    subprocess.run(["gcc", "-m64", "-c", "x.c"], cwd=compiler.folder, check=True)
    assert "build every object with plugin-cc -c" in compiler.refuse("-o", "t.plg", good, "x.o")
    compiler.write("junk.o", "this is no object\n")
    assert "junk.o" in compiler.refuse("-o", "t.plg", good, "junk.o")


def test_failure_keeps_the_plugin_that_was_there(compiler, loader):
    good = compiler.write("t.c", GOOD)
    made = compiler.make("-o", "t.plg", good)
    before = made.read_bytes()
    compiler.write("t.c", HEAD)
    compiler.refuse("-o", "t.plg", good)
    assert made.read_bytes() == before


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_cplusplus(compiler, loader, cc):
    if not shutil.which(cc.replace("gcc", "g++").replace("clang", "clang++")):
        pytest.skip(f"{cc} has no C++")
    text = "template <class T> static T twice(T a) { return a + a; }\n"
    text += "PLUGIN_ENTRY(main, uint32_t a) { return twice(a); }\nPLUGIN_STACK(5000);\n"
    made = compiler.make("-O1", "-Wall", "-Wextra", "-o", "t.plg", compiler.write("t.cc", HEAD + text), cc=cc)
    [(accepted, fields)] = loader(made)
    assert accepted and fields["stack"] == "2"


SERVICES = """
PLUGIN_WINDOW_BYTES(16 << 20);
PLUGIN_ENTRY(main, uint32_t window)
{
	struct plugin_window_info info;
	uint32_t length, us;
	uint64_t ns;
	char bytes[4];

	plugin_log("hello");
	return plugin_service_log(bytes, sizeof(bytes)) + plugin_service_now(&ns) + (uint32_t)plugin_now() +
	       plugin_service_window_info(0, &info) + plugin_service_window_length(window, &length) +
	       plugin_service_budget(&us) + plugin_service_random(bytes, sizeof(bytes));
}
"""


@pytest.mark.parametrize("suffix", ["c", "cc"])
@pytest.mark.parametrize("cc", COMPILERS)
def test_every_service_has_a_function(compiler, loader, cc, suffix):
    if suffix == "cc" and (cc == "tcc" or not shutil.which(cc.replace("gcc", "g++").replace("clang", "clang++"))):
        pytest.skip(f"{cc} has no C++")
    warnings = ("-Wall", "-Wextra", "-Werror", "-Wshadow") if cc != "tcc" else ("-Wall",)
    made = compiler.make("-O2", *warnings, "-o", "t.plg", compiler.write(f"t.{suffix}", HEAD + SERVICES), cc=cc)
    [(accepted, fields)] = loader(made)
    assert accepted and fields["window"] == "4096"


def test_as_large_as_can_be(compiler, loader):
    """plugin-cc and the kernel's parser have the same limit of pages."""
    source = compiler.write("t.c", GOOD + "PLUGIN_HEAP(SIZE);\nPLUGIN_STACK(1);\n")
    made = compiler.make(f"-DSIZE={4094 << 12}", "-o", "t.plg", source)
    [(accepted, fields)] = loader(made)
    assert accepted and (fields["text"], fields["heap"], fields["stack"]) == ("1", "4094", "1")
    assert "needs 4097 pages" in compiler.refuse(f"-DSIZE={(4094 << 12) + 1}", "-o", "t.plg", source)


def test_functions_of_a_large_plugin_keep_their_names(compiler, loader):
    labels = "".join(f".type f{i}, @function\nf{i}: ret\n.size f{i}, 1\n" for i in range(20000))
    source = compiler.write("t.c", GOOD)
    made = compiler.make("-Wl,--no-gc-sections", "-o", "t.plg", source, compiler.write("f.S", ".text\n" + labels))
    assert int(loader(made)[0][1]["functions"]) >= 20000
    labels = "".join(f".type f{i}, @function\nf{i}:\n.size f{i}, 1\n" for i in range(70000)) + "ret\n"
    made = compiler.make("-Wl,--no-gc-sections", "-o", "t.plg", source, compiler.write("f.S", ".text\n" + labels))
    assert int(loader(made)[0][1]["functions"]) == 65536


def test_numbers_are_those_of_the_headers(tmp_path):
    """The modules of the SDK have copies of some numbers of the C headers, which must be equal."""
    names = {
        "link_check.PAGES_MAX": "PLUGIN_PAGES_MAX", "link_check.WINDOW_BYTES_MAX": "PLUGIN_WINDOW_PAGES_MAX * 4096",
        "plugin_file.TEXT_BASE": "PLUGIN_TEXT_BASE", "plugin_file.STACK_DEFAULT": "PLG_STACK_DEFAULT",
        "plugin_file.ENTRIES_MAX": "PLG_ENTRIES_MAX",
        "plg_note.ABI": "PLG_NOTE_ABI", "plg_note.ABOUT": "PLG_NOTE_ABOUT", "plg_note.STACK": "PLG_NOTE_STACK",
        "plg_note.HEAP": "PLG_NOTE_HEAP", "plg_note.BUDGET": "PLG_NOTE_BUDGET", "plg_note.ENTRY": "PLG_NOTE_ENTRY",
        "plg_note.WINDOW": "PLG_NOTE_WINDOW", "plg_note.OPTIONAL.start": "PLG_NOTE_OPTIONAL",
        "plg_note.OPTIONAL.stop": "PLG_NOTE_LAST + 1", "plg_note.NAME_SIZE": "PLG_NAME_SIZE",
        "plg_note.VERSION_SIZE": "PLG_VERSION_SIZE", "plg_note.DESCRIPTION_SIZE": "PLG_DESCRIPTION_SIZE",
        "plg_note.ENTRY_NAME_SIZE": "PLG_ENTRY_NAME_SIZE", "plg_note.VALUE_AT": "sizeof(struct plg_note_head)",
        "line_table.SECTION_TYPE": "PLG_SECTION_LINES", "line_table.SIZE_MAX": "PLG_LINES_MAX",
        "line_table.FILE_NAME_SIZE": "PLG_FILE_NAME_SIZE", "line_table.LINE_MAX": "PLG_LINE_MAX",
    }  # fmt: skip
    prints = "".join(f'printf("%u\\n", (unsigned){name});' for name in names.values())
    (tmp_path / "n.c").write_text(
        f"#include <stdio.h>\n#include <ringfence/plg.h>\n#include <plugin_op.h>\nint main(void) {{ {prints} }}\n"
    )
    command = ["gcc", "-I", SDK / "include", "-I", ROOT / "hv" / "include" / "public", "-o", "n", "n.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    numbers = subprocess.run([tmp_path / "n"], capture_output=True, text=True, check=True).stdout.split()
    for (name, header), number in zip(names.items(), numbers, strict=True):
        module, *path = name.split(".")
        assert operator.attrgetter(".".join(path))(importlib.import_module(module)) == int(number), header


def test_memory_functions(tmp_path):
    """crt/memory.S gives the same results as plain loops, run as ordinary i386 code."""
    source = ROOT / "tests" / "plugins" / "memory_test.c"
    subprocess.run(["gcc", "-m32", "-c", "-o", "memory.o", SDK / "crt" / "memory.S"], cwd=tmp_path, check=True)
    subprocess.run(["objcopy", "--prefix-symbols=sdk_", "memory.o"], cwd=tmp_path, check=True)
    subprocess.run(
        ["gcc", "-m32", "-O1", "-Wall", "-Wextra", "-Werror", "-o", "memory_test", source, "memory.o"],
        cwd=tmp_path,
        check=True,
    )
    done = subprocess.run([tmp_path / "memory_test"], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr
