# SPDX-License-Identifier: MIT
"""The comments of a source file, for tests of what they say."""

import io
import re
import tokenize

# A string or character, which may contain what looks like a comment; or a comment.
C_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'|" r"(/\*.*?\*/|//[^\n]*)", re.S)
C_SUFFIXES = (".c", ".h", ".S", ".inc", ".lds")
MAKE_SUFFIXES = ("Makefile", ".mk")


def of_c(text):
    for found in C_TOKEN.finditer(text):
        if found[1]:
            yield text.count("\n", 0, found.start()) + 1, found[1]


def of_python(text):
    """Comments, and strings in three quotes: docstrings and help texts."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and '"""' in token.string):
            yield token.start[0], token.string


def of_shell(text):
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            yield number, line


def comments(path):
    """(number of the comment's first line, comment) for each comment of the file."""
    if path.suffix == ".patch":
        return []
    text = path.read_text()
    if path.name.endswith(C_SUFFIXES):
        return of_c(text)
    if path.suffix == ".py" or text.startswith("#!/usr/bin/python3"):
        return of_python(text)
    if text.startswith("#!") or path.name.endswith(MAKE_SUFFIXES):
        return of_shell(text)
    return []
