# SPDX-License-Identifier: MIT
"""The ledger of earlier runs: verdicts, by hash of the monitor and test, and which test killed
which mutant. One JSON object a line, so that a run can be interrupted."""

import collections
import json


class Ledger:
    def __init__(self, path):
        self.path = path
        self.verdicts = {}  # (hash of the image, test, its stamp): complaint
        self.killer = {}  # mutant's name: test
        self.kills = collections.Counter()  # (file or function, test): how often
        self.tries = collections.Counter()
        self.outcomes = {}  # (mutant's name, hash of the monitor as it is): entry
        self.costs = {}  # test: CPU seconds on the monitor as it is
        self.bases = {}  # the same keys as verdicts, of the monitor as it is: complaint
        if path.exists():
            for line in path.read_text().splitlines():
                try:
                    self.take(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    continue  # the last line of a run that was cut short
        self.stream = open(path, "a")

    def write(self, **entry):
        self.take(entry)
        self.stream.write(json.dumps(entry) + "\n")
        self.stream.flush()

    def take(self, entry):
        if entry["what"] == "cost":
            self.costs[entry["test"]] = entry["cpu"]
            self.bases[entry["code"], entry["test"], entry["stamp"]] = entry["complaint"]
            return
        if entry["what"] == "outcome":
            self.outcomes[entry["mutant"], entry["base"]] = entry
            return
        key = entry["code"], entry["test"], entry["stamp"]
        self.verdicts[key] = entry["complaint"]
        file, function = entry["mutant"].split(":")[0].split(" ")
        for about in (file, f"{file} {function}"):
            self.tries[about, entry["test"]] += 1
            self.kills[about, entry["test"]] += bool(entry["complaint"])
        if entry["complaint"]:
            self.killer[entry["mutant"]] = entry["test"]

    def hope(self, mutant, test, prior):
        """Returns the kills to be expected for a second of CPU time. `prior`, from 0 to 1, is
        the share of the mutant's file that the test runs."""
        file, function = mutant.file, f"{mutant.file} {mutant.function}"
        rate = 0.01
        for about, weight in ((file, 1), (function, 3)):
            tries, kills = self.tries[about, test], self.kills[about, test]
            rate += weight * (kills + prior**2) / (tries + 1)
        return rate / self.costs.get(test, 1.0)
