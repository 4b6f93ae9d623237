# SPDX-License-Identifier: MIT
"""Documents and comments that name files, options, tables or terms agree with the source."""

import re
import subprocess

import engine
import pytest
from comments import comments

PAGES = sorted([engine.ROOT / "README.md", engine.ROOT / "CONTRIBUTING.md", *engine.ROOT.glob("docs/**/*.md")])
TABLES = sorted(path.name for path in (engine.ROOT / "scripts").glob("*-table"))

# A file's name, with folders or without. NAME, * and <> stand for a part of a name, not for a file.
FILE = re.compile(
    r"(?<![\w/.$*{}<>-])((?:[\w.+-]+/)*[\w+-][\w.+-]*\."
    r"(?:c|h|S|py|md|toml|lds|pml|json|mk|inc|patch))(?![\w/*({-])"
)
# Files that comments name and that are not in the tree.
ELSEWHERE = {
    # Linux's
    "entry_32.S",
    "mm/readahead.c",
    "mm/swap.c",
    "mm/vmscan.c",
    "net/ipv4/udp.c",
    "net/socket.c",
    "scripts/clang-tools/gen_compile_commands.py",
    # made by a build
    "asm-offsets.h",
    "compile_commands.json",
    # examples in a usage, and a file that a test invents
    "two.S",
    "x.c",
}
XEN_HEADERS = "xen/"  # of Debian's libxen-dev


@pytest.mark.parametrize("script", TABLES)
def test_table(script):
    """Tables in documents are made from lists in the source."""
    done = subprocess.run(
        [engine.ROOT / "scripts" / script, "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(engine.ROOT)))
def test_links(page):
    """Links lead to files, and paths in back quotes exist, unless "a new file" follows."""
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), f"link to {link}"
    tops = "hv|guest-patches|plugin-sdk|scripts|tests|docs"
    for path in re.findall(rf"`((?:{tops})/[\w./-]*)`(?!,\s+a\s+new\s+file\b)", text):
        if path.endswith("NAME/"):
            continue
        assert (engine.ROOT / path).exists(), f"no {path}"


def test_options():
    """Every option of the monitor is in docs/testing.md."""
    source = (engine.ROOT / "hv/boot/options.c").read_text()
    names = re.findall(r'!strcmp\(name, "(\w+)"\)', source)
    page = (engine.ROOT / "docs/testing.md").read_text()
    assert len(names) >= 6
    for name in names:
        assert f"`{name}=`" in page, f"option {name}"


def endings(names):
    """Every way to name a file of the tree: with all, some or none of its folders."""
    parts = [name.split("/") for name in names]
    return {"/".join(part[first:]) for part in parts for first in range(len(part))}


def test_files_in_comments():
    """Files that comments of the source name are in the tree."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=engine.ROOT, capture_output=True, text=True
    )
    names = [name for name in listing.stdout.splitlines() if (engine.ROOT / name).is_file()]
    known, seen, stale = endings(names) | ELSEWHERE, 0, []
    for name in names:
        for line, comment in comments(engine.ROOT / name):
            for file in FILE.findall(comment):
                seen += 1
                if file not in known and "NAME" not in file and not file.startswith(XEN_HEADERS):
                    stale.append(f"{name}:{line}: no {file}")
    assert seen >= 200
    assert not stale, "\n".join(stale)


def test_reading_order():
    """Both reading orders of hv/plugin/ name each of its files, in the same order."""
    page = (engine.ROOT / "docs/reading-order.md").read_text()
    in_page = re.findall(r"^\| \d+ \| `hv/plugin/([\w.]+)`", page, re.M)
    header = (engine.ROOT / "hv/include/hv/plugin_slot.h").read_text()
    order = header.partition("Reading order")[2].partition("*/")[0].partition(":\n")[2]
    in_header = re.findall(r"\w+\.[cS]\b", order)
    assert in_page == in_header
    assert sorted(in_page) == sorted(path.name for path in (engine.ROOT / "hv/plugin").iterdir())


def test_glossary():
    """Every term of the glossary has a meaning. test_links() looks at the places."""
    page = (engine.ROOT / "docs/glossary.md").read_text()
    rows = [row.split("|")[1:-1] for row in page.splitlines() if row.startswith("| ")]
    assert len(rows) >= 60
    for row in rows:
        assert all(cell.strip() for cell in row[:2]), row
