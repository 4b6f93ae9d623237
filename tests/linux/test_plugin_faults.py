# SPDX-License-Identifier: MIT
"""A plugin that misbehaves in a running Linux is stopped, the report names the cause and
the source line, and neighbours and system go on (plugin_session.py)."""

import json
import re

import linux_guest as guest
import plugin_session
import pytest

GENERAL_PROTECTION, PAGE_FAULT, OUT_OF_TIME = 13, 14, 32
# Linux lets 10 lines of one place through to its log in each 5 s that begin with a line.
BURST, LOG_SECONDS = 10, 5
STORM = 2000

# variant of the plugin wild: access, whether the address is within the data limit, the address
# if it is fixed
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

# variant of the plugin mistakes: what the report says of the cause, on engines with limits and
# without
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

# entry of the plugin lines: the status of its call
ENDS = {"write": "fault", "divide": "fault", "spin": "timeout", "gate": "forbidden", "breakpoint": "fault"}


def wild_cases(variant):
    return {
        f"wild-{variant}-load": "plugctl load /plugins/wild.plg",
        f"wild-{variant}-call": f"plugctl --json call wild main {variant}",
        f"wild-{variant}-show": "plugctl show wild",
        f"wild-{variant}-again": "plugctl call wild main 9",
        f"wild-{variant}-neighbour": "plugctl --json call hello main",
        f"wild-{variant}-unload": "plugctl --json unload wild",
    }


def mistake_case(variant):
    return (
        "plugctl load /t/mistakes.plg --budget-us 5000000 >/dev/null\n"
        f"plugctl --json call mistakes main {variant}; s=$?; plugctl unload mistakes >/dev/null; exit $s"
    )


def line_case(maker, end):
    return (
        f"[ -e /t/lines-{maker}.plg ] || exit 9; plugctl load /t/lines-{maker}.plg --name lines >/dev/null\n"
        f"plugctl --json call lines {end} >/tmp/lines; plugctl unload lines >/dev/null; cat /tmp/lines"
    )


CASES = {
    # These ten are the first faults of the boot: faults-dmesg has a line for each.
    **{name: commands for variant in WILD for name, commands in wild_cases(variant).items()},
    "spin-load": "plugctl --json load /plugins/spin.plg",
    "spin-begin": "cut -d' ' -f1 /proc/uptime",
    "spin-call": "plugctl --json call spin main",
    "spin-end": "cut -d' ' -f1 /proc/uptime",
    "spin-text": "plugctl call spin main",
    "spin-neighbour": "plugctl --json call hello main",
    "spin-unload": "plugctl unload spin",
    "hello-lives": "plugctl call hello main 8",
    "faults-dmesg": "dmesg",
    # Then the next ten have.
    "lines-wait": f"sleep {LOG_SECONDS}",
    **{f"lines-{maker}-{end}": line_case(maker, end) for maker in plugin_session.LINES for end in ENDS},
    "lines-dmesg": "dmesg | grep 'plugin lines was stopped' | tail -n 1",
    "wild-load": "plugctl --json load /plugins/wild.plg",
    "wild-text": "plugctl call wild main 1",
    "wild-dead": "plugctl --json call wild main 99",
    "wild-show": "plugctl --json show wild",
    "wild-show-text": "plugctl show wild",
    "wild-sysfs": "cat /sys/kernel/plugins/wild/state /sys/kernel/plugins/wild/last_fault",
    "wild-unload": "plugctl unload wild",
    "wild-anew": "plugctl load /plugins/wild.plg && plugctl --json call wild main 99",
    "wild-anew-unload": "plugctl unload wild",
    "spin-short": "plugctl load /plugins/spin.plg --budget-us 8000 && plugctl --json call spin main",
    "spin-short-unload": "plugctl unload spin",
    "spin-kill": "plugctl load /plugins/spin.plg --name late --budget-us 10000000\n"
    "plugctl --json call late main --kill-after-ms 20",
    "spin-killed": "cat /sys/kernel/plugins/late/state; plugctl unload late; plugctl call hello main",
    # Another process begins and ends, and a second shell kills.
    "meanwhile": "plugctl load /plugins/spin.plg --name meanwhile --budget-us 10000000 >/dev/null\n"
    "plugctl --json call meanwhile main >/tmp/meanwhile & call=$!\n"
    "until read -r s </sys/kernel/plugins/meanwhile/state && [ $s = busy ]; do :; done\n"
    "/bin/busybox true && read -r s </sys/kernel/plugins/meanwhile/state; echo $s\n"
    "sh -c 'plugctl kill meanwhile'; wait $call; echo $?; plugctl unload meanwhile; cat /tmp/meanwhile",
    **{f"mistake-{variant}": mistake_case(variant) for variant in MISTAKES},
}

TCG_CASES = {"storm": f"/t/storm /plugins/wild.plg {STORM}", "storm-dmesg": "dmesg"}


@pytest.mark.parametrize("variant", WILD)
def test_wild_is_stopped(plugins, variant):
    access, in_limit, address = WILD[variant]
    assert plugins.text(f"wild-{variant}-load") == "loaded wild\n"
    fault = plugins.ended(f"wild-{variant}-call", "fault")
    assert (fault["status"], fault["call"]) == ("fault", 1)
    # Past a limit it is #GP (no address from the CPU: the monitor may know it), else #PF.
    by_limit = plugins.mode == "segment" and (in_limit is False or variant == 8)
    assert fault["vector"] == (GENERAL_PROTECTION if by_limit else PAGE_FAULT)
    assert 0x1000 <= fault["registers"]["eip"] <= 0x3FFF
    assert fault["access"] == access
    assert fault["report"].startswith("plugin wild was stopped in call 1: ")
    if variant == 8:
        # A call past the code limit faults where it is; the monitor finds its target.
        if by_limit:
            assert re.search(r"running code at 0x\w+: code in its data cannot run; at main\+", fault["report"])
        else:
            assert "symbol" not in fault
        return
    assert (fault["symbol"], fault["in_limit"]) == ("main", in_limit)
    assert fault["registers"]["eip"] > fault["symbol_offset"] > 0
    assert f"writing {fault['address']:#x}" in fault["report"]
    assert f"main+{fault['symbol_offset']:#x}" in fault["report"]
    if address is not None:
        assert fault["address"] == address
    elif variant == 0:
        assert fault["address"] == fault["data_limit"] + 1


@pytest.mark.parametrize("variant", WILD)
def test_wild_is_shown_dead_and_not_run_again(plugins, variant):
    shown = plugins.text(f"wild-{variant}-show")
    assert re.search(r"^state        dead$", shown, re.M)
    assert re.search(r"^last fault   plugin wild was stopped in call 1: ", shown, re.M)
    again = plugins.text(f"wild-{variant}-again", status=3)
    assert again.startswith("plugctl: plugin wild was not run, it had been stopped before: unload it")
    assert plugins.json(f"wild-{variant}-neighbour")["value"] == 42
    assert plugins.document(f"wild-{variant}-unload", "unload")["unloaded"]


def test_guest_lives_and_says_so_once(plugins):
    assert plugins.text("hello-lives") == "50 (0x32), status ok\n"
    log = plugins.text("faults-dmesg").split("ringfence: plugins in ", 1)[1]
    assert len(re.findall(r"ringfence: plugin wild was stopped", log)) == len(WILD)
    assert len(re.findall(r"ringfence: plugin spin was stopped", log)) == 1
    assert not re.search(r"BUG|Oops|WARNING|Call Trace", log)


@pytest.mark.parametrize("variant", MISTAKES)
def test_report_names_the_cause(plugins, variant):
    call = plugins.document(f"mistake-{variant}", "call", status=3)
    assert re.search(MISTAKES[variant], call["fault"]["report"]), call["fault"]


def marked_line(file, mark):
    """Returns the number of the source line with the comment "here: MARK"."""
    text = (plugin_session.SOURCES / "lines" / file).read_text()
    [line] = [n for n, line in enumerate(text.splitlines(), 1) if re.search(rf"here: {mark}\b", line)]
    return line


@pytest.mark.parametrize("maker", plugin_session.LINES)
@pytest.mark.parametrize("end", ENDS)
def test_line_of_the_source(plugins, maker, end):
    """The report names the line of the source where the call ended, whoever compiled it."""
    if plugins.outcomes[f"lines-{maker}-{end}"].status == 9:
        pytest.skip(f"{maker} is not installed")
    call = plugins.document(f"lines-{maker}-{end}", "call")
    fault = call["fault"]
    file = plugin_session.LINES[maker][0]
    assert call["status"] == ENDS[end]
    assert (fault["file"], fault["line"]) == (file, marked_line(file, end))
    assert fault["symbol"] == ("asm_" if maker == "asm" else "") + end
    place = f"; at {fault['symbol']}+{fault['symbol_offset']:#x} ({file}:{fault['line']}, eip "
    assert place in fault["report"]


def test_line_in_the_log(plugins):
    assert re.search(r"ringfence: plugin lines was stopped .* \((lines\.c|assembly\.S):\d+, eip", plugins.text("lines-dmesg"))


def test_wild_report(plugins):
    """The report as a user sees it."""
    first, *rest = plugins.text("wild-text", status=3).splitlines()
    assert first.startswith("plugin wild was stopped in call 1: ")
    assert "writing 0xc0100000, past its limit 0x" in first and "at main+0x" in first
    source = (guest.ROOT / "plugin-sdk/examples/wild/wild.c").read_text().splitlines()
    line = 1 + source.index("\t\t*at(0xc0100000) = BAD;")
    assert re.search(rf"\((\S*/)?wild\.c:{line}, eip 0x", first), first
    assert any("vector" in line and "address 0xc0100000" in line for line in rest)
    assert any("eip" in line and "eflags" in line for line in rest)
    shown = plugins.text("wild-show-text")
    assert first in shown and "dead" in shown
    state, report = plugins.text("wild-sysfs").splitlines()[:2]
    assert (state, report) == ("dead", first)
    assert plugins.text("wild-unload") == "unloaded wild\n"


def test_wild_stays_dead_until_loaded_anew(plugins):
    assert plugins.json("wild-dead", status=3)["status"] == "dead"
    show = plugins.document("wild-show", "show")
    assert (show["state"], show["faults"], show["last_status"]) == ("dead", 1, "fault")
    assert show["fault"]["address"] == 0xC0100000
    call = plugins.json("wild-anew")
    assert (call["status"], call["value"]) == ("ok", 0)


def test_spin_is_stopped_in_time(plugins):
    budget = plugins.json("info")["tick_us"]
    for case, expected in (("spin-call", 50000), ("spin-short", 8000)):
        fault = plugins.ended(case, "timeout")
        assert fault["vector"] == OUT_OF_TIME
        assert fault["budget_us"] == expected >= budget
        assert "budget" in fault["report"] and fault["symbol"] == "main"
    assert float(plugins.text("spin-end")) - float(plugins.text("spin-begin")) < 5
    assert "it exceeded its budget of 50000 us" in plugins.text("spin-text", status=3)
    assert plugins.json("spin-neighbour")["value"] == 42
    assert plugins.text("spin-unload") == "unloaded spin\n"


def test_killed_by_a_timer(plugins):
    call = plugins.document("spin-kill", "call", status=3)
    assert (call["status"], call["fault"]["vector_name"]) == ("killed", "killed")
    lines = plugins.text("spin-killed").splitlines()
    assert lines == ["dead", "unloaded late", "42 (0x2a), status ok"]


def test_others_run_meanwhile(plugins):
    """While a plugin spins, another process begins and ends, and a third one kills the plugin."""
    state, killed, status, unloaded, text = plugins.text("meanwhile").splitlines()
    call = plugins.document("meanwhile", "call")
    assert (state, killed, status, unloaded) == ("busy", "killed meanwhile", "3", "unloaded meanwhile")
    assert call == json.loads(text)
    assert (call["status"], call["fault"]["vector_name"], call["fault"]["call"]) == ("killed", "killed", 1)


# ---- on TCG only -------------------------------------------------------------


def test_faults_do_not_fill_the_logs(plugins_tcg):
    """A plugin that is loaded, stopped and unloaded over and over: few lines, and how many there are not.
    Each time is a line of the log or is counted by one, however fast it went."""
    output = plugins_tcg.text("storm")
    found = re.fullmatch(r"(\d+) times in (\d+) seconds\nTest result: SUCCESS\n", output)
    assert found, output
    times, seconds = map(int, found.groups())
    log = plugins_tcg.text("storm-dmesg")
    lines = len(re.findall("ringfence: plugin storm was stopped .*wild.c:", log))
    assert 1 <= lines <= BURST * (seconds // LOG_SECONDS + 2)
    suppressed = sum(map(int, re.findall(r"port_warn: (\d+) callbacks suppressed", log)))
    assert suppressed > 0 and lines + suppressed >= times
    monitor = plugins_tcg.log.read_text(errors="replace")
    others = sum(
        len(re.findall("was stopped in call", outcome.output))
        for name, outcome in plugins_tcg.outcomes.items()
        if "dmesg" not in name
    )
    stopped = len(re.findall(r"\(rf\) plugin \d+: .*; stopped", monitor))
    assert stopped <= 8 + seconds + others
    dropped = sum(map(int, re.findall(r"\(rf\) plugins: (\d+) faults were not logged", monitor)))
    assert dropped > 0 and dropped + stopped >= times
