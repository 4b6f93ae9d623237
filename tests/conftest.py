# SPDX-License-Identifier: MIT
"""Fixtures for all tests (engines, built guests, shared boots), and the order of the tests.

`make test` runs them in several processes (pytest-xdist): the controller, which builds
the guests and runs no test, and workers. Without -n one process does both."""

import os
import pathlib
import sys
from collections import Counter

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
for directory in (TESTS.parent / "scripts", TESTS):
    sys.path.insert(0, str(directory))

import emulated  # noqa: E402
import guest as guests  # noqa: E402
import stall  # noqa: E402
from engine.image import engine_image  # noqa: E402
from makefile import make  # noqa: E402

KINDS = ("guests", "must-fail")
# Fixtures that boot a guest for many tests of one file.
BOOTS = ("outcomes", "session", "disks", "costs", "counts", "figures")
# Fixtures that boot a guest for many files of one folder, and the engine that boots it.
FOLDER_BOOTS = {"plugins": None, "plugins_tcg": "tcg", "bochs": "bochs"}  # None: the parameter
# Tests of these files take many seconds each.
LONG = ("test_fuzz", "test_models", "test_patches", "test_exec", "test_terminal", "test_grub")


def build():
    """Builds all guests. Returns {guest's name: complaint} for those that do not build, whose
    tests then fail: an old image must not pass in their place."""
    for name in ("probe.elf", "bochs-rom.bin"):
        engine_image(name)
    if not make(*KINDS):
        return {}
    names = [f"{guest.kind}/{guest.name}" for kind in KINDS for guest in guests.load(kind)]
    complaints = {name: make(name) for name in names}
    return {name: complaint for name, complaint in complaints.items() if complaint}


def pytest_configure(config):
    emulated.settle_sanitizers()
    config.addinivalue_line("markers", "escape(row, ...): proves these rows of tests/escapes.toml")


def pytest_sessionstart(session):
    config = session.config
    config.boots = guests.Boots()
    config.stall = None
    worker = getattr(config, "workerinput", None)
    if worker:
        config.unbuilt = worker["unbuilt"]
    else:
        config.unbuilt = {} if config.option.collectonly else build()
    if seed := os.environ.get("RINGFENCE_TEST_STALL"):
        config.stall = stall.Stall(f"{seed} {worker['workerid'] if worker else ''}")
        config.stall.start()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Runs in the controller before a worker starts: tells the worker that all guests are
    built."""
    node.workerinput["unbuilt"] = node.config.unbuilt


def pytest_sessionfinish(session):
    if session.config.stall:
        session.config.stall.end()


def shared_boot(item):
    """Returns the name of the boot that the test shares with other tests, or ""."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    if "guest" in params and "engine_name" in params:
        guest, words = params["guest"], [params["engine_name"]]
        words += ["debug"] * guest.debug + [guest.append.replace(" ", "_")] * bool(guest.append)
        return "-".join([guest.name, *words])
    for name, engine_name in FOLDER_BOOTS.items():
        if name in item.fixturenames:
            return f"{item.path.parent.stem}-{engine_name or params[name]}"
    for name in BOOTS:
        if name in item.fixturenames:
            return f"{item.path.stem}-{name}"
    return ""


def rank(item, boot):
    """Sort key that puts long tests first: all workers then end at about the same time."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    if "guest" in params:
        return 2 if params.get("engine_name") == "bochs" else 3
    if boot:
        return 0 if boot.endswith("-bochs") else 1
    return 1 if item.path.stem in LONG else 3


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Puts tests that share a boot into one group, which pytest-xdist gives to one worker."""
    boots = {item: shared_boot(item) for item in items}
    times = Counter(boots.values())
    for item, boot in boots.items():
        if boot and times[boot] > 1:
            item.add_marker(pytest.mark.xdist_group(boot))
    items.sort(key=lambda item: rank(item, boots[item]))


@pytest.fixture
def result(request, guest, engine_name):
    """Boots `guest` under `engine_name`; the output is shown if the test fails."""
    if complaint := request.config.unbuilt.get(f"{guest.kind}/{guest.name}"):
        pytest.fail(f"{guest.name} does not build:\n{complaint}", False)
    outcome = request.config.boots.result(guest, engine_name)
    print(f"--- console of {guest.name} under {engine_name} ({outcome.seconds:.1f} s)")
    print(outcome.console)
    print(f"--- monitor ({outcome.outcome}, status {outcome.status})")
    print(outcome.monitor_log)
    if outcome.engine_errors:
        print("--- engine")
        print(outcome.engine_errors)
    return outcome
