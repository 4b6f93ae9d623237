# SPDX-License-Identifier: MIT
"""What all tests share: the engines, built guests, and boots ahead of time."""

import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
for directory in (TESTS.parent / "scripts", TESTS):
    sys.path.insert(0, str(directory))

import emulated  # noqa: E402
import engine  # noqa: E402
import guest as guests  # noqa: E402
from makefile import make  # noqa: E402


def build(wanted):
    """Builds guests. Gives {guest: complaint} for those that do not build: an
    old image of theirs must not pass for them."""
    directories = sorted({f"{guest.kind}/{guest.name}" for guest in wanted})
    if not make(*directories):
        return {}
    complaints = {guest: make(f"{guest.kind}/{guest.name}") for guest in wanted}
    return {guest: complaint for guest, complaint in complaints.items() if complaint}


def pytest_configure(config):
    emulated.settle_sanitizers()
    config.addinivalue_line("markers", "escape(row, ...): proves these rows of tests/escapes.toml")


def pytest_sessionstart(session):
    session.config.boots = guests.Boots()


def pytest_collection_finish(session):
    """Starts the boots of the tests that were selected, in their order."""
    wanted = [item for item in session.items if "guest" in getattr(item, "fixturenames", ())]
    if not wanted or session.config.option.collectonly:
        return
    session.config.unbuilt = build({item.callspec.params["guest"] for item in wanted})
    for item in wanted:
        params = item.callspec.params
        if params["guest"] not in session.config.unbuilt:
            session.config.boots.ask(params["guest"], params["engine_name"])


def pytest_sessionfinish(session):
    session.config.boots.close()


@pytest.fixture
def result(request, guest, engine_name):
    """The boot of `guest` under `engine_name`; its output is shown on failure."""
    if guest in request.config.unbuilt:
        pytest.fail(f"{guest.name} does not build:\n{request.config.unbuilt[guest]}", False)
    outcome = request.config.boots.result(guest, engine_name)
    print(f"--- console of {guest.name} under {engine_name} ({outcome.seconds:.1f} s)")
    print(outcome.console)
    print(f"--- monitor ({outcome.outcome}, status {outcome.status})")
    print(outcome.monitor_log)
    if outcome.engine_errors:
        print("--- engine")
        print(outcome.engine_errors)
    return outcome
