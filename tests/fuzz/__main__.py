# SPDX-License-Identifier: MIT
"""Chooses targets, shares the time between them, and reports their results. The status is 0
only if every target tried at least one case and none failed."""

import argparse
import concurrent.futures
import fnmatch
import os
import pathlib
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[0] = str(TESTS)
sys.path.insert(1, str(TESTS.parent / "scripts"))

import emulated  # noqa: E402
import fuzz  # noqa: E402

LANES = min(2, os.cpu_count())


def arguments():
    parser = argparse.ArgumentParser(prog="tests/fuzz", description="Fuzz the project.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="targets, '*' is allowed")
    parser.add_argument("--time", type=float, default=600, help="seconds for all (600)")
    parser.add_argument("--seed", type=int, help="to begin with (from the clock)")
    parser.add_argument("--count", type=int, help="cases of each target, instead of --time")
    parser.add_argument("--list", action="store_true", help="the targets, and no more")
    options = parser.parse_args()
    if options.time <= 0 or (options.count is not None and options.count <= 0):
        parser.error("--time and --count want a number above 0")
    if options.seed is not None and not 0 <= options.seed < 1 << 31:
        parser.error("--seed wants a number from 0 to 2147483647")
    return options


def chosen(names):
    everything = fuzz.targets()
    if not names:
        return everything
    picked = []
    for name in names:
        matching = [t for t in everything if fnmatch.fnmatchcase(t.name, name)]
        if not matching:
            known = ", ".join(t.name for t in everything)
            sys.exit(f"fuzz: there is no target '{name}'; there are {known}")
        picked += [t for t in matching if t not in picked]
    return picked


def fuzz_one(target, seconds, seed, count):
    try:
        return target.run(seconds, seed, count)
    except Exception as error:  # the target's own bug: the others go on
        again = fuzz.command(target.name, seed, count or target.slice)
        why = f"the target itself failed: {type(error).__name__}: {error}"
        return fuzz.Result(0, "cases", seed, why, again)


def tell(target, result, seconds):
    verdict = "ok" if result.passed else "FAILED"
    line = f"{target.name}: seed {result.seed}, {result.count} {result.counted}"
    print(f"{line}, {seconds:.0f} s: {verdict}", f"({result.remark})" if result.remark else "")
    if result.passed:
        return
    print(f"  {result.complaint or 'nothing was tried'}")
    if result.reproduce:
        print(f"  again: {result.reproduce}")
    if result.log:
        print(f"  log: {result.log}")


def main():
    emulated.settle_sanitizers()
    options = arguments()
    picked = chosen(options.names)
    if options.list:
        for target in picked:
            print(f"{target.name:<20} {target.about}")
        return 0
    seed = int(time.time()) & 0x7FFFFFFF if options.seed is None else options.seed
    lanes = min(LANES, len(picked))
    seconds = None if options.count else options.time * lanes / len(picked)
    amount = f"{options.count} cases" if options.count else f"{seconds:.0f} s"
    print(f"fuzz: seed {seed}, {len(picked)} targets, {amount} each", flush=True)
    for target in picked:
        try:
            target.prepare()
        except fuzz.Unfit as error:
            sys.exit(f"fuzz: {target.name} cannot run: {error}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
        began = {}

        def one(target):
            began[target] = time.monotonic()
            return fuzz_one(target, seconds, seed, options.count)

        running = {pool.submit(one, target): target for target in picked}
        for future in concurrent.futures.as_completed(running):
            target = running[future]
            tell(target, future.result(), time.monotonic() - began[target])
            sys.stdout.flush()
            failed += not future.result().passed
    print(f"fuzz: {len(picked) - failed} targets held, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
