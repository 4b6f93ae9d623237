# SPDX-License-Identifier: MIT
"""The errors of plugin-cc."""


class Refusal(Exception):
    """One sentence for the user: what is wrong, where, what to do. Exit status 1."""


class WrongUse(Refusal):
    """The command line is wrong. Exit status 2."""
