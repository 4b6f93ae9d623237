# SPDX-License-Identifier: MIT
"""The plugin core on the host: its registry, services and windows against a
monitor that is played, and a short run of its fuzzer. For a longer one,
`make -C tests/host/core fuzz` builds the fuzzer."""

import shutil
import subprocess

import pytest
from sdk import BUILD, HELLO, MANY, ROOT


def test_registry(compiler, host_tools):
    hello = compiler.make("-O2", "-o", "hello.plg", HELLO)
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / "registry_test", hello, many], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


def test_services_and_windows(compiler, host_tools):
    many = compiler.make("-O2", "-o", "many.plg", MANY)
    done = subprocess.run([host_tools / "service_test", many], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr


def test_table_of_services():
    subprocess.run([ROOT / "scripts" / "service-table", "--check"], check=True, timeout=20)


@pytest.mark.skipif(not shutil.which("clang"), reason="clang is not installed")
def test_parser_under_fuzzer(compiler, tmp_path):
    subprocess.run(
        ["make", "-s", "-C", ROOT / "tests" / "host" / "core", "fuzz", f"BUILD={BUILD}"], check=True, timeout=300
    )
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for level in ("-O0", "-O2", "-g"):
        made = compiler.make(level, "-o", "many.plg", MANY)
        shutil.copy(made, corpus / f"many{level}.plg")
    done = subprocess.run(
        [BUILD / "host-tests" / "core" / "plg_fuzz", "-seed=20260101", "-runs=200000", "-max_len=16384", corpus],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0 and "Done 200000 runs" in done.stderr, done.stderr[-2000:]
