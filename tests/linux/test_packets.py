# SPDX-License-Identifier: MIT
"""Grafts at UDP sockets in a guest Linux: a filter gives the verdicts of classic BPF, a cache says
what memcached says, bad grafts change nothing, and no softirq finds the plugin busy.

One boot with icount, so costs are instructions. pytest -s prints them. RINGFENCE_TEST_QUESTIONS=N asks
N times under interrupt load (make test-questions: a million)."""

import json
import os
import socket
import subprocess
import threading

import deadline
import linux_guest as guest
import pytest
from memcached import SHELL, make_memcached

HERE = guest.ROOT / "tests" / "linux" / "packets"
SDK = guest.ROOT / "plugin-sdk"
UAPI = guest.ROOT / "guest-patches" / "linux-6.1" / "files" / "include" / "uapi"
PROGRAMS = "verdicts", "owner", "gets", "interrupts"
PLUGINS = "filter", "cache", "packet_bad", "packet_noop"

QUESTIONS = int(os.environ.get("RINGFENCE_TEST_QUESTIONS") or 50000)
EXCHANGED = 300  # datagrams that come back by interrupts of the network card
DATAGRAMS = 2000
SENT = 40  # by owner.c

# Variants of packet_bad.c: name, status of the plugin's last call, questions and answers that were taken before
# the graft was detached, and why it was.
BAD = {
    0: ("good", "ok", 2 * SENT, 2 * SENT, "the socket was closed"),
    1: ("fault", "fault", 1, 0, "the plugin was stopped"),
    2: ("loop", "timeout", 1, 0, "the plugin was stopped"),
    3: ("long-reply", "ok", 3, 0, "failure 3 of 3: the reply is longer than PACKET_BYTES"),
    4: ("longest-reply", "ok", 3, 0, "failure 3 of 3: the reply is longer than PACKET_BYTES"),
    5: ("no-answer", "ok", 3, 0, "failure 3 of 3: the answer is none of PACKET_PASS, PACKET_DROP and PACKET_REPLY"),
    6: ("forbidden", "forbidden", 1, 0, "the plugin was stopped"),
    7: ("overwrites", "fault", 1, 0, "the plugin was stopped"),
    8: ("out-reply", "ok", 6, 3, "failure 3 of 3: the answer replies to a datagram that the socket sends"),
}
REFUSALS = [
    "Bad file descriptor: 99 is no open socket: give the descriptor of one",
    "Socket operation on non-socket: 0 is no open socket: give the descriptor of one",
    "Invalid argument: a graft can be for a UDP socket of IPv4: give one",
    "Invalid argument: a graft can be for a UDP socket of IPv4: give one",
    "File exists: point packet has a graft for that already, number ",
    "plugctl: packet_noop was not attached: a graft for packet cannot be for all: choose another scope, see docs/points.md",
    "plugctl: packet_noop was not attached: a graft for packet cannot be for a process: choose another scope, see docs/points.md",
    "plugctl: packet_noop was not attached: a graft for readahead cannot be for a socket: choose another scope, see docs/points.md",
    "plugctl: no UDP socket of IPv4 has port 9: start the server first",
]

ATTACHED = SHELL + "begin_memcached; plugctl load /t/cache.plg && plugctl attach packet cache --udp 11211\n"
COUNTERS = "hits", "misses", "fills", "changes", "unknown"
DETACHED = (
    "".join(f"plugctl --json call cache count {number}\n" for number in range(len(COUNTERS)))
    + "plugctl --json grafts; end_memcached; plugctl unload cache"
)
ALONE = SHELL + "begin_memcached\n"
MEASURE = "/t/gets 11211 1 fill; /t/gets 11211 1 measure 100; /t/gets 11999 1 alone 100\n"
CASES = {
    "verdicts": f"ip link set lo up; plugctl load /t/filter.plg; /t/verdicts 127.0.0.1 7 {DATAGRAMS}; plugctl --json grafts",
    "no-graft": f"/t/owner - {SENT}",
    **{
        f"bad-{variant}": f"plugctl load /t/packet_bad.plg; plugctl call packet_bad choose {variant}; /t/owner packet_bad {SENT}\n"
        "plugctl --json grafts; plugctl --json show packet_bad; plugctl unload packet_bad"
        for variant in BAD
    },
    "refusals": "plugctl load /t/packet_noop.plg >/dev/null; /t/owner packet_noop attach; plugctl attach packet packet_noop\n"
    f"{ALONE} plugctl attach packet packet_noop --pid 1; plugctl attach readahead packet_noop --udp 11211\n"
    "end_memcached; plugctl attach packet packet_noop --udp 9",
    "memcached-check": ALONE + "/t/gets 11211 1 check 1000; end_memcached",
    "cache-check": ATTACHED + "/t/gets 11211 1 check 1000\n" + DETACHED,
    "memcached-odd": ALONE + "/t/gets 11211 1 odd; end_memcached",
    "cache-odd": ATTACHED + "/t/gets 11211 1 odd cache\n" + DETACHED,
    "memcached-measure": ALONE + MEASURE + "end_memcached",
    "cache-measure": ATTACHED + MEASURE + DETACHED,
    "interrupts": "ifconfig eth0 10.0.2.15; plugctl load /t/asked.plg\n"
    f"setsid /t/interrupts {QUESTIONS} 10.0.2.2 {{port}} {EXCHANGED}; plugctl --json points; plugctl --json call asked overlapping\n"
    "plugctl --json grafts",
}  # fmt: skip


class Server:
    """A UDP server of this host: sends each datagram back, but counts those that a graft has
    answered, which begin with '!'."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.answered = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            datagram, sender = self.socket.recvfrom(2048)
            if datagram.startswith(b"!"):
                self.answered += 1
            else:
                self.socket.sendto(datagram, sender)


def make_folder(folder):
    """Makes the folder /t of the guest: the programs, and the plugins."""
    folder.mkdir()
    for name in PROGRAMS:
        command = ["gcc", "-m32", "-static", "-s", "-O1", "-Wall", "-Wextra", "-Werror", "-idirafter", UAPI]
        subprocess.run([*command, "-o", folder / name, HERE / f"{name}.c"], check=True, timeout=deadline.COMMAND)
    sources = [SDK / "examples" / "packet" / f"{name}.c" for name in PLUGINS] + [HERE / "asked.c"]
    for source in sources:
        command = [SDK / "bin" / "plugin-cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", folder / f"{source.stem}.plg", source]
        subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return folder


@pytest.fixture(scope="module")
def server():
    return Server()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, server):
    folder = tmp_path_factory.mktemp("packets")
    cases = {name: commands.replace("{port}", str(server.port)) for name, commands in CASES.items()}
    puts = ("--put", f"{make_folder(folder / 't')}:/t", "--put", f"{make_memcached(folder / 'memcached')}:/memcached")
    return guest.Batch(cases, "--icount", "--net", *puts).run()


def documents(outcome):
    """Returns the JSON documents of a case's output."""
    assert outcome.status == 0, outcome.output
    return [json.loads(line) for line in outcome.lines() if line.startswith(("{", "["))]


# ---- verdicts -----------------------------------------------------------------


def test_verdicts_equal_those_of_classic_bpf(outcomes):
    found, grafts = documents(outcomes["verdicts"])
    assert (found["sent"], found["differ"], found["wrong"]) == (DATAGRAMS, 0, 0)
    assert found["graft"] == found["bpf"] and DATAGRAMS / 10 < found["bpf"] < DATAGRAMS * 9 / 10
    assert (grafts[-1]["scope"], grafts[-1]["answered"], grafts[-1]["asked"]) == ("socket", DATAGRAMS, DATAGRAMS)


def test_owner_gets_all_without_a_graft(outcomes):
    assert documents(outcomes["no-graft"]) == [{"sent": SENT, "in": SENT, "out": SENT}]


@pytest.mark.parametrize("variant", BAD, ids=[name for name, *_ in BAD.values()])
def test_bad_graft_is_detached_and_the_owner_gets_all(outcomes, variant):
    _, status, asked, answered, reason = BAD[variant]
    found, grafts, plugin = documents(outcomes[f"bad-{variant}"])
    graft = grafts[-1]
    assert found == {"sent": SENT, "in": SENT, "out": SENT}
    assert (graft["attached"], graft["outcome"]) == (False, reason)
    assert (graft["asked"], graft["answered"], graft["aborted"], graft["unasked"]) == (asked, answered, asked - answered, 0)
    assert (plugin["name"], plugin["last_status"]) == ("packet_bad", status)


def test_refusal_is_one_sentence(outcomes):
    lines = outcomes["refusals"].lines()
    assert len(lines) == len(REFUSALS), lines
    for line, begin in zip(lines, REFUSALS, strict=True):
        assert line.startswith(begin)


# ---- answers ------------------------------------------------------------------


def cache_case(outcome):
    """Returns the client's document, and the cache's counters; no question may have failed."""
    *clients, hits, misses, fills, changes, unknown, grafts = documents(outcome)
    graft = grafts[-1]
    assert graft["attached"] and graft["asked"] == graft["answered"]
    values = [document["value"] for document in (hits, misses, fills, changes, unknown)]
    return clients, dict(zip(COUNTERS, values, strict=True))


def test_cache_says_what_memcached_says(outcomes):
    """Also when a SET passes before the reply to a GET of the same key has been sent."""
    [alone] = documents(outcomes["memcached-check"])
    [cached], counters = cache_case(outcomes["cache-check"])
    assert alone["wrong"] == cached["wrong"] == 0
    assert (cached["gets"], cached["hash"]) == (alone["gets"], alone["hash"])
    assert counters["hits"] > 100 and counters["changes"] > 100 and counters["unknown"] == 0


def test_cache_leaves_odd_requests_to_memcached(outcomes):
    [alone] = documents(outcomes["memcached-odd"])
    [cached], _ = cache_case(outcomes["cache-odd"])
    assert (cached["gets"], cached["wrong"], cached["hash"]) == (alone["gets"], 0, alone["hash"])
    assert cached["hits"] > 100


def test_cache_answers_twice_as_many_gets(outcomes):
    """GETs for a million instructions: without what the client itself costs, which is measured by a
    client that sends to itself, and with it."""
    _, alone, client = documents(outcomes["memcached-measure"])
    (_, cached, client_cached), counters = cache_case(outcomes["cache-measure"])
    assert alone["wrong"] == cached["wrong"] == 0 and counters["hits"] >= cached["gets"]
    own, own_cached = alone["cycles"] - client["cycles"], cached["cycles"] - client_cached["cycles"]
    print(f"\ninstructions a GET: memcached {alone['cycles']}, cache {cached['cycles']}, of these the client's {client['cycles']}")
    print(f"GETs a million instructions, without the client: memcached {10**6 / own:.0f}, cache {10**6 / own_cached:.0f}")
    assert own >= 2 * own_cached
    assert alone["cycles"] >= 1.8 * cached["cycles"]


# ---- interrupts -----------------------------------------------------------------


def test_no_softirq_finds_the_plugin_busy(outcomes, server):
    """With softirqs on during calls, one in five of the datagrams from the network card finds the plugin busy."""
    done, points, overlapping, _ = documents(outcomes["interrupts"])
    print(f"\n{done}")
    by_name = {point["point"]: point for point in points}
    packet, trial = by_name["packet"], by_name["trial"]
    assert (trial["asked"], trial["answered"]) == (QUESTIONS, QUESTIONS)
    assert (packet["unasked"], trial["unasked"], overlapping["value"]) == (0, 0, 0)
    assert done["wrong"] == 0 and done["returned"] >= EXCHANGED and server.answered > 0
    assert min(done["calls"], done["loops"], done["timers"]) > 10
