# SPDX-License-Identifier: MIT
"""The facts about a plugin: their structure stays as programs know it."""

import subprocess

import deadline
import pytest
from sdk import ROOT

UAPI = "guest-patches/linux-6.1/files/include/uapi"


@pytest.mark.parametrize("bits", [32, 64])
def test_structure_as_it_was(bits):
    subprocess.run(["gcc", f"-m{bits}", "-fsyntax-only", "-idirafter", ROOT / UAPI, ROOT / "tests/plugins/show_layout.c"],
                   check=True, timeout=deadline.COMMAND)  # fmt: skip
