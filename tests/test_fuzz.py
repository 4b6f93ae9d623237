# SPDX-License-Identifier: MIT
"""A slice of everything that `make fuzz` does, the same one each time."""

import fuzz
import pytest

SEED = 1


@pytest.mark.parametrize("target", fuzz.targets(), ids=lambda target: target.name)
def test_fuzz(target):
    target.prepare()
    result = target.run(None, SEED, target.slice)
    print(f"seed {result.seed}: {result.count} {result.counted} {result.remark}")
    assert not result.complaint, f"{result.complaint}\nagain: {result.reproduce}\nlog: {result.log}"
    assert result.count >= target.slice
