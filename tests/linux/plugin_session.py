# SPDX-License-Identifier: MIT
"""What the plugin tests do in a guest: one session, in order, in one boot."""

import json
import os
import re
import shutil
import struct
import subprocess

import deadline
import linux_guest as guest

EXAMPLES = ("hello", "sum", "wild", "spin")
WILD_VARIANTS = range(9)
SUM_ARGUMENTS = (4096, 12345)

# Who made the plugin of tests/plugins/lines, and the ways it ends its calls.
LINES_SOURCES = {"gcc": ["lines.c"], "clang": ["lines.c"], "tcc": ["lines.c"], "asm": ["assembly.S", "entries.c"]}
LINES_ENDS = {"write": "fault", "divide": "fault", "spin": "timeout", "gate": "forbidden", "breakpoint": "fault"}

# file name -> what plugctl's sentence has to say of it
BAD_FILES = {
    "empty.plg": "",
    "text.plg": "",
    "cut.plg": "",
    "elf64.plg": "",
    "program.plg": "",
    "abi.plg": "ABI",
    "no-notes.plg": "",
    "none.plg": "No such file",
    "folder.plg": "",
    "null.plg": "",
}


def sum_value(n, seed):
    """Returns what the example plugin sum computes."""
    total = 0
    for _ in range(n):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        total = (total + seed) & 0xFFFFFFFF
    return total


def write_bad_files(folder):
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
    return folder


def make_lines(folder):
    """Makes plugins that stop at marked source lines, one for each compiler that is installed."""
    source = guest.ROOT / "tests" / "plugins" / "lines"
    for name, files in LINES_SOURCES.items():
        if name == "asm" or shutil.which(name):
            command = [guest.ROOT / "plugin-sdk" / "bin" / "plugin-cc", "-O2", "-o", folder / f"lines-{name}.plg", *files]
            subprocess.run(
                command, cwd=source, env={**os.environ, "CC": "gcc" if name == "asm" else name}, check=True, timeout=deadline.COMMAND
            )


def marked_line(file, mark):
    """Returns the number of the source line with the comment "here: MARK"."""
    text = (guest.ROOT / "tests" / "plugins" / "lines" / file).read_text()
    [line] = [n for n, line in enumerate(text.splitlines(), 1) if re.search(rf"here: {mark}\b", line)]
    return line


def cases(canary_us=300000):
    """{name: shell commands}. The order counts: they share the loaded plugins.

    canary_us is the pause of a process that computes all the while; Bochs's clock
    goes ten times faster than it works."""
    session = {
        # A process that goes on computing, and says how often it was right.
        "canary-start": "sha1sum /init >/tmp/sum; echo 0 >/tmp/right\n"
        f"(n=0; while sha1sum -cs /tmp/sum && [ ! -e /tmp/stop ]; do n=$((n + 1)); echo $n >/tmp/new; mv /tmp/new /tmp/right; usleep {canary_us}; done;"
        " [ -e /tmp/stop ] && touch /tmp/stopped) >/dev/null 2>&1 &",
        "info": "plugctl --json info",
        "empty-list": "plugctl --json list",
        "hello-load": "plugctl --json load /plugins/hello.plg",
        "hello-call": "plugctl --json call hello main",
        "hello-arguments": "plugctl --json call hello main 58",
        "hello-negative": "plugctl --json call hello main -43",
        "hello-text": "plugctl call hello main",
        "hello-again": "plugctl --json load /plugins/hello.plg",
        "hello-other-name": "plugctl load /plugins/hello.plg --name other && plugctl --json call other main",
        "sum-load": "plugctl load /plugins/sum.plg",
        "sum-call": f"plugctl --json call sum main {SUM_ARGUMENTS[0]} {SUM_ARGUMENTS[1]}",
        "sum-keeps": "plugctl --json call sum main 5 1",
        "sum-show": "plugctl --json show sum",
        "list": "plugctl --json list",
        "sysfs": "cd /sys/kernel/plugins; cat hello/state sum/calls; ls",
        "unknown-entry": "plugctl --json call hello nothing",
        "unknown-plugin": "plugctl --json call nothing main",
        "unknown-unload": "plugctl --json unload nothing",
        "unknown-show": "plugctl --json show nothing",
        "too-many-arguments": "plugctl --json call hello main 1 2 3 4 5 6 7",
        "user": "adduser() { echo 'user:x:1000:1000::/:/bin/sh' >>/etc/passwd; echo 'user:x:1000:' >>/etc/group; }; adduser\n"
        "for c in 'load /plugins/wild.plg' 'call hello main' 'unload hello' 'list'; do\n"
        "  su user -c \"plugctl --json $c\"; echo \"status $?\"\ndone",
        "user-harmless": "plugctl --json call hello main",
    }
    for name in BAD_FILES:
        path = "/dev/null" if name == "null.plg" else f"/bad/{name}"
        session[f"bad-{name}"] = f"plugctl --json load {path} --name bad"
    for variant in WILD_VARIANTS:
        session[f"wild-{variant}-load"] = "plugctl load /plugins/wild.plg"
        session[f"wild-{variant}-call"] = f"plugctl --json call wild main {variant}"
        session[f"wild-{variant}-neighbour"] = "plugctl --json call hello main"
        session[f"wild-{variant}-unload"] = "plugctl --json unload wild"
    for maker in LINES_SOURCES:
        for end in LINES_ENDS:
            session[f"lines-{maker}-{end}"] = (
                f"[ -e /bad/lines-{maker}.plg ] || exit 9; plugctl load /bad/lines-{maker}.plg --name lines >/dev/null\n"
                f"plugctl --json call lines {end} >/tmp/lines; plugctl unload lines >/dev/null; cat /tmp/lines"
            )
    session.update(
        {
            "lines-dmesg": "dmesg | grep 'plugin lines was stopped' | tail -n 1",
            "wild-load": "plugctl --json load /plugins/wild.plg",
            "wild-text": "plugctl call wild main 1",
            "wild-dead": "plugctl --json call wild main 99",
            "wild-show": "plugctl --json show wild",
            "wild-show-text": "plugctl show wild",
            "wild-sysfs": "cat /sys/kernel/plugins/wild/state /sys/kernel/plugins/wild/last_fault",
            "wild-unload": "plugctl unload wild",
            "wild-anew": "plugctl load /plugins/wild.plg && plugctl --json call wild main 99",
            "spin-load": "plugctl --json load /plugins/spin.plg",
            "spin-call": "plugctl --json call spin main",
            "spin-neighbour": "plugctl --json call hello main",
            "spin-unload": "plugctl unload spin",
            "spin-short": "plugctl load /plugins/spin.plg --budget-us 8000 && plugctl --json call spin main",
            "spin-kill": "plugctl load /plugins/spin.plg --name late --budget-us 10000000\n"
            "plugctl --json call late main --kill-after-ms 20",
            "spin-killed": "cat /sys/kernel/plugins/late/state; plugctl unload late; plugctl call hello main",
            # Another process begins and ends, and a second shell kills.
            "meanwhile": "plugctl load /plugins/spin.plg --name meanwhile --budget-us 10000000 >/dev/null\n"
            "plugctl --json call meanwhile main >/tmp/meanwhile & call=$!\n"
            "until read -r s </sys/kernel/plugins/meanwhile/state && [ $s = busy ]; do :; done\n"
            "/bin/busybox true && read -r s </sys/kernel/plugins/meanwhile/state; echo $s\n"
            "sh -c 'plugctl kill meanwhile'; wait $call; echo $?; plugctl unload meanwhile; cat /tmp/meanwhile",
            "many": "for i in 1 2 3 4 5 6 7 8; do plugctl load /plugins/hello.plg --name h$i >/dev/null; done\n"
            "for i in 1 2 3 4 5 6 7 8; do plugctl call h$i main $i; done; plugctl --json list | tr '{' '\\n' | grep -c '\"h[1-8]\"'",
            "all-unload": "for p in $(ls /sys/kernel/plugins); do [ $p = monitor ] || plugctl unload $p; done; plugctl --json list",
            "info-after": "plugctl --json info",
            "system": "cat /proc/sys/kernel/tainted; echo alive | sha1sum; mkdir /tmp/x && rmdir /tmp/x && ps | grep -c 'sh'",
            "canary-end": "was=$(cat /tmp/right); n=0\n"
            f"while [ $(cat /tmp/right) -lt $((was + 2)) ] && [ $n -lt 60 ]; do usleep {canary_us}; n=$((n + 1)); done\n"
            f"touch /tmp/stop; n=0; while [ ! -e /tmp/stopped ] && [ $n -lt 60 ]; do usleep {canary_us}; n=$((n + 1)); done\n"
            "[ -e /tmp/stopped ] && echo canary lives; dmesg | grep -E 'BUG|Oops|WARNING|Call Trace' || echo no complaint",
        }
    )
    return session


class Session:
    """The outcomes of one engine's session."""

    def __init__(self, engine, outcomes):
        self.engine = engine
        self.outcomes = outcomes
        self.mode = "segment" if engine == "bochs" else "page"

    def text(self, name, status=0):
        """Returns the output of a case; fails unless it ended with `status`."""
        outcome = self.outcomes[name]
        assert outcome.status == status, f"{name}: status {outcome.status}\n{outcome.output}"
        return outcome.output

    def json(self, name, status=0):
        """Returns the JSON document in the last line of a case's output."""
        return json.loads(self.text(name, status).splitlines()[-1])
