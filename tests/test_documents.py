# SPDX-License-Identifier: MIT
"""What documents say of the source is what the source says."""

import re
import subprocess

import engine
import pytest

PAGES = sorted([engine.ROOT / "README.md", engine.ROOT / "CONTRIBUTING.md", *engine.ROOT.glob("docs/**/*.md")])
TABLES = sorted(path.name for path in (engine.ROOT / "scripts").glob("*-table"))


@pytest.mark.parametrize("script", TABLES)
def test_table(script):
    """Tables in documents are made from lists in the source."""
    done = subprocess.run(
        [engine.ROOT / "scripts" / script, "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(engine.ROOT)))
def test_links(page):
    """Links lead to files, and paths in back quotes exist."""
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), f"link to {link}"
    tops = "hv|guest-patches|plugin-sdk|scripts|tests|docs"
    for path in re.findall(rf"`((?:{tops})/[\w./-]*)`", text):
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
