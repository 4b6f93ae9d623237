# SPDX-License-Identifier: MIT
"""The mutants of one source file, found in clang's syntax tree.

    never, always   the condition of if, ?: and loops, or the value that a
                    function of type bool returns, is computed and then taken
                    for 0 or 1 ("never" removes what it guards; no loop is made
                    endless)
    operand         an operand of && or || is computed and then ignored
    bound           < for <=, > for >=, and the reverse
    equal           == for !=, and the reverse, outside of conditions
    off by one      "+ 1" or "- 1" left out
    call            a call whose value nobody uses left out

A condition negated is `never` and `always` at once and dies of what kills
either, so it is not counted as another. Left alone are assertions and whatever
else a macro contains, and calls that only log, trace or poison, with the if that
guards nothing else.
"""

import dataclasses
import re
import subprocess

from clang import cindex
from clang.cindex import CursorKind as Kind

ONLY_TELL = re.compile(r"^(log_|trace$|trace_|poison|debug_|print|panic$|snprintf$)")
HINTS = re.compile(r"\b(?:un)?likely(?=\()")
TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
BRANCHES = (Kind.IF_STMT, Kind.WHILE_STMT, Kind.FOR_STMT, Kind.DO_STMT)


@dataclasses.dataclass(frozen=True)
class Mutant:
    file: str  # below hv/
    function: str
    kind: str
    text: str  # what stands there, and which of several
    lines: tuple  # first and last line of that
    body: tuple  # and of the function
    start: int  # offsets of what is replaced
    end: int
    new: str

    @property
    def name(self):
        """The mutant's name. It has no line number, so that it stays the same when other lines
        change."""
        return f"{self.file} {self.function}: {self.kind}: {self.text}"

    def apply(self, source):
        return source[: self.start] + self.new + source[self.end :]


def system_headers():
    done = subprocess.run(
        ["gcc", "-print-file-name=include"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


class Finder:
    """Walks the functions that one file defines."""

    def __init__(self, hv, file, generated):
        self.file = file
        self.path = str(hv / file)
        self.source = (hv / file).read_text()
        # The same offsets without the macros that hide a condition's parts.
        plain = HINTS.sub(lambda match: " " * len(match[0]), self.source)
        words = "-m32 -std=gnu11 -ffreestanding -nostdinc -x c".split()
        words += ["-isystem", system_headers(), "-idirafter", "/usr/include"]
        words += [f"-I{hv / 'include'}", f"-I{generated}"]
        self.unit = cindex.Index.create().parse(
            self.path,
            words,
            [(self.path, plain)],
            cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD,
        )
        fatal = [d for d in self.unit.diagnostics if d.severity >= 4]
        if fatal:
            raise SystemExit(f"mutants: clang cannot read {file}: {fatal[0]}")
        self.macros = [
            (node.extent.start.offset, node.extent.end.offset)
            for node in self.unit.cursor.get_children()
            if node.kind == Kind.MACRO_INSTANTIATION and self.is_here(node)
        ]
        self.found = []
        self.seen = {}
        self.function = None

    def is_here(self, node):
        place = node.location.file
        return place is not None and place.name == self.path

    def in_macro(self, node):
        start, end = node.extent.start.offset, node.extent.end.offset
        return any(a <= start and end <= b for a, b in self.macros)

    def all(self):
        for node in self.unit.cursor.get_children():
            if node.kind == Kind.FUNCTION_DECL and node.is_definition() and self.is_here(node):
                self.function = node
                self.body = node.extent.start.line, node.extent.end.line
                for part in node.get_children():
                    self.walk(part)
        return self.found

    def add(self, kind, start, end, new, about=None):
        first, last = about or (start, end)
        text = " ".join(self.source[first:last].split())
        key = (self.function.spelling, kind, text)
        self.seen[key] = number = self.seen.get(key, 0) + 1
        lines = tuple(self.source.count("\n", 0, at) + 1 for at in (first, last))
        text += f" ({number})" if number > 1 else ""
        self.found.append(
            Mutant(self.file, self.function.spelling, kind, text, lines, self.body, start, end, new)
        )

    def constant(self, kind, start, end, value):
        self.add(kind, start, end, f"((void)({self.source[start:end]}), {value})")

    def walk(self, node):
        if self.in_macro(node):
            return
        children = list(node.get_children())
        if node.kind in BRANCHES:
            self.branch(node, children)
        elif node.kind == Kind.CONDITIONAL_OPERATOR:
            self.both(children[0])
        elif node.kind == Kind.BINARY_OPERATOR:
            self.operator(node, *children)
        elif node.kind == Kind.RETURN_STMT and children:
            self.returned(children[0])
        elif node.kind == Kind.COMPOUND_STMT:
            self.calls(children)
        for child in children:
            self.walk(child)

    def both(self, condition):
        start, end = condition.extent.start.offset, condition.extent.end.offset
        self.constant("never", start, end, 0)
        self.constant("always", start, end, 1)

    def branch(self, node, children):
        span = self.condition(node, children)
        if span and self.source[slice(*span)].strip() and not self.only_tells(node, children):
            self.constant("never", *span, 0)
            if node.kind == Kind.IF_STMT:
                self.constant("always", *span, 1)
        if node.kind == Kind.IF_STMT:
            self.calls(children[1:])
        elif node.kind != Kind.DO_STMT:
            self.calls(children[-1:])

    def only_tells(self, node, children):
        """Is the node an if that guards nothing but a message?"""
        if node.kind != Kind.IF_STMT or len(children) != 2:
            return False
        return bool(ONLY_TELL.match(self.source[children[1].extent.start.offset :]))

    def condition(self, node, children):
        """Returns the offsets of the condition in brackets; of `for`, that between the
        semicolons."""
        at = children[-1].extent.start.offset if node.kind == Kind.DO_STMT else None
        if at is not None:
            return at, children[-1].extent.end.offset
        start = self.source.index("(", node.extent.start.offset) + 1
        depth, end, semicolons = 1, start, []
        while depth:
            character = self.source[end]
            depth += (character == "(") - (character == ")")
            if character == ";":
                semicolons.append(end)
            end += 1
        if node.kind != Kind.FOR_STMT:
            return start, end - 1
        if len(semicolons) != 2:
            return None
        first, second = semicolons
        blanks = len(self.source[first + 1 : second]) - len(
            self.source[first + 1 : second].lstrip()
        )
        return first + 1 + blanks, second

    def operator(self, node, left, right):
        between = slice(left.extent.end.offset, right.extent.start.offset)
        sign = self.source[between].strip()
        whole = node.extent.start.offset, node.extent.end.offset
        if sign in ("&&", "||"):
            for side in (left, right):
                start, end = side.extent.start.offset, side.extent.end.offset
                self.constant("operand", start, end, int(sign == "&&"))
        elif sign in TURNED:
            kind = "equal" if sign in ("==", "!=") else "bound"
            at = self.source.index(sign, between.start)
            self.add(kind, at, at + len(sign), TURNED[sign], whole)
        elif sign in ("+", "-") and self.source[slice(*self.span(right))] in ("1", "1u"):
            self.add("off by one", left.extent.end.offset, right.extent.end.offset, "", whole)

    def span(self, node):
        return node.extent.start.offset, node.extent.end.offset

    def returned(self, value):
        start, end = self.span(value)
        text = self.source[start:end]
        if self.function.result_type.spelling not in ("bool", "_Bool"):
            return
        if text not in ("true", "false", "0", "1"):
            self.constant("never", start, end, 0)
            self.constant("always", start, end, 1)

    def calls(self, statements):
        for node in statements:
            name = node.spelling if node.kind == Kind.CALL_EXPR else ""
            if name and not ONLY_TELL.match(name) and not self.in_macro(node):
                self.add("call", *self.span(node), "(void)0")


def mutants(hv, file, generated):
    """Returns all mutants of a file; `generated` is the folder of the headers that are built."""
    return Finder(hv, file, generated).all()
