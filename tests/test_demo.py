# SPDX-License-Identifier: MIT
"""`make demo` shows what it says, and its chart is an SVG file with a bar for each search."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree

import deadline
import pytest
from engine.paths import BUILD, KERNEL, ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def said():
    assert KERNEL.exists(), f"{KERNEL} is not there; run 'make linux'"
    done = subprocess.run([ROOT / "scripts" / "demo"], capture_output=True, text=True, timeout=deadline.BOOT)
    assert done.returncode == 0 and done.stdout.endswith("demo: SUCCESS\n"), done.stdout + done.stderr
    return done.stdout


def test_bad_policies_are_detached(said):
    ends = [line.split("detached: ")[1] for line in said.splitlines() if "detached: " in line]
    assert ends == ["the plugin was stopped"] * 2 + ["failure 3 of 3: the order names a candidate twice"]


def test_chart(said):
    read = [line.split()[0].replace(",", "") for line in said.splitlines() if " KiB read " in line]
    chart = ElementTree.parse(BUILD / "demo.svg").getroot()
    bars = chart.findall(f"{SVG}rect")
    texts = [text.text.replace(",", "") for text in chart.findall(f"{SVG}text")]
    assert len(bars) == len(read) == 11 and texts[2::2] == read
    assert all(0 < float(bar.get("width")) <= 480 for bar in bars)


def test_source_is_not_there(tmp_path):
    done = subprocess.run(
        [ROOT / "scripts" / "demo"], capture_output=True, text=True, timeout=deadline.COMMAND,
        env=os.environ | {"RINGFENCE_BUILD": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"demo: {tmp_path}/linux/src has too little source: run 'make linux'\n"
