# SPDX-License-Identifier: MIT
"""One run of the launcher in odd surroundings, all of it following from a seed."""

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import termios

import oddities
from ward import HANG, Ward, orphans, start

TIMED_OUT, FAILED = 124, 125
TRACES = re.compile(r"Traceback|Fatal Python|Exception ignored|a fault in this program|most recent call")
FEW = {resource.RLIMIT_NOFILE: 1, resource.RLIMIT_NPROC: 0, resource.RLIMIT_FSIZE: 0}
TARGETS = ("", "/f", "/", "/plugins", "/bin/tac", "/bin/busybox/x", "/proc/x", "/lib/x", "/circle/x", "/.ringfence/exec")
TARGETS += ("/../x", "/a/b/c/", "/" + "n" * 300, "/" + "p/" * 3000, "/dev", "x", "/\udcff")
JUNK = ("run", "walk", "--exec", "--put", "--memory", "3584", "0", "-1", "1e999", "nan", "--timeout", "1e308", "\udcff", "", "--", "-x")


class Case:
    def __init__(self, stage, seed):
        self.stage = stage
        self.seed = seed
        self.folder = stage.folder / f"case-{seed}"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.temporaries = self.folder / "tmp"
        self.temporaries.mkdir()
        self.temporaries.chmod(0o1777)
        self.streams = {}  # number: descriptor, or None for a closed one
        self.drain = []
        self.kept = []
        self.limits = {resource.RLIMIT_CORE: 0}
        self.environment = {**os.environ, "TMPDIR": str(self.temporaries)}
        self.directory = self.folder
        self.before_exec = []
        self.user = None
        self.signals = []
        self.random = random.Random(seed)
        self.words = self.random_words()
        self.odd = self.random.sample(oddities.ALL, self.random.choice((0, 1, 1, 1, 2, 2, 3)))
        for oddity in dict.fromkeys(self.odd):
            oddity(self, self.random)

    # ---- the command line ----

    def random_words(self):
        kinds = (self.idle, self.idle, self.idle_on_bochs, self.probe, self.put, self.put, self.put, self.files, self.files, self.junk, self.help)
        return [str(word) for word in self.random.choice(kinds)()]

    def machine(self, engine="tcg"):
        seconds = self.random.choice(("0.05", "0.2", "0.5"))
        return ["run", "--engine", engine, "--monitor", self.stage.idle, "--kernel", self.stage.idle, "--timeout", seconds]

    def idle(self):
        return self.machine()

    def idle_on_bochs(self):
        return self.machine("bochs")

    def probe(self):
        return [*self.machine(), "--monitor", self.stage.probe]

    def put(self):
        words = [*self.machine(), "--initrd", self.stage.initrd]
        for _ in range(self.random.randint(1, 3)):
            source, target = self.random.choice(self.stage.sources), self.random.choice(TARGETS)
            words += ["--put", f"{source}:{target}" if target else source]
        return words + ["--exec", self.random.choice(("true", "", "\udcff\n'"))] * self.random.randint(0, 1)

    def files(self):
        option = self.random.choice(("--kernel", "--monitor", "--initrd", "--disk", "--log"))
        words = self.machine(self.random.choice(("tcg", "tcg", "bochs")))
        source = self.random.choice([name for name in self.stage.sources if option != "--log" or not name.endswith("/plain")])
        if option == "--disk" and self.random.randint(0, 1):
            source += ",ata,snapshot"
        return [*words, option, source]

    def junk(self):
        return self.random.choices(JUNK, k=self.random.randint(0, 5))

    def help(self):
        return ["run", "--help"] if self.random.randint(0, 1) else ["--help"]

    # ---- the run ----

    def keep(self, fd):
        self.kept.append(fd)

    def prepare(self):
        """Runs in the new process, before execve()."""
        os.chdir(self.directory)
        spare = {fd: os.dup2(given, 100 + fd) for fd, given in self.streams.items() if given is not None}
        for fd in (0, 1, 2):
            os.close(fd)
            if fd in spare:
                os.dup2(spare[fd], fd)
        os.closerange(3, 1000)
        os.setsid()
        for function in self.before_exec:
            function()
        for kind, value in self.limits.items():
            resource.setrlimit(kind, (value, value))
        if self.user is not None:
            os.setgroups([])
            os.setresgid(self.user, self.user, self.user)
            os.setresuid(self.user, self.user, self.user)

    def open_usual_streams(self):
        self.said = self.folder / "said"
        self.usual_error = 2 not in self.streams
        usual = {
            0: lambda: os.open(os.devnull, os.O_RDONLY),
            1: lambda: os.open(self.folder / "output", os.O_WRONLY | os.O_CREAT),
            2: lambda: os.open(self.said, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        }
        for fd, make in usual.items():
            if fd not in self.streams:
                self.streams[fd] = make()

    def terminals(self):
        found = {}
        for fd in self.streams.values():
            if fd is not None and os.isatty(fd):
                found[fd] = (os.get_blocking(fd), termios.tcgetattr(fd))
        return found

    def run(self):
        """Runs the case. Returns what is wrong, or ""."""
        if self.stage.interpreter_fails(self):
            return ""
        self.open_usual_streams()
        before = self.terminals()
        ward = Ward(start([str(self.stage.launcher), *self.words], self.environment, self.prepare), self.drain)
        try:
            return self.observe(ward) or self.judge(ward) or self.leftovers(ward, before)
        finally:
            if ward.status is None:
                ward.signal(signal.SIGKILL)
                ward.wait(HANG)
            ward.close()

    def observe(self, ward):
        for delay, number in self.signals:
            if ward.wait(delay):
                return ""
            ward.signal(number)
        return "" if ward.wait(HANG) else "hangs"

    def judge(self, ward):
        said = self.said.read_text(errors="replace") if self.usual_error and self.said.exists() else ""
        if TRACES.search(said):
            return f"does not say one sentence:\n{said}"
        if ward.status < 0:
            return "" if -ward.status in {number for _, number in self.signals} else f"killed by signal {-ward.status}"
        if ward.status not in (0, TIMED_OUT, FAILED):
            return f"status {ward.status} is not documented; said: {said!r}"
        written = self.usual_error and resource.RLIMIT_FSIZE not in self.limits
        lines = said.splitlines()
        if ward.status and written and (not lines or not all(line.startswith("ringfence: ") for line in lines)):
            return f"status {ward.status} without a sentence; said: {said!r}"
        if ward.status == FAILED and written and len(lines) != 1:
            return f"does not say one sentence:\n{said}"
        return ""

    def leftovers(self, ward, before):
        if left := orphans():
            return f"left running: {left}"
        if ward.status == -signal.SIGKILL:
            return self.sweep(ward)
        if left := self.folders(ward):
            return f"left behind: {left}"
        for fd, state in before.items():
            if (os.get_blocking(fd), termios.tcgetattr(fd)) != state:
                return "the terminal is not as it was"
        return ""

    def folders(self, ward):
        """Returns the run folders that this case has left."""
        places = {self.temporaries, self.environment.get("TMPDIR") or "/tmp", "/tmp", "/var/tmp", self.directory}
        found = []
        for place in places:
            if os.path.isdir(place):
                found += [name for name in os.listdir(place) if name.startswith(f"ringfence-run-{ward.pid}-")]
        return found + list(self.temporaries.iterdir())

    def sweep(self, ward):
        """After SIGKILL: the next run of the same user must remove the folder that was left."""
        if not self.folders(ward) or self.user is not None:
            return ""
        words = [self.stage.launcher, *map(str, self.machine())]
        environment = {"PATH": "/usr/bin:/bin", "TMPDIR": self.environment.get("TMPDIR", "/tmp")}
        subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        left = self.folders(ward)
        return f"left behind, even after the next run: {left}" if left else ""

    def describe(self):
        oddness = ", ".join(dict.fromkeys(oddity.__name__ for oddity in self.odd)) or "nothing odd"
        return f"{oddness}; words {self.words}"

    def close(self):
        for fd in {*self.kept, *(fd for fd in self.streams.values() if fd is not None)}:
            os.close(fd)
        subprocess.run(["chmod", "-R", "u+rwX", self.folder], check=False)
        shutil.rmtree(self.folder)


def interpreter_starts(case):
    """Do shell and Python start under the case's limits, made a little tighter? If not, the
    launcher cannot start either and the case says nothing."""

    def prepare():
        os.closerange(0, 1000)
        for fd in (0, 1, 2):
            os.open(os.devnull, os.O_RDWR)
        for kind, value in case.limits.items():
            value = max(0, value - FEW.get(kind, oddities.MIB))
            resource.setrlimit(kind, (value, value))

    ward = Ward(start([str(case.stage.starter)], {}, prepare))
    try:
        return ward.wait(HANG) and ward.status == 0
    finally:
        ward.close()
