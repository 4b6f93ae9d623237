# SPDX-License-Identifier: MIT
"""Grafts at open files in a guest Linux: what is written is encrypted or compressed on the disk, pictures are read in
gray, by every way to read and write; and whatever a bad graft does, nobody gets a wrong byte.

One boot with icount, so costs are instructions; pytest -s prints them. The disk's files are made and read by this host."""

import hashlib
import http.client
import json
import random
import re
import subprocess
import threading
import time

import deadline
import linux_guest as guest
import lz4_library
import pytest
from chacha20 import KEY, LOAD_CIPHER, NONCE, chacha20
from disk_session import file_in_image

HERE = guest.ROOT / "tests" / "linux" / "streams"
SDK = guest.ROOT / "plugin-sdk"
PROGRAMS = "reader", "writer", "gray_cgi", "fetch"
PLUGINS = "grayscale", "chacha20", "stream_noop", "stream_bad"
PICTURES = {"wide": (160, 40), "tall": (31, 97), "dot": (1, 1), "odd": (113, 71)}
REQUESTS = 40
FILTERED = {"keeps": ["parts", "vectors", "splice", "append", "sync", "anywhere", "sendfile"],
            "changes": ["parts", "vectors", "splice", "append", "sync"]}  # fmt: skip

# ---- the disk ------------------------------------------------------------------


def words(count, seed):
    """Returns text that compresses well, but not too well."""
    source = random.Random(seed)
    stock = ["".join(source.choices("etaoinshrdlu", k=source.randrange(2, 9))) for _ in range(300)]
    return " ".join(source.choices(stock, k=count)).encode()


def picture(width, height, seed):
    """Returns a PPM picture of noise."""
    return b"P6\n# noise\n%d %d\n255\n" % (width, height) + random.Random(seed).randbytes(width * height * 3)


PLAIN = words(30000, 1)  # about 170 KB
NOISE = random.Random(2).randbytes(100000)
SHORT = words(6000, 3)


def make_disk(folder):
    """Makes an ext4 image. Returns its path."""
    files = folder / "disk"
    (files / "www" / "cgi-bin").mkdir(parents=True)
    for number, (name, size) in enumerate(PICTURES.items()):
        (files / "www" / f"{name}.ppm").write_bytes(picture(*size, number))
    (files / "www" / "plain.txt").write_bytes(SHORT)
    for name, data in {"plain": PLAIN, "noise": NOISE, "short": SHORT}.items():
        (files / name).write_bytes(data)
    for name, command in {"text.lz4": ["-B4"], "checked.lz4": ["-B4", "-BX", "--content-size"], "large.lz4": ["-B7"]}.items():
        subprocess.run(["lz4", "-q", "-f", *command, files / "plain", files / name], check=True, timeout=deadline.COMMAND)
    (files / "noise.lz4").write_bytes(subprocess.run(["lz4", "-q", "-B4", "-c", files / "noise"], check=True, stdout=subprocess.PIPE).stdout)
    whole = (files / "text.lz4").read_bytes()
    (files / "cut.lz4").write_bytes(whole[:-9])
    (files / "two.lz4").write_bytes(whole + (files / "noise.lz4").read_bytes())
    subprocess.run(["gcc", "-m32", "-static", "-s", "-O2", "-Wall", "-Wextra", "-Werror", "-o", files / "www" / "cgi-bin" / "gray",
                    HERE / "gray_cgi.c"], check=True, timeout=deadline.COMMAND)  # fmt: skip
    (files / "www" / "cgi-bin" / "stop").write_text("#!/bin/sh\ntouch /tmp/stop\nprintf 'Content-Type: text/plain\\r\\n\\r\\nstopped\\n'\n")
    (files / "www" / "cgi-bin" / "stop").chmod(0o755)
    for way in FILTERED["keeps"]:
        (files / f"keeps-{way}").write_bytes(b"")
    for way in FILTERED["changes"]:
        (files / f"changes-{way}").write_bytes(b"")
    image = folder / "disk.img"
    subprocess.run(["mke2fs", "-q", "-q", "-F", "-t", "ext4", "-d", files, image, "16M"], check=True, timeout=deadline.COMMAND)
    return image


# ---- the guest -----------------------------------------------------------------

SHELL = ". /t/bad.sh\n"
START = (
    "mkdir -p /mnt /cg && mount -t ext4 /dev/vda /mnt && mount -t cgroup2 none /cg\n"
    "echo +memory >/cg/cgroup.subtree_control && mkdir /cg/server && ip link set lo up"
)

# Variants of stream_bad.c by what the kernel says of them; those that are stopped are the same for each question.
STOPPED = {1: "fault", 2: "timeout", 9: "forbidden", 10: "fault", 11: "fault", 12: "fault", 13: "timeout"}
NO_PLAN = "the answer is none of STREAM_PASS, _KEEPS, _CHANGES and _REFUSE"
OTHER_LENGTH = "the graft keeps lengths, and gives another number of bytes"
TOO_MUCH = "the graft gives more than STREAM_BYTES"
UNIT = "the unit has no byte, or more than STREAM_UNIT_MAX"
# {(first question that fails, kind): {variant: what is wrong}}
READS = {
    (0, 1): {3: NO_PLAN, 4: NO_PLAN, 5: NO_PLAN, 7: NO_PLAN, 8: NO_PLAN, 14: UNIT, 15: UNIT, 16: OTHER_LENGTH},
    (1, 1): {3: TOO_MUCH, 4: TOO_MUCH, 5: OTHER_LENGTH, 6: OTHER_LENGTH},
    (2, 1): {4: TOO_MUCH, 6: OTHER_LENGTH},
    (1, 2): {3: TOO_MUCH, 4: TOO_MUCH, 6: "the graft neither takes nor gives a byte", 7: "the graft takes more bytes than there are"},
}
SOME_STOPPED = {variant: STOPPED[variant] for variant in (1, 2)}  # where the others would only take time
BAD_READS = {key: {**wrong, **(STOPPED if key[0] < 2 and key[1] == 1 else SOME_STOPPED)} for key, wrong in READS.items()}
WRITES = {
    (1, 1, ""): {4: TOO_MUCH, 5: OTHER_LENGTH, **SOME_STOPPED},
    (2, 1, ""): {6: OTHER_LENGTH, 1: "fault"},
    (1, 2, ""): {4: TOO_MUCH, 7: "the graft takes more bytes than there are", **SOME_STOPPED},
    (0, 1, "--fail-closed"): {3: NO_PLAN, 16: "a file that is open to write, or a socket, has no head, and units of one byte", **SOME_STOPPED},
    (1, 1, "--fail-closed"): {4: TOO_MUCH, 6: OTHER_LENGTH, **STOPPED},
    (1, 2, "--fail-closed"): {4: TOO_MUCH, **SOME_STOPPED},
}


def name_of(*key):
    return "-".join(str(part).strip("-") for part in key if part)


def written(plugin, kind):
    """Returns the commands that write files in all ways through a graft, and read them again."""
    lines = []
    for way in FILTERED[kind]:
        file = f"/mnt/{kind}-{way}"
        lines += [
            f"plugctl attach stream {plugin} --file {file} --fail-closed >/dev/null",
            f"stat -c %i {file}; /t/writer {file} /mnt/plain {way} && /t/reader {file} /mnt/plain {kind}",
            "detach_all",
        ]
    return SHELL + "\n".join(lines)


WEB = "(echo 0 >/cg/server/cgroup.procs; exec httpd -f -h /mnt/www -p 80) & server=$!\n"
END_WEB = "kill $server; wait $server 2>/dev/null\n"
CASES = {
    "start": START,
    "cipher": LOAD_CIPHER + written("chacha20", "keeps") + "; plugctl unload chacha20 >/dev/null",
    "no-key": SHELL + "plugctl load /t/chacha20.plg >/dev/null; plugctl attach stream chacha20 --file /mnt/plain >/dev/null\n"
    "cat /mnt/plain; detach_all; plugctl unload chacha20 >/dev/null",
    "lz4": "plugctl load /t/lz4.plg >/dev/null\n" + written("lz4", "changes"),
    "lz4-files": SHELL + "plugctl attach stream lz4 --cgroup /cg/server >/dev/null\n"
    "for file in text checked noise two plain; do in_group cat /mnt/$file* >/tmp/read; echo $file $(sum /tmp/read); done\n"
    "for file in cut large; do in_group cat /mnt/$file.lz4 >/tmp/read; echo $file $? $(wc -c </tmp/read); done\n"
    "in_group /t/reader /mnt/text.lz4 /mnt/plain changes; detach_all; plugctl unload lz4 >/dev/null",
    "web": SHELL + "plugctl load /t/grayscale.plg >/dev/null; plugctl attach stream grayscale --cgroup /cg/server >/dev/null\n"
    + WEB + "while [ ! -e /tmp/stop ]; do usleep 20000; done\n"
    f"/t/fetch /odd.ppm /t/odd-gray.ppm {REQUESTS}; plugctl --json grafts; detach_all\n"
    f"/t/fetch /cgi-bin/gray?odd.ppm /t/odd-gray.ppm {REQUESTS}; /t/fetch /odd.ppm /mnt/www/odd.ppm {REQUESTS}\n"
    + END_WEB + "plugctl unload grayscale >/dev/null",
    **{f"read-{name_of(first, kind)}": SHELL + f"bad_reads {first} {kind} {' '.join(map(str, variants))}"
       for (first, kind), variants in BAD_READS.items()},
    **{f"write-{name_of(first, kind, option)}": SHELL + f"bad_writes {first} {kind} '{option}' {' '.join(map(str, variants))}"
       for (first, kind, option), variants in WRITES.items()},
    "endless": SHELL + "begin_bad 8 2 2; write_victim; end_bad; wc -c </mnt/victim",
    "corrupt": SHELL + "begin_bad 17 2 1; in_group cat /mnt/short >/dev/null; end_bad",
    "lifetimes": SHELL + "exec 3</mnt/short; plugctl load /t/stream_bad.plg >/dev/null\n"
    "plugctl attach stream stream_bad --file /mnt/short >/dev/null; exec 4</mnt/short 5</mnt/short 6</mnt/short\n"
    "cat <&3 >/tmp/before; dd bs=16384 count=1 <&4 >/tmp/begun 2>/dev/null; dd bs=16384 count=1 <&6 2>/dev/null >/tmp/begun\n"
    "detach_all; plugctl attach stream stream_bad --file /mnt/short >/dev/null; cat <&4 >/tmp/later; echo $?; cat <&5 >/tmp/unread\n"
    "plugctl replace stream_bad /t/stream_bad.plg >/dev/null; cat <&6 >/tmp/last; echo $?; cat /mnt/short >/tmp/after\n"
    "for file in before begun later unread last after; do echo $file $(wc -c </tmp/$file) $(sum /tmp/$file); done; plugctl unload stream_bad >/dev/null",
    "closed": SHELL + "plugctl load /t/stream_noop.plg >/dev/null; plugctl attach stream stream_noop --file /mnt/short --fail-closed\n"
    "plugctl unload stream_noop; cat /mnt/short; plugctl load /t/stream_noop.plg >/dev/null\n"
    "plugctl attach stream stream_noop --file /mnt/short; plugctl grafts | tail -1 | tr -s ' '; detach_all; cat /mnt/short | wc -c",
    "refusals": "plugctl attach stream stream_noop; plugctl attach readahead stream_noop --fail-closed; plugctl attach stream stream_noop --udp 9",
    "cost": SHELL + "/t/reader /mnt/plain /mnt/plain cost; plugctl attach stream stream_noop --file /mnt/plain >/dev/null\n"
    "for kind in 1 2 0; do plugctl call stream_noop choose $kind >/dev/null; /t/reader /mnt/plain /mnt/plain cost; done\n"
    "detach_all; plugctl unload stream_noop >/dev/null",
    "end": "cd /; sync; umount /mnt; plugctl --json list; plugctl --json map list; dmesg | grep -E 'BUG|Oops|WARNING|Call Trace' || echo no complaint",
}  # fmt: skip


def make_folder(folder):
    """Makes the folder /t of the guest: the programs, and the plugins."""
    folder.mkdir()
    for name in PROGRAMS:
        command = ["gcc", "-m32", "-static", "-s", "-O1", "-Wall", "-Wextra", "-Werror", "-o", folder / name, HERE / f"{name}.c"]
        subprocess.run(command, check=True, timeout=deadline.COMMAND)
    library = lz4_library.unpack(folder.with_name("lz4"))
    plugins = {name: [SDK / "examples" / "stream" / f"{name}.c"] for name in PLUGINS}
    plugins["lz4"] = ["-I", library, SDK / "examples" / "lz4" / "lz4.c", library / "lz4.c"]
    for name, sources in plugins.items():
        command = [SDK / "bin" / "plugin-cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", folder / f"{name}.plg", *sources]
        subprocess.run(command, check=True, timeout=deadline.COMMAND)
    (folder / "bad.sh").write_bytes((HERE / "bad.sh").read_bytes())
    (folder / "odd-gray.ppm").write_bytes(gray(picture(*PICTURES["odd"], list(PICTURES).index("odd"))))
    return folder


class Browser(threading.Thread):
    """Gets files from the guest's web server, over its network card, until it has each; then has the server say stop."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.got = {}
        self.start()

    def get(self, path, headers=None):
        """Returns (status, body). Tries again until there is a reply: the server may not have begun."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=deadline.ANSWER)
            try:
                connection.request("GET", path, headers=headers or {})
                reply = connection.getresponse()
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
                continue
            try:
                return reply.status, reply.read()
            except http.client.IncompleteRead as error:
                return "cut", error.partial

    def run(self):
        for name in PICTURES:
            self.got[name] = self.get(f"/{name}.ppm")
        self.got["part"] = self.get("/odd.ppm", {"Range": "bytes=1001-19999"})
        self.got["text"] = self.get("/plain.txt")
        self.got["stop"] = self.get("/cgi-bin/stop")


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Returns (outcomes, image, browser)."""
    folder = tmp_path_factory.mktemp("streams")
    image = make_disk(folder)
    port = guest.free_port()
    browser = Browser(port)
    options = ("--icount", "--net", "--forward", f"{port}:80", "--disk", image, "--append", "root=initramfs")
    outcomes = guest.Batch(CASES, *options, "--put", f"{make_folder(folder / 't')}:/t").run()
    return outcomes, image, browser


@pytest.fixture(scope="module")
def outcomes(session):
    return session[0]


def lines(outcome, status=0):
    assert outcome.status == status, outcome.output
    return outcome.lines()


def documents(outcome):
    """Returns the JSON documents of a case's output, which has nothing else."""
    return [json.loads(line) for line in lines(outcome)]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def turned_over(data):
    return bytes(byte ^ 255 for byte in data)


# ---- pictures ------------------------------------------------------------------


def gray(ppm):
    """Returns the picture in gray: each pixel by itself."""
    head = ppm.index(b"255\n") + 4
    pixels = ppm[head:]
    lumas = ((77 * r + 150 * g + 29 * b) >> 8 for r, g, b in zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))
    return ppm[:head] + bytes(luma for luma in lumas for _ in range(3))


def test_web_server_shows_pictures_in_gray(session):
    """Over the network card, each pixel; a part that begins within a pixel, and what is no picture, too."""
    lines(session[0]["web"])
    browser = session[2]
    assert browser.got["stop"][0] == 200
    for number, (name, size) in enumerate(PICTURES.items()):
        status, body = browser.got[name]
        assert status == 200 and body == gray(picture(*size, number)), name
    whole = gray(picture(*PICTURES["odd"], list(PICTURES).index("odd")))
    assert browser.got["part"] == (206, whole[1001:20000])
    assert browser.got["text"] == (200, SHORT)


def test_graft_answers_more_requests_than_a_cgi_program(outcomes):
    graft, grafts, cgi, plain = documents(outcomes["web"])
    assert [(found["requests"], found["right"]) for found in (graft, cgi, plain)] == [(REQUESTS, REQUESTS)] * 3
    assert grafts[-1]["attached"] and grafts[-1]["asked"] == grafts[-1]["answered"] > REQUESTS
    each = {name: found["cycles"] for name, found in (("graft", graft), ("CGI program", cgi), ("in color", plain))}
    print(f"\ninstructions for a picture of {graft['bytes']} bytes, of client and server: {each}")
    print(f"requests for 100 million instructions: {', '.join(f'{name} {10**8 // cost}' for name, cost in each.items())}")
    assert cgi["cycles"] > 1.3 * graft["cycles"]


# ---- encrypted and compressed files ----------------------------------------------


def test_chacha20_of_this_file_is_that_of_the_rfc():
    """Test vector of RFC 8439, 2.4.2, whose counter begins with 1."""
    text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    assert chacha20(bytes(64) + text, KEY, [0, 0x4A000000, 0])[64:].hex().startswith("6e2e359a2568f98041ba0728dd0d6981")


def test_file_is_encrypted_on_the_disk(session):
    found = lines(session[0]["cipher"])
    numbers, read = found[::2], [json.loads(line) for line in found[1::2]]
    assert len(numbers) == len(FILTERED["keeps"])
    for way, number, document in zip(FILTERED["keeps"], numbers, read, strict=True):
        assert document["wrong"] == 0 and document["compared"] > 600, way
        raw = file_in_image(session[1], f"keeps-{way}")
        part = slice(0, 4096) if way != "anywhere" else slice(0, None)  # the others are one key stream, too
        assert len(raw) == len(PLAIN) and raw[part] == chacha20(PLAIN[part], KEY, [int(number), *NONCE]), way


def test_cipher_without_a_key_opens_nothing(outcomes):
    assert lines(outcomes["no-key"]) == ["cat: can't open '/mnt/plain': Permission denied"]


def test_file_is_compressed_on_the_disk(session):
    """As the program lz4 does."""
    found = lines(session[0]["lz4"])
    for way, document in zip(FILTERED["changes"], map(json.loads, found[1::2]), strict=True):
        assert document["wrong"] == 0 and document["compared"] > 8, way
        raw = file_in_image(session[1], f"changes-{way}")
        done = subprocess.run(["lz4", "-dc"], input=raw, capture_output=True, timeout=deadline.COMMAND)
        assert done.returncode == 0 and done.stdout == PLAIN, way
        assert len(raw) < len(PLAIN) * 0.8


def test_files_of_the_program_lz4_are_read(outcomes):
    found = lines(outcomes["lz4-files"])
    sums = {line.split()[0]: line.split()[1] for line in found[:5]}
    wanted = {"text": PLAIN, "checked": PLAIN, "noise": NOISE * 2, "two": PLAIN + NOISE, "plain": PLAIN}
    assert sums == {name: digest(data) for name, data in wanted.items()}
    # Both are an error: one is cut short, the other has larger blocks.
    assert found[5] == "cat: read error: Bad message" and re.fullmatch(r"cut 1 \d+", found[6])
    assert found[7:9] == ["cat: read error: Bad message", "large 1 0"]
    assert json.loads(found[9])["wrong"] == 0


# ---- bad grafts ------------------------------------------------------------------


def check_ended(grafts, maps, plugin, what, closed):
    """What the kernel says of a bad graft is `what`, and what it changed in a map is undone."""
    assert grafts["aborted"] == 1 and (grafts["attached"], grafts["shut"]) == (closed, closed), grafts
    if what in STOPPED.values():
        assert (grafts["outcome"], plugin["last_status"]) == ("the plugin was stopped", what)
    else:
        assert (grafts["outcome"], plugin["last_status"]) == (f"failure 1 of 1: {what}", "ok")
    assert (maps[0]["used"], maps[0]["staged"]) == (0, 0), maps


@pytest.mark.parametrize(("first", "kind"), BAD_READS)
def test_reader_gets_the_file_or_an_error(outcomes, first, kind):
    """The file as it is, if the graft fails before a filtered byte; else filtered bytes, and then an error."""
    found = documents(outcomes[f"read-{name_of(first, kind)}"])
    plain, begun = digest(SHORT), digest(turned_over(SHORT[:16384]))
    for variant, what in BAD_READS[first, kind].items():
        read, grafts, maps, plugin, *found = found
        assert read["variant"] == variant and read["again"] == plain
        if first < 2:
            assert (read["status"], read["said"], read["read"]) == (0, "", plain)
        else:
            assert (read["status"], read["said"], read["read"]) == (1, "cat: read error: Input/output error", begun)
        check_ended(grafts, maps, plugin, what, closed=False)
    assert not found


@pytest.mark.parametrize(("first", "kind", "option"), WRITES)
def test_file_gets_what_was_written_or_an_error(outcomes, first, kind, option):
    """With --fail-closed, nothing that is not filtered gets to the disk, and nobody opens the file until the detach."""
    found = documents(outcomes[f"write-{name_of(first, kind, option)}"])
    closed = bool(option)
    wanted = b"" if closed else SHORT if first < 2 else turned_over(SHORT[:16384])
    for variant, what in WRITES[first, kind, option].items():
        write, grafts, maps, plugin, *found = found
        assert (write["variant"], write["written"]) == (variant, digest(wanted))
        assert (write["status"], write["opens"]) == (int(closed or first == 2), int(closed))
        check_ended(grafts, maps, plugin, what, closed)
    assert not found


def test_endless_answer_is_refused(outcomes):
    found = lines(outcomes["endless"])
    graft = json.loads(found[0])
    assert graft["outcome"] == "failure 1 of 1: the graft gives bytes without end"
    assert int(found[-1]) == len(SHORT) + 1024


def test_what_a_graft_cannot_filter_is_no_failure(outcomes):
    found = lines(outcomes["corrupt"])
    assert found[0] == "cat: read error: Input/output error" and json.loads(found[1])["aborted"] == 0


def test_open_file_stays_what_it_was(outcomes):
    """What was opened before the attach is not filtered; what was begun with a graft that is gone, does not go on."""
    found = lines(outcomes["lifetimes"])
    files = {line.split()[0]: line.split()[1:] for line in found if " " in line and not line.startswith("cat:")}
    whole, begun = [str(len(SHORT)), digest(SHORT)], ["16384", digest(turned_over(SHORT[:16384]))]
    nothing = ["0", digest(b"")]
    assert files == {"before": whole, "begun": begun, "later": nothing, "unread": whole, "last": nothing, "after": whole}
    assert [line for line in found if " " not in line] == ["1", "1"]
    assert found.count("cat: read error: Input/output error") == 2


def test_closed_graft_outlives_its_plugin(outcomes):
    attached, unloaded, refused, taken, listed, length = lines(outcomes["closed"])
    assert refused == "cat: can't open '/mnt/short': Input/output error"
    assert taken == "plugctl: /mnt/short cannot be opened: Input/output error"
    assert " shut " in listed and listed.endswith("the plugin was unloaded or replaced")
    assert int(length) == len(SHORT)


def test_refusal_is_one_sentence(outcomes):
    assert lines(outcomes["refusals"], status=1) == [
        "plugctl: stream_noop was not attached: a graft for stream cannot be for all: choose another scope, see docs/points.md",
        "plugctl: stream_noop was not attached: a graft for readahead cannot fail closed: without it the kernel decides",
        "plugctl: no UDP socket of IPv4 has port 9: start the server first",
    ]


def test_cost(outcomes):
    none, keeps, changes, passes = documents(outcomes["cost"])
    print(f"\ninstructions to open a file, and to read a KiB: no graft {none}, keeps {keeps}, changes {changes}, passes {passes}")
    assert none["open"] < passes["open"] and none["kib"] < min(keeps["kib"], changes["kib"])
    assert abs(passes["kib"] - none["kib"]) <= none["kib"] / 20


def test_nothing_is_left(outcomes):
    assert lines(outcomes["end"]) == ["[]", "[]", "no complaint"]
