# SPDX-License-Identifier: MIT
"""The file that gdb reads to debug a run with --gdb."""

from engine import paths, qemu
from engine.machine import EngineError

COMMANDS = paths.ROOT / "scripts" / "debugger" / "plugins.py"


def with_symbols(kernel):
    """The file with the symbols of a kernel that scripts/build-linux made; others have their own."""
    built = kernel.parent / "src" / "vmlinux"
    return built if built.is_file() else kernel


def quoted(path):
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def commands(options):
    """The lines of gdbinit."""
    kernel = with_symbols(options.kernel)
    lines = ["# Made by ringfence run --gdb. Use: gdb -x THIS_FILE", "set architecture i386"]
    if options.native:
        lines.append(f"file {quoted(kernel)}")
    else:
        lines += [f"file {quoted(options.monitor.absolute())}", f"add-symbol-file {quoted(kernel.absolute())}"]
        lines.append(f"directory {quoted(paths.ROOT / 'hv')}")
    lines.append(f"directory {quoted(kernel.absolute().parent)}")
    if not options.native:
        lines.append(f"source {COMMANDS}")
    return lines + [f"target remote 127.0.0.1:{options.gdb}"]


def gdbinit(port):
    """The file for guests at this port: two runs at a time have two."""
    return paths.BUILD / ("gdbinit" if port == qemu.GDB_PORT else f"gdbinit-{port}")


def write_gdbinit(options):
    """Writes gdbinit and returns its path."""
    path = gdbinit(options.gdb)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(commands(options)) + "\n")
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}; --gdb needs it") from None
    return path
