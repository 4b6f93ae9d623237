# SPDX-License-Identifier: MIT
"""plugin-cc and the parts of the SDK, for the tests in this folder."""

import os
import pathlib
import subprocess
import sys

import deadline

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RINGFENCE_BUILD", ROOT / "build")).resolve()
SDK = ROOT / "plugin-sdk"
MANY = ROOT / "tests" / "plugins" / "many" / "many.c"
GRAFTS = ROOT / "tests" / "plugins" / "grafts" / "grafts.c"
HELLO = SDK / "examples" / "hello" / "hello.c"
sys.path.insert(0, str(SDK / "lib"))  # the modules of plugin-cc


class Compiler:
    """Runs plugin-cc in a folder of its own."""

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
            timeout=deadline.COMMAND,
        )

    def make(self, *arguments, **more):
        """Compiles. Must succeed without output; returns the path of the file made."""
        done = self.run(*arguments, **more)
        assert (done.returncode, done.stderr) == (0, "")
        return self.folder / arguments[arguments.index("-o") + 1]

    def refuse(self, *arguments, status=1, **more):
        """Compiles. Must fail with one sentence, which is returned."""
        done = self.run(*arguments, **more)
        assert done.returncode == status, done.stderr
        lines = done.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("plugin-cc: "), done.stderr
        return lines[0].removeprefix("plugin-cc: ")
