# SPDX-License-Identifier: MIT
"""A database that Debian's SQLite reads in the guest, for test_eviction.py: 99.95 % lookups by the
primary key, the n-th key in popularity n^-SKEW as often as the first, and 0.05 % scans of a quarter of
the rows. The table is one B-tree, of which about one page in twenty is an inner page. SQLite itself
attaches the graft for its process, and keeps only ten pages in its own cache, so that it needs the page cache.

DATABASE_ROUNDS=20 and DATABASE_SKEW=0.99 in the environment run it longer, and with another popularity."""

import dataclasses
import itertools
import os
import random
import sqlite3

import evict_session as session
from debian_programs import unpack

# scripts/packages lists the same.
PACKAGES = "sqlite3", "libsqlite3-0", "libreadline8", "libtinfo6", "zlib1g", "libc6"
FILES = (
    "sqlite3", "libsqlite3.so.0", "libreadline.so.8", "libtinfo.so.6", "libz.so.1", "libm.so.6", "libc.so.6", "ld-linux.so.2",
)  # fmt: skip

ROWS, VALUE_BYTES, SCAN_ROWS = 61440, 352, 15360
MEMORY = 5000 << 10  # of the cgroup
ROUND = 2000  # operations: the last one is a scan
FIRST_COUNTED = 3
ROUNDS = int(os.environ.get("DATABASE_ROUNDS", 7))
SKEW = float(os.environ.get("DATABASE_SKEW", 1.2))

SQLITE = "LD_LIBRARY_PATH=/sqlite /sqlite/ld-linux.so.2 /sqlite/sqlite3"
DATABASE = "'file:/mnt/db?immutable=1'"
SETUP = f"""\
mkdir /cg/db && echo {MEMORY} >/cg/db/memory.max || exit 1
env {SQLITE} {DATABASE} "SELECT pageno - 1 FROM dbstat WHERE pagetype = 'internal'" >/inner-pages && seq 0 $(($(stat -c %s /mnt/db) / 4096)) >/all-pages || exit 1
cat >/facts <<'END'
read requests merges sectors rest </sys/block/vda/stat
read _ _ _ _ _ _ _ _ _ _ _ _ _ user system rest </proc/$1/stat
echo "facts|$requests|$((sectors / 2))|$(((user + system) * 10))"
END
"""
FACTS = ".system . /facts $PPID"


def make_sqlite(folder):
    """Makes the folder /sqlite of the guest."""
    return unpack(folder, PACKAGES, FILES)


def key(number):
    return f"user{number:08}"


def make_database(folder):
    draw = random.Random(11)
    with sqlite3.connect(folder / "db") as database:
        database.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID")
        rows = ((key(number), draw.randbytes(VALUE_BYTES // 2).hex()) for number in range(ROWS))
        database.executemany("INSERT INTO t VALUES (?, ?)", rows)
    database.close()


def make_operations(file):
    """Makes the keys of the lookups, a database that stays in memory."""
    draw = random.Random(13)
    numbers = list(range(ROWS))
    draw.shuffle(numbers)
    weights = list(itertools.accumulate(rank**-SKEW for rank in range(1, ROWS + 1)))
    keys = enumerate(map(key, draw.choices(numbers, cum_weights=weights, k=ROUNDS * ROUND)))
    with sqlite3.connect(file) as operations:
        operations.execute("CREATE TABLE operations (n INTEGER PRIMARY KEY, k TEXT)")
        operations.executemany("INSERT INTO operations VALUES (?, ?)", keys)
    operations.close()


def statements(rounds):
    """Returns pairs of SQL: lookups, and the scan behind them."""
    draw = random.Random(12)
    pairs = []
    for first in range(0, rounds * ROUND, ROUND):
        begin = draw.randrange(ROWS - SCAN_ROWS)
        pairs += [(
            "SELECT 'lookups', count(*), sum(unicode(substr(v, 1 + n % 350))) FROM operations CROSS JOIN t USING (k) "
            f"WHERE n BETWEEN {first} AND {first + ROUND - 2}",
            f"SELECT 'scan', count(v), max(k) FROM t WHERE k >= '{key(begin)}' AND k < '{key(begin + SCAN_ROWS)}'",
        )]  # fmt: skip
    return pairs


def expected(database, operations):
    """Returns what SQLite on the host answers."""
    with sqlite3.connect(database) as here:
        here.execute("ATTACH ? AS operations", (str(operations),))
        lines = ["|".join(map(str, here.execute(sql).fetchone())) for pair in statements(ROUNDS) for sql in pair]
    here.close()
    return lines


def make_script(file, rounds, policy=None, inner_pages=None):
    """Makes what SQLite is to execute."""
    lines = []
    if policy:
        lines += [f".system plugctl load /t/{policy}.plg >/dev/null"]
    if inner_pages:
        lines += [f".system plugctl call {policy} inner --window {inner_pages} $(stat -c %i /mnt/db) >/dev/null"]
    if policy:
        lines += [f".system plugctl attach evict {policy} --pid $PPID >/dev/null"]
    lines += ["ATTACH '/t/operations.db' AS operations;", "PRAGMA main.cache_size = 10;", "PRAGMA operations.cache_size = 10;"]
    lines += [FACTS]
    for pair in statements(rounds):
        for sql in pair:
            lines += [f"{sql};", FACTS]
    if policy:
        lines += [".system plugctl --json grafts", f".system plugctl --json show {policy}", f".system plugctl unload {policy} >/dev/null"]
    file.write_text("\n".join(lines) + "\n")


# Name of a case: rounds, and the policy with the list of inner pages.
SCRIPTS = {
    "db-default": (ROUNDS,),
    "db-btree": (ROUNDS, "btree", "/inner-pages"),
    "db-lies": (1, "btree", "/all-pages"),
}


def make_scripts(folder):
    for name, arguments in SCRIPTS.items():
        make_script(folder / f"{name}.sql", *arguments)


def case(name):
    """Returns the commands of a case, which executes the script of that name."""
    return session.work("db", f"env {SQLITE} {DATABASE} </t/{name}.sql")


@dataclasses.dataclass
class Cost:
    """Of all operations of a kind."""

    number: int = 0
    requests: int = 0
    kib: int = 0
    ms: int = 0  # CPU time of the process

    def add(self, number, before, after):
        self.number += number
        self.requests += after[0] - before[0]
        self.kib += after[1] - before[1]
        self.ms += after[2] - before[2]


def costs(lines, first, end):
    """Returns {"lookups": Cost, "scan": Cost} of the rounds from `first` up to `end` of a case that printed these lines."""
    facts = [[int(word) for word in line.split("|")[1:]] for line in lines if line.startswith("facts")]
    found = {"lookups": Cost(), "scan": Cost()}
    for number in range(first, end):
        for at, (kind, operations) in enumerate((("lookups", ROUND - 1), ("scan", 1)), 2 * number):
            found[kind].add(operations, facts[at], facts[at + 1])
    return found
