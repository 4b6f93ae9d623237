# SPDX-License-Identifier: MIT
"""The verbs for graft points, with the played /dev/plugins of fake_device.c."""

import json
import socket

import json_schema
import pytest
from test_facts import build_plugctl, run_plugctl

from sdk import ROOT

POINTS = """\
POINT        KIND   GRAFTS      ASKED   ANSWERED  ABORTED  UNASKED  QUESTION
readahead    method      2         10          7        1        2  which pages of a file to read
odd          event  4294967295 18446744073709551615          7        1        2  "why"
"""
GRAFTS = f"""\
ID   GRAFT                    POINT        FOR                  STATE    FAILURES       ASKED   ANSWERED  ABORTED  UNASKED  OUTCOME
1    hello:main               readahead    file a?[31m?b        attached    0/3            10          7        1        2
2    hello:main               readahead    process 1234         attached    0/3            10          7        1        2
3    hello:main               readahead    all                  detached    3/3            10          7        1        2\
  failure 3 of 3: the plan has too many pages
4    {"n" * 31}:{"e" * 55} odd          unknown              attached    0/4294967295 18446744073709551615          7        1        2
5    hello:main               readahead    cgroup shop          attached    0/3            10          7        1        2
"""
COUNTED = {"asked": 10, "answered": 7, "aborted": 1, "unasked": 2}
GRAFT = {"plugin": "hello", "entry": "main", "point": "readahead", "failures": 0, "failures_max": 3, "attached": True, "fails_closed": False, "shut": False, **COUNTED}


@pytest.fixture(scope="module")
def plugctl(tmp_path_factory):
    program = tmp_path_factory.mktemp("plugctl") / "plugctl"
    build_plugctl(ROOT, program)
    return lambda *words, **environment: run_plugctl(program, *words, **environment)


def printed(done, rule, err=""):
    """Returns the document of a --json run, which obeys `rule`."""
    assert (done.returncode, done.stderr) == (0, err), done
    value = json.loads(done.stdout)
    json_schema.check(value, rule)
    return value


@pytest.mark.parametrize("words, asked, scope", [
    ([], "readahead hello: 3 0 0", "all"),
    (["--failures", "7"], "readahead hello: 3 0 7", "all"),
    (["--pid", "12"], "readahead hello: 2 12 0", "process"),
    (["--file", "/proc/self/exe"], "readahead hello: 1 0 0", "file"),
    (["--cgroup", "/proc"], "readahead hello: 4 0 0", "cgroup"),
])  # fmt: skip
def test_attach(plugctl, words, asked, scope):
    done = plugctl("attach", "readahead", "hello", *words)
    assert (done.returncode, done.stdout) == (0, "attached hello to readahead as graft 9\n")
    assert done.stderr == asked + "\n"
    value = printed(plugctl("--json", "attach", "readahead", "hello", *words), "attach", asked + "\n")
    assert value == {"id": 9, "plugin": "hello", "entry": "readahead", "point": "readahead", "scope": scope}


def test_attach_entry(plugctl, tmp_path):
    """Of a name with two colons the first counts; the kernel refuses the entry."""
    (tmp_path / "empty").touch()
    done = plugctl("--json", "attach", "trial", "hello:a:b", "--file", tmp_path / "empty")
    assert printed(done, "attach", "trial hello:a:b 1 0 0\n")["entry"] == "a:b"


def test_attach_to_a_port_that_names_no_socket(plugctl):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second:
        for server in first, second:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.bind(("127.0.0.1", 0))
        port = first.getsockname()[1]
        second.bind(("127.0.0.1", port))
        done = plugctl("attach", "packet", "hello", "--udp", str(port))
        assert done.returncode == 1 and done.stderr.startswith(f"plugctl: more than one UDP socket has port {port}: ")
    done = plugctl("attach", "packet", "hello", "--udp", str(port))
    assert (done.returncode, done.stderr) == (1, f"plugctl: no UDP socket of IPv4 has port {port}: start the server first\n")


def test_detach(plugctl):
    assert plugctl("detach", "0x9").stdout == "detached graft 9\n"
    assert printed(plugctl("--json", "detach", "9"), "detach") == {"id": 9, "detached": True}


def test_points(plugctl):
    done = plugctl("points")
    assert (done.returncode, done.stdout, done.stderr) == (0, POINTS, "")
    assert plugctl("points", FAKE_NONE="1").stdout == ""
    assert json.loads(plugctl("--json", "points", FAKE_NONE="1").stdout) == []
    readahead, odd = json.loads(plugctl("--json", "points").stdout)
    json_schema.check(readahead, "point")
    assert readahead == {"point": "readahead", "number": 1, "version": 3, "kind": "method", "context": "process", "failures": 3,
                         "budget_us": 10000, "grafts": 2, "question": "which pages of a file to read", **COUNTED}  # fmt: skip
    assert (odd["kind"], odd["context"], odd["asked"], odd["grafts"]) == ("event", "unknown", 2**64 - 1, 2**32 - 1)


def test_grafts(plugctl):
    done = plugctl("grafts")
    assert (done.returncode, done.stdout, done.stderr) == (0, GRAFTS, "")
    assert plugctl("grafts", FAKE_NONE="1").stdout == ""
    assert json.loads(plugctl("--json", "grafts", FAKE_NONE="1").stdout) == []
    *known, odd, last = json.loads(plugctl("--json", "grafts").stdout)
    json_schema.check([*known, last], "grafts")
    assert last == {"id": 5, "scope": "cgroup", "cgroup": "shop", **GRAFT}
    assert known == [
        {"id": 1, "scope": "file", "file": "a\x1b[31m\nb", **GRAFT},
        {"id": 2, "scope": "process", "process": 1234, **GRAFT},
        {"id": 3, "scope": "all", **GRAFT, "attached": False, "failures": 3, "outcome": "failure 3 of 3: the plan has too many pages"},
    ]
    assert (odd["plugin"], odd["entry"], odd["scope"], odd["asked"]) == ("n" * 31, "e" * 55, "unknown", 2**64 - 1)


def test_ask(plugctl):
    said = "answered     5 of 5\nvalue        95\nleast_cycles 3000\ncycles       15000\n"
    assert plugctl("ask", "5", "2", "3", "--limit", "100").stdout == said
    none = "answered     0 of 1000000\nleast_cycles 3000\ncycles       3000000000\n"
    assert plugctl("ask", "1000000", FAKE_ANSWERED="0").stdout == none
    value = printed(plugctl("--json", "ask", "1", "-1"), "ask")
    assert value == {"rounds": 1, "answered": 1, "value": 0, "least_cycles": 3000, "cycles": 3000}
    assert printed(plugctl("--json", "ask", "2", FAKE_ANSWERED="0"), "ask") == {"rounds": 2, "answered": 0, "least_cycles": 3000,
                                                                               "cycles": 6000}  # fmt: skip


@pytest.mark.parametrize("words, fail, sentence", [
    (["attach", "trial", "hello:main"], "9:1:17", "hello was not attached: the test wants it so"),
    (["detach", "9"], "10:1:1", "graft 9 was not detached: the test wants it so"),
    (["detach", "8"], "0:9:0", "graft 8 was not detached: there is no such graft"),
    (["points"], "11:1:5", "the test wants it so"),
    (["points"], "11:2:5", "the test wants it so"),
    (["grafts"], "12:1:5", "the test wants it so"),
    (["grafts"], "12:5:12", "the test wants it so"),
    (["ask", "1"], "13:1:22", "the graft of trial was not asked: the test wants it so"),
])  # fmt: skip
def test_refused(plugctl, words, fail, sentence):
    """The kernel's sentence comes through, and no table is printed that looks whole."""
    done = plugctl(*words, FAKE_FAIL=fail)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"plugctl: {sentence}\n")
    done = plugctl("--json", *words, FAKE_FAIL=fail)
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (1, {"error": sentence}, "")
