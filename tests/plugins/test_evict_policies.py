# SPDX-License-Identifier: MIT
"""The eviction policies of plugin-sdk/examples/evict, compiled for the host and asked by a kernel
whose lists of pages are played (evict_test.c)."""

import policies
import pytest
from policies import play

PATTERNS = "search", "other-search", "lookups", "lookups-and-scans", "tree", "once"
POLICIES = "mru", "lfu", "s3fifo", "btree", "evict_noop"
LONGEST = 8000  # instructions of an answer about 32 pages


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Returns {(policy, "plain" or "sanitized"): program}."""
    return policies.make(tmp_path_factory.mktemp("evict"), "evict", (*POLICIES, "evict_bad"))


@pytest.fixture(scope="module")
def cost(programs):
    known = {}

    def cost(policy, pattern):
        if (policy, pattern) not in known:
            known[policy, pattern] = policies.play_numbers(programs[policy, "plain"], pattern)
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


@pytest.mark.parametrize("policy", ["lfu", "s3fifo", "btree"])
def test_what_is_looked_up_often_is_kept(cost, policy):
    assert cost(policy, "lookups")["lookups"] <= 0.95 * cost("evict_noop", "lookups")["lookups"]


@pytest.mark.parametrize("policy", ["s3fifo", "btree"])
def test_scans_pass(cost, policy):
    found, noop = cost(policy, "lookups-and-scans"), cost("evict_noop", "lookups-and-scans")
    assert found["disk"] <= 0.9 * noop["disk"] and found["lookups"] <= noop["lookups"]


def test_inner_pages_that_are_known_stay(cost):
    """4,000 lookups are too few to learn which of 455 pages have leaves below them."""
    known, learned, noop = cost("btree", "known-tree"), cost("btree", "tree"), cost("evict_noop", "tree")
    assert known["lookups"] <= min(0.99 * learned["lookups"], noop["lookups"])


def test_wrong_list_does_little_harm(programs, cost):
    play(programs["btree", "sanitized"], "lying-list")
    lies, noop = cost("btree", "lying-list"), cost("evict_noop", "lookups-and-scans")
    assert 0 < lies["longest"] <= LONGEST
    assert lies["lookups"] <= 1.2 * noop["lookups"]


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
