# SPDX-License-Identifier: MIT
"""One session with plugins in a guest Linux, at which several test files look.

Each file of SUBJECTS has CASES, {name: shell commands}, which its tests need to
have run in the guest. The cases of all subjects run one after the other in one boot
of each engine: TCG holds plugins in by pages, Bochs by segments. TCG_CASES of a
subject run on TCG only, after everything else: values, sentences and bounds that the
same code of Linux and plugctl produces on each engine, or work that Bochs would need
minutes for.

A subject finds the plugin hello loaded, without counting on its calls, and unloads
what it loads. Time goes by instructions on both engines, so no budget is too short
on a busy host. /t in the guest is the folder that make_files() fills."""

import importlib
import json
import os
import random
import re
import shutil
import struct
import subprocess

import bad_plg
import deadline
import json_schema
import linux_guest as guest
from sdk import MANY, Compiler

SUBJECTS = (
    "test_plugin_calls",
    "test_plugin_faults",
    "test_plugin_accomplice",
    "test_plugin_services",
    "test_plugin_files",
    "test_plugin_device",
    "test_plugin_memory",
)
SOURCES = guest.ROOT / "tests" / "plugins"
UAPI = guest.ROOT / "guest-patches" / "linux-6.1" / "files" / "include" / "uapi"
PROGRAMS = ("device_test", "device_fields_test", "storm", "accomplice")
# Compilers of the plugin of tests/plugins/lines, each with its source files.
LINES = {"gcc": ["lines.c"], "clang": ["lines.c"], "tcc": ["lines.c"], "asm": ["assembly.S", "entries.c"]}
BIG = """#include <ringfence/plugin.h>
PLUGIN("big", "1", "as large as a plugin can be, almost");
PLUGIN_HEAP(15 << 20);
PLUGIN_ENTRY(main, void) { return 1; }
"""
WIDE_ENTRIES = [f"entry_{i}_{'_' * 40}" for i in range(200)]
WIDE = """#include <ringfence/plugin.h>
PLUGIN("wide", "1", "more names of entries than a page holds");
""" + "".join(f"PLUGIN_ENTRY({name}, void) {{ return 1; }}\n" for name in WIDE_ENTRIES)
TROUBLE = r"BUG|Oops|WARNING|Call Trace|cannot create duplicate|allocation failure|vmalloc error|oom-kill|Killed process"


# ---- the files in /t ---------------------------------------------------------


def picture():
    """Returns (header, pixels) of a PPM image that is larger than a page."""
    return b"P6\n# noise\n40 37\n255\n", random.Random(1).randbytes(40 * 37 * 3)


def make_files(folder):
    """Fills the folder that the guest has as /t: plugins, programs, a picture, and two folders
    with files that are to be refused, bad/ and odd/."""
    compiler = Compiler(folder)
    compiler.make("-O2", "-o", "many.plg", MANY)
    compiler.write("big.c", BIG)
    compiler.make("-o", "big.plg", "big.c")
    compiler.write("wide.c", WIDE)
    compiler.make("-o", "wide.plg", "wide.c")
    compiler.make("-O2", "-o", "selectors.plg", SOURCES / "selectors.c")
    compiler.make("-O1", "-fstack-protector-strong", "-o", "mistakes.plg", SOURCES / "mistakes.c")
    compiler.make("-O1", "-o", "cplusplus.plg", SOURCES / "cplusplus.cc")
    make_lines(folder)
    for name in PROGRAMS:
        subprocess.run(
            ["gcc", "-m32", "-march=i686", "-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror", "-idirafter", UAPI]
            + ["-fno-stack-protector", "-o", folder / name, SOURCES / f"{name}.c"],
            check=True,
        )
    for name in ("picture.ppm", "picture-2.ppm"):
        (folder / name).write_bytes(b"".join(picture()))
    (folder / "bad").mkdir()
    for name, image, _ in broken_files(folder):
        (folder / "bad" / f"{name}.plg").write_bytes(image)
    write_odd_files(folder / "odd")
    return folder


def make_lines(folder):
    """Makes plugins that stop at marked source lines, one for each compiler that is installed."""
    for name, files in LINES.items():
        if name == "asm" or shutil.which(name):
            command = [guest.ROOT / "plugin-sdk" / "bin" / "plugin-cc", "-O2", "-o", folder / f"lines-{name}.plg", *files]
            env = {**os.environ, "CC": "gcc" if name == "asm" else name}
            subprocess.run(command, cwd=SOURCES / "lines", env=env, check=True, timeout=deadline.COMMAND)


def broken_files(folder):
    """Returns (name, image, sentence that refuses it) of the broken copies of many.plg."""
    return bad_plg.cases((folder / "many.plg").read_bytes())


def write_odd_files(folder):
    """Writes files that are no plugins, or only look like one, to `folder`."""
    good = (guest.BUILD / "sdk" / "hello.plg").read_bytes()
    note = struct.pack("<III12s", 10, 8, 0x100, b"Ringfence")
    at = good.index(note) + len(note)
    major = struct.unpack_from("<I", good, at)[0] >> 16
    folder.mkdir()
    (folder / "empty.plg").write_bytes(b"")
    (folder / "text.plg").write_text("not a plugin\n" * 100)
    (folder / "cut.plg").write_bytes(good[: len(good) // 2])
    (folder / "elf64.plg").write_bytes(good[:4] + b"\2" + good[5:])
    (folder / "abi.plg").write_bytes(good[:at] + struct.pack("<I", (major + 1) << 16) + good[at + 4 :])
    (folder / "no-notes.plg").write_bytes(good.replace(b"Ringfence\0", b"Ringfance\0"))
    shutil.copy(guest.BUILD / "sdk" / "plugctl", folder / "program.plg")
    (folder / "folder.plg").mkdir()


# ---- the cases ---------------------------------------------------------------


def first(canary_us):
    """Returns the cases before the first subject. They start the canary, a process that computes
    sums, canary_us apart, and counts how often the sum was right."""
    return {
        "canary-start": "sha1sum /init >/tmp/sum; echo 0 >/tmp/right\n"
        f"(n=0; while sha1sum -cs /tmp/sum && [ ! -e /tmp/stop ]; do n=$((n + 1)); echo $n >/tmp/new; mv /tmp/new /tmp/right; usleep {canary_us}; done;"
        " [ -e /tmp/stop ] && touch /tmp/stopped) >/dev/null 2>&1 &",
        "info": "plugctl --json info",
        "info-text": "plugctl info",
        "empty-list": "plugctl --json list",
    }


def last(canary_us):
    """Returns the cases after the last subject: nothing is left, and the canary lives."""
    return {
        "all-unload": "for p in $(ls /sys/kernel/plugins); do [ $p = monitor ] || plugctl unload $p; done; plugctl --json list",
        "info-after": "plugctl --json info",
        "system": "cat /proc/sys/kernel/tainted; echo alive | sha1sum; mkdir /tmp/x && rmdir /tmp/x && ps | grep -c 'sh'",
        "canary-end": "was=$(cat /tmp/right); n=0\n"
        f"while [ $(cat /tmp/right) -lt $((was + 2)) ] && [ $n -lt 60 ]; do usleep {canary_us}; n=$((n + 1)); done\n"
        f"touch /tmp/stop; n=0; while [ ! -e /tmp/stopped ] && [ $n -lt 60 ]; do usleep {canary_us}; n=$((n + 1)); done\n"
        "[ -e /tmp/stopped ] && echo canary lives; dmesg | grep -E 'BUG|Oops|WARNING|Call Trace' || echo no complaint",
    }


def cases(engine):
    """Returns {name: shell commands} of the session on an engine, in order. Bochs's clock goes
    ten times faster than it works."""
    canary_us = 5000000 if engine == "bochs" else 300000
    subjects = [importlib.import_module(name) for name in SUBJECTS]
    parts = [first(canary_us), *(subject.CASES for subject in subjects), last(canary_us)]
    if engine == "tcg":
        parts += [getattr(subject, "TCG_CASES", {}) for subject in subjects]
    session = {name: commands for part in parts for name, commands in part.items()}
    assert len(session) == sum(map(len, parts)), "two subjects have a case of the same name"
    return session


def run(engine, folder, log, *options, more_cases=None):
    """Runs the session in one boot of an engine, and `more_cases` after it. Returns a Session."""
    options = ("--put", f"{folder}:/t", "--log", log, *options)
    if engine == "tcg":
        batch = guest.Batch(cases(engine), *options, *guest.STEADY)
    else:
        batch = guest.Batch({**cases(engine), **more_cases}, *options, engine=engine, seconds=deadline.BOCHS)
    return Session(engine, batch.run(), log)


# ---- what the tests ask ------------------------------------------------------


class Session:
    """The outcomes of the cases on one engine."""

    def __init__(self, engine, outcomes, log=None):
        self.engine = engine
        self.outcomes = outcomes
        self.log = log  # the path of the monitor's
        self.mode = "segment" if engine == "bochs" else "page"

    def text(self, name, status=0):
        """Returns the output of a case; fails unless it ended with `status`."""
        outcome = self.outcomes[name]
        assert outcome.status == status, f"{name}: status {outcome.status}\n{outcome.output}"
        return outcome.output

    def json(self, name, status=0):
        """Returns the JSON document in the last line of a case's output."""
        return json.loads(self.text(name, status).splitlines()[-1])

    def document(self, name, verb, status=0):
        """Returns the JSON document of a case; fails unless it obeys the schema of `verb`."""
        document = self.json(name, status)
        json_schema.check(document, verb)
        return document

    def value(self, name):
        """Returns the value of a call that ended well."""
        call = self.document(name, "call")
        assert call["status"] == "ok", call
        return call["value"]

    def ended(self, name, status):
        """Returns the fault record of a call that ended with `status`, or None if it has none."""
        call = self.document(name, "call", status=3)
        assert call["status"] == status and "value" not in call, call
        return call.get("fault")

    def refused(self, name, sentence, status=1):
        """Fails unless plugctl refused with a sentence. Status 2 is a wrong command line: the
        usage follows."""
        lines = self.text(name, status).splitlines()
        assert lines[0].startswith("plugctl: ") and re.search(sentence, lines[0]), lines
        assert status == 2 or len(lines) == 1, lines


def check_log(text):
    """Fails if the kernel's log reports an error of the kernel or the end of another process."""
    found = re.search(rf".*(?:{TROUBLE}).*", text.split("ringfence: plugins in ", 1)[1])
    assert not found, found[0]


def sum_value(n, seed):
    """Returns what the example plugin sum computes."""
    total = 0
    for _ in range(n):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        total = (total + seed) & 0xFFFFFFFF
    return total
