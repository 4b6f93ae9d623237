# SPDX-License-Identifier: MIT
"""Fixtures of the tests of Linux: programs, build products, and boots that several files use."""

import pathlib
import sys

import pytest
from makefile import must_make

# For the broken files, the schema and the compiler of the tests on the host.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "plugins"))
pytest.register_assert_rewrite("disk_session", "json_schema", "linux_guest", "plugin_session")

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
def plugin_files(tmp_path_factory):
    """Returns the folder that guests with plugins have as /t."""
    return plugin_session.make_files(tmp_path_factory.mktemp("plugins"))


@pytest.fixture(scope="session")
def plugins_tcg(plugin_files, tmp_path_factory):
    """Runs the session with plugins on TCG, with the cases that Bochs leaves out. Returns its
    Session."""
    return plugin_session.run("tcg", plugin_files, tmp_path_factory.mktemp("tcg") / "log")


@pytest.fixture(scope="session")
def bochs(plugin_files, tmp_path_factory):
    """Runs all that the tests of this folder do on Bochs in one boot, as Bochs is slow: the
    session with plugins, then a disk. Returns (Session, image, its sums)."""
    folder = tmp_path_factory.mktemp("bochs")
    image = folder / "disk.img"
    sums = disk_session.make_image(image, disk_session.BOCHS_LARGE)
    options = ("--disk", f"{image},ata", "--append", "root=initramfs")
    disk = disk_session.cases("sda", disk_session.BOCHS_HOLE)
    return plugin_session.run("bochs", plugin_files, folder / "log", *options, more_cases=disk), image, sums


@pytest.fixture(scope="session", params=["tcg", "bochs"])
def plugins(request):
    """Returns the Session with plugins of one engine, which all its test files share."""
    if request.param == "bochs":
        return request.getfixturevalue("bochs")[0]
    return request.getfixturevalue("plugins_tcg")
