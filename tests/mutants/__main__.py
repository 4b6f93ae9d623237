# SPDX-License-Identifier: MIT
"""make mutants: does a test notice when a condition or a call of the monitor is
taken out? Its status is 0 only if at least 95 % of the mutants were killed and
accepted.toml argues for each that was not."""

import argparse
import collections
import concurrent.futures
import fnmatch
import pathlib
import random
import sys
import threading
import time
import tomllib

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(1, str(TESTS))
sys.path.insert(2, str(TESTS.parent / "scripts"))

import engine  # noqa: E402
import coverage  # noqa: E402
import mutation  # noqa: E402
import trial  # noqa: E402
from ledger import Ledger  # noqa: E402
from workshop import NotBuilt, Workshop, digest  # noqa: E402

HV = engine.ROOT / "hv"
STORE = engine.BUILD / "mutants"
ACCEPTED = pathlib.Path(__file__).with_name("accepted.toml")
WANTED = 95  # per cent
# What decides. The rest boots, prints, or ends the machine.
DECIDE = """
    boot/memory.c boot/multiboot.c boot/options.c boot/ranges.c
    cpu/desc_check.c cpu/gdt.c cpu/tss.c cpu/world.c
    dom/*.c entry/*.c mm/*.c plugin/*.c trap/*.c
    include/hv/foreign.h include/hv/frame.h include/hv/guest_access.h include/hv/iret_check.h
    include/hv/page_type.h include/hv/plugin_slot.h include/hv/plugin_world.h include/hv/pt_*.h
""".split()


def arguments():
    parser = argparse.ArgumentParser(prog="make mutants", description="Mutation tests of hv/.")
    parser.add_argument("files", nargs="*", metavar="FILE", help="below hv/, '*' is allowed")
    parser.add_argument("--seed", type=int, default=1, help="of the order and the sample (1)")
    parser.add_argument("--count", type=int, help="so many mutants, chosen at random (all)")
    parser.add_argument("--time", type=float, help="seconds, then no more is begun")
    parser.add_argument("--workers", type=int, default=2, help="at a time (2)")
    parser.add_argument("--effort", type=int, default=1000, help="tests of a kind for one (all)")
    parser.add_argument("--list", action="store_true", help="the mutants, and no more")
    return parser.parse_args()


def files(patterns):
    names = sorted(str(path.relative_to(HV)) for path in HV.rglob("*.[ch]"))
    chosen = [n for n in names if any(fnmatch.fnmatchcase(n, p) for p in patterns or DECIDE)]
    if not chosen:
        sys.exit(f"mutants: hv/ has no file {' '.join(patterns)}; name one as plugin/kill.c")
    return chosen


def all_mutants(options):
    found = []
    for file in files(options.files):
        found += mutation.mutants(HV, file, engine.BUILD / "hv")
    random.Random(options.seed).shuffle(found)
    found = found[: options.count]
    # A header changes most of the monitor: those at the end, and together.
    return sorted(found, key=lambda m: m.file if m.file.endswith(".h") else "")


def accepted():
    """{mutant's name: why nobody has to notice}."""
    entries = tomllib.loads(ACCEPTED.read_text()).get("mutant", [])
    return {f"{e['file']} {e['function']}: {e['mutation']}": e["why"] for e in entries}


class Campaign:
    def __init__(self, options):
        self.options = options
        self.ledger = Ledger(STORE / "ledger.jsonl")
        self.boots = trial.boots()
        self.host = trial.host_tests()
        self.lines = coverage.measure(
            engine.BUILD / "hv" / "ringfence.elf", STORE / "coverage.json", self.tell
        )
        self.by_file = collections.defaultdict(set)
        for place in set().union(*self.lines.values()):
            self.by_file[place.split(":")[0]].add(place)
        self.lock = threading.Lock()
        self.seen = {}
        self.results = {"killed": [], "survived": [], "same": [], "unbuilt": []}
        self.started = time.monotonic()
        self.base = digest(Workshop(1).monitor())

    def tell(self, what):
        print(what, flush=True)

    def runs(self, mutant):
        """Names of the guests that run its lines, or else its function."""
        for first, last in (mutant.lines, mutant.body):
            places = {f"{mutant.file}:{line}" for line in range(first, last + 1)}
            if found := {name for name, lines in self.lines.items() if lines & places}:
                return found
        return set()

    def prior(self, mutant, t):
        """Which part of the file's lines the test runs."""
        if t.on_host:
            return 1
        return len(self.by_file[mutant.file] & self.lines[t.subject.name]) / len(
            self.by_file[mutant.file]
        )

    def trials(self, mutant):
        names = self.runs(mutant)
        chosen = [t for t in self.boots if t.subject.name in names]
        chosen += self.host.get(mutant.file, [])
        chosen.sort(key=lambda t: -self.ledger.hope(mutant, t.name, self.prior(mutant, t)))
        kept, kinds = [], {}
        for t in chosen:
            kinds[t.kind] = kinds.get(t.kind, 0) + 1
            if kinds[t.kind] <= self.options.effort:
                kept.append(t)
        known = self.ledger.killer.get(mutant.name)
        first = [t for t in chosen if t.name == known]
        # Those that are another build: after all others.
        late = ("debug", "sanitized")
        return first + sorted((t for t in kept if t not in first), key=lambda t: t.kind in late)

    def cost(self, workshop, t):
        """CPU seconds on the monitor as it is; None if it does not pass there."""
        with self.lock:
            if t.name not in self.ledger.costs:
                workshop.restore()
                before = trial.cpu_time()
                complaint, _ = t.run(workshop, 600)
                cpu = trial.cpu_time() - before
                if complaint:
                    self.tell(f"{t.name} does not pass without a mutant: {complaint}")
                    cpu = -1
                self.ledger.write(what="cost", test=t.name, cpu=round(cpu, 2))
                return self.ledger.costs[t.name], True
            return self.ledger.costs[t.name], False

    def attempt(self, workshop, mutant, t, code):
        """The complaint of one trial, known or new."""
        key = code, t.name, t.stamp
        if key in self.ledger.verdicts:
            return self.ledger.verdicts[key]
        cost, restored = self.cost(workshop, t)
        if cost < 0:
            return ""
        if restored:
            workshop.mutate(mutant)
        complaint, out_of_time = t.run(workshop, int(2 * cost) + 2)
        if out_of_time:
            complaint, _ = t.run(workshop, int(8 * cost) + 8)
        with self.lock:
            self.ledger.write(
                what="verdict",
                mutant=mutant.name,
                code=code,
                test=t.name,
                stamp=t.stamp,
                complaint=complaint[:200],
            )
        return complaint

    def judge(self, workshop, mutant):
        """("killed", by what) or another key of results."""
        try:
            workshop.mutate(mutant)
            code = workshop.code()
        except NotBuilt as error:
            return "unbuilt", str(error).strip().splitlines()[-1:]
        with self.lock:
            if code in (self.base, workshop.unchanged()) or self.seen.setdefault(code, mutant) is not mutant:
                return "same", ""
        tried = 0
        for t in self.trials(mutant):
            try:
                complaint = self.attempt(workshop, mutant, t, code)
            except NotBuilt:
                complaint = ""
            tried += 1
            if complaint:
                return "killed", f"{t.name}: {complaint}"
        return "survived", f"{tried} tests"

    def work(self, number, queue):
        workshop = Workshop(number)
        workshop.monitor()
        while True:
            with self.lock:
                late = self.options.time and time.monotonic() - self.started > self.options.time
                if not queue or late:
                    break
                mutant = queue.pop(0)
            outcome, why = self.judge(workshop, mutant)
            with self.lock:
                self.results[outcome].append(mutant)
                done = sum(map(len, self.results.values()))
                self.tell(
                    f"{done:4}/{done + len(queue)} {outcome:8} {mutant.name}:{mutant.lines[0]} ({why})"
                )
        workshop.restore()

    def run(self, queue):
        with concurrent.futures.ThreadPoolExecutor(self.options.workers) as pool:
            for job in [pool.submit(self.work, n + 1, queue) for n in range(self.options.workers)]:
                job.result()

    def summary(self):
        killed, survived = len(self.results["killed"]), self.results["survived"]
        reasons = accepted()
        argued = [m for m in survived if m.name in reasons]
        for m in sorted(survived, key=lambda m: m.name):
            self.tell(f"{'accepted' if m.name in reasons else 'SURVIVED'} {m.name} (line {m.lines[0]})")
        for m in self.results["killed"]:
            if m.name in reasons:
                self.tell(f"accepted.toml has {m.name}, which a test kills: take it out")
        count = killed + len(survived)
        rate = 100 * killed / count if count else 0
        self.tell(
            f"{count} mutants, {killed} killed ({rate:.1f} %), {len(survived)} survived "
            f"({len(argued)} argued); besides {len(self.results['same'])} that are the same "
            f"code as another, {len(self.results['unbuilt'])} that are no C"
        )
        return 0 if count and rate >= WANTED and len(argued) == len(survived) else 1


def main():
    options = arguments()
    queue = all_mutants(options)
    if options.list:
        print(*(m.name for m in queue), sep="\n")
        return 0
    STORE.mkdir(parents=True, exist_ok=True)
    campaign = Campaign(options)
    campaign.run(queue)
    return campaign.summary()


if __name__ == "__main__":
    sys.exit(main())
