# SPDX-License-Identifier: MIT
"""Policies of plugin-sdk/examples, compiled for the host together with a program that plays the
kernel and asks them (NAME_test.c in this folder)."""

import subprocess

import deadline
from sdk import ROOT, SDK

PLAIN = ["-O2", "-mno-red-zone", "-DCOUNT_INSTRUCTIONS"]
SANITIZED = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def make(folder, point, policies):
    """Returns {(policy, "plain" or "sanitized"): program}."""
    made = {}
    for policy in policies:
        for name, options in ("plain", PLAIN), ("sanitized", SANITIZED):
            made[policy, name] = folder / f"{policy}-{name}"
            # Pointers of the host do not fit into the words of a service's request: the bad policies make one.
            command = ["gcc", "-std=gnu11", *options, "-Wall", "-Wextra", "-Werror", "-Wno-pointer-to-int-cast",
                       "-Wa,--no-warn", f"-I{SDK}/include", "-o", made[policy, name],
                       ROOT / f"tests/plugins/{point}_test.c", SDK / f"examples/{point}/{policy}.c"]  # fmt: skip
            subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return made


def play(program, word):
    """Returns the first line that the program prints. Must succeed."""
    done = subprocess.run([program, word], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 0 and done.stdout.endswith("Test result: SUCCESS\n"), done.stdout + done.stderr
    return done.stdout.splitlines()[0]


def play_numbers(program, word):
    """Returns {name: number}: the words of that line."""
    words = play(program, word).split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))
