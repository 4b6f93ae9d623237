# SPDX-License-Identifier: MIT
"""Grafts at connections in a guest Linux: what a process sends and receives is encrypted or compressed on the wire, by every
way to send and to receive; and whatever a bad graft does, nobody gets a wrong byte, or a secret one.

One boot. memcached in the guest, whose connections are encrypted, answers a client of this host, which encrypts by itself."""

import json
import random
import socket
import subprocess
import threading
import time

import deadline
import linux_guest as guest
import lz4_library
import pytest
from chacha20 import KEY, LOAD_CIPHER, NONCE, chacha20
from memcached import make_memcached

HERE = guest.ROOT / "tests" / "linux" / "sockets"
SDK = guest.ROOT / "plugin-sdk"
UAPI = guest.ROOT / "guest-patches" / "linux-6.1" / "files" / "include" / "uapi"
PROGRAMS = "exchange", "twin", "owner"
PLUGINS = "chacha20", "grayscale", "stream_noop", "stream_bad"
TO_SERVER, TO_CLIENT = 0xFFFFFFFF, 0xFFFFFFFE
PORT = 11211
VALUES = 12

# ---- the guest -----------------------------------------------------------------

# Variants of stream_bad.c, and what the kernel says of them.
STOPPED = {1: "fault", 2: "timeout", 9: "forbidden", 10: "fault", 11: "fault", 13: "timeout"}
REFUSED = {
    3: "the graft gives more than STREAM_BYTES",
    4: "the graft gives more than STREAM_BYTES",
    5: "the graft keeps lengths, and gives another number of bytes",
}
# Questions before the graft fails: it has said that it keeps lengths in both directions, and has filtered as many parts.
FIRST = {"send": (0, 2, 5), "receive": (2, 5)}
TWINS = [(option, way, first) for option in ("open", "closed") for way, firsts in FIRST.items() for first in firsts]


def variants_of(first):
    """At the question about a plan, a number of bytes is none."""
    return STOPPED if first == 0 else {**STOPPED, **REFUSED} if first == 2 else {1: "fault", 5: REFUSED[5]}


SHELL = """\
detach_all() {
	plugctl --json grafts | tr '{' '\\n' | sed -n 's/.*"id": \\([0-9]*\\),.*"attached": true.*/\\1/p' |
		while read -r id; do plugctl detach "$id" >/dev/null; done
}
twins() { # FIRST OPTION WAY VARIANT...
	first=$1 option=$2 way=$3
	shift 3
	for variant; do
		plugctl map create hoard hash 100 --key 4 --value 4 >/dev/null
		plugctl load /t/stream_bad.plg --allow log,map_open,map_set,map_lock >/dev/null
		plugctl call stream_bad choose "$variant" "$first" 1 >/dev/null
		timeout 60 /t/twin stream_bad "$option" "$way"
		plugctl --json grafts | sed 's/.*{\\(.*\\)}.*/{\\1}/'
		detach_all
		plugctl unload stream_bad >/dev/null
		plugctl map delete hoard >/dev/null
	done
}
"""
MEMCACHED = "LD_LIBRARY_PATH=/memcached /memcached/ld-linux.so.2 /memcached/memcached -A -u root -l 0.0.0.0"


def twin_name(option, way, first):
    return f"twin-{option}-{way}-{first}"


CASES = {
    "memcached": "ifconfig eth0 10.0.2.15; ip link set lo up\n" + LOAD_CIPHER
    + f"{MEMCACHED} -U 0 -p {PORT} -t 1 -M >/dev/null & memcached=$!\n"
    "while ! grep -q :2BCB /proc/net/tcp; do usleep 100000; done\n"
    f"plugctl attach stream chacha20 --tcp {PORT} --fail-closed; wait $memcached; plugctl --json grafts; plugctl unload chacha20 >/dev/null",
    **{f"chacha20-{kind}": f"{LOAD_CIPHER} timeout 200 /t/exchange chacha20 {kind}; plugctl unload chacha20 >/dev/null" for kind in ("tcp", "unix")},
    **{f"lz4-{kind}": f"plugctl load /t/lz4.plg >/dev/null; timeout 200 /t/exchange lz4 {kind}; plugctl unload lz4 >/dev/null" for kind in ("tcp", "unix")},
    **{f"noop-{kind}": f"plugctl load /t/stream_noop.plg >/dev/null; plugctl call stream_noop choose {kind} >/dev/null; timeout 200 /t/exchange stream_noop tcp\n"
       "plugctl unload stream_noop >/dev/null" for kind in (0, 2)},
    **{twin_name(*twin): SHELL + f"twins {twin[2]} {twin[0]} {twin[1]} {' '.join(map(str, variants_of(twin[2])))}" for twin in TWINS},
    "owner": SHELL + LOAD_CIPHER + "plugctl load /t/stream_bad.plg >/dev/null; timeout 60 /t/owner; detach_all\n"
    "plugctl unload stream_bad >/dev/null; plugctl unload chacha20 >/dev/null",
    "refusals": "plugctl load /t/stream_noop.plg >/dev/null; for socket in 1 1:x 0:1 1:99 999:1; do plugctl attach stream stream_noop --socket $socket; done\n"
    "plugctl attach stream stream_noop --tcp 9; plugctl attach stream stream_noop --tcp 9 --udp 9; plugctl unload stream_noop >/dev/null",
    "end": "plugctl --json list; plugctl --json map list; dmesg | grep -E 'BUG|Oops|WARNING|Call Trace' || echo no complaint",
}  # fmt: skip


def make_folder(folder):
    """Makes the folder /t of the guest: the programs, and the plugins."""
    folder.mkdir()
    for name in PROGRAMS:
        command = ["gcc", "-m32", "-static", "-s", "-O1", "-Wall", "-Wextra", "-Werror", "-idirafter", UAPI]
        subprocess.run([*command, "-o", folder / name, HERE / f"{name}.c"], check=True, timeout=deadline.COMMAND)
    library = lz4_library.unpack(folder.with_name("lz4"))
    plugins = {name: [SDK / "examples" / "stream" / f"{name}.c"] for name in PLUGINS}
    plugins["lz4"] = ["-I", library, SDK / "examples" / "lz4" / "lz4.c", library / "lz4.c"]
    for name, sources in plugins.items():
        command = [SDK / "bin" / "plugin-cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", folder / f"{name}.plg", *sources]
        subprocess.run(command, check=True, timeout=deadline.COMMAND)
    return folder


class Client(threading.Thread):
    """Sets values of memcached in the guest and gets them back, encrypted; then has memcached end."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.wrong = []
        self.done = 0
        self.start()

    def begin(self):
        """Connects, until memcached's connections are filtered."""
        while True:
            self.key_streams = {direction: chacha20(bytes(120000), KEY, [direction, *NONCE]) for direction in (TO_SERVER, TO_CLIENT)}
            self.sent = self.received = 0
            self.wire = socket.socket()
            self.wire.settimeout(deadline.ANSWER)
            try:
                self.wire.connect(("127.0.0.1", self.port))
                if self.ask(b"mn\r\n", 4) == b"MN\r\n":
                    return
            except OSError:
                pass
            self.wire.close()
            time.sleep(0.2)

    def ask(self, request, length):
        key_stream = self.key_streams[TO_SERVER][self.sent :]
        self.wire.sendall(bytes(byte ^ key for byte, key in zip(request, key_stream, strict=False)))
        self.sent += len(request)
        reply = b""
        while len(reply) < length:
            part = self.wire.recv(length - len(reply))
            if not part:
                raise OSError("the connection has ended")
            reply += part
        key_stream = self.key_streams[TO_CLIENT][self.received :]
        self.received += length
        return bytes(byte ^ key for byte, key in zip(reply, key_stream, strict=False))

    def run(self):
        self.begin()
        values = {f"key{number}".encode(): random.Random(number).randbytes(1 + 700 * number) for number in range(VALUES)}
        for key, value in values.items():
            reply = self.ask(b"set %s 0 0 %d\r\n%s\r\n" % (key, len(value), value), 8)
            self.wrong += [reply] if reply != b"STORED\r\n" else []
        for key, value in values.items():
            wanted = b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (key, len(value), value)
            reply = self.ask(b"get %s\r\n" % key, len(wanted))
            self.wrong += [reply] if reply != wanted else []
            self.done += 1
        request = b"shutdown\r\n"
        self.wire.sendall(bytes(byte ^ key for byte, key in zip(request, self.key_streams[TO_SERVER][self.sent :], strict=False)))


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Returns (outcomes, client)."""
    folder = tmp_path_factory.mktemp("sockets")
    port = guest.free_port()
    client = Client(port)
    memcached = make_memcached(folder / "memcached")
    options = ("--icount", "--net", "--forward", f"{port}:{PORT}", "--put", f"{make_folder(folder / 't')}:/t", "--put", f"{memcached}:/memcached")
    return guest.Batch(CASES, *options).run(), client


def lines(outcome, status=0):
    assert outcome.status == status, outcome.output
    return outcome.lines()


def test_memcached_speaks_encrypted(session):
    """Over the network card, with a client that has never seen the plugin."""
    outcomes, client = session
    attached, grafts = lines(outcomes["memcached"])
    assert attached.startswith("attached chacha20 to stream as graft")
    (graft,) = json.loads(grafts)
    assert graft["socket"] == f"0.0.0.0:{PORT}" and graft["asked"] == graft["answered"] > 4 * VALUES
    assert client.done == VALUES and not client.wrong


@pytest.mark.parametrize("case", [name for name in CASES if name.startswith(("chacha20", "lz4", "noop"))])
def test_each_way_to_send_and_receive_is_filtered(session, case):
    """And poll() tells the truth, also when a process has sent everything and waits for a reply."""
    (line,) = lines(session[0][case])
    found = json.loads(line)
    assert found == {"compared": 21, "wrong": 0, "untrue": 0, "allowed": 0}


@pytest.mark.parametrize("twin", TWINS)
def test_bad_graft_neither_garbles_nor_tells(session, twin):
    """Unless it fails closed, a graft that fails before a byte has passed leaves the connection as if there was none; else
    the connection ends with an error, and no byte that is not filtered is on the wire."""
    option, way, first = twin
    found = [json.loads(line) for line in lines(session[0][twin_name(*twin)])]
    for what in variants_of(first).values():
        exchanged, graft, *found = found
        closed = option == "closed"
        passed = 1000 * (first - 2) if first > 2 else 0
        if closed or passed:
            assert exchanged == {"bytes": passed, "turned": passed, "same": 0, "error": 5}, what
        else:
            assert exchanged == {"bytes": 20000, "turned": 0, "same": 20000, "error": 0}, what
        assert graft["aborted"] == 1 and graft["asked"] == first + 1, graft
    assert not found


NO_STREAM = "a graft for stream can be for a TCP socket of IPv4 or a UNIX stream socket: give one"
UNKNOWN_END = "nothing tells which end of the connection is the server's: attach to the socket that listens, or before the connect"
BEFORE = "the socket has got a graft before: give a new connection"


def made_before(end):
    return [
        f"the {end}'s end: attached",
        f"the same again: {BEFORE}",
        "from the client: filtered",
        "from the server: filtered",
        "after the detach, from the client: Input/output error",
    ]


def test_socket_can_be_attached_to_at_any_time(session):
    """But it is filtered from then on, whole, and by one graft."""
    assert lines(session[0]["owner"]) == [
        f"a UDP socket: {NO_STREAM}",
        f"a UNIX socket of datagrams: {NO_STREAM}",
        f"one of a pair: {UNKNOWN_END}",
        "accepted by a socket that is closed, from the client: filtered",
        "accepted by a socket that is closed, from the server: filtered",
        "when the connection is closed, too: detached",
        *made_before("client"),
        *made_before("server"),
        *made_before("client"),
        *["enciphered and deciphered, from the client: bytes", "enciphered and deciphered, from the server: bytes"] * 2,
        "detached before a byte, from the client: bytes",
        "detached before a byte, from the server: bytes",
        f"a socket that had a graft: {BEFORE}",
        "while a process waits for bytes: a task waits in a call of the socket: attach before",
        "afterwards: attached",
        "accepted since: filtered",
    ]


def test_refusal_is_one_sentence(session):
    found = lines(session[0]["refusals"])
    assert found[:5] == [
        *[f"plugctl: {words} names no socket: give PID:FD, a process and its descriptor" for words in ("1", "1:x", "0:1")],
        "plugctl: descriptor 99 of process 1 cannot be taken over: Bad file descriptor",
        "plugctl: descriptor 1 of process 999 cannot be taken over: No such process",
    ]
    assert found[5] == "plugctl: no TCP socket of IPv4 has port 9: start the server first"
    assert "give one of --file, --pid, --cgroup, --udp, --tcp and --socket" in found[6]


def test_nothing_is_left(session):
    assert lines(session[0]["end"]) == ["[]", "[]", "no complaint"]
