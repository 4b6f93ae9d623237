# SPDX-License-Identifier: MIT
"""The verb `ringfence run`."""

import contextlib
import os
import re
import secrets
import shlex
import shutil

import engine
from engine import guard, limits, paths
from engine.folder import run_folder
from engine.guard import FAILED
from engine.machine import POWEROFF, REBOOT, EngineError, Machine, read_file
from engine.process import Deadline

from . import options as command_line
from . import debugger, overlay
from .frame import Frame
from .streams import TimedOut, read_in, write_out
from .verdict import sentence

TIMED_OUT = 124
KEEP = 1 << 20  # bytes of the console that are kept, for the guest's last lines
LOW_MEMORY = {paths.KERNEL: 719}  # MiB that the guest kernel maps


def choose_engine(options):
    if options.engine == "kvm":
        limits.check_kvm()
    if options.engine != "auto":
        return options.engine
    return "tcg" if options.icount is not None else limits.choose()


def guest_words(options, engine_name):
    """Returns the guest's command line. The launcher's words come first, so that the user's
    override them."""
    words = ["console=ttyS0" if options.native else "console=hvc0", "panic=-1", "quiet"]
    if options.native:
        words.append("ringfence.native")
        if engine_name == "bochs":
            # When Linux sleeps without a tick, Bochs at some moment gives it no further
            # interrupts of the serial port, and the rest of a long output stays inside.
            words.append("nohz=off")
    if os.isatty(0):
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
    name = choose_engine(options)
    return Machine(
        engine=name,
        kernel=options.kernel,
        initrd=initrd,
        append=guest_words(options, name),
        monitor_append=monitor_words(options),
        monitor=options.monitor,
        native=options.native,
        memory=options.memory,
        disks=options.disk,
        net=options.net,
        forwards=options.forward,
        icount=options.icount is not None,
        icount_shift=options.icount or 0,
        chipset=options.chipset,
        gdb=options.gdb,
        log=options.log,
    )


def complain(message):
    guard.say("ringfence", message)
    return FAILED


def say_memory(options):
    """Tells the user if the guest cannot use all its memory: its kernel maps no high memory."""
    most = LOW_MEMORY.get(options.kernel)
    if most and options.memory > most:
        complain(f"the guest can use {most} of the {options.memory} MiB: its kernel has no high memory")


def run_commands(machine, options, nonce, deadline):
    """Runs the commands of --exec. Returns the exit status of the launcher."""
    frame = Frame(nonce, lambda data: write_out(data, deadline))

    def on_console(data):
        # A native kernel has no way to switch the machine off.
        return frame.feed(data) and machine.native

    result = engine.run(machine, deadline.seconds(), on_console, KEEP)
    if frame.status is None:
        frame.flush()
        if result.timed_out:
            complain(f"the commands did not end within {options.timeout:g} s")
            return TIMED_OUT
        return complain(sentence(result, "the commands were done"))
    if frame.noted:
        complain(frame.noted)
    if result.stopped or result.status == POWEROFF:
        return frame.status
    if result.timed_out:
        complain(f"the guest did not switch off within {options.timeout:g} s")
        return TIMED_OUT
    return complain(sentence(result))


def run_shell(machine, options, piped, deadline):
    """Runs the guest's shell on the launcher's standard streams. Returns the exit status of the
    launcher."""
    while True:
        if piped:
            result = engine.run(machine, deadline.seconds(), lambda data: write_out(data, deadline), KEEP)
        else:
            result = engine.run_interactive(machine, deadline.seconds())
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
    deadline = Deadline(options.timeout)
    piped = options.exec is None and not os.isatty(0)
    stdin = read_in(options.memory << 20, deadline) if piped and options.initrd else None
    nonce = secrets.token_hex(8)
    with contextlib.ExitStack() as stack:
        initrd = options.initrd
        if initrd:
            most = options.memory << 20
            base = read_file("initrd", initrd, most)
            extra = overlay.build(options, base, nonce, stdin)
            if extra:
                initrd = overlay.extend(base, extra, stack.enter_context(run_folder()))
        machine = machine_for(options, initrd)
        machine.check()
        if options.gdb:
            complain(f"waiting for: gdb -x {shlex.quote(str(debugger.write_gdbinit(options)))}")
        say_memory(options)
        if options.exec is not None:
            return run_commands(machine, options, nonce, deadline)
        return run_shell(machine, options, piped, deadline)


def parse_and_run(closed):
    if 1 in closed:
        raise EngineError("standard output is closed; redirect it, for example to /dev/null")
    options = command_line.parse(None)
    try:
        return run(options)
    except TimedOut as late:
        complain(f"{late} within {options.timeout:g} s")
        return TIMED_OUT


def main(closed):
    """Returns the launcher's exit status. `closed`: numbers of the standard streams that were
    closed at the start."""
    return guard.run("ringfence", parse_and_run, closed)
