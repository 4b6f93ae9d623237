# SPDX-License-Identifier: MIT
"""Services and windows of plugins in a running Linux: what is allowed works, what is not
allowed ends the call (plugin_session.py)."""

import re

from plugin_session import picture

EPERM, EFAULT = 2**32 - 1, 2**32 - 14
SERVICES = ["log", "now", "window_info", "window_length", "budget", "random"]
MAP_SERVICES = ["map_open", "map_get", "map_set", "map_delete", "map_next", "map_push", "map_lock", "map_unlock", "undo", "map_window"]
LOGGER = "plugctl load /plugins/logger.plg --budget-us 5000000"

CASES = {
    "logger-load": LOGGER,
    "logger": "plugctl call logger main 3 --json",
    "logger-log": "cat /sys/kernel/plugins/logger/log",
    "logger-log-mode": "stat -c %a /sys/kernel/plugins/logger/log",
    "logger-random": "plugctl call logger random --json",
    "logger-show": "plugctl show logger --json",
    "logger-show-text": "plugctl show logger",
    "logger-unload": "plugctl unload logger",
    "logger-all-load": f"{LOGGER} --allow all --strikes 3",
    "logger-all-random-1": "plugctl call logger random --json",
    "logger-all-random-2": "plugctl call logger random --json",
    "logger-all-fault": "plugctl call logger any 2 --json",
    "logger-all-strike-1": "plugctl call logger any 200 --json",
    "logger-all-strike-2": "plugctl call logger any 255 --json",
    "logger-all-strike-3": "plugctl call logger any 4096 --json",
    "logger-all-sysfs": "cd /sys/kernel/plugins/logger && grep . requests refused services windows",
    "logger-all-unload": "plugctl unload logger",
    "logger-none-load": "plugctl load /plugins/logger.plg --allow none",
    "logger-none": "plugctl call logger main 1 --json",
    "logger-none-unload": "plugctl unload logger",
    "gray-load": "cp /t/picture.ppm /tmp/picture.ppm; plugctl load /plugins/gray.plg --budget-us 5000000",
    "gray": "plugctl call gray main --window /tmp/picture.ppm:rw --json",
    "gray-picture": "od -An -v -tx1 /tmp/picture.ppm",
    "gray-show": "plugctl show gray --json",
    "gray-no-picture": "plugctl call gray main --window /proc/self/exe --json",
    "gray-read-only": "plugctl call gray main --window /t/picture.ppm --json",
    "gray-read-only-same": "cmp /t/picture.ppm /t/picture-2.ppm",
    "gray-dead": "plugctl call gray main --window /tmp/picture.ppm:rw --json",
    "gray-dead-show": "plugctl show gray --json",
    "gray-unload": "plugctl unload gray",
    "services-dmesg": "dmesg",
}

TCG_CASES = {
    "no-window-load": "plugctl load /plugins/hello.plg",
    "call-window-none": "plugctl call hello main --window /t/picture.ppm",
    "call-window-absent": "plugctl call hello main --window /t/absent",
    "call-window-empty": "plugctl call hello main --window /dev/null",
    "call-window-5": "plugctl call hello main --window /t/picture.ppm 1 2 3 4 5",
    "no-window-unload": "plugctl unload hello",
    "load-allow": "plugctl load /plugins/logger.plg --allow log,fly",
    "load-allow-comma": "plugctl load /plugins/logger.plg --allow log,",
    "load-allow-empty": 'plugctl load /plugins/logger.plg --allow ""',
}


def test_log(plugins):
    assert plugins.value("logger") >= 1
    lines = [f"line {i} of the logger" for i in range(3)]
    assert plugins.text("logger-log").splitlines() == lines
    assert plugins.text("logger-log-mode") == "400\n"
    log = plugins.text("services-dmesg")
    for line in lines:
        assert f"ringfence: plugin logger: {line}\n" in log
    assert not re.search(r"BUG|Oops|WARNING|Call Trace", log)


def test_forbidden_service_ends_the_call(plugins):
    fault = plugins.ended("logger-random", "forbidden")
    assert fault["registers"]["eax"] == 6 and "asked the gate for service 6" in fault["report"]
    shown = plugins.document("logger-show", "show")
    assert shown["services"] == SERVICES[:-1] and shown["strikes"] == 1 and shown["state"] == "dead"
    # Three lines and the time twice went through; the last one did not.
    assert (shown["requests"], shown["refused"]) == (5, 1)
    assert "services     log now window_info window_length budget\n" in plugins.text("logger-show-text")


def test_strikes(plugins):
    values = [plugins.value(f"logger-all-random-{i}") for i in (1, 2)]
    assert values[0] != values[1] and 0 not in values
    assert plugins.value("logger-all-fault") == EFAULT
    assert plugins.value("logger-all-strike-1") == EPERM
    assert plugins.value("logger-all-strike-2") == EPERM
    assert plugins.ended("logger-all-strike-3", "forbidden")["registers"]["eax"] == 4096
    rows = plugins.text("logger-all-sysfs").split()
    assert rows == ["requests:3", "refused:4", *(f"services:{name}" for name in SERVICES + MAP_SERVICES), "windows:0"]


def test_none_allowed(plugins):
    assert plugins.ended("logger-none", "forbidden")["registers"]["eax"] == 2


def test_gray(plugins):
    head, pixels = picture()
    triples = zip(pixels[0::3], pixels[1::3], pixels[2::3], strict=True)
    gray = bytes(level for r, g, b in triples for level in [(77 * r + 150 * g + 29 * b) >> 8] * 3)
    assert plugins.value("gray") == 40 * 37
    assert bytes.fromhex("".join(plugins.text("gray-picture").split())) == head + gray
    shown = plugins.document("gray-show", "show")
    assert (shown["window_room"], shown["windows"]) == (4 << 20, 0)


def test_window_that_may_not_be_written(plugins):
    assert plugins.value("gray-no-picture") == 0
    fault = plugins.ended("gray-read-only", "fault")
    assert fault["vector"] == 14 and fault["access"] == "write" and fault["in_limit"]
    assert plugins.text("gray-read-only-same") == ""
    assert plugins.ended("gray-dead", "dead")["vector"] == 14
    assert plugins.json("gray-dead-show")["windows"] == 0
    assert plugins.text("gray-unload") == "unloaded gray\n"


# ---- on TCG only -------------------------------------------------------------


def test_windows_that_are_none(plugins_tcg):
    plugins_tcg.refused("call-window-none", "hello has room for windows of 0 pages, this one has 2: .* PLUGIN_WINDOW_BYTES")
    plugins_tcg.refused("call-window-absent", "/t/absent cannot be opened: No such file")
    sentence = "/dev/null is a device and cannot be a window: give a regular file of 1 to 16777216 bytes"
    plugins_tcg.refused("call-window-empty", sentence)
    plugins_tcg.refused("call-window-5", "at most 4 arguments after a window, not 5", status=2)


def test_services_that_are_none(plugins_tcg):
    sentence = f'no service named "fly": there are {" ".join(SERVICES + MAP_SERVICES)}, or'
    plugins_tcg.refused("load-allow", sentence)
    plugins_tcg.refused("load-allow-comma", 'no service named ""')
    plugins_tcg.refused("load-allow-empty", "--allow needs a value", status=2)
