# SPDX-License-Identifier: MIT
"""Files that all cases share: a monitor that idles, an initramfs, and files of other kinds."""

import os
import pathlib
import socket
import subprocess

from engine.cpio import Archive
from engine.image import engine_image

HERE = pathlib.Path(__file__).resolve().parent
LINK = ["-m32", "-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,-Ttext-segment=0x100000"]


class Stage:
    def __init__(self, folder, launcher, stranger):
        self.folder = folder
        self.launcher = launcher
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        self.idle = folder / "idle.elf"
        subprocess.run(["gcc", *LINK, "-o", self.idle, HERE / "idle.S"], check=True)
        self.probe = engine_image("probe.elf")
        engine_image("bochs-rom.bin")
        self.initrd = folder / "initramfs"
        self.initrd.write_bytes(self.small_initramfs())
        self.starter = folder / "starter"
        self.starter.write_text("#!/bin/sh\nexec /usr/bin/env /usr/bin/python3 -BEsS -c 'import enum'\n")
        self.starter.chmod(0o755)
        self.odd_modules = folder / "modules"
        self.odd_modules.mkdir()
        for name in ("re", "signal", "site", "sitecustomize", "launcher"):
            (self.odd_modules / f"{name}.py").write_text("raise SystemExit('a module of somebody else')\n")
        self.sources = self.odd_files(folder / "sources")
        self.strangers = os.geteuid() == 0 and self.readable_by(stranger)

    def readable_by(self, user):
        """Can another user read the launcher and the initramfs?"""
        argv = ["setpriv", "--reuid", str(user), "--clear-groups", "--regid", str(user), "test", "-r"]
        files = (self.launcher, self.initrd)
        return all(not subprocess.run([*argv, path], stderr=subprocess.DEVNULL).returncode for path in files)

    @staticmethod
    def small_initramfs():
        archive = Archive()
        for name in ("bin", "proc", "plugins"):
            archive.directory(name)
        archive.file("bin/busybox", b"\x7fELF\0[\0[[\0ls\0tac\0\0", 0o755)
        archive.link("bin/tac", "busybox")
        archive.link("lib", "usr/lib")
        archive.link("circle", "circle")
        archive.file("init", b"#!/bin/sh\n", 0o755)
        return archive.finish()

    def odd_files(self, folder):
        """Makes files of all kinds that --put, --initrd, --kernel, --disk or --log may name."""
        folder.mkdir()
        (folder / "plain").write_bytes(b"plain\n")
        (folder / "empty").touch()
        os.mkfifo(folder / "fifo")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(folder / "socket"))
        (folder / "dangling").symlink_to("nothing")
        (folder / "circle").symlink_to("circle")
        with open(folder / "huge", "wb") as stream:
            stream.truncate(1 << 42)
        (folder / "cut").write_bytes(self.idle.read_bytes()[:60])
        (folder / "random").write_bytes(bytes(range(256)) * 40)
        (folder / os.fsdecode(b"\xff\xfe")).write_bytes(b"x")
        (folder / "two\nlines, and a comma").write_bytes(b"x")
        (folder / "secret").write_bytes(b"x")
        (folder / "secret").chmod(0)
        tree = folder / "tree"
        (tree / "below").mkdir(parents=True)
        (tree / "below" / "tac").write_bytes(b"#!/bin/sh\n")
        (tree / "up").symlink_to("..")
        bad = folder / "bad-tree"
        bad.mkdir()
        os.mkfifo(bad / "fifo")
        (folder / "deep" / "/".join("d" * 80)).mkdir(parents=True)
        names = sorted(path for path in folder.iterdir())
        special = ("/dev/zero", "/dev/null", "/dev/full", "/proc/kmsg", "/proc/kcore", "/proc/self/mem", "/proc/self/maps", "/", "")
        return [*map(str, names), *special]
