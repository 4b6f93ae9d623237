# SPDX-License-Identifier: MIT
"""The interactive guest, at a terminal."""

import subprocess

import deadline
import pexpect
import pytest

from engine import process
from engine.paths import BUILD, ROOT

RINGFENCE = str(ROOT / "scripts" / "ringfence")
PROMPT = "/root # "


def start(*words, prompt=PROMPT):
    terminal = pexpect.spawn(
        RINGFENCE, ["run", "--engine", "tcg", *words], encoding="utf-8", timeout=deadline.ANSWER
    )
    terminal.expect_exact(prompt)
    return terminal


def ask(terminal, command, answer, prompt=PROMPT):
    terminal.sendline(command)
    terminal.expect(rf"[\r\n]{answer}\r")
    terminal.expect_exact(prompt)


def end(terminal):
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus


@pytest.mark.parametrize("words", [[], ["--native"]], ids=["guest", "native"])
def test_shell(words):
    terminal = start(*words)
    assert "Try:" in terminal.before
    ask(terminal, "echo $((6 * 7))", "42")
    ask(terminal, "stty size", "24 80")
    # Job control: Ctrl-C reaches the command, not the launcher or the engine.
    # One job says so and waits: between two, nobody would take the signal.
    terminal.sendline("sh -c \"echo be''gun; exec sleep 99999\"")
    terminal.expect_exact("begun")
    terminal.sendintr()
    terminal.expect_exact(PROMPT)
    terminal.sendline("sleep 999 &")
    terminal.expect_exact(PROMPT)
    ask(terminal, "jobs", r"\[1\]\+ +Running +sleep 999")
    terminal.sendline("exit")
    assert end(terminal) == 0


def test_reboot_starts_again():
    terminal = start()
    terminal.sendline("reboot -f")
    terminal.expect_exact("Try:")
    terminal.expect_exact(PROMPT)
    terminal.sendline("poweroff -f")
    assert end(terminal) == 0


def test_quit():
    terminal = start()
    terminal.send("\x01x")
    assert end(terminal) == 0


@pytest.mark.parametrize("engine", ["tcg", "bochs"])
def test_a_reset_is_not_silent(engine, tmp_path):
    """QEMU ends with the same status after a triple fault and after Ctrl-A x; the launcher
    tells them apart."""
    source = tmp_path / "fault.S"
    source.write_text(
        ".long 0x1badb002, 0, -0x1badb002\n"
        ".globl _start\n_start: lidt nothing\nint3\nnothing: .quad 0\n"
    )
    monitor = tmp_path / "fault.elf"
    flags = ["-m32", "-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,-Ttext-segment=0x100000"]
    subprocess.run(["gcc", *flags, "-o", monitor, source], check=True)
    words = ["--monitor", str(monitor), "--kernel", str(source), "--engine", engine]
    terminal = pexpect.spawn(RINGFENCE, ["run", *words], encoding="utf-8", timeout=deadline.ANSWER)
    terminal.expect_exact("ringfence: the machine was reset")
    assert end(terminal) == 125


def test_disk_boots_to_a_login_shell():
    prompt = "root@debian:~# "
    terminal = start("--disk", f"{BUILD / 'debian.img'},snapshot", prompt=prompt)
    ask(terminal, "cat /proc/1/comm", "init", prompt)
    ask(terminal, "stat -fc %T /", r"ext2/ext3", prompt)
    ask(terminal, "whoami", "root", prompt)
    terminal.sendline("poweroff")
    assert end(terminal) == 0


def test_last_bytes_of_a_terminal():
    """What a program writes just before it ends arrives, although the kernel brings it over later."""
    for _ in range(50):
        with process.RawPty() as terminal:
            command = ["sh", "-c", f"seq 1 500 >{terminal.name}"]
            subprocess.run(command, check=True, timeout=deadline.COMMAND)
            assert terminal.rest() == b"".join(b"%d\n" % number for number in range(1, 501))
