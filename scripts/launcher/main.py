# SPDX-License-Identifier: MIT
"""ringfence run."""

import contextlib
import os
import pathlib
import re
import secrets
import shutil
import sys
import tempfile

import engine
from engine import limits, qemu
from engine.machine import POWEROFF, REBOOT, EngineError, Machine, check_file

from . import options as command_line
from . import overlay
from .frame import Frame
from .verdict import sentence

TIMED_OUT = 124
FAILED = 125


def choose_engine(options):
    if options.engine == "kvm":
        limits.check_kvm()
    if options.engine != "auto":
        return options.engine
    return "tcg" if options.icount is not None else limits.choose()


def guest_words(options):
    """The guest's command line: ours first, so that the user's wins."""
    words = ["console=ttyS0" if options.native else "console=hvc0", "panic=-1", "quiet"]
    if options.native:
        words.append("ringfence.native")
    if sys.stdin.isatty():
        size = shutil.get_terminal_size()
        kind = re.sub("[^A-Za-z0-9.+-]", "", os.environ.get("TERM", ""))
        words.append(f"ringfence.terminal={kind},{size.lines},{size.columns}")
    if options.exec is not None:
        words.append("loglevel=1")  # 0 would hide a panic too
    return " ".join(words + [options.append]).strip()


def monitor_words(options):
    # Its log would stand between the commands' output.
    words = ["console=debugcon"] if options.exec is not None else []
    return " ".join(words + [options.monitor_append]).strip()


def machine_for(options, initrd):
    return Machine(
        engine=choose_engine(options),
        kernel=options.kernel,
        initrd=initrd,
        append=guest_words(options),
        monitor_append=monitor_words(options),
        monitor=options.monitor,
        native=options.native,
        memory=options.memory,
        disks=options.disk,
        net=options.net,
        icount=options.icount is not None,
        icount_shift=options.icount or 0,
        gdb=options.gdb,
        log=options.log,
    )


def complain(message):
    print(f"ringfence: {message}", file=sys.stderr)
    return FAILED


def write_out(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say_gdb(options):
    symbols = options.kernel if options.native else options.monitor
    if options.native:
        symbols = options.kernel.parent / "vmlinux"
    print(
        f"ringfence: waiting for: gdb -ex 'target remote :{qemu.GDB_PORT}' {symbols}"
        + ("" if options.native else f" -ex 'add-symbol-file {options.kernel}'"),
        file=sys.stderr,
    )


def run_commands(machine, options, nonce):
    """--exec."""
    frame = Frame(nonce, write_out)

    def on_console(data):
        # A native kernel has no way to switch the machine off.
        return frame.feed(data) and machine.native

    result = engine.run(machine, options.timeout, on_console)
    if frame.status is None:
        frame.flush()
        if result.timed_out:
            complain(f"the commands did not end within {options.timeout:g} s")
            return TIMED_OUT
        return complain(sentence(result, "the commands were done"))
    if result.stopped or result.status == POWEROFF:
        return frame.status
    if result.timed_out:
        complain(f"the guest did not switch off within {options.timeout:g} s")
        return TIMED_OUT
    return complain(sentence(result))


def run_shell(machine, options, piped):
    """The guest's console is ours."""
    while True:
        if piped:
            result = engine.run(machine, options.timeout, write_out)
        else:
            result = engine.run_interactive(machine, options.timeout)
        if result.status != REBOOT:
            break
    if result.timed_out:
        complain(f"the guest did not end within {options.timeout:g} s")
        return TIMED_OUT
    # A native kernel ends by a reset, which QEMU reports with 0.
    if result.stopped or result.status == POWEROFF or (machine.native and result.status == 0):
        return 0
    return complain(sentence(result))


def run(options):
    piped = options.exec is None and not sys.stdin.isatty()
    stdin = sys.stdin.buffer.read() if piped and options.initrd else None
    nonce = secrets.token_hex(8)
    with contextlib.ExitStack() as stack:
        initrd = options.initrd
        if initrd:
            check_file("initrd", initrd)
            extra = overlay.build(options, nonce, stdin)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ringfence-"))
            initrd = overlay.extend(initrd, extra, pathlib.Path(folder))
        machine = machine_for(options, initrd)
        machine.check()
        if options.gdb:
            say_gdb(options)
        if options.exec is not None:
            return run_commands(machine, options, nonce)
        return run_shell(machine, options, piped)


def main(argv=None):
    try:
        return run(command_line.parse(argv))
    except EngineError as error:
        return complain(error)
    except OSError as error:
        where = f" '{error.filename}'" if error.filename else ""
        return complain(f"{os.strerror(error.errno or 5)}{where}")
    except KeyboardInterrupt:
        return complain("interrupted")
