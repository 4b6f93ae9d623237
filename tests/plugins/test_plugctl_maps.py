# SPDX-License-Identifier: MIT
"""The verbs for maps, with the played /dev/plugins of fake_device.c."""

import json

import json_schema
import pytest
from test_facts import build_plugctl, run_plugctl

from sdk import ROOT

LIST = """\
ID   NAME                     KIND   KEY  VALUE   USED/MAX         KIB    COMMITS    UNDOS
1    words                    hash     6      4      2/100          12          7        3
2    sums                     array    4      4      2/100          12          7        3
4294967295 odd                      ring     0    256 4294967295/4294967295       12 18446744073709551615 18446744073709551615
"""
SHOW = """\
name         words
id           1
kind         hash
sizes        keys 6, values 4 bytes
used         2 of 100
memory       12345 bytes
changes      7 committed, 3 undone, 1 refused for want of room; 1 under way
text:word 0
hex:010203000000 16843009
"""
RAW = bytes(range(256)).hex()


@pytest.fixture(scope="module")
def plugctl(tmp_path_factory):
    program = tmp_path_factory.mktemp("plugctl") / "plugctl"
    build_plugctl(ROOT, program)
    return lambda *words, **environment: run_plugctl(program, *words, **environment)


def document(done, rule):
    """Returns the document of a --json run, which obeys `rule`."""
    assert done.returncode == 0, done
    value = json.loads(done.stdout)
    json_schema.check(value, rule)
    return value


def test_list(plugctl):
    done = plugctl("map", "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, LIST, "")
    assert plugctl("map", "list", FAKE_NONE="1").stdout == ""
    words, sums, odd = document(plugctl("--json", "map", "list"), "maps")
    assert (words["name"], words["kind"], words["key_size"], sums["kind"], odd["kind"]) == ("words", "hash", 6, "array", "ring")
    assert odd["commits"] == 2**64 - 1 and "entries" not in words


def test_show(plugctl):
    assert plugctl("map", "show", "words").stdout == SHOW
    shown = document(plugctl("--json", "map", "show", "words"), "map")
    assert shown["entries"] == [{"key": "text:word", "value": "0"}, {"key": "hex:010203000000", "value": "16843009"}]
    assert "entries" not in document(plugctl("--json", "map", "show", "odd"), "map")


def test_create_and_delete(plugctl):
    assert plugctl("map", "create", "words", "hash", "0x10").stdout == "created words\n"
    assert document(plugctl("--json", "map", "create", "words", "ring", "5", "--value", "8"), "map")["name"] == "words"
    assert plugctl("map", "delete", "words").stdout == "deleted words\n"
    assert document(plugctl("--json", "map", "delete", "words"), "map_delete") == {"name": "words", "deleted": True}


@pytest.mark.parametrize("words, said, asked", [
    (["get", "sums", "7"], "50462976", "get sums 07000000"),
    (["get", "sums", "0xffffffff"], "50462976", "get sums ffffffff"),
    (["get", "sums", "hex:0A0b0c0d"], "50462976", "get sums 0a0b0c0d"),
    (["get", "words", "text:"], "50462976", "get words 000000000000"),
    (["get", "words", "text:sixsix"], "50462976", "get words 736978736978"),
    (["set", "words", "text:a", "258"], "set text:a to 258", "set words 610000000000 02010000"),
    (["set", "sums", "1", "text:ab"], "set 1 to 25185", "set sums 01000000 61620000"),
    (["remove", "words", "text:a"], "removed text:a", "remove words 610000000000"),
    (["pop", "odd"], f"hex:{RAW}", "pop odd"),
])  # fmt: skip
def test_entries(plugctl, words, said, asked):
    done = plugctl("map", *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, said + "\n", asked + "\n")
    document(plugctl("--json", "map", *words), "map_entry")


@pytest.mark.parametrize("words, sentence", [
    (["get", "sums", "-1"], 'KEY is "-1", which does not make 4 bytes: give a number, hex: and 8 digits, or text: and at most 4 characters'),
    (["get", "sums", "4294967296"], 'KEY is "4294967296", which'),
    (["get", "sums", "1x"], 'KEY is "1x", which'),
    (["get", "sums", ""], 'KEY is "", which'),
    (["get", "sums", "hex:010203"], 'KEY is "hex:010203", which'),
    (["get", "sums", "hex:0102030g"], 'KEY is "hex:0102030g", which'),
    (["get", "sums", "text:abcde"], 'KEY is "text:abcde", which'),
    (["get", "words", "5"], 'KEY is "5", which does not make 6 bytes: give hex: and 12 digits'),
    (["set", "sums", "1", "x"], 'VALUE is "x", which'),
    (["create", "m", "tree", "5"], 'there are no maps of kind "tree": give hash, array or ring'),
    (["create", "m", "hash", "0"], 'MAX is "0": give a number from 1'),
    (["create", "m", "hash", "1", "--key", "0"], '--key is "0"'),
    (["create", "m", "hash"], "give MAP KIND MAX"),
    (["sing"], 'there is no verb "map sing"'),
    ([], 'there is no verb "map"'),
])  # fmt: skip
def test_wrong_use(plugctl, words, sentence):
    if not sentence.startswith("there is no verb"):
        sentence = f"map {words[0]}: {sentence}"
    done = plugctl("map", *words)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith(f"plugctl: {sentence}"), done.stderr
    done = plugctl("--json", "map", *words)
    assert (done.returncode, done.stderr) == (2, "") and json.loads(done.stdout)["error"].startswith(sentence)


@pytest.mark.parametrize("words, fail, sentence", [
    (["create", "m", "hash", "5"], "14:1:17", "map m was not created: the test wants it so"),
    (["delete", "m"], "15:1:16", "map m was not deleted: the test wants it so"),
    (["list"], "16:2:5", "the test wants it so"),
    (["show", "none"], "0:9:0", "there is no such map"),
    (["show", "words"], "20:2:5", "the test wants it so"),
    (["get", "sums", "1"], "17:1:2", "nothing was read: the test wants it so"),
    (["set", "sums", "1", "1"], "18:1:4", "nothing was set: the test wants it so"),
    (["remove", "words", "text:"], "19:1:2", "nothing was removed: the test wants it so"),
    (["pop", "odd"], "21:1:61", "there is nothing to pop: the test wants it so"),
    (["get", "m" * 32, "1"], "0:9:0", f'"{"m" * 32}" is not a map\'s name: it has 1 to 31 characters'),
])  # fmt: skip
def test_refused(plugctl, words, fail, sentence):
    """The kernel's sentence comes through, and nothing else is printed."""
    done = plugctl("map", *words, FAKE_FAIL=fail)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"plugctl: {sentence}\n")
    done = plugctl("--json", "map", *words, FAKE_FAIL=fail)
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (1, {"error": sentence}, "")
