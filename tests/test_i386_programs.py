# SPDX-License-Identifier: MIT
"""scripts/i386-programs tells whether i386 programs run, by running one."""

import subprocess

from engine.paths import ROOT

SCRIPT = ROOT / "scripts" / "i386-programs"


def test_check_agrees_with_a_compiled_program(tmp_path):
    source = tmp_path / "seven.c"
    source.write_text("int main(void) { return 7; }\n")
    program = tmp_path / "seven"
    subprocess.run(["gcc", "-m32", "-static", "-o", program, source], check=True, timeout=60)
    done = subprocess.run([SCRIPT, "--check"], timeout=60)
    try:
        runs = subprocess.run([program], timeout=60).returncode == 7
    except OSError:
        runs = False
    assert (done.returncode == 0) == runs


def test_nothing_is_left_behind(tmp_path):
    subprocess.run([SCRIPT, "--check"], env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)}, timeout=60)
    assert not list(tmp_path.iterdir())
