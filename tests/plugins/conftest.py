# SPDX-License-Identifier: MIT
"""What the tests of the SDK share: plugin-cc, the loader's parser, paths."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
SDK = ROOT / "plugin-sdk"


class Compiler:
    """plugin-cc in a directory of its own."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def run(self, *arguments, cc="gcc", stdin=None, **env):
        return subprocess.run(
            [SDK / "bin" / "plugin-cc", *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, "CC": cc, **env},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def make(self, *arguments, **more):
        """Compiles, has to succeed in silence, and returns the file made."""
        done = self.run(*arguments, **more)
        assert (done.returncode, done.stderr) == (0, "")
        return self.folder / arguments[arguments.index("-o") + 1]

    def refuse(self, *arguments, status=1, **more):
        """Compiles, has to fail with one sentence, and returns that."""
        done = self.run(*arguments, **more)
        assert done.returncode == status, done.stderr
        lines = done.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("plugin-cc: "), done.stderr
        return lines[0].removeprefix("plugin-cc: ")


@pytest.fixture
def compiler(tmp_path):
    return Compiler(tmp_path)


@pytest.fixture(scope="session")
def host_tools():
    """The folder with the plugin core built for the host."""
    subprocess.run(
        ["make", "-s", "-C", ROOT / "tests" / "host" / "core", f"BUILD={BUILD}"], check=True, timeout=300
    )
    return BUILD / "host-tests" / "core"


@pytest.fixture(scope="session")
def loader(host_tools):
    """Asks the kernel's parser about files: path -> (accepted, fields or reason)."""

    def ask(*paths):
        done = subprocess.run(
            [host_tools / "plg_check", *paths], capture_output=True, text=True, errors="replace", timeout=60
        )
        assert done.returncode in (0, 1), done.stderr
        answers = []
        for path, line in zip(paths, done.stdout.splitlines(), strict=True):
            word, rest = line.removeprefix(f"{path}: ").split(" ", 1)
            if word == "ok":
                fields = dict(field.split("=", 1) for field in rest.split(" "))
                answers.append((True, fields))
            else:
                answers.append((False, rest.split(": ", 1)[1]))
        return answers

    return ask
