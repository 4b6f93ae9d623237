# SPDX-License-Identifier: MIT
"""Read-ahead policies read an ext4 file in a guest Linux, and the disk counts.

grafts/reads.c reads 4,096 pages in the order of a pattern, each time from a cold cache. The
disk's requests and KiB come from /proc/diskstats. The misses, reads of a page that is not
in the page cache, are counted in the graft (grafts/counted.c). Nothing is judged by time.
pytest -s prints the figures."""

import dataclasses
import json
import subprocess

import deadline
import linux_guest as guest
import pytest

HERE = guest.ROOT / "tests" / "linux" / "grafts"
SDK = guest.ROOT / "plugin-sdk"
POLICIES = SDK / "examples" / "readahead"

PAGE = 4096
FILE_PAGES = 16384
READS = 4096
PATTERNS = "sequential", "backward", "ladder", "stride4", "stride16", "permutation", "random"
LISTED = "stride16", "permutation", "random"  # with the policy `list`, which gets the order
# The policy "default" is Linux without a graft.
RUNS = [(policy, pattern) for policy in ("default", "noop", "stride") for pattern in PATTERNS]
RUNS += [("list", pattern) for pattern in LISTED]

# Variants of bad.c: name, status of the plugin's last call, failures, why the graft was detached.
BAD = {
    0: ("good", "ok", 0, None),
    1: ("fault", "fault", 1, "the plugin was stopped"),
    2: ("loop", "timeout", 1, "the plugin was stopped"),
    3: ("behind-file", "ok", 3, "failure 3 of 3: a range of the plan ends behind the file"),
    4: ("too-many-pages", "ok", 3, "failure 3 of 3: the plan has more pages than READAHEAD_PAGES"),
    5: ("too-many-ranges", "ok", 3, "failure 3 of 3: the plan has more ranges than READAHEAD_RANGES"),
    6: ("overflow", "ok", 3, "failure 3 of 3: a range of the plan ends behind the file"),
    7: ("empty-range", "ok", 3, "failure 3 of 3: a range of the plan is empty"),
    8: ("forbidden", "forbidden", 1, "the plugin was stopped"),
    9: ("garbage", "ok", 3, "failure 3 of 3: the plan has more ranges than READAHEAD_RANGES"),
    10: ("mark-outside", "ok", 3, "failure 3 of 3: a mark of the plan is outside of its range"),
}
BAD_PATTERN = "backward"  # asks the graft at each read

ATTACHED = """\
plugctl load /t/{name}.plg >/dev/null &&
{prepare} &&
plugctl attach readahead {name} --file /mnt/pages >/dev/null || exit 1
echo 3 >/proc/sys/vm/drop_caches
/t/reads /mnt/pages {pattern} vda
"""


@dataclasses.dataclass
class Cost:
    pages: int
    wrong: int
    requests: int
    kib: int
    misses: int = None  # None without a graft
    graft: dict = None  # plugctl --json grafts
    plugin: dict = None  # the last line: plugctl --json call or show


def make_image(folder):
    """Makes an ext4 image with the file `pages`: each page begins with its number. The rest is not
    zero, of which mke2fs would make holes."""
    (folder / "files").mkdir()
    with open(folder / "files" / "pages", "wb") as file:
        for number in range(FILE_PAGES):
            file.write(number.to_bytes(4, "little") + b"\xff" * (PAGE - 4))
    image = folder / "disk.img"
    command = ["mke2fs", "-q", "-t", "ext4", "-b", str(PAGE), "-d", folder / "files", image, "80M"]
    subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return image


def make_programs(folder):
    """Makes the folder /t of the guest: reads, the plugins, and for each pattern its order."""
    folder.mkdir()
    reads = folder / "reads"
    command = ["gcc", "-m32", "-static", "-s", "-O1", "-Wall", "-Wextra", "-Werror", "-o", reads, HERE / "reads.c"]
    subprocess.run(command, check=True, timeout=deadline.COMMAND)
    plugin_cc = [SDK / "bin" / "plugin-cc", "-O2", "-Wall", "-Wextra", "-Werror"]
    for name in "noop", "stride", "list":
        policy = f'-DPOLICY="{POLICIES / name}.c"'
        subprocess.run([*plugin_cc, policy, "-o", folder / f"{name}.plg", HERE / "counted.c"], check=True, timeout=deadline.COMMAND)
    subprocess.run([*plugin_cc, "-o", folder / "bad.plg", POLICIES / "bad.c"], check=True, timeout=deadline.COMMAND)
    return folder


def run_case(policy, pattern):
    """Returns the shell commands that read in the order of the pattern, with the policy."""
    if policy == "default":
        return f"echo 3 >/proc/sys/vm/drop_caches; /t/reads /mnt/pages {pattern} vda"
    prepare = "true"
    if policy == "list":
        prepare = f"/t/reads /mnt/pages {pattern} >/order && plugctl call list set --window /order >/dev/null"
    return ATTACHED.format(name=policy, pattern=pattern, prepare=prepare) + (
        f"plugctl --json grafts; plugctl --json call {policy} counted_misses; plugctl unload {policy} >/dev/null"
    )


def bad_case(variant):
    prepare = f"plugctl call bad choose {variant} >/dev/null"
    return ATTACHED.format(name="bad", pattern=BAD_PATTERN, prepare=prepare) + (
        "plugctl --json grafts; plugctl --json show bad; plugctl unload bad >/dev/null"
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readahead")
    image, programs = make_image(folder), make_programs(folder / "t")
    cases = {"mount": "mkdir -p /mnt && mount -t ext4 -o ro /dev/vda /mnt"}
    cases |= {f"{policy}-{pattern}": run_case(policy, pattern) for policy, pattern in RUNS}
    cases |= {f"bad-{variant}": bad_case(variant) for variant in BAD}
    cases["default-again"] = run_case("default", BAD_PATTERN)
    options = ("--disk", f"{image},snapshot", "--append", "root=initramfs", "--memory", "128", "--put", f"{programs}:/t")
    found = guest.Batch(cases, *guest.STEADY, *options).run()
    assert found["mount"].status == 0, found["mount"].output
    return found


def cost_of(outcome):
    """Returns the Cost of a case, with the misses and the graft if the case has a graft."""
    assert outcome.status == 0, outcome.output
    first, *rest = outcome.lines()
    words = first.split()
    numbers = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    cost = Cost(numbers["pages"], numbers["wrong"], numbers["requests"], numbers["KiB"])
    if rest:
        cost.graft = json.loads(rest[0])[-1]
        cost.plugin = json.loads(rest[1])
        cost.misses = cost.plugin.get("value")
    return cost


@pytest.fixture(scope="module")
def costs(outcomes):
    found = {(policy, pattern): cost_of(outcomes[f"{policy}-{pattern}"]) for policy, pattern in RUNS}
    print(f"\n{'policy':8} {'pattern':12} {'requests':>8} {'KiB':>7} {'misses':>6}  of {READS} reads")
    for (policy, pattern), cost in sorted(found.items(), key=lambda item: PATTERNS.index(item[0][1])):
        misses = "" if cost.misses is None else cost.misses
        print(f"{policy:8} {pattern:12} {cost.requests:8} {cost.kib:7} {misses:>6}")
    return found


@pytest.mark.parametrize("policy, pattern", RUNS)
def test_contents_are_right(costs, policy, pattern):
    cost = costs[policy, pattern]
    assert (cost.pages, cost.wrong) == (READS, 0)
    if policy != "default":
        assert cost.graft["plugin"] == policy and cost.graft["attached"]
        assert cost.graft["asked"] == cost.graft["answered"] > 0


@pytest.mark.parametrize("pattern", PATTERNS)
def test_noop_changes_nothing(costs, pattern):
    default, noop = costs["default", pattern], costs["noop", pattern]
    assert noop.requests == pytest.approx(default.requests, rel=0.05)
    assert noop.kib == pytest.approx(default.kib, rel=0.05)


def test_stride_reads_backward_in_few_requests(costs):
    assert costs["default", "backward"].requests >= READS
    assert costs["stride", "backward"].requests <= 160


def test_stride_reads_nothing_between_the_strides(costs):
    asked_for = READS * PAGE // 1024
    assert costs["default", "stride4"].kib >= 3.9 * asked_for
    assert costs["stride", "stride4"].kib <= 1.1 * asked_for


@pytest.mark.parametrize("policy, pattern", [("stride", "stride4"), ("stride", "stride16"), ("list", "stride16"), ("list", "permutation")])
def test_pages_are_there_when_they_are_read(costs, policy, pattern):
    assert costs[policy, pattern].misses <= 0.05 * READS


@pytest.mark.parametrize("pattern", ["stride16", "permutation", "random"])
def test_linux_misses_most_pages(costs, pattern):
    """Without this the test above could not fail."""
    assert costs["noop", pattern].misses >= 0.7 * READS


@pytest.mark.parametrize("pattern", ["sequential", "ladder", "permutation", "random"])
def test_stride_does_no_harm(costs, pattern):
    default, stride = costs["default", pattern], costs["stride", pattern]
    assert stride.requests <= 1.05 * default.requests
    assert stride.kib <= 1.05 * default.kib
    assert stride.misses <= max(1.05 * costs["noop", pattern].misses, 8)


@pytest.mark.parametrize("variant", BAD, ids=[name for name, *_ in BAD.values()])
def test_bad_graft_is_detached_and_linux_decides(outcomes, costs, variant):
    _, status, failures, reason = BAD[variant]
    cost, default = cost_of(outcomes[f"bad-{variant}"]), costs["default", BAD_PATTERN]
    assert (cost.pages, cost.wrong) == (READS, 0)
    assert (cost.requests, cost.kib) == (default.requests, default.kib)
    graft = cost.graft
    assert (graft["attached"], graft.get("outcome")) == (reason is None, reason)
    assert (graft["failures"], graft["aborted"], graft["unasked"]) == (failures, failures, 0)
    assert graft["asked"] == (failures or READS)
    assert (cost.plugin["name"], cost.plugin["last_status"]) == ("bad", status)


def test_guest_is_as_before(outcomes, costs):
    again, before = cost_of(outcomes["default-again"]), costs["default", BAD_PATTERN]
    assert again == before
