# SPDX-License-Identifier: MIT
"""Plugins in the real Linux: one boot for each engine runs in_guest.sh, and the
tests look at what its steps said. On Bochs, where segment limits are enforced,
it is only the containment of wild and spin."""

import json
import random
import re
import subprocess

import bad_plg
import deadline
import json_schema
import pytest
from sdk import BUILD, MANY, ROOT, Compiler

ENGINES = ("tcg", "bochs")
UAPI = ROOT / "guest-patches" / "linux-6.1" / "files" / "include" / "uapi"
VECTOR_TIMEOUT = 32
EPERM, EFAULT = 2**32 - 1, 2**32 - 14
SERVICES = ["log", "now", "window_info", "window_length", "budget", "random"]
BIG = """#include <ringfence/plugin.h>
PLUGIN("big", "1", "as large as a plugin can be, almost");
PLUGIN_HEAP(15 << 20);
PLUGIN_ENTRY(main, void) { return 1; }
"""


def picture():
    """Returns (header, pixels) of a PPM image that is larger than a page."""
    return b"P6\n# noise\n40 37\n255\n", random.Random(1).randbytes(40 * 37 * 3)


class Step:
    def __init__(self, status, output):
        self.status = status
        self.output = output

    @property
    def json(self):
        return json.loads(self.output)

    def __repr__(self):
        return f"status {self.status}: {self.output}"


def parse(output):
    steps = {}
    for name, text, status in re.findall(r"^@@ (\S+)\n(.*?)^@@ = (\d+)$", output, re.M | re.S):
        steps[name] = Step(int(status), text)
    return steps


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns the folder with the files that the guest gets besides the initramfs."""
    folder = tmp_path_factory.mktemp("guest")
    compiler = Compiler(folder)
    good = compiler.make("-O2", "-o", "many.plg", MANY).read_bytes()
    compiler.write("big.c", BIG)
    compiler.make("-o", "big.plg", "big.c")
    (folder / "bad").mkdir()
    for name, image, _ in bad_plg.cases(good):
        (folder / "bad" / f"{name}.plg").write_bytes(image)
    compiler.make("-O2", "-o", "selectors.plg", ROOT / "tests" / "plugins" / "selectors.c")
    compiler.make("-O1", "-fstack-protector-strong", "-o", "mistakes.plg", ROOT / "tests" / "plugins" / "mistakes.c")
    compiler.make("-O1", "-o", "cplusplus.plg", ROOT / "tests" / "plugins" / "cplusplus.cc")
    for name in ("device_test", "device_fields_test", "storm", "accomplice"):
        subprocess.run(
            ["gcc", "-m32", "-march=i686", "-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror", "-idirafter", UAPI]
            + ["-fno-stack-protector", "-o", folder / name, ROOT / "tests" / "plugins" / f"{name}.c"],
            check=True,
        )
    for name in ("picture.ppm", "picture-2.ppm"):
        (folder / name).write_bytes(b"".join(picture()))
    (folder / "in_guest.sh").write_bytes((ROOT / "tests" / "plugins" / "in_guest.sh").read_bytes())
    return folder


def boot(folder, engine, what, timeout):
    for product in (BUILD / "linux" / "vmlinux", BUILD / "hv" / "ringfence.elf", BUILD / "initramfs.cpio.gz"):
        assert product.exists(), f"{product} is not built: run make"
    log = folder / f"{engine}.log"
    done = subprocess.run(
        [ROOT / "scripts" / "ringfence", "run", "--engine", engine, "--timeout", str(timeout), "--log", log]
        + ([] if engine == "bochs" else ["--icount", "3"])  # time by instructions, as on Bochs
        + ["--put", f"{folder}:/t", "--exec", f"sh /t/in_guest.sh /t {what}"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout + deadline.COMMAND,
        stdin=subprocess.DEVNULL,
    )
    steps = parse(done.stdout)
    print(done.stdout[-3000:], done.stderr[-2000:], log.read_text(errors="replace")[-2000:] if log.exists() else "")
    assert done.returncode == 0, f"{engine}: status {done.returncode}: {done.stderr[-500:]}"
    return steps


@pytest.fixture(scope="module")
def tcg(folder):
    return boot(folder, "tcg", "all", deadline.BOOT)


@pytest.fixture(scope="module", params=ENGINES)
def contained(request, folder):
    """Returns the steps about containment on one engine."""
    if request.param == "tcg":
        return request.getfixturevalue("tcg")
    return boot(folder, request.param, "wild", deadline.BOCHS)


def value(step):
    assert step.status == 0, step
    json_schema.check(step.json, "call")
    assert step.json["status"] == "ok"
    return step.json["value"]


def refused(step, sentence, status=1):
    assert step.status == status, step
    lines = step.output.splitlines()
    assert lines[0].startswith("plugctl: ") and re.search(sentence, lines[0]), step
    assert status == 2 or len(lines) == 1, step


# ---- containment, on every engine -------------------------------------------


def test_monitor_says_what_it_enforces(contained):
    info = contained["info-json"].json
    json_schema.check(info, "info")
    assert contained["info"].status == 0 and f"mode         {info['mode']}" in contained["info"].output
    limits = "limit" in info["enforces"]
    assert info["mode"] == ("segment" if limits else "page")
    assert {"wp", "nx"} <= set(info["enforces"])


def test_hello(contained):
    assert contained["load-hello"].output == "loaded hello\n"
    assert contained["call-hello"].output == "42 (0x2a), status ok\n"


# variant: access, whether the address is within the data limit, the address if it is fixed
WILD = {
    0: ("write", False, None),
    1: ("write", False, 0xC0100000),
    2: ("write", False, 0xFFFFFFFC),
    3: ("write", True, None),
    4: ("write", True, 0),
    5: ("write", True, None),
    6: ("write", True, None),
    7: ("write", False, 0xFC000000),
    8: ("fetch", None, None),
}


@pytest.mark.parametrize("variant", WILD)
def test_wild_is_stopped(contained, variant):
    access, in_limit, address = WILD[variant]
    mode = contained["info-json"].json["mode"]
    assert contained[f"wild-{variant}-load"].status == 0
    step = contained[f"wild-{variant}"]
    assert step.status == 3, step
    json_schema.check(step.json, "call")
    assert step.json["status"] == "fault" and "value" not in step.json
    fault = step.json["fault"]
    assert fault["status"] == "fault" and fault["call"] == 1
    # #GP or #SS by the limit (no address from the CPU: the monitor may know it), else #PF.
    assert fault["vector"] in ((13, 14) if mode == "segment" else (14,))
    assert 0x1000 <= fault["registers"]["eip"] <= 0x3FFF
    if variant == 8 and mode == "segment":
        # A call past the code limit faults where it is; the monitor finds its target.
        assert fault["vector"] == 13 and fault["access"] == access
        assert re.search(r"running code at 0x\w+: code in its data cannot run; at main\+", fault["report"])
        return
    assert fault["access"] == access
    if in_limit is not None:
        assert fault["in_limit"] == in_limit
    if address is not None:
        assert fault["address"] == address
    elif variant == 0:
        assert fault["address"] == fault["data_limit"] + 1
    assert fault.get("symbol") == ("main" if variant != 8 else None)
    assert fault["report"].startswith("plugin wild was stopped in call 1: ")


@pytest.mark.parametrize("variant", WILD)
def test_wild_is_shown_dead_and_not_run_again(contained, variant):
    shown = contained[f"wild-{variant}-text"]
    assert re.search(r"^state        dead$", shown.output, re.M)
    assert re.search(r"^last fault   plugin wild was stopped in call 1: ", shown.output, re.M)
    again = contained[f"wild-{variant}-again"]
    assert again.status == 3
    assert again.output.startswith("plugctl: plugin wild was not run, it had been stopped before: unload it")
    assert contained[f"wild-{variant}-unload"].output == "unloaded wild\n"


# variant: what the report says of the cause, on engines with limits and without
MISTAKES = {
    0: "its stack of 16 KiB is full: use less of it, or PLUGIN_STACK\\(\\); at large_frame",
    1: "its stack of 16 KiB is full: .*; at recursion",
    2: "the stack protector's canary at %gs:0x14: compile with plugin-cc; at main",
    3: "general protection fault: int \\$0x80, a system call of Linux: a plugin cannot make any; at main",
    4: "code on its stack cannot run",
    5: "a null pointer to a function",
    6: "page fault, writing 0x\\w+: its heap ends at 0x\\w+; at main",
    7: "page fault, reading 0x8: a null pointer; at main",
    8: "a privileged instruction; at main",
    9: "a canary was overwritten: something on the stack is too small; at __stack_chk_fail",
}


@pytest.mark.parametrize("variant", MISTAKES)
def test_report_names_the_cause(contained, variant):
    step = contained[f"mistake-{variant}"]
    assert step.status == 3, step
    json_schema.check(step.json, "call")
    assert re.search(MISTAKES[variant], step.json["fault"]["report"]), step.json["fault"]


def test_constructors_run_once_before_the_first_entry(contained):
    assert value(contained["cplusplus-1"]) == 11 + 2 * 22 + 2000 + 7
    assert value(contained["cplusplus-2"]) == 12 + 2 * 23 + 2000


def test_text_of_several_lines(contained):
    assert value(contained["cplusplus-text"]) == 0
    assert contained["cplusplus-log"].output == '{\n "a": 1\n}\n'


def test_spin_is_stopped_in_time(contained):
    step = contained["spin"]
    assert step.status == 3 and step.json["status"] == "timeout"
    json_schema.check(step.json, "call")
    fault = step.json["fault"]
    assert fault["vector"] == VECTOR_TIMEOUT and fault["budget_us"] == 50000 and fault["symbol"] == "main"
    begin, end = map(float, contained["spin-time"].output.split())
    assert end - begin < 5
    assert "its time of 50000 us was up" in contained["spin-text"].output
    assert contained["unload-spin"].status == 0


def test_guest_lives_and_says_so_once(contained):
    assert contained["hello-lives"].output == "50 (0x32), status ok\n"
    log = contained["dmesg"].output.split("ringfence: plugins in ", 1)[1]
    assert len(re.findall(r"ringfence: plugin wild was stopped", log)) == len(WILD)
    assert len(re.findall(r"ringfence: plugin spin was stopped", log)) == 1
    assert not re.search(r"BUG|Oops|WARNING|Call Trace", log)


FAULT = 1  # RINGFENCE_CALL's status, as PLUGIN_STATUS_FAULT


def prepared(step):
    """Returns (error, status, value) of the call made by the accomplice, a process that has put
    flat segments ready."""
    assert step.status == 0, step
    assert "2 slots, the last is 43;" in step.output
    found = re.search(r"^error (-?\d+) status (\d+) value (0x[0-9a-f]+|0)$", step.output, re.M)
    return int(found[1]), int(found[2]), int(found[3], 0)


@pytest.mark.escape(3)
def test_accomplice_prepares_segments(contained):
    """A plugin gets neither the TLS and LDT of the calling process nor what that process has in
    its registers."""
    mode = contained["info-json"].json["mode"]
    assert prepared(contained["accomplice-left"]) == (0, 0, 0)
    # Its own data, by each RPL that it may use.
    assert prepared(contained["accomplice-readable"]) == (0, 0, 3 if mode == "segment" else 4)
    for selector in (0x33, 0x43, 0x7, 0x7B, 0xE033):
        assert prepared(contained[f"accomplice-load-{selector:#x}"]) == (0, FAULT, 0)
        fault = contained[f"accomplice-show-{selector:#x}"].json["fault"]
        assert (fault["vector"], fault["error_code"]) == (13, selector & 0xFFFC), hex(selector)
    assert contained["accomplice-hello"].output == "51 (0x33), status ok\n"


@pytest.mark.escape(9)
def test_accomplice_has_ports(contained):
    assert "ports " in contained["accomplice-port"].output
    assert prepared(contained["accomplice-port"]) == (0, FAULT, 0)


# ---- services and windows, on every engine -----------------------------------


def ended(step, status):
    """The call ended with `status`. Returns its fault record if it was stopped."""
    assert step.status == 3, step
    json_schema.check(step.json, "call")
    assert step.json["status"] == status
    return step.json.get("fault")


def test_log(contained):
    assert value(contained["logger"]) >= 1
    lines = [f"line {i} of the logger" for i in range(3)]
    assert contained["logger-log"].output.splitlines() == lines
    assert contained["logger-log-mode"].output == "400\n"
    log = contained["dmesg-services"].output
    for line in lines:
        assert f"ringfence: plugin logger: {line}\n" in log
    assert not re.search(r"BUG|Oops|WARNING|Call Trace", log)


def test_forbidden_service_ends_the_call(contained):
    fault = ended(contained["logger-random"], "forbidden")
    assert fault["registers"]["eax"] == 6 and "asked the gate for service 6" in fault["report"]
    shown = contained["logger-show"].json
    json_schema.check(shown, "show")
    assert shown["services"] == SERVICES[:-1] and shown["strikes"] == 1 and shown["state"] == "dead"
    # Three lines and the time twice went through; the last one did not.
    assert (shown["requests"], shown["refused"]) == (5, 1)
    assert "services     log now window_info window_length budget\n" in contained["logger-show-text"].output


def test_strikes(contained):
    values = [value(contained[f"logger-all-random-{i}"]) for i in (1, 2)]
    assert values[0] != values[1] and 0 not in values
    assert value(contained["logger-all-fault"]) == EFAULT
    assert value(contained["logger-all-strike-1"]) == EPERM
    assert value(contained["logger-all-strike-2"]) == EPERM
    assert ended(contained["logger-all-strike-3"], "forbidden")["registers"]["eax"] == 4096
    rows = contained["logger-all-sysfs"].output.split()
    assert rows == ["requests:3", "refused:4", *(f"services:{name}" for name in SERVICES), "windows:0"]


def test_none_allowed(contained):
    assert ended(contained["logger-none"], "forbidden")["registers"]["eax"] == 2


def test_gray(contained):
    head, pixels = picture()
    triples = zip(pixels[0::3], pixels[1::3], pixels[2::3], strict=True)
    gray = bytes(level for r, g, b in triples for level in [(77 * r + 150 * g + 29 * b) >> 8] * 3)
    assert value(contained["gray"]) == 40 * 37
    assert bytes.fromhex("".join(contained["gray-picture"].output.split())) == head + gray
    shown = contained["gray-show"].json
    json_schema.check(shown, "show")
    assert (shown["window_room"], shown["windows"]) == (4 << 20, 0)


def test_window_that_may_not_be_written(contained):
    assert value(contained["gray-no-picture"]) == 0
    fault = ended(contained["gray-read-only"], "fault")
    assert fault["vector"] == 14 and fault["access"] == "write" and fault["in_limit"]
    assert contained["gray-read-only-same"].status == 0
    assert ended(contained["gray-dead"], "dead")["vector"] == 14
    assert contained["gray-dead-show"].json["windows"] == 0
    assert contained["unload-gray"].status == 0


# ---- plugctl and the device, on one engine ----------------------------------


def lcg_sum(n, seed):
    total = 0
    for _ in range(n):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        total += seed
    return total & 0xFFFFFFFF


def test_values(tcg):
    assert tcg["call-hello-minus"].output == "41 (0x29), status ok\n"
    assert value(tcg["call-hello-hex"]) == 58
    assert value(tcg["call-sum"]) == lcg_sum(1000, 7)
    assert value(tcg["call-sum-all"]) == lcg_sum(4096, 1)
    assert value(tcg["call-many"]) == 654321
    # total is 1000003, then its square; 7 from the buffer, 'f' (102) from the heap
    assert value(tcg["call-many-state-1"]) == 1000003 % 1000 + 7 + 102
    assert value(tcg["call-many-state-2"]) == 1000003**2 % 1000 + 7 + 102


def test_load_twice(tcg):
    refused(tcg["load-hello-again"], "hello.plg was not loaded: a plugin named hello is already loaded: unload it")
    assert tcg["load-hello-other"].output == "loaded hello-2\n"
    loaded = tcg["load-sum-json"]
    assert loaded.status == 0
    json_schema.check(loaded.json, "load")
    assert loaded.json["name"] == "sum" and loaded.json["state"] == "idle"


def test_calls_that_are_none(tcg):
    refused(tcg["call-entry"], "plugin hello has no entry named mein: it has main")
    refused(tcg["call-plugin"], "there is no plugin named hallo: load it first")
    refused(tcg["call-7"], "at most 6 arguments, not 7", status=2)
    refused(tcg["unload-absent"], "there is no plugin named absent")
    assert tcg["show-absent"].status == 1
    json_schema.check(tcg["show-absent"].json, "error")


def test_windows_that_are_none(tcg):
    refused(tcg["call-window-none"], "hello has room for windows of 0 pages, this one has 2: .* PLUGIN_WINDOW_BYTES")
    refused(tcg["call-window-absent"], "/t/absent cannot be opened: No such file")
    refused(tcg["call-window-empty"], "/dev/null is a device and cannot be a window: give a regular file of 1 to 16777216 bytes")
    refused(tcg["call-window-5"], "at most 4 arguments after a window, not 5", status=2)


def test_services_that_are_none(tcg):
    refused(tcg["load-allow"], 'no service named "fly": there are log now window_info window_length budget random, or')
    refused(tcg["load-allow-comma"], 'no service named ""')
    refused(tcg["load-allow-empty"], "--allow needs a value", status=2)


def test_list(tcg):
    rows = [line.split()[1:3] for line in tcg["list"].output.splitlines()[1:]]
    assert rows == [[name, "idle"] for name in ("hello", "hello-2", "sum", "many")]
    listed = tcg["list-json"].json
    json_schema.check(listed, "list")
    assert [plugin["name"] for plugin in listed] == ["hello", "hello-2", "sum", "many"]
    assert [plugin["calls"] for plugin in listed] == [5, 0, 2, 3]
    assert len({plugin["id"] for plugin in listed}) == 4


def test_show(tcg):
    shown = tcg["show-json"].json
    json_schema.check(shown, "show")
    assert (shown["heap"], shown["stack"], shown["budget_us"]) == (3 * 4096, 5 * 4096, 5000000)
    own = sum(shown[part] for part in ("text", "rodata", "data", "heap", "stack"))
    # many has room for windows, and so a page at 0 and two guards.
    assert shown["window_room"] == 8 * 4096 and shown["data_limit"] + 1 == own + 3 * 4096 + shown["window_room"]
    assert [entry["name"] for entry in shown["entries"]] == ["first", "second"]
    assert shown["version"] == "2.1-test" and "fault" not in shown
    text = tcg["show"].output
    assert "entries      first second\n" in text and "last fault   none\n" in text


def test_sysfs(tcg):
    files = dict(line.split(":", 1) for line in tcg["sysfs"].output.splitlines())
    info = tcg["info-json"].json
    assert files["./monitor/mode"] == info["mode"] and files["./monitor/abi"] == "1.2"
    assert files["./monitor/enforces"].split() == info["enforces"]
    assert files["./many/windows"] == files["./many/requests"] == files["./many/refused"] == "0"
    assert (files["./many/state"], files["./many/calls"], files["./many/faults"]) == ("idle", "3", "0")
    assert files["./many/size"] == str(tcg["show-json"].json["text"] + sum(
        tcg["show-json"].json[part] for part in ("rodata", "data", "heap", "stack")))  # fmt: skip
    assert tcg["sysfs-mode"].output == "400\n"
    assert tcg["sysfs-empty"].output == "monitor\n"


def test_unload(tcg):
    json_schema.check(tcg["unload-json"].json, "unload")
    assert all(tcg[f"unload-{name}"].status == 0 for name in ("hello", "sum", "many"))
    assert tcg["list-empty"].output == "" and tcg["list-empty-json"].json == []


def test_broken_files(tcg, folder):
    cases = bad_plg.cases((folder / "many.plg").read_bytes())
    for name, image, sentence in cases:
        step = tcg[f"bad-{name}"]
        # plugctl itself refuses an empty file.
        refused(step, f"/t/bad/{name}.plg was not loaded: .*{sentence}" if image else "has 0 bytes")
    assert tcg["list-after-bad"].json == []


def test_device(tcg):
    for step in (tcg["device"], tcg["device-fields"]):
        assert step.status == 0 and step.output.endswith("Test result: SUCCESS\n"), step


TROUBLE = r"BUG|Oops|WARNING|Call Trace|cannot create duplicate|allocation failure|vmalloc error|oom-kill|Killed process"


def check_log(text):
    """Fails if the kernel's log reports an error of the kernel or the end of another process."""
    found = re.search(rf".*(?:{TROUBLE}).*", text.split("ringfence: plugins in ", 1)[1])
    assert not found, found[0]


def test_bad_input_leaves_no_backtrace(tcg):
    """One of the bad inputs is a plugin whose name is that of a directory in sysfs."""
    check_log(tcg["hygiene-dmesg"].output)


def test_image_larger_than_memory():
    """A sparse file of 60 MiB, more than the kernel has: an errno, and the kernel kills no
    process for memory."""
    script = (
        "mkdir /holes; mount -t tmpfs -o size=64m none /holes; truncate -s 60M /holes/x.plg\n"
        "plugctl load /holes/x.plg; plugctl load /plugins/hello.plg; dmesg"
    )
    done = subprocess.run(
        [ROOT / "scripts" / "ringfence", "run", "--engine", "tcg", "--memory", "64", "--timeout", "240", "--exec", script],
        capture_output=True, text=True, errors="replace", timeout=300, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert "/holes/x.plg was not loaded: there is no memory for the 62914560 bytes of the image: free some" in done.stdout
    assert "loaded hello\n" in done.stdout
    check_log(done.stdout)


def test_faults_do_not_fill_the_logs(tcg, folder):
    """A plugin that is loaded, stopped and unloaded over and over: few lines, and how many there are not.
    Each time is a line of the log or is counted by one, however fast it went."""
    found = re.fullmatch(r"(\d+) times in (\d+) seconds\nTest result: SUCCESS\n", tcg["storm"].output)
    assert tcg["storm"].status == 0 and found, tcg["storm"]
    times, seconds = map(int, found.groups())
    log = tcg["storm-dmesg"].output
    lines = len(re.findall("ringfence: plugin storm was stopped .*wild.c:", log))
    # Linux lets 10 through in each 5 seconds that begin with one.
    assert 1 <= lines <= 10 * (seconds // 5 + 2)
    suppressed = sum(map(int, re.findall(r"port_warn: (\d+) callbacks suppressed", log)))
    assert suppressed > 0 and lines + suppressed >= times
    monitor = (folder / "tcg.log").read_text(errors="replace")
    others = sum(len(re.findall("was stopped in call", step.output)) for name, step in tcg.items() if "dmesg" not in name)
    stopped = len(re.findall(r"\(rf\) plugin \d+: .*; stopped", monitor))
    assert stopped <= 8 + seconds + others
    dropped = sum(map(int, re.findall(r"\(rf\) plugins: (\d+) faults were not logged", monitor)))
    assert dropped > 0 and dropped + stopped >= times


def test_more_than_there_is_room_for(tcg):
    step = tcg["fill"]
    assert step.status == 0, step
    lines = step.output.splitlines()
    assert re.match(r"plugctl: /t/big.plg was not loaded: .*(no address space in one piece for the \d+ pages|no memory)", lines[0])
    assert lines[1:4] == ["loaded hello", "42 (0x2a), status ok", "unloaded hello"]
    assert len(lines) > 6 and all(re.match(r"unloaded big-\d+$", line) for line in lines[4:])
    assert tcg["fill-empty"].output == ""


def test_nothing_leaks(tcg):
    assert tcg["round-1"].status == 0 and tcg["round-2"].status == 0
    first, second = tcg["memory-1"].output, tcg["memory-2"].output
    monitor = [json.loads(text.splitlines()[-1]) for text in (first, second)]
    assert monitor[0] == monitor[1] and monitor[1]["plugins"] == 0
    free = [int(re.search(r"MemFree:\s*(\d+)", text)[1]) for text in (first, second)]
    # 50 rounds of about 30 pages would be 6,000 KiB if they leaked.
    assert free[0] - free[1] < 600
