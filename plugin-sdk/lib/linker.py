# SPDX-License-Identifier: MIT
"""
Links a plugin with GNU ld and the SDK's linker script. For objects made with -flto, gcc runs ld.

A link can show that the plugin needs more: a place for sections that the linker script does not name,
the start stub that runs constructors, or files of the SDK that few plugins use. The plugin is then
linked again, at most ROUNDS times in all.
"""

import os
import re
import shlex
import sys

import advice
import line_table
import plugin_file
import source_lines
from command_line import Input
from elf32 import SHF_EXEC, SHF_WRITE, SHT_NOBITS, Elf, add_section
from link_check import human, loaded, refuse_sections
from plugin_compiler import SDK, run
from plugin_file import TEXT_BASE
from refusal import Refusal

ALWAYS = "always.S"
CONSTRUCT = "construct.S"
# Files that are linked when one of these names is undefined.
ON_DEMAND = {
    "stack_guard.S": {"__stack_chk_guard"},
    "cplusplus.S": {"__cxa_atexit", "atexit", "__dso_handle", "__cxa_pure_virtual"},
}
# Output sections that the linker script names.
PLACED = {".text", ".rodata", ".init_array", ".data", ".tdata", ".iplt", ".init", ".fini", ".bss", ".note.ringfence"}
ROUNDS = 8


def add_lines(output, debug):
    """Adds a line table to the plugin `output`. `debug` is an Elf of the same plugin with its debug information."""
    image = read(output)
    try:
        rows = source_lines.rows(debug.data_of, TEXT_BASE, plugin_file.read(image).text_end)
        table = line_table.pack(rows, TEXT_BASE)
    except source_lines.Damaged as damage:
        print(f"plugin-cc: warning: no source lines, what the compiler says of them is damaged: {damage}", file=sys.stderr)
        return
    if table is None:
        print(
            f"plugin-cc: warning: no source lines, the table would have more than {human(line_table.SIZE_MAX)}: "
            "compile some files with -g0",
            file=sys.stderr,
        )
    elif rows:
        with open(output, "wb") as file:
            file.write(add_section(image, line_table.SECTION_NAME, line_table.SECTION_TYPE, table))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def part_for(section):
    """The part that takes a section which the linker script does not name."""
    if section.flags & SHF_EXEC:
        return "text"
    if section.kind == SHT_NOBITS:
        return "bss"
    return "data" if section.flags & SHF_WRITE else "rodata"


class Linker:
    def __init__(self, compiler, args, objects, scratch):
        self.compiler = compiler
        self.args = args
        self.objects = objects  # {Input: path of its object file}
        self.scratch = scratch
        self.libgcc = compiler.libgcc()
        self.lto = args.lto
        self.crt = []
        self.orphans = {}  # {section that the linker script does not name: its part}
        self.more = []  # further options of ld
        self.add_crt(ALWAYS)

    def add_crt(self, name):
        self.crt.append(os.path.join(self.scratch, name + ".o"))
        self.compiler.crt(self.args, name, self.crt[-1])

    def script(self):
        text = read(os.path.join(SDK, "crt", "plugin.lds")).decode()
        for part in ("text", "rodata", "data", "bss"):
            places = [
                f'"{name}" : {{ *("{name}") }} :{"data" if part == "bss" else part}'
                for name, where in sorted(self.orphans.items())
                if where == part
            ]
            text = text.replace(f"/* more {part} */", "\n\t".join(places))
        path = os.path.join(self.scratch, "plugin.lds")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def command(self, output, words):
        """The command of a link: the SDK's files, then files and options in plugin-cc's order, then libgcc."""
        before = ["-m", "elf_i386", "-static", "-n", "--gc-sections", "--no-undefined", "--warn-execstack"]
        before += ["-T", self.script(), *self.more]
        given = [self.objects[item] if isinstance(item, Input) else item for item in self.args.link]
        after = ["--no-whole-archive", "--build-id=none", "-z", "norelro", *words]
        if not self.lto:
            return [os.environ.get("LD", "ld"), *before, *self.crt, *given, *after, *self.libgcc, "-o", output]
        gcc = ["gcc"] if self.compiler.is_clang or self.compiler.is_tcc else self.compiler.command
        command = [*gcc, *self.compiler.flags, *self.args.compile, "-nostdlib", "-static", "-no-pie", "-fuse-ld=bfd"]
        files = {*self.crt, *self.objects.values(), *self.libgcc}
        for word in (*before, *self.crt, *given, *after, *self.libgcc):
            command += [word] if word in files or word.startswith(("-l", "-L")) else ["-Xlinker", word]
        return [*command, "-o", output]

    def link_once(self, output, *words):
        command = self.command(output, words)
        if self.args.verbose:
            print(shlex.join(command), file=sys.stderr)
        return run(command, capture_output=True, text=True, errors="replace")

    def place_orphans(self, elf):
        """Chooses a part for each section that the linker script does not name. True: found new ones, link again."""
        new = {}
        for section in loaded(elf):
            name = section.name
            if name not in PLACED and name not in self.orphans:
                if re.search(r'["*?\[\]\\]', name):
                    raise Refusal(f"a section has the name {name}, which the linker cannot place: rename it")
                new[name] = part_for(section)
        self.orphans.update(new)
        return bool(new)

    def start_constructors(self, elf):
        """If there are constructors, selects the start stub that runs them. True: selected now, link again."""
        if not elf.section(".init_array") or "-e" in self.more:
            return False
        self.add_crt(CONSTRUCT)
        self.more += ["-e", "__plugin_construct"]
        return True

    def once_more(self, done, output):
        """Adds what the link `done`, or its output, shows to be missing. True: something was added, link again."""
        if not self.lto and "plugin needed to handle lto object" in done.stderr:
            self.lto = True
            return True
        if done.returncode:
            missing = set(advice.undefined(done.stderr))
            names = [name for name, gives in ON_DEMAND.items() if gives & missing]
            names = [name for name in names if os.path.join(self.scratch, name + ".o") not in self.crt]
            for name in names:
                self.add_crt(name)
            return bool(names)
        elf = Elf(read(output))
        refuse_sections(elf)
        again = self.place_orphans(elf)
        return self.start_constructors(elf) or again

    def link(self, output):
        for _ in range(ROUNDS):
            done = self.link_once(output, "--strip-debug")
            if not self.once_more(done, output):
                break
        if done.returncode:
            raise Refusal(advice.explain_link(done.stderr, bool(self.libgcc)))
        stack = re.search(r"(\S+): requires executable stack", done.stderr)
        if stack:
            raise Refusal(
                f"{stack.group(1)} needs code on the stack (a nested function whose address is taken?), "
                "which a plugin cannot run: make that function static"
            )
        # Drop ld's warnings about objects without .note.GNU-stack, as of most assembly: none needs code on the stack.
        lines = (line for line in done.stderr.splitlines(True) if not re.search(r"GNU-stack|NOTE: This behaviour", line))
        sys.stderr.writelines(lines)

    def trial(self, output):
        """Links the objects as an ordinary program, for configure scripts. False: the program has no main()."""
        self.more += ["-u", "main"]
        done = self.link_once(output, "--strip-debug")
        if done.returncode:
            raise Refusal(advice.explain_link(done.stderr, bool(self.libgcc)))
        return any(symbol.name == "main" and symbol.section for symbol in Elf(read(output)).symbols())

    def link_debug(self, output):
        """
        Links the plugin `output` again, with its debug information. Returns the file's path; None:
        the two differ in their code, and no debug information is better than wrong one.
        """
        debug = os.path.join(self.scratch, "debug.elf")
        if self.link_once(debug).returncode:
            return None
        return debug if plugin_file.read(read(debug)).text == plugin_file.read(read(output)).text else None
