# SPDX-License-Identifier: MIT
"""plugin-cc as the CC of somebody else's build: make, configure scripts, CMake."""

import os
import re
import shutil
import subprocess

import pytest
from sdk import ROOT, SDK

PLUGIN_CC = SDK / "bin" / "plugin-cc"
LIBRARY = "int twice(int n);\nint twice(int n) { return 2 * n; }\n"
PLUGIN = """#include <ringfence/plugin.h>
PLUGIN("t", "1", "test");
int twice(int n);
PLUGIN_ENTRY(main, uint32_t n) { return twice(n); }
"""
MAKEFILE = "t.plg: t.o libtwice.a\n\t$(CC) $(LDFLAGS) -o $@ $^\nlibtwice.a: twice.o\n\t$(AR) rcs $@ $^\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "twice.c").write_text(LIBRARY)
    (tmp_path / "t.c").write_text(PLUGIN)
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "conftest.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "wrapper").write_text(f'#!/bin/sh\nCC="$0" exec {PLUGIN_CC} "$@"\n')
    (tmp_path / "wrapper").chmod(0o755)
    (tmp_path / "link").symlink_to(PLUGIN_CC)
    return tmp_path


def run(folder, *command, **env):
    """Runs in a session of its own and with a time limit, because a plugin-cc that started
    itself would go on for ever."""
    return subprocess.run(
        ["prlimit", "--cpu=60", "timeout", "--kill-after=1", "300", *map(str, command)],
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if k != "CC"}, **env},
        capture_output=True,
        text=True,
        timeout=320,
        start_new_session=True,
    )


@pytest.mark.parametrize("cc", ["plugin-cc", "link", "wrapper", "env plugin-cc"])
def test_make(project, loader, cc):
    """CC of make is plugin-cc in one of several forms; make passes it on in the environment."""
    cc = {"plugin-cc": PLUGIN_CC, "env plugin-cc": f"env {PLUGIN_CC}"}.get(cc, project / cc)
    done = run(project, "make", f"CC={cc}", "CFLAGS=-O2")
    assert done.returncode == 0, done.stderr
    assert loader(project / "t.plg")[0][0]


def test_choice_of_the_compiler(project):
    marker = project / "compiler"
    marker.write_text('#!/bin/sh\ntouch "$(dirname "$0")/used"\nexec gcc "$@"\n')
    marker.chmod(0o755)
    for name, other in (("PLUGIN_CC", "CC"), ("CC", "PLUGIN_CC")):
        done = run(project, PLUGIN_CC, "-c", "t.c", **{name: str(marker), other: str(PLUGIN_CC)})
        assert done.returncode == 0 and (project / "used").exists(), done.stderr
        (project / "used").unlink()


def test_what_configure_tries(project):
    """A program without PLUGIN() links if all its names are defined and its file is not named
    *.plg."""
    for arguments in (("conftest.c",), ("-o", "conftest", "conftest.c")):
        done = run(project, PLUGIN_CC, *arguments)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert (project / "a.out").exists() and (project / "conftest").exists() and not (project / "a.plg").exists()
    (project / "absent.c").write_text("char strlcpy();\nint main(void) { return strlcpy(); }\n")
    done = run(project, PLUGIN_CC, "-o", "absent", "absent.c")
    assert done.returncode == 1 and "undefined: strlcpy" in done.stderr
    assert "neither PLUGIN() nor an entry" in run(project, PLUGIN_CC, "-o", "c.plg", "conftest.c").stderr
    for question in ("--version", "-v", "-dumpmachine", "-dumpversion", "-print-multiarch", "-print-prog-name=ld"):
        done = run(project, PLUGIN_CC, question)
        assert done.returncode == 0 and done.stdout + done.stderr, question
    done = run(project, PLUGIN_CC, "-E", "-", "-o", "out.i")
    assert done.returncode == 0


@pytest.mark.skipif(not shutil.which("cmake"), reason="cmake is not installed")
def test_cmake(project, loader):
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.5)\nproject(t C)\ninclude(CheckFunctionExists)\ninclude(CheckTypeSize)\n"
        "check_function_exists(printf HAVE_PRINTF)\ncheck_type_size(long LONG)\n"
        'file(WRITE ${CMAKE_BINARY_DIR}/found "${HAVE_PRINTF}/${LONG}")\n'
        "add_library(twice STATIC twice.c)\nadd_executable(t.plg t.c)\ntarget_link_libraries(t.plg twice)\n"
    )
    done = run(project, "cmake", "-S", ".", "-B", "out", "-DCMAKE_BUILD_TYPE=Release", CC=str(PLUGIN_CC))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "out" / "found").read_text() == "/4"
    done = run(project, "cmake", "--build", "out", CC=str(PLUGIN_CC))
    assert done.returncode == 0, done.stdout + done.stderr
    assert loader(project / "out" / "t.plg")[0][0]


def test_installed_sdk(project, loader):
    """An installed SDK builds a plugin, plugctl and its own examples, and nothing in it leads back to the tree."""
    install = ["make", "-C", SDK, "install", f"DESTDIR={project}", "PREFIX=/sdk", f"BUILD={project}/build"]
    done = run(project, *install)
    assert done.returncode == 0, done.stderr
    sdk = project / "sdk"
    for path in sdk.rglob("*"):
        assert not path.is_symlink() and path.name != "__pycache__", path
        assert path.is_dir() or str(ROOT).encode() not in path.read_bytes(), path
    plugin_cc = sdk / "bin" / "plugin-cc"
    done = run(project, plugin_cc, "-O2", "-o", "t.plg", "t.c", "twice.c")
    assert done.returncode == 0, done.stderr
    assert loader(project / "t.plg")[0][0]
    read = run(project, plugin_cc, "-E", "t.c")
    headers = set(re.findall(r'^# \d+ "(/[^"]*)"', read.stdout, re.M))
    assert f"{sdk}/include/ringfence/service_list.h" in headers, read.stderr
    assert all(not header.startswith(f"{ROOT}/") for header in headers)
    done = run(project, "make", "-C", sdk)
    assert done.returncode == 0, done.stderr
    assert (sdk / "build/sdk/hello.plg").exists()
    assert (sdk / "build/sdk/plugctl").read_bytes() == (sdk / "bin/plugctl").read_bytes()
