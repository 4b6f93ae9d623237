# SPDX-License-Identifier: MIT
"""Fixtures of the tests of Linux: programs, build products, and boots that several files use."""

import deadline
import pytest
from makefile import must_make

pytest.register_assert_rewrite("disk_session", "linux_guest", "plugin_session")

import disk_session  # noqa: E402
import linux_guest as guest  # noqa: E402
import plugin_session  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def products():
    """Fails unless the files that a test run needs have been built."""
    wanted = {
        "linux/vmlinux": "make linux",
        "linux-native/bzImage": "make native",
        "hv/ringfence.elf": "make hv",
        "sdk/hello.plg": "make sdk",
        "initramfs.cpio.gz": "make initramfs",
    }
    for name, command in wanted.items():
        if not (guest.BUILD / name).exists():
            pytest.fail(f"{guest.BUILD / name} is not there; run '{command}'", pytrace=False)


@pytest.fixture(scope="session")
def programs():
    """Returns the folder with the compiled programs."""
    must_make(directory=guest.ROOT / "tests" / "linux")
    return guest.BUILD / "tests" / "linux" / "programs"


@pytest.fixture(scope="session")
def late_programs(programs):
    """Returns the folder with the programs for the boot in which ticks come late."""
    return programs.parent / "late"


@pytest.fixture(scope="session")
def bad_files(tmp_path_factory):
    """Returns the folder with files that are no plugins, and plugins that stop at known source
    lines."""
    folder = plugin_session.write_bad_files(tmp_path_factory.mktemp("plugins") / "bad")
    plugin_session.make_lines(folder)
    return folder


@pytest.fixture(scope="session")
def bochs(bad_files, tmp_path_factory):
    """Runs all that the tests of this folder do on Bochs in one boot, as Bochs is slow. Returns
    (outcomes, image, its sums)."""
    image = tmp_path_factory.mktemp("bochs") / "disk.img"
    sums = disk_session.make_image(image)
    cases = {**plugin_session.cases(canary_us=5000000), **disk_session.cases("sda")}
    batch = guest.Batch(
        cases,
        "--put",
        f"{bad_files}:/bad",
        "--disk",
        f"{image},ata",
        "--append",
        "root=initramfs",
        engine="bochs",
        seconds=deadline.BOCHS,
    )
    return batch.run(), image, sums
