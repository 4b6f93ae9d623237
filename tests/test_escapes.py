# SPDX-License-Identifier: MIT
"""Every row of the threat model has tests, and says what they found: a row holds on an engine
if each micro-guest named in the row passed there, made its attacks, and printed the row with
that verdict."""

import ast
import re
import tomllib

import guest as guests
import pytest
import verdict

LIST = guests.TESTS / "escapes.toml"
ROWS = tomllib.loads(LIST.read_text())["row"]
LINE = re.compile(r"^escape (\d+): (.*) \((\d+) attacks\)$", re.MULTILINE)
MODE = {"bochs": "segment", "kvm": "segment", "tcg": "page"}
GUESTS = {guest.name: guest for guest in guests.load("guests")}

NAMED = sorted({name for row in ROWS for name in row["tests"] if name in GUESTS})
CASES = [pytest.param(GUESTS[g], e, id=f"{g}-{e}") for g in NAMED for e in guests.engines_here()]


def claimed(name, mode):
    """Returns {row: verdict} that a micro-guest has to print."""
    return {row["number"]: row.get(mode, "stopped") for row in ROWS if name in row["tests"]}


def marked(path):
    """Returns the rows that tests of a file are marked with."""
    rows = set()
    for node in ast.walk(ast.parse(path.read_text())):
        for mark in getattr(node, "decorator_list", ()):
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.escape":
                assert node.name.startswith("test_"), f"{path}: {node.name} is not a test"
                rows |= {argument.value for argument in mark.args}
    return rows


@pytest.mark.parametrize("guest, engine_name", CASES)
def test_rows(guest, engine_name, result):
    mode = MODE[engine_name]
    assert f"plugins: {mode} mode" in result.monitor_log, "the engine is not what it was thought to be"
    judged = verdict.judge(result)
    assert judged.passed, f"{judged.name}: {judged.why}"
    said = LINE.findall(result.console)
    printed = {int(row): text for row, text, _ in said}
    assert len(said) == len(printed), "a row was printed twice"
    assert all(int(attacks) > 0 for *_, attacks in said)
    assert printed == claimed(guest.name, mode)


def test_all_thirty():
    assert [row["number"] for row in ROWS] == list(range(1, 31))
    for row in ROWS:
        assert row["tests"], f"nothing tests row {row['number']}"
        for mode in ("segment", "page"):
            assert re.fullmatch(r"stopped|harmless: .+", row.get(mode, "stopped")), row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["number"]))
def test_tests_are_there(row):
    """Each test of a row is a micro-guest that every engine runs, or a file with a marked test."""
    for name in row["tests"]:
        if name in GUESTS:
            assert not GUESTS[name].engines, f"{name} is not for every engine"
            continue
        path = guests.TESTS.parent / name
        assert path.exists(), f"no {name}"
        assert row["number"] in marked(path), f"{name} has no test marked escape({row['number']})"


def test_nothing_else_is_marked():
    """Every row that is marked in a test, or printed by a micro-guest, is in the list."""
    for path in guests.TESTS.rglob("test_*.py"):
        name = str(path.relative_to(guests.TESTS.parent))
        for number in marked(path):
            assert name in ROWS[number - 1]["tests"], f"{name} is not in {LIST.name}"
    for source in (guests.TESTS / "guests").glob("*/*.c"):
        for number in re.findall(r"\bescape_row\((\d+),", source.read_text()):
            assert source.parent.name in ROWS[int(number) - 1]["tests"], f"{source} is not in {LIST.name}"
