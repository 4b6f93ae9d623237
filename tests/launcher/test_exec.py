# SPDX-License-Identifier: MIT
"""--exec and --put: output to the byte, the commands' status, and every other end."""

import os
import subprocess

import deadline
import pytest

from engine.paths import INITRAMFS, KERNEL, NATIVE_KERNEL, ROOT

RINGFENCE = ROOT / "scripts" / "ringfence"


@pytest.fixture(params=["guest", "native"])
def ringfence(request):
    """Runs the launcher with the guest kernel, or with the native one."""
    native = request.param == "native"
    for product in (INITRAMFS, NATIVE_KERNEL if native else KERNEL):
        assert product.exists(), f"{product} is missing; run 'make test'"

    def call(*words, timeout=deadline.BOOT, stdin=b""):
        argv = [RINGFENCE, "run", "--engine", "tcg", "--timeout", timeout, *words]
        argv += ["--native"] if native else []
        return subprocess.run(
            list(map(str, argv)), input=stdin, capture_output=True, timeout=timeout + deadline.COMMAND
        )

    call.native = native
    return call


EXACT = r"""
printf 'one\n\ttwo\r\n\nfour \033[1m \001\n'
echo to stderr >&2
(sleep 1; echo from the background) & wait
cat /put/bytes
test -x /put/tool || exit 1
test ! -x /put/bytes || exit 2
test "$(cat /plain)" = plain || exit 3
test "$(cat /folder/inner/file)" = deep || exit 4
if read -r line; then exit 5; fi # nothing to read
printf 'no newline at the end'
exit 77
"""
EXPECTED = b"one\n\ttwo\r\n\nfour \x1b[1m \x01\nto stderr\nfrom the background\n"


def test_output_and_status(ringfence, tmp_path):
    everything = bytes(range(256)) * 64 + b"\n"
    (tmp_path / "bytes").write_bytes(everything)
    (tmp_path / "tool").write_bytes(b"x")
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "plain").write_text("plain")
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "file").write_text("deep")
    puts = [f"{tmp_path}/bytes:/put/", f"{tmp_path}/tool:/put/tool", f"{tmp_path}/plain"]
    puts += [f"{tmp_path}/folder:/folder"]
    words = [word for put in puts for word in ("--put", put)]
    done = ringfence("--exec", EXACT, *words)
    assert done.stderr == b""
    assert done.stdout == EXPECTED + everything + b"no newline at the end"
    assert done.returncode == 77


def test_kernel_messages_stay_out(ringfence):
    done = ringfence("--exec", "for n in 1 2 3; do echo \"<3>loud $n\" >/dev/kmsg; echo $n; done")
    assert (done.stdout, done.stderr, done.returncode) == (b"1\n2\n3\n", b"", 0)


def test_timeout(ringfence):
    """--timeout ends commands that never end. The timeouts grow until one is long enough for
    the guest to begin."""
    for seconds in (3, 12, 48, 192, 768):
        done = ringfence("--exec", "echo begun; sleep 99999", timeout=seconds)
        if done.stdout:
            break
    assert done.stdout == b"begun\n"
    assert done.stderr == b"ringfence: the commands did not end within %d s\n" % seconds
    assert done.returncode == 124


@pytest.mark.parametrize(
    "commands, said",
    [
        ("echo c >/proc/sysrq-trigger", "panicked: sysrq triggered crash"),
        ("kill -SEGV 1; reboot -f", "reboot"),
        ("poweroff -f", "poweroff"),
    ],
)
def test_death_of_the_guest(ringfence, commands, said):
    if ringfence.native and "poweroff" in commands:
        return  # a PC without ACPI stands still
    done = ringfence("--exec", commands)
    assert done.returncode == 125
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and lines[0].startswith("ringfence: ")
    if not ringfence.native or "panicked" in said:
        assert said in lines[0]


def test_piped_input_is_run_by_the_shell(ringfence):
    done = ringfence(stdin=b"echo $((6 * 7)) is it\nexit 3\n")
    assert b"42 is it" in done.stdout
    assert done.stderr == b""
    assert done.returncode == 0


def test_no_input_at_all(ringfence):
    """`make run </dev/null` boots, finds nothing to do and switches off."""
    done = ringfence()
    assert (done.stderr, done.returncode) == (b"", 0)


@pytest.mark.parametrize("bus, device", [("virtio", "vda"), ("ata", "sda")])
def test_disk(ringfence, tmp_path, bus, device):
    image = tmp_path / "disk, with a comma"
    image.write_bytes(b"before".ljust(1 << 20, b"\0"))
    image = image.rename(tmp_path / "disk")
    commands = f"head -c 6 /dev/{device}; printf after | dd of=/dev/{device} 2>/dev/null"
    done = ringfence("--exec", commands, "--disk", f"{image},{bus},snapshot")
    assert (done.stdout, done.returncode) == (b"before", 0)
    assert image.read_bytes()[:6] == b"before"
    done = ringfence("--exec", commands, "--disk", f"{image},{bus}")
    assert (done.stdout, done.returncode) == (b"before", 0)
    assert image.read_bytes()[:6] == b"aftere"


def test_net(ringfence):
    done = ringfence("--exec", "ip -4 addr show dev eth0; ping -c 1 10.0.2.2 >/dev/null", "--net")
    assert b"10.0.2.15" in done.stdout
    assert done.returncode == 0


def test_odd_places(ringfence, tmp_path):
    """Files have names with spaces and commas and are given relative to the current directory."""
    folder = tmp_path / "a folder, odd"
    folder.mkdir()
    (folder / "initramfs").write_bytes(INITRAMFS.read_bytes())
    back = os.getcwd()
    os.chdir(folder)
    try:
        done = ringfence("--exec", "echo here", "--initrd", "initramfs", "--log", "monitor log")
    finally:
        os.chdir(back)
    assert (done.stdout, done.stderr, done.returncode) == (b"here\n", b"", 0)
    assert ringfence.native or "(rf) exit: 0x10" in (folder / "monitor log").read_text()


FIRST_ON_PATH = r"""
tac </dev/null; /bin/tac; sh -c tac; echo x | xargs tac; env tac; find /bin/tac -exec tac ';'
echo abc | rev; PATH=/opt:$PATH; rev; sh -c rev; cat /plugins/tac; cat /tmp/tac; ls /bin/tac
"""


def test_put_comes_before_applets(ringfence, tmp_path):
    """A program of --put runs in place of the applet of its name, however it is called; applets
    of other names run as before."""
    for name in ("tac", "rev"):
        (tmp_path / name).write_text("#!/bin/sh\necho mine\n")
        (tmp_path / name).chmod(0o755)
    puts = [f"{tmp_path}/tac:/bin/tac", f"{tmp_path}/rev:/opt/rev", f"{tmp_path}/tac:/plugins", f"{tmp_path}/tac:/tmp/"]
    done = ringfence("--exec", FIRST_ON_PATH, *(word for put in puts for word in ("--put", put)))
    program = b"#!/bin/sh\necho mine\n"
    assert done.stdout == b"mine\n" * 6 + b"cba\n" + b"mine\n" * 2 + program * 2 + b"/bin/tac\n"
    assert (done.stderr, done.returncode) == (b"", 0)


def test_memory_that_the_guest_cannot_use_is_said():
    words = ["run", "--engine", "tcg", "--memory", "1024", "--exec", "dmesg | grep -o 'Warning only [0-9]*'"]
    done = subprocess.run([RINGFENCE, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline.BOOT)
    used = done.stdout.decode().split()[-1]
    assert done.stderr.decode() == f"ringfence: the guest can use {used} of the 1024 MiB: its kernel has no high memory\n"
    assert done.returncode == 0


def test_long_output_of_a_native_kernel_on_bochs():
    """The serial port is slow: the launcher resets the machine only after all output has come."""
    argv = [RINGFENCE, "run", "--native", "--engine", "bochs", "--timeout", deadline.BOCHS]
    done = subprocess.run(
        [*map(str, argv), "--exec", "seq 1 2000"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=deadline.BOCHS + deadline.COMMAND,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.split() == [str(n).encode() for n in range(1, 2001)]
