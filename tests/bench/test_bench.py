# SPDX-License-Identifier: MIT
"""Measures the figures, prints them, writes them to a file and compares them with the baseline.

Figures are exact: the engine counts instructions, so the same tree gives the same numbers
on every machine. A change of a figure is committed on purpose, with `make bench
UPDATE=1`, which rewrites baseline.json.
"""

import json
import os
import pathlib
import re
import tomllib

import engine
import guest as guests
import jsonschema
import pytest
import verdict
from makefile import must_make

HERE = pathlib.Path(__file__).resolve().parent
BASELINE = HERE / "baseline.json"
SCHEMA = json.loads((HERE / "schema.json").read_text())
TARGETS = tomllib.loads((HERE / "targets.toml").read_text())
RESULTS = engine.BUILD / "bench" / "results.json"
LINE = re.compile(r"^bench: (\S+) (\d+) (\d+)$", re.MULTILINE)
LATE = re.compile(r"^late(\S*): (\d+) ns, in a plugin (\d+) ns$", re.MULTILINE)
late = {}  # mode: nanoseconds without and with a plugin


def measure():
    """Returns all figures of segment mode, then those of page mode that differ."""
    return measure_in({}) + measure_in({"monitor_append": "plugin_mode=page"})


def measure_in(options):
    guest = guests.read(HERE / "figures")
    result = guests.boot(guest, "tcg", icount_shift=0, **options)
    judged = verdict.judge(result)
    assert judged.passed, f"{judged.name}: {judged.why}\n{result.console}"
    for mode, *ns in LATE.findall(result.console):
        late[mode] = [int(n) for n in ns]
    return [
        {
            "name": name,
            "instructions": int(instructions),
            "crossings": int(crossings),
            **TARGETS[name],
        }
        for name, instructions, crossings in LINE.findall(result.console)
    ]


def table(figures):
    head = f"{'figure':35} {'instructions':>12} {'target':>7} {'Xen 4.2':>8} {'crossings':>10}"
    rows = [
        f"{f['name']:35} {f['instructions']:12} {f['target']:7} "
        f"{f['reference'] or '-':>8} {f['crossings']:10}"
        for f in figures
    ]
    return "\n".join(["", head, *rows])


@pytest.fixture(scope="module")
def figures():
    must_make("bench")
    measured = measure()
    print(table(measured))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(measured, indent=2) + "\n")
    if os.environ.get("UPDATE"):
        BASELINE.write_text(json.dumps(measured, indent=2) + "\n")
    return measured


def test_schema(figures):
    jsonschema.validate(figures, SCHEMA)
    jsonschema.validate(json.loads(BASELINE.read_text()), SCHEMA)


def test_every_figure_is_there(figures):
    assert [figure["name"] for figure in figures] == list(TARGETS)


def test_figures_repeat(figures):
    assert measure() == figures, "two runs of the same tree differ"


@pytest.mark.parametrize("name", TARGETS)
def test_target(figures, name):
    (figure,) = [f for f in figures if f["name"] == name]
    assert figure["instructions"] <= figure["target"]


@pytest.mark.parametrize("mode", ["", "_page"])
def test_latency_in_a_plugin(figures, mode):
    """An event that arrives while a plugin spins reaches the guest's handler at most 1.2 times
    as late as without a plugin: in instructions from the interrupt, and from the time the
    guest asked for."""
    taken = {f["name"]: f["instructions"] for f in figures}
    assert taken[f"timer_event_in_plugin{mode}"] <= 1.2 * taken[f"timer_event{mode}"]
    without, within = late[mode]
    assert 0 < within <= 1.2 * without


def test_baseline(figures):
    baseline = json.loads(BASELINE.read_text())
    changed = [
        f"{new['name']}: {old['instructions']} -> {new['instructions']} instructions"
        for old, new in zip(baseline, figures)
        if old != new
    ]
    assert baseline == figures, (
        "the figures are not those of tests/bench/baseline.json; if that is meant, "
        f"run `make bench UPDATE=1` and commit it ({'; '.join(changed)})"
    )
