# SPDX-License-Identifier: MIT
"""make mutants: does a test fail when a condition or a call of the monitor is removed? The
status is 0 only if tests killed at least 95 % of the mutants and accepted.toml gives a reason
for each survivor."""

import argparse
import concurrent.futures
import fnmatch
import pathlib
import random
import re
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
KINDS = ("host", "tcg", "bochs", "debug")
# Files that decide what a guest or plugin may do. The rest boots, prints, or ends the machine.
DECIDE = """
    boot/memory.c boot/multiboot.c boot/options.c boot/ranges.c
    cpu/desc_check.c cpu/gdt.c cpu/tss.c cpu/world.c
    dev/chipset.c dev/io_ports.c dev/pci.c dev/pci_decode.c dev/pci_rules.c
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
    parser.add_argument("--kinds", default=",".join(KINDS), help="of tests (%(default)s)")
    parser.add_argument("--list", action="store_true", help="the mutants, and no more")
    options = parser.parse_args()
    options.kinds = options.kinds.split(",")
    if unknown := set(options.kinds) - set(KINDS):
        parser.error(f"there is no kind {' '.join(sorted(unknown))}")
    return options


def files(patterns):
    names = sorted(str(path.relative_to(HV)) for path in HV.rglob("*.[ch]"))
    chosen = [n for n in names if any(fnmatch.fnmatchcase(n, p) for p in patterns or DECIDE)]
    if not chosen:
        sys.exit(f"mutants: hv/ has no file {' '.join(patterns)}; name one as plugin/kill.c")
    return chosen


def all_mutants(options):
    """Returns the mutants in an order whose beginning, however short, has a share of each
    file's."""
    found = []
    for file in files(options.files):
        here = mutation.mutants(HV, file, engine.BUILD / "hv")
        dice = random.Random(f"{options.seed} {file}")
        dice.shuffle(here)
        offset = dice.random()
        found += [((n + offset) / len(here), mutant) for n, mutant in enumerate(here)]
    chosen = [mutant for _, mutant in sorted(found, key=lambda pair: pair[0])][: options.count]
    # A changed header changes most objects: mutants of headers come last, together.
    return sorted(chosen, key=lambda m: m.file if m.file.endswith(".h") else "")


def accepted():
    """Returns {mutant's name: why no test has to notice it}."""
    entries = tomllib.loads(ACCEPTED.read_text()).get("mutant", [])
    return {f"{e['file']} {e['function']}: {e['mutation']}": e["why"] for e in entries}


class Campaign:
    def __init__(self, options):
        self.options = options
        self.ledger = Ledger(STORE / "ledger.jsonl")
        self.boots = [t for t in trial.boots() if t.kind in options.kinds]
        self.host = trial.host_tests() if "host" in options.kinds else {}
        self.tests = {t.name: t for t in sum(self.host.values(), self.boots)}
        self.coverage = coverage.Coverage(
            engine.BUILD / "hv" / "ringfence.elf", STORE / "coverage.json"
        )
        self.lock = threading.Lock()
        self.seen = {}
        self.results = {"killed": [], "survived": [], "same": [], "unbuilt": []}
        self.started = time.monotonic()
        self.base = digest(Workshop(1).image("tcg", None))

    def tell(self, what):
        print(what, flush=True)

    def runs(self, mutant, t):
        """Does the test run any line of the mutated function?"""
        if t.kind == "host":
            return True
        first, last = mutant.body
        return self.coverage.runs(t.subject, mutant.file, range(first, last + 1))

    def prior(self, mutant, t):
        """How likely is the test to notice the mutant, from 0 to 1, before any run is known?"""
        if t.kind == "host":
            return 1
        share = self.coverage.share(mutant.file, t.subject.name)
        if share is None:
            # Guests are named after what they test, as files and functions are.
            about = set(re.split(r"[/_.]", f"{mutant.file}_{mutant.function}"))
            words = t.subject.name.split("-")
            share = len(about & set(words)) / len(words)
        return share

    def trials(self, mutant):
        """Yields the tests to try, the likeliest to notice first, but all of one engine before
        the next: what a guest does not notice on one engine, it seldom notices on another."""
        chosen = self.host.get(mutant.file, []) + self.boots
        hope = {t: self.ledger.hope(mutant, t.name, self.prior(mutant, t)) for t in chosen}
        known = self.ledger.killer.get(mutant.name)
        order = sorted(
            chosen, key=lambda t: (t.name != known, max(1, KINDS.index(t.kind)), -hope[t])
        )
        left = dict.fromkeys(KINDS, self.options.effort)
        for t in order:
            if left[t.kind] and self.runs(mutant, t):
                left[t.kind] -= 1
                yield t

    def attempt(self, workshop, mutant, t):
        """Returns the complaint of one trial, from the ledger if it is known."""
        base = workshop.clean_image(t.kind, t.subject)
        cost = self.cost(t, base)
        if cost is None:
            return ""
        image = workshop.image(t.kind, t.subject)
        key = digest(image), t.name, t.stamp
        if key in self.ledger.verdicts:
            return self.ledger.verdicts[key]
        complaint = "" if key[0] == digest(base) else t.run(image, int(4 * cost) + 2)
        with self.lock:
            self.ledger.write(
                what="verdict",
                mutant=mutant.name,
                code=key[0],
                test=t.name,
                stamp=t.stamp,
                complaint=complaint[:200],
            )
        return complaint

    def cost(self, t, base):
        """Returns the CPU seconds that the test takes without a mutant; None if it does not
        pass then."""
        key = digest(base), t.name, t.stamp
        if key not in self.ledger.bases:
            before = trial.cpu_time()
            complaint = t.run(base, 600)
            cpu = round(trial.cpu_time() - before, 2)
            if complaint:
                self.tell(f"{t.name} does not pass without a mutant: {complaint}")
            with self.lock:
                self.ledger.write(
                    what="cost",
                    test=t.name,
                    cpu=cpu,
                    code=key[0],
                    stamp=t.stamp,
                    complaint=complaint[:200],
                )
        return None if self.ledger.bases[key] else self.ledger.costs[t.name]

    def known(self, mutant):
        """Returns the outcome of an earlier run, if neither the monitor nor the test has
        changed."""
        entry = self.ledger.outcomes.get((mutant.name, self.base))
        if entry and entry["outcome"] == "killed":
            test = self.tests.get(entry["test"])
            return entry if test and test.stamp == entry["stamp"] else None
        return entry if entry and entry["outcome"] == "same" else None

    def judge(self, workshop, mutant):
        """Tries a mutant. Returns the entry for the ledger: outcome, reason, and what they
        depend on."""
        entry = dict(what="outcome", mutant=mutant.name, base=self.base)
        if known := self.known(mutant):
            self.seen.setdefault(known["code"], mutant)
            return known
        try:
            workshop.mutate(mutant)
            code = digest(workshop.image("tcg", None))
        except NotBuilt as error:
            why = "".join(str(error).strip().splitlines()[-1:])
            return dict(entry, outcome="unbuilt", why=why)
        entry["code"] = code
        with self.lock:
            if code == self.base or self.seen.setdefault(code, mutant) is not mutant:
                return dict(entry, outcome="same", why="")
        tried = 0
        for t in self.trials(mutant):
            try:
                complaint = self.attempt(workshop, mutant, t)
            except NotBuilt:
                complaint = ""
            tried += 1
            if complaint:
                why = f"{t.name}: {complaint}"
                return dict(entry, outcome="killed", why=why, test=t.name, stamp=t.stamp)
        return dict(entry, outcome="survived", why=f"{tried} tests")

    def work(self, number, queue):
        workshop = Workshop(number)
        workshop.clean_image("tcg", None)
        while True:
            with self.lock:
                late = self.options.time and time.monotonic() - self.started > self.options.time
                if not queue or late:
                    break
                mutant = queue.pop(0)
            entry = self.judge(workshop, mutant)
            outcome, why = entry["outcome"], entry["why"]
            with self.lock:
                self.results[outcome].append(mutant)
                self.ledger.write(**entry)
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
