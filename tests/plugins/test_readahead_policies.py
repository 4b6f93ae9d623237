# SPDX-License-Identifier: MIT
"""The read-ahead policies of plugin-sdk/examples/readahead, compiled for the host and asked by a
page cache that is played (readahead_test.c)."""

import policies
import pytest
from policies import play

PATTERNS = (
    "sequential", "chunks", "backward", "ladder", "stride4", "stride16", "columns4", "columns16", "permutation",
    "random", "mixed", "records", "evicted",
)  # fmt: skip
POLICIES = "stride", "list", "noop"
LONGEST = 2000  # instructions of an answer


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Returns {(policy, "plain" or "sanitized"): program}."""
    return policies.make(tmp_path_factory.mktemp("readahead"), "readahead", (*POLICIES, "bad"))


@pytest.fixture
def cost(programs):
    def cost(policy, pattern):
        return policies.play_numbers(programs[policy, "plain"], pattern)

    return cost


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("policy", POLICIES)
def test_each_plan_is_good_and_quick(programs, cost, policy, pattern):
    play(programs[policy, "sanitized"], pattern)
    assert 0 < cost(policy, pattern)["longest"] <= LONGEST


@pytest.mark.parametrize("pattern", ["stride16", "columns16", "columns4", "records"])
def test_strides_are_not_missed(cost, pattern):
    found = cost("stride", pattern)
    assert found["missed"] <= found["wanted"] * 0.05
    assert found["late"] <= found["wanted"] * 0.05
    assert found["read"] <= found["wanted"] * 1.1


def test_the_next_column_is_known_by_its_second_page(cost):
    found = cost("stride", "columns16")
    assert found["missed"] <= found["wanted"] * 0.01


def test_stride_of_four_reads_nothing_between(cost):
    found = cost("stride", "stride4")
    assert found["read"] <= found["wanted"] * 1.1 and found["missed"] <= found["wanted"] * 0.05


@pytest.mark.parametrize("pattern", ["backward", "sequential", "chunks"])
def test_few_requests_for_neighbours(cost, pattern):
    found = cost("stride", pattern)
    assert found["requests"] <= 160
    assert found["missed"] <= found["wanted"] * 0.01 and found["late"] <= found["wanted"] * 0.01
    assert (found["read"], found["unused"]) == (4096, 0)


def test_mixed_walks_are_told_apart(cost):
    found = cost("stride", "mixed")
    assert found["missed"] <= found["wanted"] * 0.05 and found["unused"] <= found["wanted"] * 0.05
    assert found["late"] <= found["wanted"] * 0.05


@pytest.mark.parametrize("pattern", ["permutation", "random"])
def test_nothing_is_read_ahead_of_no_walk(cost, pattern):
    found = cost("stride", pattern)
    assert found["read"] <= cost("noop", pattern)["read"] * 1.05


@pytest.mark.parametrize("pattern", ["permutation", "stride16", "backward", "random", "evicted", "records", "chunks"])
def test_a_list_is_followed(cost, pattern):
    found = cost("list", pattern)
    assert found["questions"] <= found["wanted"] / 16
    assert found["missed"] <= found["wanted"] * 0.05
    assert found["late"] <= found["wanted"] * 0.05
    assert found["unused"] == 0


def test_neighbours_in_a_list_are_one_request(cost):
    assert cost("list", "sequential")["requests"] <= 160


@pytest.mark.parametrize(
    "variant, refused",
    [(0, "good"), (3, "behind the file"), (4, "too many pages"), (5, "too many ranges"), (6, "behind the file"),
     (7, "empty range"), (9, "too many ranges"), (10, "mark outside")],
)  # fmt: skip
def test_bad_answers_are_bad(programs, variant, refused):
    """Variants 1, 2 and 8 end the call: a guest tests them."""
    assert play(programs["bad", "sanitized"], str(variant)) == refused
