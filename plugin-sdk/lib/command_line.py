# SPDX-License-Identifier: MIT
"""Parses a command line of gcc's form into options for the compiler, options for the linker, and input files."""

import re
import shlex

from refusal import WrongUse

# Options that take the next argument as their value, unless the value is attached.
TAKES_NEXT = {
    "-D", "-U", "-I", "-L", "-l", "-u", "-x", "-T", "-z", "-e", "-B", "-A", "-MF", "-MT", "-MQ",
    "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-isysroot", "-iprefix", "-iwithprefix",
    "-iwithprefixbefore", "-imultilib", "--sysroot", "--param", "-dumpbase", "-dumpbase-ext", "-dumpdir",
    "-wrapper", "-Xlinker", "-Xassembler", "-Xpreprocessor", "-Xclang", "-mllvm", "-aux-info", "-target",
}  # fmt: skip
LINK_TAKES = ("-L", "-l", "-u", "-z")
CPLUSPLUS = (".cc", ".cp", ".cxx", ".cpp", ".CPP", ".c++", ".C", ".ii")
SOURCES = (".c", ".i", ".s", ".S", ".sx", *CPLUSPLUS)
STOPS = ("-c", "-S", "-E", "-M", "-MM", "-fsyntax-only")

# Always in effect, or without meaning for a plugin. -s would remove the symbols that fault reports need.
IGNORED = {
    "-static", "-nostdlib", "-nostartfiles", "-nodefaultlibs", "-nolibc", "-m32", "-no-pie", "-pie", "-static-pie",
    "-rdynamic", "-static-libgcc", "-shared-libgcc", "-static-libstdc++", "-s",
}  # fmt: skip
IGNORED_BY_LD = {"-s", "-S", "--strip-all", "--strip-debug", "-pie", "--pie", "-E", "--export-dynamic"}

CONVENTION = "the SDK and libgcc are compiled for the usual i386 calling convention: leave it out"
REFUSED = {
    "-shared": "a plugin is not a shared library",
    "-r": "use -c to make an object file",
    "-m64": "a plugin is 32-bit code",
    "-mx32": "a plugin is 32-bit code",
    "-m16": "a plugin is 32-bit code",
    "-p": "there is no profiler in a plugin",
    "-pg": "there is no profiler in a plugin",
    "-mrtd": CONVENTION,
    "-msseregparm": CONVENTION,
    "-miamcu": CONVENTION,
    "-e": "the layout of a plugin is fixed",
    "-fsplit-stack": "a plugin's stack does not grow: use PLUGIN_STACK()",
}
REFUSED_BEGINNINGS = {"-mregparm=": CONVENTION, "-fcall-saved-": CONVENTION, "-T": "the layout of a plugin is fixed"}
LAYOUT = re.compile(r"-T.*|--?script\b.*|-e|--?entry\b.*|-shared|-Bshareable|-r|-q|--relocatable|--?oformat\b.*|-m")

# Options with which the compiler prints information and needs no input file.
QUESTION = re.compile(r"--version|-v|-V|-qversion|--target-help|--help=.*|-dump(version|fullversion|machine|specs)|--?print-.*")


def check_option(arg):
    reason = REFUSED.get(arg)
    for beginning, why in REFUSED_BEGINNINGS.items():
        if arg.startswith(beginning) and arg != "-mregparm=0":
            reason = why
    if reason:
        raise WrongUse(f"{arg} cannot be used: {reason}")


def expand(argv, depth=0):
    """Replaces each @FILE by the words of that file, as gcc does. If the file cannot be read, @FILE stays."""
    for arg in argv:
        if arg.startswith("@") and len(arg) > 1:
            try:
                with open(arg[1:], encoding="utf-8", errors="surrogateescape") as file:
                    words = shlex.split(file.read())
            except OSError:
                yield arg
                continue
            except ValueError as error:
                raise WrongUse(f"{arg} cannot be taken apart: {str(error).lower()}") from None
            if depth == 16:
                raise WrongUse(f"{arg} names itself: remove that word from it")
            yield from expand(words, depth + 1)
        else:
            yield arg


class Input:
    """An input file of the command line."""

    def __init__(self, path, language):
        self.path = path
        self.language = language

    @property
    def source(self):
        return bool(self.language) or self.path.endswith(SOURCES)

    @property
    def cplusplus(self):
        if self.language:
            return self.language.startswith("c++")
        return self.path.endswith(CPLUSPLUS)


class Arguments:
    def __init__(self, argv):
        self.link = []  # instances of Input and options of the linker, in the order given
        self.compile = []
        self.output = None
        self.stop = None  # one of STOPS, or None: link
        self.lines = True
        self.debug_file = None  # where the plugin with its debug information goes
        self.verbose = False
        self.questions = []
        self.language = None
        argv = list(expand(argv))
        while argv:
            arg = argv.pop(0)
            check_option(arg)
            if arg in ("-o", "--debug-file") or arg in TAKES_NEXT:
                if not argv:
                    raise WrongUse(f"{arg} needs an argument after it")
                self.take_pair(arg, argv.pop(0))
            else:
                self.take(arg)
        self.inputs = [item for item in self.link if isinstance(item, Input)]
        if self.questions and self.inputs:
            self.verbose = "-v" in self.questions
            self.compile += self.questions

    def take_pair(self, arg, value):
        if arg == "-o":
            self.output = value
        elif arg == "--debug-file":
            self.debug_file = value
        elif arg == "-x":
            self.language = None if value == "none" else value
        elif arg == "-Xlinker":
            self.take_link([value])
        elif arg in LINK_TAKES:
            self.link += [arg, value]
        else:
            self.compile += [arg, value]

    def take_link(self, words):
        for word in words:
            if LAYOUT.fullmatch(word):
                raise WrongUse(f"{word} cannot be used for the linker: the layout of a plugin is fixed")
        self.link += [word for word in words if word not in IGNORED_BY_LD]

    def take(self, arg):
        if arg.startswith("-o") and len(arg) > 2:
            self.output = arg[2:]
        elif arg.startswith("-Wl,"):
            self.take_link(arg[4:].split(","))
        elif arg.startswith(("-L", "-l", "-u", "-z")):
            self.link.append(arg)
        elif arg.startswith("-x") and len(arg) > 2:
            self.language = None if arg == "-xnone" else arg[2:]
        elif arg.startswith("--debug-file="):
            self.debug_file = arg.removeprefix("--debug-file=")
        elif arg == "--no-lines":
            self.lines = False
        elif arg in STOPS:
            self.stop = arg
        elif QUESTION.fullmatch(arg):
            self.questions.append(arg)
        elif arg == "-" or not arg.startswith("-"):
            self.link.append(Input(arg, self.language))
        elif arg not in IGNORED:
            self.compile.append(arg)

    @property
    def lto(self):
        wanted = [arg for arg in self.compile if re.fullmatch(r"-f(no-)?lto(=.*)?", arg)]
        return bool(wanted) and wanted[-1] != "-fno-lto"

    @property
    def protects_stack(self):
        return any(arg.startswith("-fstack-protector") for arg in self.compile)
