# SPDX-License-Identifier: MIT
"""scripts/i386-programs tells whether i386 programs run, by running one."""

import subprocess

import deadline
from engine.paths import ROOT

SCRIPT = ROOT / "scripts" / "i386-programs"


def test_check_agrees_with_a_compiled_program(tmp_path):
    source = tmp_path / "seven.c"
    source.write_text("int main(void) { return 7; }\n")
    program = tmp_path / "seven"
    subprocess.run(["gcc", "-m32", "-static", "-o", program, source], check=True, timeout=deadline.COMMAND)
    done = subprocess.run([SCRIPT, "--check"], timeout=deadline.COMMAND)
    try:
        runs = subprocess.run([program], timeout=deadline.COMMAND).returncode == 7
    except OSError:
        runs = False
    assert (done.returncode == 0) == runs


def test_nothing_is_left_behind(tmp_path):
    subprocess.run([SCRIPT, "--check"], env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)}, timeout=deadline.COMMAND)
    assert not list(tmp_path.iterdir())
