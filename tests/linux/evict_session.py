# SPDX-License-Identifier: MIT
"""What test_eviction.py runs in the guest: files on a disk, programs, cases, and what a case says.

/mnt/tree and /mnt/other are folders of files of some KiB, as source trees are, and /mnt/index is
a B-tree (grafts/lookups.c). All numbers are drawn from one seed."""

import dataclasses
import heapq
import itertools
import json
import random
import struct
import subprocess

import deadline
import linux_guest as guest

HERE = guest.ROOT / "tests" / "linux" / "grafts"
SDK = guest.ROOT / "plugin-sdk"
POLICIES = SDK / "examples" / "evict"

PAGE = 4096
# Pages of the files, bytes that the cgroup has for them and the kernel's data about them.
TREE, TREE_MEMORY = 6500, 22 << 20
OTHER, OTHER_MEMORY = 3250, 11 << 20
LEAVES, INDEX_MEMORY = 3072, 3200 << 10
LOOKUPS, FIRST_COUNTED, SCAN_EACH, SCAN_LEAVES = 20000, 8000, 2000, 1536

INNER, LEAF, SCAN = 0x1EEE, 0x1EAF, 0x80000000
RECORDS, CHILDREN = 15, 500  # of a page

JSON = ("[", "{")  # begins what plugctl says


def make_files(folder, pages, draw):
    """Makes files of one to some dozen pages in subfolders, `pages` in all."""
    for number in itertools.count():
        size = min(pages, 1 + int(draw.expovariate(0.3)))
        if not size:
            return
        pages -= size
        name = folder / f"{number % 16:02}" / f"{number:05}"
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_bytes(draw.randbytes(size * PAGE - draw.randrange(PAGE)))


def make_index(file):
    """Makes the B-tree with the keys from 0 on: root, inner pages, leaves."""
    inner = range(0, LEAVES, CHILDREN)
    first_leaf = 1 + len(inner)
    pages = [struct.pack("<II", INNER, len(inner)) + b"".join(struct.pack("<II", i * RECORDS, 1 + i // CHILDREN) for i in inner)]
    for first in inner:
        leaves = range(first, min(first + CHILDREN, LEAVES))
        children = b"".join(struct.pack("<II", leaf * RECORDS, first_leaf + leaf) for leaf in leaves)
        pages.append(struct.pack("<II", INNER, len(leaves)) + children)
    for leaf in range(LEAVES):
        following = first_leaf + leaf + 1 if leaf + 1 < LEAVES else 0
        records = b"".join(struct.pack("<I", leaf * RECORDS + i) * 64 for i in range(RECORDS))
        pages.append(struct.pack("<III", LEAF, RECORDS, following).ljust(256, b"\0") + records)
    file.write_bytes(b"".join(page.ljust(PAGE, b"\xff") for page in pages))


def make_operations(file, draw):
    """Lookups, the n-th key in popularity n^-1.2 as often as the first; now and then a scan."""
    keys = list(range(LEAVES * RECORDS))
    draw.shuffle(keys)
    weights = list(itertools.accumulate(rank**-1.2 for rank in range(1, len(keys) + 1)))
    words = []
    for number in range(1, LOOKUPS + 1):
        if number % SCAN_EACH:
            words += draw.choices(keys, cum_weights=weights)
        else:
            words += [SCAN | SCAN_LEAVES, draw.randrange(LEAVES - SCAN_LEAVES) * RECORDS]
    file.write_bytes(struct.pack(f"<{len(words)}I", *words))


def make_image(folder, *more):
    """Makes the image, with what each of `more` makes in the folder that it is called with."""
    draw = random.Random(9)
    files = folder / "files"
    make_files(files / "tree", TREE, draw)
    make_files(files / "other", OTHER, draw)
    make_index(files / "index")
    for make in more:
        make(files)
    image = folder / "disk.img"
    command = ["mke2fs", "-q", "-t", "ext4", "-b", str(PAGE), "-d", files, image, "104M"]
    subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return image


def make_programs(folder):
    """Makes the folder /t of the guest: programs, plugins, the operations of lookups."""
    folder.mkdir()
    for name in "search", "lookups":
        command = ["gcc", "-m32", "-static", "-s", "-O1", "-Wall", "-Wextra", "-Werror", "-o", folder / name, HERE / f"{name}.c"]
        subprocess.run(command, check=True, timeout=deadline.COMMAND)
    for source in POLICIES.glob("*.c"):
        command = [SDK / "bin" / "plugin-cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", folder / f"{source.stem}.plg", source]
        subprocess.run(command, check=True, timeout=deadline.COMMAND)
    make_operations(folder / "operations", random.Random(7))
    return folder


SETUP = f"""\
mkdir -p /mnt /cg && mount -t ext4 -o ro /dev/vda /mnt && mount -t cgroup2 none /cg || exit 1
echo +memory >/cg/cgroup.subtree_control && mkdir /cg/tree /cg/other /cg/index || exit 1
echo {TREE_MEMORY} >/cg/tree/memory.max
echo {OTHER_MEMORY} >/cg/other/memory.max
echo {INDEX_MEMORY} >/cg/index/memory.max
cat >/run-in <<'END'
#!/bin/sh
echo $$ >/cg/$1/cgroup.procs || exit 1
shift
exec "$@"
END
chmod +x /run-in
"""


def attach(policy, group, before="true"):
    """Returns commands that load the policy, execute `before` and attach the policy for the cgroup."""
    return f"plugctl load /t/{policy}.plg >/dev/null && {before} && plugctl attach evict {policy} --cgroup /cg/{group} >/dev/null || exit 1\n"


def detach(policy):
    """Returns commands that print what became of the graft and the plugin, as JSON, and unload it."""
    return f"\nplugctl --json grafts; plugctl --json show {policy}; plugctl unload {policy} >/dev/null"


def work(group, command):
    """Returns commands that work in the cgroup, with a cold cache, and print its statistics."""
    statistics = f"sed 's/^/stat /' /cg/{group}/memory.stat /cg/{group}/memory.events"
    return f"echo 3 >/proc/sys/vm/drop_caches; /run-in {group} {command}; echo status $?; {statistics}"


@dataclasses.dataclass
class Found:
    """What a case has printed: the status and the lines of the program, statistics of the cgroup, and
    the graft's and plugin's facts."""

    status: int
    lines: list
    statistics: dict
    graft: dict = None
    plugin: dict = None


def numbers(line):
    words = line.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def found(outcome, parse=numbers):
    """Takes apart what a case has printed; `parse` the lines of its program."""
    assert outcome.status == 0, outcome.output
    lines = outcome.lines()
    at = next((i for i, line in enumerate(lines) if line.startswith("status ")), None)
    assert at is not None, outcome.output
    statistics = dict(line.split()[1:] for line in lines if line.startswith("stat "))
    facts = [json.loads(line) for line in lines if line.startswith(JSON)]
    printed = [parse(line) for line in lines[:at] if not line.startswith(JSON)]
    said = Found(int(lines[at].split()[1]), printed, {key: int(value) for key, value in statistics.items()})
    if facts:
        said.graft, said.plugin = facts[0][-1], facts[1]
    return said


def optimum(pages, room, passes=12):
    """Returns how many pages of a pass Belady's policy reads from the disk, on average of all passes but
    the first two: it drops the page that is read again last."""
    due, queue, missed = {}, [], 0
    for now in range(passes * pages):
        page = now % pages
        if page not in due and now >= 2 * pages:
            missed += 1
        due[page] = now + pages
        heapq.heappush(queue, (-due[page], page))
        while len(due) > room:
            when, last = heapq.heappop(queue)
            if due.get(last) == -when:
                del due[last]
    return missed / (passes - 2)
