# SPDX-License-Identifier: MIT
"""Injects faults into grafts while the kernel asks them about real work (injection/). The faults of a
boot follow from consecutive seeds, one each; each fourth boot is on the debug build of the monitor."""

import collections
import random
import re
import subprocess

import deadline
import engine
import fuzz
import makefile

from . import linux_boot
from .injection import mutation
from .injection.subject import HERE, ROWS, Subjects

FOLDER = engine.BUILD / "fuzz" / "injection"
COMPILER = engine.ROOT / "plugin-sdk" / "bin" / "plugin-cc"
SERVICES = engine.ROOT / "plugin-sdk" / "include" / "ringfence" / "service_list.h"
OUTCOMES = ("unnoticed", "refused", "fault", "timeout", "forbidden", "killed", "unasked")
PAGE = 4096
PER_BOOT = 6000
TROUBLE = linux_boot.TROUBLE + "|oom-kill|ringfence: audit:"


class Injections(fuzz.Boots):
    """rate: so many injections a second are the least that a boot does."""

    counted = "injections"

    def __init__(self, name, about, engine_name, slice, per_boot, rate, options=()):
        self.name = name
        self.about = about
        self.engine = engine_name
        self.slice = slice
        self.per_boot = per_boot
        self.rate = rate
        self.options = options
        self.outcomes = collections.Counter()
        self.audited = 0

    def prepare(self):
        for product in ("linux/vmlinux", "initramfs.cpio.gz", "hv/ringfence.elf", "hv-debug/ringfence.elf"):
            if not (engine.BUILD / product).exists():
                raise fuzz.Unfit(f"build/{product} is not there: run 'make all hv-debug'")
        if complaint := makefile.make(directory=HERE):
            raise fuzz.Unfit(f"tests/fuzz/injection does not build: {complaint.strip()}")
        with makefile.alone():
            make_plugins()
            make_disk()
        self.subjects = Subjects(FOLDER)

    def plan(self, seed, count):
        """The faults of a boot, as lines for the program in the guest."""
        return "".join(self.subjects.injection(seed + n).line() + "\n" for n in range(count))

    def boot(self, seed, count, words=""):
        """Runs the program in the guest with words. Returns the number of injections, a complaint or "",
        and the path of the log."""
        plan = fuzz.logs(self.name) / f"plan-{seed}"
        plan.write_text(self.plan(seed, count))
        commands = (
            "mkdir -p /mnt /cg && mount -t ext4 -o ro,noatime /dev/$(ls /sys/block | grep -m 1 -E 'vda|sda') /mnt && mount -t cgroup2 none /cg\n"
            f"echo +memory +cpu >/cg/cgroup.subtree_control; cd /injection; ./inject {words}"
        )
        options = ["--engine", self.engine, *self.options]
        options += ["--timeout", int(deadline.BOOT + count / self.rate), "--put", f"{plan}:/injection/plan"]
        for name in ("inject", "rows", "canary.plg", "interim.plg", *(f"{row.name}.plg" for row in ROWS)):
            options += ["--put", f"{FOLDER / name}:/injection/{name}"]
        options += ["--disk", f"{FOLDER / 'disk.img'},snapshot" + (",ata" if self.engine == "bochs" else "")]
        options += ["--append", "root=initramfs loglevel=1 plugins.audit=1"]
        if seed // self.per_boot % 4 == 3:
            options += ["--monitor", engine.DEBUG_MONITOR]
        counted, complaint, console = linux_boot.boot(self.name, seed, commands, options, TROUBLE)
        text = linux_boot.read(console)
        for row, kind, outcome, number in re.findall(r"^count (\d+) (\d+) (\d+) (\d+)$", text, re.M):
            self.outcomes[int(row), int(kind), int(outcome)] += int(number)
        self.audited += sum(int(n) for n in re.findall(r"^audited (\d+) ", text, re.M))
        return counted, complaint, console

    def next_seed(self, seed, count):
        return seed + count

    def end(self, seed, boots):
        (fuzz.logs(self.name) / f"outcomes-{seed}").write_text(self.table())
        return f"{boots} boots; {self.summary()}; {self.audited} aborts audited"

    def explain(self, complaint, at, share):
        """Returns a complaint, and the command that shows it again: of one injection, if it is known."""
        found = re.search(r"seed (\d+)", complaint)
        if found and at <= int(found[1]) < at + share:
            return f"{complaint}; {self.subjects.describe(int(found[1]))}", fuzz.command(self.name, int(found[1]), 1)
        return complaint, fuzz.command(self.name, at, share)

    def summary(self):
        sums = collections.Counter()
        for (_, _, outcome), number in self.outcomes.items():
            sums[OUTCOMES[outcome]] += number
        return ", ".join(f"{sums[name]} {name}" for name in OUTCOMES if sums[name])

    def table(self):
        """What came of the injections, by plugin and by class."""
        lines = []
        for head, index, names in ("plugin", 0, [row.name for row in ROWS]), ("class", 1, list(mutation.CLASSES)):
            lines.append(f"{head:<14}" + "".join(f"{name:>10}" for name in ("all", *OUTCOMES)))
            for number, name in enumerate(names):
                sums = [sum(n for key, n in self.outcomes.items() if key[index] == number and key[2] == o) for o in range(len(OUTCOMES))]
                lines.append(f"{name:<14}" + "".join(f"{n:>10,}" for n in (sum(sums), *sums)))
            lines.append("")
        return "\n".join(lines)


class Soak(Injections):
    """All grafts at once for `seconds` of the guest's time, or `count` rounds, in one boot."""

    FAULTS = 6 * 60 * len(ROWS)  # of the plan, which begins again at its end

    def plan(self, seed, count):
        return "".join(self.subjects.injection(seed + n, early=True).line() + "\n" for n in range(self.FAULTS))

    def run(self, seconds, seed, count):
        seconds = 0 if count else int(seconds)
        counted, complaint, log = self.boot(seed, count or seconds, f"soak {seconds} {count or 0}")
        if complaint:
            return fuzz.Result(counted, "rounds", seed, complaint, fuzz.command(self.name, seed, count or self.slice), log)
        text = log.read_text(errors="replace")
        remark = "; ".join(re.findall(r"^(\d+ s, \d+ rounds.*?|audited .*?|lost .*?)\r?$", text, re.M)[-3:])
        return fuzz.Result(counted, "rounds", seed, remark=remark)


class Aborts(Injections):
    """Transactions that are aborted, while processes and softirqs read what they change."""

    def plan(self, seed, count):
        return ""

    def boot(self, seed, count):
        return super().boot(seed, count, f"aborts {count} {seed}")

    def summary(self):
        text = max(fuzz.logs(self.name).glob("console-*"), key=lambda path: path.stat().st_mtime).read_text(errors="replace")
        return "; ".join(line.strip() for line in re.findall(r"^(?:\d+ aborted|read \d+ values).*", text, re.M))


def is_new(path, sources):
    return path.exists() and all(path.stat().st_mtime >= source.stat().st_mtime for source in sources)


def services(names):
    """The bits of services, by their names in the SDK's list."""
    numbers = {name: int(number) for number, name in re.findall(r"\bSERVICE\((\d+), (\w+),", SERVICES.read_text())}
    return sum(1 << numbers[name] for name in names)


def make_plugins():
    """Builds the plugins with room for faults, and says what the program in the guest does with each."""
    room, include = HERE / "room.c", engine.ROOT / "plugin-sdk" / "include" / "ringfence"
    shared = [COMPILER, *include.glob("*.h"), *(engine.ROOT / "plugin-sdk" / "crt").iterdir()]
    for name, sources in ("canary", [HERE / "canary.c"]), ("interim", [HERE / "interim.c"]), *((row.name, [row.source, room]) for row in ROWS):
        plugin = FOLDER / f"{name}.plg"
        if not is_new(plugin, [*sources, *sources[0].parent.glob("*.h"), *shared]):
            subprocess.run([COMPILER, "-O2", "-o", plugin, *sources], check=True, timeout=deadline.COMMAND)
    lines, rows = "".join(f"{row.name} {row.work} {services(row.services):x}\n" for row in ROWS), FOLDER / "rows"
    if not rows.exists() or rows.read_text() != lines:  # another target's boot may be reading it
        rows.write_text(lines)


def make_disk():
    """Makes the disk that the work is about: files of noise."""
    image, files = FOLDER / "disk.img", FOLDER / "files"
    if is_new(image, [HERE.parent / "inject.py"]):
        return
    files.mkdir(exist_ok=True)
    draw = random.Random(4)
    for name, pages in ("data", 256), ("tree", 512):
        for number in range(8):
            (files / f"{name}{number}").write_bytes(draw.randbytes(pages * PAGE))
    image.unlink(missing_ok=True)
    command = ["mke2fs", "-q", "-F", "-t", "ext4", "-b", str(PAGE), "-E", "lazy_itable_init=0", "-d", files, image, "36M"]
    subprocess.run(command, check=True, timeout=deadline.COMMAND)


TARGETS = [
    Injections(
        "inject",
        "faults in grafts at work, in page directories of their own (TCG)",
        "tcg",
        slice=200,
        per_boot=PER_BOOT,
        rate=5,
        options=("--icount", "3"),
    ),
    Injections(
        "inject-bochs",
        "the same behind segment limits (Bochs)",
        "bochs",
        slice=11,
        per_boot=1000,
        rate=0.1,
    ),
    Soak(
        "soak",
        "all grafts at once, half of them with faults, for seconds of the guest's time (TCG)",
        "tcg",
        slice=20,
        per_boot=1,
        rate=0.02,
        options=("--icount", "3"),
    ),
    Aborts(
        "aborts",
        "aborted changes of maps, with processes and softirqs that read them (TCG; what is read when is the guest's)",
        "tcg",
        slice=500,
        per_boot=100000,
        rate=50,
        options=("--icount", "3", "--monitor-append", "tick_hz=2000"),
    ),
]
