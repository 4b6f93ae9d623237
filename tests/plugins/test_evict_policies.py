# SPDX-License-Identifier: MIT
"""The eviction policies of plugin-sdk/examples/evict, compiled for the host and asked by a kernel
whose lists of pages are played (evict_test.c)."""

import subprocess

import deadline
import pytest
from sdk import ROOT, SDK

PLAIN = ["-O2", "-mno-red-zone", "-DCOUNT_INSTRUCTIONS"]
SANITIZED = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
PATTERNS = "search", "other-search", "lookups", "lookups-and-scans", "once"
POLICIES = "mru", "lfu", "s3fifo", "evict_noop"
LONGEST = 8000  # instructions of an answer about 32 pages


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Returns {(policy, name of the options): program}."""
    folder = tmp_path_factory.mktemp("evict")
    made = {}
    for policy in (*POLICIES, "evict_bad"):
        for name, options in ("plain", PLAIN), ("sanitized", SANITIZED):
            made[policy, name] = folder / f"{policy}-{name}"
            # Pointers of the host do not fit into the words of a service's request: evict_bad.c makes one.
            command = ["gcc", "-std=gnu11", *options, "-Wall", "-Wextra", "-Werror", "-Wno-pointer-to-int-cast",
                       "-Wa,--no-warn", f"-I{SDK}/include", "-o", made[policy, name],
                       ROOT / "tests/plugins/evict_test.c", SDK / f"examples/evict/{policy}.c"]  # fmt: skip
            subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return made


def play(program, word):
    done = subprocess.run([program, word], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr
    return done.stdout.splitlines()[0]


@pytest.fixture(scope="module")
def cost(programs):
    known = {}

    def cost(policy, pattern):
        if (policy, pattern) not in known:
            words = play(programs[policy, "plain"], pattern).split()
            known[policy, pattern] = dict(zip(words[::2], map(int, words[1::2]), strict=True))
        return known[policy, pattern]

    return cost


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("policy", POLICIES)
def test_each_answer_is_good_and_quick(programs, cost, policy, pattern):
    play(programs[policy, "sanitized"], pattern)
    assert 0 < cost(policy, pattern)["longest"] <= LONGEST


@pytest.mark.parametrize("pattern", ["search", "other-search"])
def test_mru_keeps_a_part_for_good(cost, pattern):
    """Memory has room for 10 of 13 pages, so 3 of 13 are read at best. Other files replace the first."""
    found = cost("mru", pattern)
    assert cost("evict_noop", pattern)["disk"] >= found["read"]
    assert found["disk"] <= 1.5 * found["read"] * 3 / 13


def test_lfu_keeps_a_part_of_a_search(cost):
    found = cost("lfu", "search")
    assert found["disk"] <= 0.5 * found["read"]


@pytest.mark.parametrize("policy", ["lfu", "s3fifo"])
def test_what_is_looked_up_often_is_kept(cost, policy):
    assert cost(policy, "lookups")["lookups"] <= 0.95 * cost("evict_noop", "lookups")["lookups"]


def test_s3fifo_survives_scans(cost):
    found, noop = cost("s3fifo", "lookups-and-scans"), cost("evict_noop", "lookups-and-scans")
    assert found["disk"] <= 0.9 * noop["disk"] and found["lookups"] <= noop["lookups"]


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_read_once_is_read_once(cost, policy):
    found = cost(policy, "once")
    assert found["disk"] == found["read"]


@pytest.mark.parametrize(
    "variant, refused",
    [(0, "good"), (3, "twice"), (4, "no candidate"), (5, "too few victims"), (6, "too many victims"),
     (7, "long share"), (9, "too many victims"), (10, "twice"), (11, "good"), (12, "good")],
)  # fmt: skip
def test_bad_answers_are_bad(programs, variant, refused):
    """Variants 1, 2 and 8 end the call: a guest tests them."""
    assert play(programs["evict_bad", "sanitized"], str(variant)) == refused
