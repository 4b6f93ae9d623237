# SPDX-License-Identifier: MIT
"""The filters of plugin-sdk/examples/stream and lz4, compiled for the host and asked by a kernel that is
played (stream_test.c)."""

import subprocess
import sys

import deadline
import policies
import pytest
from sdk import ROOT, SDK

sys.path.append(str(ROOT / "tests" / "linux"))

import lz4_library  # noqa: E402

LZ4 = SDK / "examples" / "lz4" / "lz4.c"


@pytest.mark.parametrize("name", ["plain", "sanitized"])
@pytest.mark.parametrize("filter", ["grayscale", "chacha20"])
def test_filter(tmp_path, filter, name):
    programs = policies.make(tmp_path, "stream", [filter])
    policies.play(programs[filter, name], filter)


def test_lz4(tmp_path):
    """Damaged files do not make the plugin leave its memory."""
    library = lz4_library.unpack(tmp_path / "lz4")
    program = tmp_path / "program"
    command = ["gcc", "-std=gnu11", *policies.SANITIZED, "-Wall", "-Wextra", "-Werror", "-Wno-pointer-to-int-cast", "-Wa,--no-warn",
               f"-I{SDK}/include", f"-I{library}",
               "-o", program, ROOT / "tests/plugins/stream_test.c", LZ4, library / "lz4.c"]  # fmt: skip
    subprocess.run(command, check=True, timeout=deadline.COMMAND)
    policies.play(program, "lz4")
