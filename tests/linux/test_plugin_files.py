# SPDX-License-Identifier: MIT
"""Files that are no plugins are refused in a running Linux, each with its sentence
(plugin_session.py)."""

import re

import pytest
from plugin_session import broken_files

# file of /t/odd: what plugctl's sentence has to say of it
ODD = {
    "empty.plg": "",
    "text.plg": "",
    "cut.plg": "",
    "elf64.plg": "",
    "program.plg": "",
    "abi.plg": "ABI",
    "no-notes.plg": "",
    "none.plg": "No such file",
    "folder.plg": "",
    "null.plg": "",
}


def odd_case(name):
    path = "/dev/null" if name == "null.plg" else f"/t/odd/{name}"
    return f"plugctl --json load {path} --name bad"


CASES = {f"odd-{name}": odd_case(name) for name in ODD}
TCG_CASES = {
    "broken": 'for f in /t/bad/*.plg; do echo "@@ $(basename $f .plg)"; plugctl load $f --name bad; echo "@@ = $?"; done',
    "broken-list": "plugctl list --json",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_file(plugins, name):
    error = plugins.document(f"odd-{name}", "error", status=1)["error"]
    assert ODD[name] in error
    assert "\n" not in error and len(error) > 20


def test_broken_files(plugins_tcg, plugin_files):
    output = plugins_tcg.text("broken")
    said = {name: (int(status), text) for name, text, status in re.findall(r"^@@ (\S+)\n(.*?)^@@ = (\d+)$", output, re.M | re.S)}
    cases = broken_files(plugin_files)
    assert len(said) == len(cases)
    for name, image, sentence in cases:
        status, text = said[name]
        # plugctl itself refuses an empty file.
        sentence = f"/t/bad/{name}.plg was not loaded: .*(?:{sentence})" if image else "has 0 bytes"
        assert status == 1 and re.fullmatch(f"plugctl: .*{sentence}.*\n", text), (name, status, text)
    assert plugins_tcg.json("broken-list") == []
