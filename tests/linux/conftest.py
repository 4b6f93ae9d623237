# SPDX-License-Identifier: MIT
"""What the tests of Linux share: the programs, and both kernels."""

import subprocess

import linux_guest as guest
import pytest


@pytest.fixture(scope="session")
def programs():
    """The folder with the compiled programs."""
    subprocess.run(["make", "-s", "-C", guest.ROOT / "tests" / "linux", f"BUILD={guest.BUILD}"], check=True, timeout=300)
    return guest.BUILD / "tests" / "linux" / "programs"


@pytest.fixture(scope="session", autouse=True)
def products():
    """What a test run has to have built."""
    wanted = {
        "linux/vmlinux": "make linux",
        "linux-native/bzImage": "make native",
        "hv/ringfence.elf": "make hv",
        "initramfs.cpio.gz": "make initramfs",
    }
    for name, command in wanted.items():
        if not (guest.BUILD / name).exists():
            pytest.fail(f"{guest.BUILD / name} is not there; run '{command}'", pytrace=False)
