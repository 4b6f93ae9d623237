# SPDX-License-Identifier: MIT
"""A call with many plugins loaded costs as many instructions as with one.

Measured with icount, the least of many calls. Cannot tell:
what caches do."""

import subprocess

import linux_guest as guest
import pytest

HERE = guest.ROOT / "tests" / "linux" / "many"
UAPI = guest.ROOT / "guest-patches" / "linux-6.1" / "files" / "include" / "uapi"
NR = 10000  # for most of them the monitor needs memory that Linux gives it
CHAIN = 200  # instructions: a name or two more are compared, and stepped over


@pytest.fixture(scope="module")
def costs(tmp_path_factory):
    program = tmp_path_factory.mktemp("many") / "call_cost"
    argv = ["gcc", "-m32", "-static", "-s", "-O1", "-I", UAPI, "-o", program, HERE / "call_cost.c"]
    subprocess.run(argv, check=True, timeout=60)
    answer = guest.execute(f"/call_cost /plugins/hello.plg {NR}", "--icount", "--memory", "1024", "--put", f"{program}:/call_cost")
    assert answer.status == 0, answer.complaint
    return {name: int(count) for name, count in map(str.split, answer.output.splitlines())}


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_call_costs_the_same(costs, which):
    print(f"a call of hello: {costs['one']} instructions; of the {which} of {NR} plugins: {costs[which]}")
    assert costs[which] <= costs["one"] + CHAIN
