# SPDX-License-Identifier: MIT
"""Debian's i386 root on a disk: it boots to a login shell, and its programs do what they do natively."""

import os
import re
import shutil
import subprocess

import deadline
import linux_guest as guest
import pexpect
import pytest

IMAGE = guest.BUILD / "debian.img"
PROMPT = r"root@debian:[^#\r\n]*# "

# Run inside the disk's root. /work is a second disk, with the sources.
WORK = {
    "mount": "mount /dev/vdb /mnt && ls /mnt",
    "tcc": "cd /mnt/plugctl && for f in *.c; do tcc -I../uapi -I../public -c -o /tmp/${f%.c}.o $f && sha1sum /tmp/${f%.c}.o; done",
    "tcc-link": "cd /mnt/plugctl && tcc -I../uapi -I../public -o /tmp/plugctl *.c && sha1sum /tmp/plugctl && /tmp/plugctl --help; /tmp/plugctl --json frobnicate || echo status $?",
    "tcc-run": "cd /mnt/programs && tcc -run -pthread copy_on_write.c | tail -3",
    "dpkg": "dpkg -l | awk '{ print $1, $2, $3, $4 }' | sha1sum; dpkg --print-architecture; dpkg -S /bin/ls; dpkg --verify libc6 coreutils; echo verified $?",
    "perl": "perl -e 'my %h; $h{$_ % 977} .= chr(65 + $_ % 26) for 1..30000; my $s = join(\",\", map { length $h{$_} } sort { $a <=> $b } keys %h); print unpack(\"%32C*\", $s), \"\\n\"; print 2**0.5, \" \", `echo child`, fork() ? do { wait; \"parent $?\\n\" } : do { exit 3 }'",
    "libraries": "ldd /bin/bash | sed 's/(.*//' | grep -v vdso; cat /etc/debian_version",
    "tls": "getent passwd root daemon; getent hosts localhost; locale -a; iconv -l | wc -l",
    "text": "seq 1 10000 | sort -R --random-source=/bin/ls | md5sum; find /usr -xdev -type f | LC_ALL=C sort | head -800 | xargs sha1sum | sha1sum",
    "gzip": "tar cf - /usr/share/perl* /etc 2>/dev/null | gzip -6 | gunzip | tar tf - | wc -l",
    "strace": "strace -f -e trace=openat,execve -o /tmp/trace /bin/sh -c 'cat /etc/hostname | cat'; grep -oE '(execve|openat)\\([^,]*, \"?[^,\"]*' /tmp/trace | sort | uniq -c",
    "bash": "bash -c 'for i in {1..100}; do x=$((x * 31 + i)); y=$(echo $x | cut -c1-5); done; echo $x $y; ulimit -s; trap \"echo trapped\" USR1; kill -USR1 $$; echo ${BASH_VERSION%%.*}'",
    "ps": "ps -o comm= -p 1; ps -e -o stat= | grep -c Z; free | head -1 | wc -w; vmstat | wc -l",
}


@pytest.fixture(scope="module")
def image():
    if not IMAGE.exists():
        pytest.fail(f"{IMAGE} is not there; run 'make disk'", pytrace=False)
    return IMAGE


@pytest.fixture(scope="module")
def outcomes(image, tmp_path_factory):
    """Returns the outcomes (in the guest, on the native kernel)."""
    folder = tmp_path_factory.mktemp("debian")
    sources = folder / "sources"
    shutil.copytree(guest.ROOT / "plugin-sdk" / "tools" / "plugctl", sources / "plugctl")
    shutil.copytree(guest.ROOT / "tests" / "linux" / "programs", sources / "programs")
    shutil.copytree(guest.ROOT / "guest-patches" / "linux-6.1" / "files" / "include" / "uapi", sources / "uapi")
    shutil.copytree(guest.ROOT / "hv" / "include" / "public", sources / "public")
    work = folder / "work.img"
    subprocess.run(["mke2fs", "-q", "-q", "-F", "-t", "ext4", "-d", sources, work, "8M"], check=True, timeout=deadline.COMMAND)
    options = ("--disk", f"{image},snapshot", "--disk", f"{work},snapshot")
    return guest.side_by_side(
        guest.Batch(WORK, *options), guest.Batch(WORK, *options, "--native")
    )


@pytest.mark.parametrize("name", WORK)
def test_work(outcomes, name):
    ours, native = outcomes
    guest.same(ours[name], native[name])


@pytest.fixture
def console(image):
    """Our terminal on the guest's console."""
    child = pexpect.spawn(
        str(guest.LAUNCHER),
        ["run", "--engine", "tcg", "--disk", f"{image},snapshot"],
        timeout=deadline.ANSWER,
        encoding="utf-8",
        codec_errors="replace",
        dimensions=(24, 200),
        env={**os.environ, "RINGFENCE_BUILD": str(guest.BUILD), "TERM": "vt100"},
    )
    yield child
    child.close(force=True)


def test_login_shell(console):
    console.expect(PROMPT)

    def ask(command):
        console.sendline(command)
        console.expect_exact(command)
        console.expect(PROMPT)
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", console.before).strip()

    assert ask("cat /etc/debian_version").startswith("12.")
    assert ask("uname -m -s") == "Linux i686"
    assert ask("tty") == "/dev/hvc0"
    assert ask("ps -o comm= -p 1") == "init"
    assert "/dev/vda" in ask("findmnt -n -o SOURCE /") or "/dev/root" in ask("findmnt -n -o SOURCE /")
    assert ask("sleep 99999 & jobs") .endswith("sleep 99999 &")
    # The job says that it runs: a signal before that may find nobody to take it.
    console.sendline("sh -c \"echo be''gun; exec sleep 99999\"")
    console.expect_exact("begun")
    console.sendintr()
    console.expect(PROMPT)
    assert ask("echo status $?") == "status 130"
    assert ask("echo kept > /root/file; sync; cat /root/file") == "kept"
    assert ask("dmesg | grep -cE 'BUG|Oops|Call Trace'") == "0"
    console.sendline("poweroff")
    console.expect(pexpect.EOF)
    console.wait()
    assert console.exitstatus == 0
