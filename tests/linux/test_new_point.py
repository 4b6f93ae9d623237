# SPDX-License-Identifier: MIT
"""docs/new-point.md does what it says: its blocks, put into a copy of the tree, make a kernel with a
new graft point, at which a plugin decides."""

import os
import re
import shutil
import subprocess

import deadline
import linux_guest as guest
import pytest

PAGE = guest.ROOT / "docs" / "new-point.md"
PLACE = re.compile(
    r"`(?P<path>[^`\n]+)`, (?:a\s+new\s+file(?P<new>)|(?P<side>behind|before)\s+the\s+line\s+that\s+begins\s+with\s+`(?P<line>[^`\n]+)`)"
    r"[^`]*?(?:`series`[^`]*)?:\n\n```\w+\n(?P<text>.*?)```\n",
    re.S,
)
TOUCHED = 64  # pages


def blocks():
    return [match.groupdict() for match in PLACE.finditer(PAGE.read_text())]


def put(tree, block):
    path = tree / block["path"]
    if block["new"] is not None:
        assert not path.exists()
        path.write_text(block["text"])
        return
    lines = path.read_text().splitlines(keepends=True)
    [at] = [number for number, line in enumerate(lines) if line.startswith(block["line"])]
    lines.insert(at + (block["side"] == "behind"), block["text"])
    path.write_text("".join(lines))


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree, with the blocks put in, and of the build of the kernel."""
    tree = tmp_path_factory.mktemp("new-point") / "tree"
    ignored = shutil.ignore_patterns("build", ".git", "__pycache__", ".pytest_cache")
    shutil.copytree(guest.ROOT, tree, symlinks=True, ignore=ignored)
    for block in blocks():
        put(tree, block)
    with open(tree / "guest-patches" / "linux-6.1" / "series", "a") as series:
        series.write("0499-mm-memory-ask-a-graft.patch\n")
    (tree / "build").mkdir()
    # Nothing writes into the source that Debian ships, but make does into what is built of it.
    (tree / "build" / "linux-source").symlink_to(guest.BUILD / "linux-source")
    subprocess.run(["cp", "-a", guest.BUILD / "linux", tree / "build" / "linux"], check=True, timeout=deadline.COMMAND)
    yield tree
    shutil.rmtree(tree.parent)


def test_length():
    """Lines of code, without those that only name a place, and without the plugin."""
    assert [block["path"].split("/")[-1] for block in blocks()] == [
        "point_list.h", "point_list.h", "graft_around.c", "Makefile", "ringfence_graft.h", "0499-mm-memory-ask-a-graft.patch", "alone.c",
    ]  # fmt: skip
    added = 0
    for block in blocks()[:-1]:
        lines = block["text"].splitlines()
        if block["path"].endswith(".patch"):
            lines = [line for line in lines if re.match(r"\+[^+]", line)]
        added += sum(bool(line.strip()) for line in lines)
    assert added < 40 and PAGE.read_text().startswith(f"# A graft point in {added} lines\n"), added


def test_plugin_decides(tree, tmp_path):
    environment = os.environ | {"RINGFENCE_BUILD": str(tree / "build")}
    for name in ("MAKEFLAGS", "MAKELEVEL"):
        environment.pop(name, None)
    built = subprocess.run(
        [tree / "scripts" / "build-linux", "guest"], env=environment, capture_output=True, text=True, timeout=deadline.BOOT
    )
    assert built.returncode == 0, built.stdout + built.stderr
    plugin, program, data = tmp_path / "alone.plg", tmp_path / "touches", tmp_path / "data"
    command = [tree / "plugin-sdk" / "bin" / "plugin-cc", "-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-o", plugin]
    subprocess.run([*command, tree / "alone.c"], check=True, timeout=deadline.COMMAND)
    source = guest.ROOT / "tests" / "linux" / "grafts" / "touches.c"
    subprocess.run(["gcc", "-m32", "-static", "-s", "-O1", "-Wall", "-o", program, source], check=True, timeout=deadline.COMMAND)
    data.write_bytes(bytes(TOUCHED * 4096))
    words = [word for path in (plugin, program, data) for word in ("--put", f"{path}:/{path.name}")]
    answer = guest.execute(
        "/touches /data; plugctl load /alone.plg >/dev/null && plugctl attach around alone >/dev/null; /touches /data\n"
        "plugctl detach 1 >/dev/null; /touches /data; plugctl points | grep -c around",
        "--kernel", str(tree / "build" / "linux" / "vmlinux"), "--initrd", str(guest.BUILD / "initramfs.cpio.gz"), "--icount", "3", *words,
    )  # fmt: skip
    assert answer.status == 0, answer.complaint
    assert answer.output.splitlines() == [
        f"{TOUCHED // 16} faults for {TOUCHED} pages", f"{TOUCHED} faults for {TOUCHED} pages",
        f"{TOUCHED // 16} faults for {TOUCHED} pages", "1",
    ]  # fmt: skip
