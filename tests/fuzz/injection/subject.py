# SPDX-License-Identifier: MIT
"""The plugins that faults are injected into. A new one is a row in ROWS: its work is one of those that
work.c lists, and its services are what `plugctl load --allow` takes."""

import dataclasses
import pathlib
import random

import engine

from . import instruction, mutation

EXAMPLES = engine.ROOT / "plugin-sdk" / "examples"
HERE = pathlib.Path(__file__).resolve().parent
MAPS = {"map_open", "map_get", "map_set", "map_delete", "map_next", "map_push", "map_lock", "map_unlock", "undo"}


@dataclasses.dataclass(frozen=True)
class Row:
    name: str  # of the plugin, and of its file
    work: str
    source: pathlib.Path
    services: frozenset = frozenset()


ROWS = (
    Row("stride", "walks", EXAMPLES / "readahead" / "stride.c"),
    Row("list", "list", EXAMPLES / "readahead" / "list.c"),
    Row("mru", "search", EXAMPLES / "evict" / "mru.c"),
    Row("lfu", "search", EXAMPLES / "evict" / "lfu.c"),
    Row("s3fifo", "search", EXAMPLES / "evict" / "s3fifo.c"),
    Row("btree", "search", EXAMPLES / "evict" / "btree.c"),
    Row("filter", "filter", EXAMPLES / "packet" / "filter.c"),
    Row("cache", "cache", EXAMPLES / "packet" / "cache.c"),
    Row("handoff", "turns", EXAMPLES / "sched" / "handoff.c"),
    Row("foreground", "turns", EXAMPLES / "sched" / "foreground.c"),
    Row("tally", "words", EXAMPLES / "tally" / "tally.c", frozenset(MAPS)),
    Row("books", "books", HERE / "books.c", frozenset(MAPS)),
)


@dataclasses.dataclass(frozen=True)
class Injection:
    """One fault. It follows from the seed, the rows and the plugins."""

    seed: int
    row: int
    kind: str
    address: int
    what: str
    patches: tuple  # (offset in the file, bytes)

    def line(self):
        """For the program in the guest."""
        kinds = list(mutation.CLASSES)
        return f"{self.seed} {self.row} {kinds.index(self.kind)} " + ",".join(f"{at}:{raw.hex()}" for at, raw in self.patches)


class Subjects:
    """The rows with their code, from the .plg files in `folder`."""

    def __init__(self, folder):
        self.codes = [instruction.Code((folder / f"{row.name}.plg").read_bytes()) for row in ROWS]

    def injection(self, seed, early=False):
        """Each row and class in turn has as many as any other, as far as the row has places for the class.
        early: of the classes that do most harm, in the first instructions of each call."""
        draw = random.Random(seed)
        row = seed % len(ROWS)
        kinds = mutation.HARMFUL if early else list(mutation.CLASSES)
        kind = kinds[seed // len(ROWS) % len(kinds)]
        code = self.codes[row].early() if early else self.codes[row]
        for attempt in range(1000):
            if attempt % 50 == 49:
                kind = draw.choice(kinds)
            found = mutation.CLASSES[kind](code, draw)
            if found:
                address, patches, what = found
                return Injection(seed, row, kind, address, what, tuple((code.file_offset(at), raw) for at, raw in patches))
        raise AssertionError(f"no fault fits into {ROWS[row].name}")

    def describe(self, seed):
        injection = self.injection(seed)
        code = self.codes[injection.row]
        return f"{ROWS[injection.row].name}, class {injection.kind}, at {code.where(injection.address)}: {injection.what}"
