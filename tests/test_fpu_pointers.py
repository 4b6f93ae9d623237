# SPDX-License-Identifier: MIT
"""No fxrstor of the monitor without the fninit that some CPUs need before it.

AMD's fxrstor loads the last instruction, operand and opcode only when the image
has an exception pending (XSA-52): the next party could read where the FPU was used last. No
engine of the test suite behaves so; the test therefore inspects the code."""

import re
import subprocess

import engine

INSTRUCTION = re.compile(r"^ *[0-9a-f]+:\t[0-9a-f ]+\t(\w+)", re.M)


def test_every_fxrstor_comes_after_fninit():
    text = subprocess.run(
        ["objdump", "-d", engine.paths.MONITOR], check=True, capture_output=True, text=True
    ).stdout
    names = INSTRUCTION.findall(text)
    places = [at for at, name in enumerate(names) if name == "fxrstor"]
    assert len(places) >= 4, "gate.S, run_plugin(), world_guest() and fpu.c each have one"
    for at in places:
        assert names[at - 1] == "fninit", f"fxrstor after {', '.join(names[at - 5 : at])}"
