# SPDX-License-Identifier: MIT
"""spin searches all states of the models in tests/models: no assertion fails. With a check
taken out of a model, spin finds the failure that the check prevents."""

import pathlib
import re
import subprocess

import deadline
import pytest

MODELS = pathlib.Path(__file__).resolve().parent / "models"
FAULTS = [
    (model.stem, fault)
    for model in sorted(MODELS.glob("*.pml"))
    for fault in sorted(set(re.findall(r"\bFAULTY_[A-Z_]+", model.read_text())))
    if fault != "FAULTY_"
]


def search(folder, name, *defines):
    """Returns what the verifier prints after a search of all states of a model."""

    def run(*argv):
        return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=deadline.COMMAND, check=True).stdout

    run("spin", *defines, "-a", str(MODELS / f"{name}.pml"))
    run("gcc", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=1024", "-o", "pan", "pan.c")
    return run("./pan", "-m100000")


def errors(report):
    return int(re.search(r"errors: (\d+)", report)[1])


@pytest.mark.parametrize("name", sorted({name for name, _ in FAULTS}))
def test_model(tmp_path, name):
    report = search(tmp_path, name)
    print(report)
    assert errors(report) == 0
    assert "Search not completed" not in report and "max search depth" not in report
    assert int(re.search(r"(\d+) states, stored", report)[1]) > 100000


@pytest.mark.parametrize("name, fault", FAULTS)
def test_fault_is_found(tmp_path, name, fault):
    report = search(tmp_path, name, f"-D{fault}")
    print(report)
    assert errors(report) == 1
    assert re.search("assertion violated|invalid end state", report)
