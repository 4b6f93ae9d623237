# SPDX-License-Identifier: MIT
"""Runs the compiler behind plugin-cc, with the options that a plugin needs."""

import os
import shlex
import shutil
import subprocess

from refusal import Refusal

SDK = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
PLUGIN_CC = os.path.join(SDK, "bin", "plugin-cc")

# Environment variable of all programs that plugin-cc starts. If plugin-cc finds it set, plugin-cc was
# started as the compiler, and uses gcc.
NESTED = "PLUGIN_CC_RUNS"

INCLUDE = os.path.join(SDK, "include")


def run(command, **kwargs):
    try:
        return subprocess.run(command, check=False, env={**os.environ, NESTED: "1"}, **kwargs)
    except FileNotFoundError:
        raise Refusal(f"{command[0]} is not installed") from None
    except OSError as error:
        raise Refusal(f"{command[0]} cannot be run: {error.strerror}") from None


def is_plugin_cc(word):
    found = shutil.which(word)
    return bool(found) and os.path.realpath(found) == PLUGIN_CC


def choose():
    """
    The compiler's command: $PLUGIN_CC, else $CC, else gcc. A variable that has plugin-cc, or a
    link to plugin-cc, among its words is skipped: `make CC=plugin-cc` sets $CC that way.
    """
    if NESTED in os.environ:
        return ["gcc"]
    for name in ("PLUGIN_CC", "CC"):
        try:
            words = shlex.split(os.environ.get(name, ""))
        except ValueError as error:
            raise Refusal(f"{name} cannot be taken apart: {str(error).lower()}") from None
        if words and not any(map(is_plugin_cc, words)):
            return words
    return ["gcc"]


class Compiler:
    def __init__(self):
        self.command = choose()
        names = [os.path.basename(word) for word in self.command]
        self.is_tcc = any("tcc" in name for name in names)
        self.is_clang = any("clang" in name for name in names)
        self.is_cplusplus = any(name.rstrip("-.0123456789").endswith("++") for name in names)
        self.line_flags = ["-g" if self.is_tcc else "-g1"]
        self.flags = ["-m32", "-ffreestanding", "-fno-pic"]
        if not self.is_tcc:
            # -ffunction-sections: an unused function is not linked, so it may call functions that do not exist.
            self.flags += ["-march=i686", "-fno-pie", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"]
            self.flags += ["-fcf-protection=none", "-fstack-clash-protection", "-ffunction-sections", "-fdata-sections"]
        self.flags += ["-I", INCLUDE]

    def flags_for(self, args, source):
        flags = list(self.flags)
        if source.cplusplus or self.is_cplusplus:
            flags += ["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"]
        elif not self.is_tcc and not self.is_clang:
            flags.append("-Werror=trampolines")  # trampolines are code on the stack, which is not executable
        if args.protects_stack and not self.is_tcc:
            flags.append("-mstack-protector-guard=global")  # by default the canary is in GS, which is 0 in a plugin
        return flags

    def compile(self, args, source, output, stop="-c", more=()):
        command = self.command + self.flags_for(args, source)
        if args.lines and stop in ("-c", "-S"):
            command += self.line_flags  # before the user's own -g, which may ask for more
        command += args.compile + [stop, *more]
        if source.language == "assembler" or not source.language and source.path.endswith(".s"):
            command.append("-Wno-unused-command-line-argument")  # clang warns about flags for C
        if source.language:
            command += ["-x", source.language]
        command.append(source.path)
        if output is not None:
            command += ["-o", output]
        return run(command).returncode

    def ask(self, questions):
        """Passes --version, -dumpmachine and the like to the compiler, without the options for plugins."""
        return run([*self.command, "-m32", *questions]).returncode

    def crt(self, args, name, output):
        """Assembles crt/`name` of the SDK to `output`."""
        command = self.command + self.flags + ["-I", os.path.join(SDK, "crt"), "-I", os.path.join(INCLUDE, "public")]
        command += self.line_flags if args.lines else []
        command += ["-c", os.path.join(SDK, "crt", name), "-o", output]
        if run(command).returncode:
            raise Refusal(f"{self.command[0]} cannot assemble {name} of the SDK for i386: see above")

    def libgcc(self):
        """[path of libgcc for i386], which has 64-bit division and the like; [] if none is installed."""
        for command in (self.command, ["gcc"]):
            try:
                answer = run(command + ["-m32", "-print-libgcc-file-name"], capture_output=True, text=True)
            except Refusal:
                continue
            path = answer.stdout.strip()
            if answer.returncode == 0 and os.path.isfile(path):
                return [path]
        return []
