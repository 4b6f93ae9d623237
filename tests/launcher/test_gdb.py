# SPDX-License-Identifier: MIT
"""gdb on the guest: `ringfence run --gdb`, the gdbinit it writes, and the symbols of a plugin."""

import contextlib
import re
import socket
import subprocess

import deadline
import pytest
from elftools.elf.elffile import ELFFile

from engine.paths import BUILD, KERNEL, MONITOR, ROOT

RINGFENCE = ROOT / "scripts" / "ringfence"
GRAY = ROOT / "plugin-sdk" / "examples" / "gray" / "gray.c"
GUEST = """printf 'P6 2 1 255 abcdef' >p.ppm
plugctl load /plugins/hello.plg; plugctl load /plugins/gray.plg --name shades
plugctl call hello main; plugctl call shades main --window p.ppm:rw; plugctl call shades main --window p.ppm:rw"""
LIST = "'drivers/ringfence/core/life/registry.c'::first"  # as the debug information names it
# GUEST calls plugins three times: hello first, then twice gray, loaded as "shades". Each call stops
# gdb at core_call_held().
DEBUGGER = """set pagination off
hbreak core_call_held
continue
continue
set $first = LIST
set $frames = $first->frames
set var $first->frames = 0
echo unreadable:\\n
ringfence-plugins
set var $first->frames = $frames
echo one:\\n
ringfence-plugins
echo two:\\n
ringfence-plugins shades
continue
delete
echo three:\\n
ringfence-plugins
break gray.c:number
continue
echo four:\\n
info symbol $pc
info line *$pc
print/x $pc
print/x *(unsigned char *)($plugin_base + $pc)
python
try:
    gdb.execute("ringfence-plugins")
except gdb.error as error:
    print(error)
end
delete
detach
"""


def free_port():
    with contextlib.closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def debug(script, *words, port):
    """Runs the launcher, and gdb with the script. Returns (launcher's status and output, gdb's output)."""
    launcher = subprocess.Popen(
        [RINGFENCE, "run", "--engine", "tcg", "--gdb", str(port), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        said = launcher.stderr.readline()
        gdbinit = BUILD / f"gdbinit-{port}"
        assert said == f"ringfence: waiting for: gdb -x {gdbinit}\n"
        for number in range(1000):  # QEMU begins to listen after the launcher has spoken
            with contextlib.closing(socket.socket()) as probe:
                if number and not probe.connect_ex(("127.0.0.1", port)):
                    break
        command = ["gdb", "-nx", "-batch", "-x", gdbinit, "-x", script]
        gdb = subprocess.run(command, capture_output=True, text=True, timeout=deadline.BOOT)
        output, complaint = launcher.communicate(timeout=deadline.BOOT)
    finally:
        launcher.kill()
        launcher.wait()
        (BUILD / f"gdbinit-{port}").unlink(missing_ok=True)
    print(gdb.stdout, gdb.stderr, output, complaint)
    return launcher.returncode, output, gdb.stdout


def line_with(text):
    [number] = [number for number, line in enumerate(GRAY.read_text().splitlines(), 1) if text in line]
    return number


def plugin_text(path):
    with open(path, "rb") as file:
        return ELFFile(file).get_segment(0).data()


NOT_MAPPED = "shades is not mapped now: after its next call say ringfence-plugins again; breakpoints in it are not hit before\n"


# Page mode, and the segments of segment mode, which TCG does not enforce. Segments are mapped by the
# first call: at "one" and "two" hello has run, and shades has not.
@pytest.mark.parametrize("mode, base, before", [("page", "0x00200000", "0x00200000"), ("unguarded", "0xf88[0-9a-f]{5}", "-")])
def test_break_in_a_plugin(tmp_path, mode, base, before):
    script = tmp_path / "script"
    script.write_text(DEBUGGER.replace("LIST", LIST))
    status, output, said = debug(script, "--exec", GUEST, "--monitor-append", f"plugin_mode={mode}", port=free_port())
    assert status == 0 and "42 (0x2a), status ok" in output and output.count("2 (0x2), status ok") == 2
    _, unreadable, one, two, three, four = re.split(r"(?:unreadable|one|two|three|four):\n", said)
    hello = rf"1    hello +\w+ +{base} \S+/sdk/hello.elf\n"
    unmapped = rf"2    shades +\w+ +{before} +\S+/sdk/gray.elf\n"
    shades = rf"2    shades +\w+ +{base} \S+/sdk/gray.elf\n"
    assert re.search(rf"SYMBOLS\n  1    hello +\w+ +{base} -\n  {unmapped}", unreadable), unreadable
    assert re.search(f"SYMBOLS\n  {hello}  {unmapped}", one), one
    assert re.search(rf"SYMBOLS\n  {hello}\* {unmapped}", two), two
    assert (NOT_MAPPED in two) == (before == "-"), two
    assert re.search(rf"SYMBOLS\n  {hello}\* {shades}", three), three
    assert re.search(r"Breakpoint 2.*, number \(\) at .*gray\.c:\d+\n", three), three
    first, last = (line_with(text) for text in ("uint32_t number(void)", "PLUGIN_ENTRY(main"))
    symbol, line, where, code, listing = four.splitlines()[:5]
    assert re.match(r"number( \+ \d+)? in section \.text of .*gray\.elf$", symbol)
    assert first <= int(re.match(r'Line (\d+) of "\S*gray\.c"', line)[1]) < last
    offset = int(re.match(r"\$\d+ = (0x1[0-9a-f]{3})$", where)[1], 16)  # EIP is an offset in the segment
    text = plugin_text(BUILD / "sdk" / "gray.plg")
    assert int(code.split(" = ")[1], 16) == text[offset - 0x1000]
    if mode == "page":
        assert listing == "the guest kernel's memory is not mapped now: in page mode a plugin runs without it; stop elsewhere"
    else:
        assert re.search(rf"SYMBOLS\n  {hello}\* {shades}", four), four


def test_gdbinit_names_what_runs(tmp_path):
    """Other monitors and kernels have their own symbols; a kernel of ours has them in its build folder."""
    from launcher import debugger, options

    ours = debugger.commands(options.parse(["run", "--gdb"]))
    assert f'file "{MONITOR}"' in ours and f'add-symbol-file "{KERNEL.parent}/src/vmlinux"' in ours
    assert ours[-1] == "target remote 127.0.0.1:1234"
    other = tmp_path / 'a "kernel"'
    other.write_bytes(b"")
    words = debugger.commands(options.parse(["run", "--kernel", str(other), "--gdb", "2345"]))
    assert f'add-symbol-file "{tmp_path}/a \\"kernel\\""' in words and words[-1].endswith(":2345")


def test_bad_port():
    done = subprocess.run([RINGFENCE, "run", "--gdb", "80"], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 125
    assert done.stderr == "ringfence: argument --gdb: '80' is not a port from 1024 to 65535; see 'ringfence run --help'\n"
