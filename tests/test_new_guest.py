# SPDX-License-Identifier: MIT
"""tests/new-guest makes a guest that builds, boots and passes; bad names are
one sentence."""

import shutil
import subprocess

import deadline
import engine
import guest as guests
import pytest
import verdict

SCRIPT = guests.TESTS / "new-guest"


@pytest.fixture
def tree(tmp_path):
    """Returns a copy of the files that the script and the build need, with hv/include."""
    tests = tmp_path / "tests"
    shutil.copytree(guests.TESTS / "lib", tests / "lib")
    for name in ("new-guest", "guest.mk"):
        shutil.copy(guests.TESTS / name, tests / name)
    shutil.copytree(engine.ROOT / "hv" / "include", tmp_path / "hv" / "include")
    return tests


def new_guest(tree, *words):
    return subprocess.run([tree / "new-guest", *words], capture_output=True, text=True)


def test_makes_a_guest_that_passes(tree, tmp_path):
    done = new_guest(tree, "brand-new")
    assert (done.returncode, done.stderr) == (0, "")
    made = tree / "guests" / "brand-new"
    assert len((made / "Makefile").read_text().splitlines()) <= 5
    build = tmp_path / "build"
    subprocess.run(["make", "-s", "-C", made, f"BUILD={build}", "guest"], check=True)
    result = engine.run_guest("tcg", build / "guests" / "brand-new.elf", memory=64, timeout=deadline.BOOT)
    assert verdict.judge(result).passed, result.console


@pytest.mark.parametrize("words", [[], ["a", "b"], [""], ["Upper"], ["../x"], ["1st"], ["a b"]])
def test_bad_name(tree, words):
    done = new_guest(tree, *words)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not (tree / "guests").exists()


def test_name_that_is_taken(tree):
    assert new_guest(tree, "twice").returncode == 0
    done = new_guest(tree, "twice")
    assert done.returncode == 1
    assert "is there already" in done.stderr
