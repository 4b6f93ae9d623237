# SPDX-License-Identifier: MIT
"""A slice of everything that `make fuzz` does, the same one each time."""

import runpy
import sys

import fuzz
import pytest
from guest import TESTS

SEED = 1


@pytest.mark.parametrize("target", fuzz.targets(), ids=lambda target: target.name)
def test_fuzz(target):
    target.prepare()
    result = target.run(None, SEED, target.slice)
    print(f"seed {result.seed}: {result.count} {result.counted} {result.remark}")
    assert not result.complaint, f"{result.complaint}\nagain: {result.reproduce}\nlog: {result.log}"
    assert result.count >= target.slice


class Played(fuzz.Target):
    def __init__(self, name, count, complaint=""):
        self.name = name
        self.result = fuzz.Result(count, "cases", 7, complaint, "the same again")

    def run(self, seconds, seed, count):
        if self.name == "raises":
            raise ValueError("its own")
        return self.result


@pytest.mark.parametrize(
    "played, status, said",
    [
        (Played("holds", 5), 0, "holds: seed 7, 5 cases, 0 s: ok"),
        (Played("fails", 5, "it broke"), 1, "it broke\n  again: the same again"),
        (Played("idle", 0), 1, "nothing was tried"),
        (Played("raises", 0), 1, "the target itself failed: ValueError: its own"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_driver(played, status, said, monkeypatch, capsys):
    monkeypatch.setattr(fuzz, "targets", lambda: [Played("other", 1), played])
    monkeypatch.setattr(sys, "argv", ["tests/fuzz", "--count", "3"])
    monkeypatch.setattr(sys, "path", sys.path[:])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(TESTS / "fuzz" / "__main__.py"), run_name="__main__")
    assert end.value.code == status
    assert said in capsys.readouterr().out
