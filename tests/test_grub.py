# SPDX-License-Identifier: MIT
"""The monitor starts from GRUB 2 too, from a CD image with two modules."""

import shutil
import subprocess

import deadline
import engine
import guest as guests
import pytest
import verdict

MENU = """\
set timeout=0
menuentry ringfence {
    multiboot /ringfence.elf loglvl=info
    module /module.elf hello from the launcher
    module /initrd.txt
}
"""


@pytest.fixture
def iso(tmp_path):
    if not shutil.which("grub-mkrescue"):
        pytest.fail("grub-mkrescue is missing; run 'make setup'")
    root = tmp_path / "root"
    (root / "boot/grub").mkdir(parents=True)
    (root / "boot/grub/grub.cfg").write_text(MENU)
    shutil.copy(engine.BUILD / "hv/ringfence.elf", root)
    shutil.copy(engine.BUILD / "guests/module.elf", root)
    (root / "initrd.txt").write_text(guests.read(guests.TESTS / "guests/module").initrd)
    image = tmp_path / "grub.iso"
    modules = "multiboot iso9660 biosdisk part_msdos normal"
    subprocess.run(
        ["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", f"--install-modules={modules}"]
        + ["--themes=", "--locales=", "--fonts=", "-o", image, root],
        check=True,
        capture_output=True,
    )
    return image


def test_grub(iso):
    result = engine.run(engine.Machine(engine="tcg", media=iso, memory=128), timeout=deadline.BOOT)
    judged = verdict.judge(result)
    assert judged.passed, f"{judged.name}: {judged.why}"
