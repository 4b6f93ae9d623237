# SPDX-License-Identifier: MIT
"""plugin-cc's command line: what gcc takes is taken or refused with the reason, and
nothing is lost or moved on the way to the linker."""

import re
import subprocess

import pytest
from elftools.elf.elffile import ELFFile
from sdk import HELLO, SDK

HEAD = '#include <ringfence/plugin.h>\nPLUGIN("t", "1", "test");\n'
GOOD = HEAD + "PLUGIN_ENTRY(main, uint32_t n) { return n; }\n"


def symbols(path):
    with open(path, "rb") as file:
        return {symbol.name for symbol in ELFFile(file).get_section_by_name(".symtab").iter_symbols()}


# ---- arguments of entries ---------------------------------------------------

WORDS = ["void", "uint32_t n", "char a, short b, const char *c, unsigned long d, int (*e)(int, int), void **f"]
NO_WORDS = {
    "uint64_t n, uint32_t m": "an argument is an integer of at most 32 bits or a pointer",
    "uint32_t m, long long n": "an argument is an integer of at most 32 bits or a pointer",
    "double n": "an argument is an integer of at most 32 bits or a pointer",
    "float n": "an argument is an integer of at most 32 bits or a pointer",
    "struct three n": "incompatible type|cannot convert|an argument is an integer",
    "int a, int b, int c, int d, int e, int f, int g": "at most six arguments",
    "uint32_t n, ...": "named argument|named parameter|identifier expected|an argument is an integer",
}


@pytest.mark.parametrize("cc, suffix", [("gcc", "c"), ("clang", "c"), ("tcc", "c"), ("gcc", "cc"), ("clang", "cc")])
def test_entries_take_words_only(compiler, cc, suffix):
    struct = HEAD + "struct three { int a, b, c; };\n"
    entries = "".join(f"PLUGIN_ENTRY(e{i}, {words}) {{ return 1; }}\n" for i, words in enumerate(WORDS))
    flags = ("-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror") if cc != "tcc" else ("-Wall",)
    compiler.make("-O2", *flags, "-c", "-o", "t.o", compiler.write(f"t.{suffix}", struct + entries), cc=cc)
    for number, (arguments, sentence) in enumerate(NO_WORDS.items()):
        source = compiler.write(f"bad{number}.{suffix}", struct + f"PLUGIN_ENTRY(main, {arguments}) {{ return 1; }}\n")
        done = compiler.run("-O2", "-c", "-o", "bad.o", source, cc=cc)
        assert done.returncode == 1 and re.search(sentence, done.stderr) and f"bad{number}" in done.stderr, done.stderr


@pytest.mark.parametrize("cc", ["gcc", "clang", "tcc"])
@pytest.mark.parametrize("size", ["PLUGIN_HEAP(1ull << 33)", "PLUGIN_STACK((1ull << 32) + 1)", "PLUGIN_HEAP(-1)"])
def test_sizes_are_not_cut(compiler, cc, size):
    done = compiler.run("-c", "-o", "t.o", compiler.write("t.c", f"{GOOD}{size};\n"), cc=cc)
    assert done.returncode == 1 and "PLUGIN_" in done.stderr


# ---- flags ------------------------------------------------------------------


@pytest.mark.parametrize("flag", [
    "-mregparm=3", "-mregparm=1", "-m16", "-mx32", "-mrtd", "-msseregparm", "-miamcu", "-fcall-saved-ecx", "-p", "-pg",
    "-fsplit-stack", "-Ttext=0x2000", "-Wl,-T,x.lds", "-Wl,--entry=main", "-Wl,-r", "-Wl,-shared",
])  # fmt: skip
def test_refused_flags(compiler, flag):
    reason = compiler.refuse(flag, "-c", compiler.write("t.c", GOOD), status=2)
    assert "cannot be used" in reason and ": " in reason


def test_flags_that_packages_give(compiler, loader):
    """Flags for hardening and the like are accepted, with or without an effect."""
    flags = "-std=c89 -O2 -Wall -pie -fstack-clash-protection -fcf-protection -rdynamic -pthread -pipe -mregparm=0"
    link = "-Wl,-z,relro -Wl,-z,now -Wl,--as-needed -Wl,-O1 -Wl,--build-id -Wl,--hash-style=gnu -static-libgcc -Wl,-s"
    compiler.write("args", f"{flags} '-DA=\"a b\"'\n{link} @more")
    compiler.write("more", "-o t.plg")
    made = compiler.make("@args", compiler.write("t.c", GOOD), "-o", "t.plg")
    assert loader(made)[0][0] and "main" in symbols(made)
    assert "there is no such file" in compiler.refuse("@absent")
    compiler.write("loop", "@loop")
    assert "names itself" in compiler.refuse("@loop", status=2)
    compiler.write("open", "'")
    assert "cannot be taken apart" in compiler.refuse("@open", status=2)


@pytest.mark.parametrize("std", ["c89", "gnu89", "c99", "c2x"])
def test_every_standard(compiler, std):
    compiler.make(f"-std={std}", "-Wall", "-Wextra", "-Werror", "-c", "-o", "t.o", HELLO)


def test_stack_protector(compiler, loader):
    text = HEAD + "void fill(char *, uint32_t);\n__attribute__((noinline)) void fill(char *b, uint32_t n)\n"
    text += "{ while (n--) b[n] = n; }\nPLUGIN_ENTRY(main, uint32_t n) { char b[64]; fill(b, n); return b[n & 31]; }\n"
    source = compiler.write("t.c", text)
    for cc in ("gcc", "clang"):
        made = compiler.make("-O2", "-fstack-protector-strong", "-o", f"{cc}.plg", source, cc=cc)
        assert {"__stack_chk_guard", "__stack_chk_fail"} <= symbols(made)
        listing = subprocess.run(["objdump", "-d", made], capture_output=True, text=True, check=True).stdout
        assert "%gs" not in listing
    command = ["gcc", "-m32", "-fno-pic", "-O2", "-fstack-protector-strong", f"-I{SDK}/include", "-c", "t.c"]
    subprocess.run(command, cwd=compiler.folder, check=True)
    assert "__stack_chk_fail (used in t.c); the stack protector's canary is in GS" in compiler.refuse("-o", "t.plg", "t.o")


# ---- objects and libraries --------------------------------------------------


def test_order_of_the_command_line(compiler):
    """Options for the linker apply to the files that follow them."""
    compiler.write("one.c", "int two(void);\nint one(void) { return two(); }\n")
    compiler.write("two.c", "int one(void);\nint two(void) { return one(); }\n")
    compiler.write("three.c", "int three(void) { return 3; }\n")
    assert compiler.run("-c", "one.c", "two.c", "three.c").returncode == 0
    for name in ("one", "two", "three"):
        subprocess.run(["ar", "rcs", f"{name}.a", f"{name}.o"], cwd=compiler.folder, check=True)
    source = compiler.write("t.c", HEAD + "int one(void);\nPLUGIN_ENTRY(main, void) { return one(); }\n")
    whole = ("-Wl,--no-gc-sections", "-Wl,--whole-archive", "three.a", "-Wl,--no-whole-archive")
    made = compiler.make("-o", "t.plg", source, "-Wl,--start-group", "one.a", "two.a", "-Wl,--end-group", *whole)
    assert {"one", "two", "three"} <= symbols(made)
    made = compiler.make("-o", "t.plg", source, "one.a", "two.a", "one.a", "-Wl,--no-gc-sections", "three.a")
    assert "three" not in symbols(made)


def test_lto(compiler, loader):
    """Objects made with -flto are linked wherever the flag is given; none is left out."""
    one = compiler.write("one.c", HEAD + "PLUGIN_ENTRY(first, void) { return 1; }\n")
    two = compiler.write("two.c", "#include <ringfence/plugin.h>\nPLUGIN_ENTRY(second, void) { return 2; }\n")
    compiler.make("-flto", "-O2", "-c", "-o", "two.o", two)
    for arguments in (("-O2", one, "two.o"), ("-O2", "-flto=auto", one, two)):
        [(accepted, fields)] = loader(compiler.make(*arguments, "-o", "t.plg"))
        assert accepted and [entry.split("@")[0] for entry in fields["entries"].split(",")] in (
            ["first", "second"], ["second", "first"],
        )  # fmt: skip
    assert "cannot be used with clang" in compiler.refuse("-flto", "-c", one, cc="clang", status=2)


def test_what_is_never_called_may_want_more(compiler):
    text = GOOD + "void *malloc(size_t);\nvoid *never(void);\nvoid *never(void) { return malloc(4); }\n"
    for cc in ("gcc", "clang"):
        compiler.make("-o", "t.plg", compiler.write("t.c", text), cc=cc)


def test_c_library_with_the_same_names(compiler):
    compiler.write("lib.c", "void *memcpy(void *a, const void *b, unsigned n) { char *c = a; const char *d = b;\n"
                            "while (n--) *c++ = *d++; return a; }\nunsigned strlen(const char *s)\n"
                            "{ unsigned n = 0; while (s[n]) n++; return n; }\n")  # fmt: skip
    compiler.make("-c", "-o", "lib.o", "lib.c")
    subprocess.run(["ar", "rcs", "lib.a", "lib.o"], cwd=compiler.folder, check=True)
    text = HEAD + "unsigned strlen(const char *);\nstatic char b[64];\n"
    text += "PLUGIN_ENTRY(main, uint32_t n) { memcpy(b, (char *)n, n & 63); return strlen(b); }\n"
    source = compiler.write("t.c", text)
    for library in ("lib.a", "lib.o"):
        compiler.make("-O2", "-o", "t.plg", source, library)


def test_code_on_the_stack(compiler):
    text = HEAD + "PLUGIN_ENTRY(main, uint32_t n)\n{ int k(int a) { return a + n; } int (*volatile f)(int) = k;\nreturn f(1); }\n"
    source = compiler.write("t.c", text)
    done = compiler.run("-o", "t.plg", source)
    assert done.returncode == 1 and "trampoline" in done.stderr
    compiler.write("k.S", '.globl k\nk: ret\n.section .note.GNU-stack,"x",@progbits\n')
    compiler.make("-c", "-o", "k.o", "k.S")
    assert "k.o needs code on the stack" in compiler.refuse("-o", "t.plg", compiler.write("u.c", GOOD), "k.o")


# ---- names that are not there -----------------------------------------------

ADVICE = {
    "-fsanitize=address": "__asan_init.*build without -fsanitize",
    "--coverage": "__gcov_init.*build without --coverage",
    "-finstrument-functions": "__cyg_profile_func_enter.*no profiler",
}


@pytest.mark.parametrize("flag", ADVICE)
def test_advice(compiler, flag):
    assert re.search(ADVICE[flag], compiler.refuse("-O1", flag, "-o", "t.plg", compiler.write("t.c", GOOD)))


def test_every_undefined_name_is_said(compiler):
    names = [f"need{i}" for i in range(40)]
    text = HEAD + "".join(f"int {name}(void);\n" for name in names)
    text += f"PLUGIN_ENTRY(main, void) {{ return {' + '.join(name + '()' for name in names)} + __memcpy_chk(); }}\n"
    reason = compiler.refuse("-w", "-o", "t.plg", compiler.write("t.c", text))
    assert all(re.search(rf"\b{name}\b", reason) for name in names)
    assert "__memcpy_chk" in reason and "_FORTIFY_SOURCE" in reason and "there is no C library" in reason


CPLUSPLUS = HEAD + """
struct Base { virtual uint32_t f(uint32_t n) { return n; } virtual uint32_t g() = 0; };
struct Derived : Base { uint32_t f(uint32_t n) override { return 2 * n; } uint32_t g() override { return 7; } };
struct Static { uint32_t v; Static(uint32_t x); ~Static(); };
static volatile uint32_t forty = 40;
Static::Static(uint32_t x) : v(x + forty) {}
Static::~Static() { forty = 0; }
static Static s(2);
static uint32_t call(Base *b, uint32_t n) { static Static local(n); return b->f(n) + b->g() + local.v; }
PLUGIN_ENTRY(main, uint32_t n) { Derived d; return call(&d, n) + s.v; }
"""


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_cplusplus(compiler, loader, cc):
    made = compiler.make("-O1", "-Wall", "-o", "t.plg", compiler.write("t.cc", CPLUSPLUS), cc=cc)
    assert loader(made)[0][0] and "__plugin_construct" in symbols(made)
    if cc == "gcc":
        new = CPLUSPLUS.replace("Derived d;", "Base *b = new Derived;").replace("&d", "b")
        reason = compiler.refuse("-O1", "-o", "t.plg", compiler.write("t.cc", new))
        assert "operator new(unsigned int)" in reason and "define these operators" in reason
        thrown = CPLUSPLUS.replace("{ Derived d;", "{ Derived d; if (n) throw n;")
        reason = compiler.refuse("-fexceptions", "-frtti", "-o", "t.plg", compiler.write("t.cc", thrown))
        assert "build without -fexceptions" in reason and "build without -frtti" in reason
