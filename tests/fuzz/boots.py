# SPDX-License-Identifier: MIT
"""Targets that are micro-guests: a guest with seed= and count= on its command line is booted
repeatedly with consecutive seeds, each fourth time on the debug build of the monitor, which
poisons freed memory. A boot that does not end in a time that is enough for its count on a busy
host counts as hung, which is a failure.
"""

import re

import deadline
import engine
import fuzz
import guest as guests
import makefile
import verdict


class Booted(fuzz.Boots):
    """guest: a directory of tests/guests. per_boot: cases of one boot. rate: so
    many cases a second are the least that a boot does. done: a regular expression
    for the console, of which group 1 is what the guest counted; of several, all
    together."""

    def __init__(self, name, about, guest, engine_name, counted, per_boot, rate, **more):
        self.name = name
        self.about = about
        self.guest = guest
        self.engine = engine_name
        self.counted = counted
        self.per_boot = per_boot
        self.rate = rate
        self.words = more.pop("words", "")
        self.done = more.pop("done", r"^done (\d+)$")
        self.slice = more.pop("slice", per_boot)
        self.options = more

    def prepare(self):
        if complaint := makefile.make(f"guests/{self.guest}"):
            raise fuzz.Unfit(f"tests/guests/{self.guest} does not build: {complaint.strip()}")
        for monitor in (engine.BUILD / "hv" / "ringfence.elf", engine.DEBUG_MONITOR):
            if not monitor.exists():
                raise fuzz.Unfit(f"'{monitor}' does not exist; run 'make hv hv-debug'")

    def judge(self, result, counted):
        """Returns what is wrong with a boot, or ""."""
        judged = verdict.judge(result)
        if not judged.passed:
            return f"{judged.name}: {judged.why}"
        return "" if counted else "the guest did not say how many it did"

    def boot(self, seed, count):
        words = f"{self.words} seed={seed} count={count}".strip()
        result = guests.boot(
            guests.Guest(self.guest, debug=seed % 4 == 3),
            self.engine,
            append=words,
            timeout=deadline.BOOT + count / self.rate,
            **self.options,
        )
        counted = sum(int(n) for n in re.findall(self.done, result.console, re.MULTILINE))
        complaint = self.judge(result, counted)
        if not complaint:
            return counted, "", None
        return counted, f"{complaint} (seed {seed}, after {counted})", self.keep(result, seed)

    def keep(self, result, seed):
        path = fuzz.logs(self.name) / f"seed-{seed}.log"
        path.write_text(
            f"--- console ({result.outcome}, status {result.status}, {result.seconds:.1f} s)\n"
            f"{result.console}\n--- monitor\n{result.monitor_log}\n"
            f"--- engine\n{result.engine_errors}\n"
        )
        return path


class Deadly(Booted):
    """A target whose guest may harm itself: a boot passes if the guest powers off, whatever it
    prints, or if the monitor kills it and logs one reason."""

    def judge(self, result, counted):
        if result.timed_out:
            return "TIMEOUT: neither the guest nor the monitor came to an end"
        if result.status == engine.POWEROFF:
            return ""
        if result.status != engine.CRASH:
            return f"CRASH: status {result.status} ({result.outcome})"
        reasons = re.findall(r"^\(rf\) guest(?: killed: .+|: crash)$", result.monitor_log, re.M)
        if len(reasons) != 1:
            return f"ERROR: the monitor gave {len(reasons)} reasons for the guest's end, not one"
        return ""


RANDOM = r"^seed \d+: (\d+) random plugins"
TARGETS = [
    Booted(
        "hypercalls",
        "random hypercalls and attacks from ring 1 that the guest survives (TCG)",
        "hypercall-random",
        "tcg",
        "hypercalls",
        per_boot=100000,
        rate=500,
        words="style=survive",
        slice=40000,
    ),
    Booted(
        "hypercalls-bochs",
        "the same where segment limits hold (Bochs)",
        "hypercall-random",
        "bochs",
        "hypercalls",
        per_boot=20000,
        rate=100,
        words="style=survive",
        slice=5000,
    ),
    Deadly(
        "deadly",
        "the same with nothing kept out, until the guest is dead (TCG)",
        "hypercall-random",
        "tcg",
        "hypercalls",
        per_boot=20000,
        rate=500,
        words="style=deadly",
        slice=20000,
    ),
    Deadly(
        "deadly-bochs",
        "the same where segment limits hold (Bochs)",
        "hypercall-random",
        "bochs",
        "hypercalls",
        per_boot=5000,
        rate=100,
        words="style=deadly",
        slice=5000,
    ),
    Booted(
        "plugins-segment",
        "random text as plugins, behind segment limits (Bochs)",
        "plugin-random",
        "bochs",
        "plugins",
        per_boot=2000,
        rate=5,
        done=RANDOM,
        slice=200,
    ),
    Booted(
        "plugins-both",
        "the same in page mode where segment limits hold too (Bochs)",
        "plugin-random",
        "bochs",
        "plugins",
        per_boot=2000,
        rate=5,
        done=RANDOM,
        slice=100,
        monitor_append="plugin_mode=page",
    ),
    Booted(
        "plugins-page",
        "random text as plugins, in page directories of their own (TCG)",
        "plugin-random",
        "tcg",
        "plugins",
        per_boot=4000,
        rate=20,
        done=RANDOM,
        slice=1000,
    ),
    Booted(
        "plugin-ops",
        "random plugin_op commands, also from events within plugins (TCG)",
        "plugin-chaos",
        "tcg",
        "commands",
        per_boot=10000,
        rate=100,
        slice=4000,
        done=r"^command \d+: (\d+),",
    ),
]
