# SPDX-License-Identifier: MIT
"""The launcher in odd surroundings: streams, signals at random moments, limits of
memory, files and disk, locales, owners, names (surroundings/). No traceback, nothing
left behind, only documented statuses."""

import json
import os
import pathlib
import re
import subprocess

import engine
import fuzz

HERE = pathlib.Path(__file__).resolve().parent / "surroundings"


class Surroundings(fuzz.Target):
    name = "surroundings"
    about = "the launcher in odd surroundings (the moment of a signal is the host's)"
    slice = 30

    def run(self, seconds, seed, count):
        log = fuzz.logs(self.name) / f"log-{seed}"
        folder = fuzz.logs(self.name) / f"stage-{os.getpid()}-{seed}"
        argv = ["/usr/bin/python3", "-B", HERE, folder, engine.ROOT / "scripts" / "ringfence"]
        argv += [seed, count or 0, seconds or 0]
        with open(log, "wb") as to:
            done = subprocess.run([*map(str, argv)], stdin=subprocess.DEVNULL, stdout=to, stderr=to, check=False)
        text = log.read_text(errors="replace")
        counted = re.search(r"^done (\d+)$", text, re.M)
        result = fuzz.Result(int(counted[1]) if counted else 0, "surroundings", seed, log=log)
        if found := re.search(r"^\{.*\}$", text, re.M):
            case = json.loads(found[0])
            result.complaint = f"{case['wrong']} ({case['case']})"
            result.reproduce = fuzz.command(self.name, case["seed"], 1)
        elif done.returncode or not counted:
            result.complaint = f"it ended with status {done.returncode}: {text[-300:]!r}"
        return result


TARGETS = [Surroundings()]
