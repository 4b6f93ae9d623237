# SPDX-License-Identifier: MIT
"""How plugctl fails on the host, where there are no plugins. tests/linux/plugin_session.py runs
plugctl with plugins."""

import json
import os
import socket
import subprocess

import deadline
import emulated
import json_schema
import pytest
from elftools.elf.elffile import ELFFile
from makefile import must_make
from sdk import BUILD, ROOT, SDK

pytestmark = pytest.mark.skipif(os.path.exists("/dev/plugins"), reason="this machine has plugins")


def runner(program):
    def run(*arguments):
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=deadline.COMMAND)

    return run


@pytest.fixture(scope="module")
def shipped():
    """Runs the plugctl that guests get, a program for i386."""
    must_make("plugctl", directory=SDK)
    return runner(BUILD / "sdk" / "plugctl")


@pytest.fixture(scope="module")
def plugctl(shipped, tmp_path_factory):
    """Runs plugctl. Where i386 programs are emulated it is one for this host, from the same
    source: the tests start it more than a thousand times."""
    if not emulated.RULE.exists():
        return shipped
    program = tmp_path_factory.mktemp("plugctl") / "plugctl"
    include = SDK / "include"
    command = ["gcc", "-std=gnu11", "-O1", "-D_FILE_OFFSET_BITS=64", "-I", include / "public", "-I", include, "-idirafter", include / "uapi"]
    subprocess.run([*command, "-o", program, *(SDK / "tools" / "plugctl").glob("*.c")], check=True, timeout=deadline.COMMAND)
    return runner(program)


def test_program_is_small_and_static(shipped):
    program = BUILD / "sdk" / "plugctl"
    assert program.stat().st_size < 1 << 20
    with open(program, "rb") as file:
        elf = ELFFile(file)
        assert elf["e_machine"] == "EM_386"
        assert not [part for part in elf.iter_segments() if part["p_type"] == "PT_INTERP"]


@pytest.mark.parametrize("verb", [["list"], ["show", "x"], ["unload", "x"], ["call", "x", "main"], ["info"], ["kill", "x"],
                                  ["load", "/proc/self/exe"], ["attach", "readahead", "x"], ["detach", "1"], ["points"], ["grafts"],
                                  ["attach", "readahead", "x:main", "--file", "/proc/self/exe"], ["ask", "1"]])  # fmt: skip
def test_without_the_device(shipped, verb):
    done = shipped(*verb)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1 and "/dev/plugins is not there" in done.stderr
    done = shipped("--json", *verb)
    assert (done.returncode, done.stderr) == (1, "")
    json_schema.check(json.loads(done.stdout), "error")


def error(done, status):
    """Returns the sentence of a --json run that failed."""
    assert done.returncode == status and done.stderr == "", done
    assert len(done.stdout.splitlines()) == 1, done
    json_schema.check(json.loads(done.stdout), "error")
    return json.loads(done.stdout)["error"]


WRONG = {
    "give a VERB": [],
    'there is no verb "frobnicate"': ["frobnicate"],
    'there is no verb ""': [""],
    'there is no option "--fast"': ["--fast", "load", "x.plg"],
    "load: give FILE": ["load"],
    'load: there is no option "--fast"': ["load", "--fast", "x.plg"],
    'load: there is no option "--budget-us-more=1"': ["load", "--budget-us-more=1", "x.plg"],
    'load: there is no option "--budget"': ["load", "--budget", "1", "x.plg"],
    'load: "y.plg" is one word too many: give FILE': ["load", "x.plg", "y.plg"],
    "call: give NAME ENTRY": ["call", "x"],
    'argument "twelve" is not a 32-bit number': ["call", "x", "main", "twelve"],
    "at most 6 arguments, not 7": ["call", "x", "main", *"1234567"],
    "at most 4 arguments after a window, not 5": ["call", "x", "main", "--window", "f", *"12345"],
    '--window is given twice: "f" and "g"': ["call", "x", "main", "--window", "f", "--window", "g"],
    "show: give NAME": ["show"],
    'unload: "b" is one word too many': ["unload", "a", "b"],
    "kill: give NAME": ["kill"],
    "replace: give NAME FILE": ["replace", "x"],
    'replace: there is no option "--name"': ["replace", "x", "y.plg", "--name", "z"],
    'load: there is no option "--kill"': ["load", "y.plg", "--kill"],
    "unload: --kill takes no value": ["unload", "x", "--kill=1"],
    'list: "all" is one word too many: give none': ["list", "all"],
    'info: there is no option "-x"': ["info", "-x"],
    'help: "b" is one word too many': ["help", "load", "b"],
    'there is no verb "b"': ["help", "b"],
    'version: "b" is one word too many': ["version", "b"],
    '--version: "b" is one word too many': ["--version", "b"],
    "attach: give POINT NAME[:ENTRY]": ["attach", "readahead"],
    'attach: "y" is one word too many': ["attach", "readahead", "x", "y"],
    "attach: a graft is for a file, a process, a cgroup or a socket": ["attach", "readahead", "x", "--file", "/proc/self/exe", "--pid", "1"],
    "attach: a graft is for a file, a process, a cgroup or a socket: give one": ["attach", "evict", "x", "--cgroup", "/proc", "--pid", "1"],
    'attach: --udp is "65536": give a number from 1 to 65535': ["attach", "packet", "x", "--udp", "65536"],
    'attach: --pid is "0": give a number from 1 to 2147483647': ["attach", "readahead", "x", "--pid", "0"],
    'attach: --pid is "2147483648": give a number': ["attach", "readahead", "x", "--pid", "2147483648"],
    "detach: give ID": ["detach"],
    'detach: ID is "0": give a number from 1 to 4294967295': ["detach", "0"],
    'detach: ID is "-1": give a number': ["detach", "-1"],
    'detach: ID is "4294967296": give a number': ["detach", "4294967296"],
    'points: "x" is one word too many: give none': ["points", "x"],
    'grafts: "x" is one word too many: give none': ["grafts", "x"],
    "ask: give ROUNDS [A [B]]": ["ask"],
    'ask: ROUNDS is "0": give a number from 1 to 1000000': ["ask", "0"],
    'ask: ROUNDS is "1000001": give a number': ["ask", "1000001"],
    'ask: the argument "a" is not a 32-bit number': ["ask", "1", "2", "a"],
    'ask: "4" is one word too many': ["ask", "1", "2", "3", "4"],
    'load: "--json" is one word too many': ["load", "--", "x.plg", "--json"],
}


@pytest.mark.parametrize("sentence", WRONG)
def test_wrong_use(plugctl, sentence):
    done = plugctl(*WRONG[sentence])
    assert done.returncode == 2 and done.stdout == ""
    assert sentence in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[1].startswith("usage: plugctl [--json] ")
    assert sentence in error(plugctl("--json", *WRONG[sentence]), 2)


def verbs(plugctl):
    done = plugctl("--json", "help")
    json_schema.check(json.loads(done.stdout), "help")
    return json.loads(done.stdout)["help"]


def words(verb):
    """Returns as many arguments as the verb takes, which are names, paths and numbers, or a kind of map."""
    return ["hash" if word == "KIND" else "1" for word in verb["words"].split() if word[0] != "["]


def options(plugctl):
    """Returns a list of (verb, its arguments, option), one for every option that takes a value."""
    found = [(v["verb"], words(v), o) for v in verbs(plugctl) for o in v["options"] if "value" in o]
    assert len(found) >= 8
    return found


def test_option_without_a_value(plugctl):
    for verb, given, option in options(plugctl):
        name = option["name"]
        needs = f"{verb}: {name} needs a value: give {option['value']} after it"
        for wrong in ([name], [name, ""], [name + "="], [name, "--"], [name, "--kill"], [name, name, "1"], ["--json", name]):
            assert error(plugctl("--json", verb, *given, *wrong), 2) == needs, wrong
            assert plugctl(verb, *wrong, *given).returncode == 2 or wrong == [name]
        assert f"{verb}: {name} is given twice" in error(plugctl("--json", verb, *given, f"{name}=1", name, "1"), 2)


NO_NUMBERS = [" 1", "1 ", "+1", "-1", "-", "1x", "0x", "0xg", "x1", "1.0", "1e3", "08x", "\t1", "1\n", "0b1", "1,000", "\u0661"]
LARGE = ["4294967296", "18446744073709551617", "0x100000000", "9" * 400]


def test_numbers_of_options(plugctl):
    for verb, given, option in options(plugctl):
        name = option["name"]
        if option["value"] != "N":
            continue
        for wrong in [*NO_NUMBERS, *LARGE, "0", "00", "0x0"]:
            said = error(plugctl("--json", verb, *given, name, wrong), 2)
            assert said.startswith(f'{verb}: {name} is "{wrong[:200]}') and "give a number from 1 to" in said
        for right in ["1", "010", "0x10", "0XfF", "00001000"]:
            said = error(plugctl("--json", verb, *given, f"{name}={right}"), 1)
            assert "/dev/plugins is not there" in said or "cannot be opened" in said
    said = error(plugctl("--json", "call", "x", "main", "--kill-after-ms", "4294968"), 2)
    assert said == 'call: --kill-after-ms is "4294968": give a number from 1 to 4294967'
    said = error(plugctl("--json", "load", "x.plg", "--budget-us", "10000001"), 2)
    assert said == 'load: --budget-us is "10000001": give a number from 1 to 10000000'


def test_leading_zero_is_decimal(plugctl):
    """010 is ten. 4294967 with a zero before it is in range; read as octal it would be another
    number."""
    assert "/dev/plugins is not" in error(plugctl("--json", "call", "x", "main", "--kill-after-ms", "04294967"), 1)
    assert "give a number" in error(plugctl("--json", "call", "x", "main", "--kill-after-ms", "04294968"), 2)
    assert "/dev/plugins is not" in error(plugctl("--json", "call", "x", "main", "08"), 1)


def test_numbers_of_calls(plugctl):
    for wrong in [*(n for n in NO_NUMBERS if n not in ("-1", "x1")), *LARGE, "", "--1", "-2147483649", "- 1", "-0x80000001"]:
        said = error(plugctl("--json", "call", "x", "main", "--", wrong), 2)
        assert "is not a 32-bit number" in said, wrong
    for right in ["0", "-0", "-1", "-2147483648", "4294967295", "0xffffffff", "-0x80000000", "010", "09"]:
        assert "/dev/plugins is not there" in error(plugctl("--json", "call", "x", "main", right), 1)


def test_words_that_look_like_options(plugctl):
    assert "--x cannot be opened" in error(plugctl("--json", "load", "--", "--x"), 1)
    assert "--help cannot be opened" in error(plugctl("--json", "load", "--", "--help"), 1)
    assert "- cannot be opened" in error(plugctl("--json", "load", "-"), 1)
    assert "/dev/plugins is not there" in error(plugctl("--json", "kill", "--", "-h"), 1)
    assert "--x cannot be opened" in error(plugctl("--json", "call", "x", "main", "--window=--x"), 1)


def test_names_and_files(plugctl):
    assert "is not a plugin's name" in plugctl("show", "n" * 32).stderr
    assert "is not a plugin's name" in plugctl("show", "").stderr
    assert "is not a plugin's name" in plugctl("load", "x.plg", "--name", "n" * 32).stderr
    assert "is not an entry's name" in plugctl("call", "x", "e" * 56).stderr
    assert "is not an entry's name" in plugctl("call", "x", "").stderr
    for point in ("", "p" * 32):
        assert "is not a graft point's name: it has 1 to 31 characters" in plugctl("attach", point, "x").stderr
    for name in ("", ":main", "n" * 32, "n" * 32 + ":main"):
        assert "is not a plugin's name: it has 1 to 31 characters" in plugctl("attach", "readahead", name).stderr
    for name in ("x:", "x:" + "e" * 56):
        assert "is not an entry's name: it has 1 to 55 characters" in plugctl("attach", "readahead", name).stderr
    assert "does not make a plugin's name" in plugctl("load", "n" * 32 + ".plg").stderr
    assert "does not make a plugin's name" in plugctl("load", "/").stderr
    assert "does not make a plugin's name" in plugctl("load", "").stderr
    for names in ("log,fly", "fly", "fly,log"):
        assert 'no service named "fly": there are log now' in plugctl("load", "x.plg", "--allow", names).stderr
    assert 'no service named ""' in plugctl("load", "x.plg", "--allow", "log,").stderr
    done = plugctl("load", "/nowhere/x.plg")
    assert done.returncode == 1 and "/nowhere/x.plg cannot be opened" in done.stderr


def test_files_that_are_not_regular(plugctl, tmp_path):
    """plugctl does not wait for such a file, read it without end, or open it if it is a device."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "empty").touch()
    with open(tmp_path / "huge", "w") as huge:
        huge.truncate(1 << 40)
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
    os.symlink("loop", tmp_path / "loop")
    what = {
        tmp_path / "fifo": "is a FIFO",
        tmp_path / "empty": "has 0 bytes",
        tmp_path / "huge": "has 1099511627776 bytes",
        tmp_path / "socket": "is a socket",
        tmp_path / "loop": "cannot be opened: Too many levels",
        tmp_path: "is a directory",
        "/dev/zero": "is a device",
        "/dev/tty": "is a device",
        "/proc/version": "has 0 bytes, as files of /proc and /sys say too",
        "/proc/self/mem": "has 0 bytes",
        "/proc/self/fd": "is a directory",
    }
    for path, sentence in what.items():
        for verb in (["load", "--name", "x", path], ["replace", "x", path], ["call", "x", "main", "--window", path],
                     ["call", "x", "main", f"--window={path}:rw"]):  # fmt: skip
            assert f"{path} {sentence}" in error(plugctl("--json", *verb), 1), verb
        said = error(plugctl("--json", "attach", "readahead", "x", "--file", path), 1)
        # A graft may be for a file of any size.
        assert ("/dev/plugins is not there" if "bytes" in sentence else f"{path} {sentence}") in said


def test_help(plugctl):
    all_verbs = verbs(plugctl)
    assert [v["verb"] for v in all_verbs] == ["load", "call", "replace", "list", "show", "kill", "unload", "attach", "detach", "points",
                                             "grafts", "ask", "map list", "map create", "map show", "map get", "map set",
                                             "map remove", "map pop", "map delete", "info"]  # fmt: skip
    for ask in (["--help"], ["-h"], ["help"], ["help", "--help"]):
        done = plugctl(*ask)
        assert done.returncode == 0 and done.stderr == ""
        assert all(f"  {v['verb']} " in done.stdout for v in all_verbs)
    for verb in all_verbs:
        name = verb["verb"]
        for ask in ([name, "--help"], [name, "-h"], ["help", name], ["--help", name], [name, "a", "-h", "--wrong"]):
            done = plugctl(*ask)
            assert done.returncode == 0 and done.stderr == ""
            assert done.stdout.startswith(f"usage: plugctl [--json] {name}")
            assert all(option["name"] in done.stdout for option in verb["options"])
            assert json.loads(plugctl("--json", *ask).stdout) == {"help": [verb]}


def test_version(plugctl):
    for ask in ("version", "--version"):
        assert plugctl(ask).stdout.startswith("plugctl for plugin ABI 1.")
        done = plugctl(ask, "--json")
        json_schema.check(json.loads(done.stdout), "version")


def test_errors_are_text_whatever_the_words_are(plugctl):
    said = plugctl("\x1b[31mred\r\n").stderr.splitlines()[0]
    assert said == 'plugctl: there is no verb "?[31mred??"'
    for odd, shown in ((b"\xc3\xbc", "\u00fc"), (b"\xff", "\ufffd"), (b"\xc0\x80", "\ufffd\ufffd"), (b"\xed\xa0\x80", "\ufffd" * 3),
                       (b"\xf0\x9f\x98\x80", "\U0001f600"), (b'"\\\n\x7f', '"\\\n\x7f'), (b"\xe2\x82", "\ufffd\ufffd")):  # fmt: skip
        done = subprocess.run([BUILD / "sdk" / "plugctl", "--json", odd], capture_output=True, timeout=deadline.COMMAND)
        assert json.loads(done.stdout.decode("utf-8"))["error"] == f'there is no verb "{shown}"'
    assert len(error(plugctl("--json", "x" * 5000), 2)) < 1024


def test_window_of_which_nothing_is_written(tmp_path):
    window, program = tmp_path / "window", tmp_path / "window_write_test"
    window.write_text("as it was")
    os.symlink(ROOT / "guest-patches/linux-6.1/files/include/uapi/linux", tmp_path / "linux")
    folders = [tmp_path, SDK, SDK / "include", SDK / "tools" / "plugctl", ROOT / "hv" / "include" / "public"]
    sources = [ROOT / "tests" / "plugins" / "window_write_test.c", SDK / "tools" / "plugctl" / "regular_file.c"]
    subprocess.run(["gcc", "-o", program, *(f"-I{folder}" for folder in folders), *sources], check=True, timeout=deadline.COMMAND)
    done = subprocess.run([program, window], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert (done.returncode, done.stdout) == (1, f"{window} cannot be written back: the file system took no byte")


def test_full_device(plugctl):
    for ask in (["help"], ["--json", "help"], ["--version"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [BUILD / "sdk" / "plugctl", *ask], stdout=full, stderr=subprocess.PIPE, text=True, timeout=deadline.COMMAND
            )
        assert done.returncode == 1 and "cannot be written" in done.stderr


def test_closed_streams(plugctl, tmp_path):
    """With standard output closed, a file that plugctl opens does not get its number: nothing
    is written into a user's file."""
    file = tmp_path / "window"
    file.write_text("as it was")
    program = BUILD / "sdk" / "plugctl"
    for closed in (">&-", "<&- >&-", "2>&-", "<&- >&- 2>&-"):
        command = f"{program} --json call x main --window {file}:rw {closed}"
        done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline.COMMAND)
        assert done.returncode == 1 and file.read_text() == "as it was"
    done = subprocess.run(["sh", "-c", f"{program} help >&-"], capture_output=True, text=True, timeout=deadline.COMMAND)
    assert done.returncode == 1 and "cannot be written" in done.stderr
