# SPDX-License-Identifier: MIT
"""What questions to grafts cost, in the rows of VINO's tables 3 to 6 (OSDI'96), and how long an abort takes.

VINO's figures are microseconds on a Pentium of 120 MHz, so a microsecond is 120 cycles. Ours are
instructions, of a guest Linux with icount. questions/measure.c measures at the point `trial`: what a
question costs besides the graft is the same at each point. Each row with a target fails when it becomes dearer. pytest -s prints the tables."""

import subprocess
import sys

import deadline
import pytest
from guest import TESTS

sys.path.append(str(TESTS / "linux"))
import linux_guest as guest  # noqa: E402

HERE = TESTS / "bench" / "questions"
UAPI = guest.ROOT / "guest-patches" / "linux-6.1" / "files" / "include" / "uapi"
COMPILER = guest.ROOT / "plugin-sdk" / "bin" / "plugin-cc"

CYCLES = 120  # of VINO's machine in a microsecond
# VINO's rows in microseconds: begin, commit, abort, lock, indirection, isolation. Its grafts' own code is not here.
VINO = {
    "read-ahead": (36, 28, 29, 33, 1, 3),
    "page eviction": (52, 34, 27, 33, 1, 26),
    "scheduling": (38, 30, 33, 34, 1, 5),
    "encryption": (32, 32, 36, 0, 1, 187),
}
INDIRECTION = 3  # a load, a compare and a jump, where no graft is attached
CHANGES = 0, 1, 2, 4, 8, 16, 32, 64
TICK_NS = 4_000_000  # of the monitor and of Linux

TARGETS = {
    "question": 490,  # with the two reads of the counter that the trial makes besides
    "empty transaction": 120,
    "abort, 0 changes": 200,
    "abort, 8 changes": 600,
    "abort, worst": 5000,
    "get, service": 1700,
    "get, window": 158,
    "contested lock, ns": 10_000_000 + TICK_NS,
}

CASES = {"measure": "/measure /questions.plg"}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions")
    plugin, program = folder / "questions.plg", folder / "measure"
    subprocess.run([sys.executable, COMPILER, "-O2", "-o", plugin, HERE / "questions.c"], check=True, timeout=deadline.COMMAND)
    argv = ["gcc", "-m32", "-static", "-s", "-O1", "-I", UAPI, "-o", program, HERE / "measure.c"]
    subprocess.run(argv, check=True, timeout=deadline.COMMAND)
    return guest.Batch(CASES, "--icount", "--put", f"{plugin}:/questions.plg", "--put", f"{program}:/measure").run()


@pytest.fixture(scope="module")
def taken(outcomes):
    """Returns {name of measure.c's: instructions}."""
    assert outcomes["measure"].status == 0, outcomes["measure"].output
    return {name: int(count) for name, count in map(str.split, outcomes["measure"].lines())}


def first_of(taken, name):
    """Returns what the first request of a question costs more than each further one."""
    each = taken[f"{name}-3"] - taken[f"{name}-2"]
    return taken[f"{name}-1"] - taken[f"{name}-0"] - each


@pytest.fixture(scope="module")
def rows(taken):
    """Returns {row: instructions}, and prints them."""
    aborts = [taken[f"abort-most-{nr}"] for nr in CHANGES]
    rows = {
        "question": taken["misses-0"],
        # A request that changes nothing, but takes part; less what any first request costs.
        "empty transaction": first_of(taken, "misses") - first_of(taken, "gets"),
        "abort, 0 changes": taken["abort-0"],
        "abort, 8 changes": taken["abort-8"],
        "abort, worst": max(aborts),
        "get, service": taken["gets-3"] - taken["gets-2"],
        "get, window": taken["looks-3"] - taken["looks-2"],
        "contested lock, ns": taken["contested-ns-0"],
    }
    print(f"\n{'row':20} {'instructions':>12} {'target':>10}")
    for name, count in rows.items():
        print(f"{name:20} {count:12} {TARGETS[name]:10}")
    print(f"\n{'changes':>8} {'commit':>7} {'abort':>7} {'fault':>7} {'forbidden':>9}")
    for nr in CHANGES:
        stops = [taken[f"{how}-{nr}"] - taken[f"before-{nr}"] for how in ("fault", "forbidden")]
        print(f"{nr:8} {taken[f'commit-{nr}']:7} {taken[f'abort-{nr}']:7} {stops[0]:7} {stops[1]:9}")
    return rows


def test_vino(taken, rows):
    """What VINO's rows are on our side; begin, commit and isolation are one figure, the question to an empty graft."""
    ours = {
        "indirection": INDIRECTION,
        "begin, commit, isolation": rows["question"],
        "lock": taken["locks-3"] - taken["locks-2"],
        "abort": rows["abort, 0 changes"],
    }
    theirs = {graft: (there, begin + commit + isolation, lock, abort)
              for graft, (begin, commit, abort, lock, there, isolation) in VINO.items()}  # fmt: skip
    print(f"\n{'row':25}" + "".join(f"{graft:>14}" for graft in VINO) + f"{'here':>8}   (VINO: cycles; here: instructions)")
    for i, (row, count) in enumerate(ours.items()):
        print(f"{row:25}" + "".join(f"{theirs[graft][i] * CYCLES:14}" for graft in VINO) + f"{count:8}")
        assert all(0 < count < theirs[graft][i] * CYCLES for graft in VINO if theirs[graft][i])


@pytest.mark.parametrize("name", TARGETS)
def test_target(rows, name):
    assert 0 < rows[name] <= TARGETS[name]


def test_abort_is_no_dearer_than_a_commit(taken):
    assert all(taken[f"abort-{nr}"] <= taken[f"commit-{nr}"] for nr in CHANGES if nr)
