# SPDX-License-Identifier: MIT
"""What engines enforce, and the Result that run_guest() gives for each kind of end.

The probe kernel reads beyond a segment limit in ring 2. Only on engines that stop it may
tests claim that segments contain a plugin; TCG does not check limits.
"""

import pytest

import engine
from engine import limits
from engine.image import engine_image

PROBE = engine_image("probe.elf")


@pytest.mark.parametrize("name, verdict", [("tcg", "not enforced"), ("bochs", "enforced")])
def test_probe(name, verdict):
    assert limits.probe(name) == verdict


def test_auto_is_an_engine_that_runs_rings():
    chosen = engine.choose()
    assert chosen in ("kvm", "tcg")
    assert limits.probe(chosen) != "broken"
    if chosen == "kvm":
        assert limits.probe("kvm") == "enforced"


def test_icount_is_exact():
    results = [engine.run_guest("tcg", monitor=PROBE, icount=True, memory=32) for _ in "ab"]
    assert [result.status for result in results] == [limits.NOT_ENFORCED] * 2


@pytest.mark.parametrize("name", ["tcg", "bochs"])
def test_statuses_of_probe_are_no_verdict(name):
    """The probe kernel's exit status is neither that of a pass nor of an end that the monitor
    reports."""
    result = engine.run_guest(name, monitor=PROBE, memory=32)
    assert result.outcome == "engine failure"
    assert result.status != engine.POWEROFF


@pytest.mark.parametrize("name", ["tcg", "bochs"])
def test_timeout(name):
    result = engine.run_guest(name, monitor=PROBE, memory=32, timeout=0.001)
    assert result.timed_out
    assert result.status is None
    assert result.outcome == "timeout"


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"monitor": "/nowhere"}, "monitor '/nowhere' does not exist"),
        ({"monitor": "/"}, "monitor '/' is a directory"),
        ({"monitor": __file__}, "is not an ELF32 program"),
        ({"initrd": __file__}, "without a kernel"),
        ({"kernel": __file__, "native": True}, "is not a bzImage"),
        ({"kernel": PROBE, "memory": 1}, "1 MiB of memory is too little"),
        ({"disks": ["/nowhere"]}, "disk '/nowhere' does not exist"),
        ({"disks": ["/dev/null,floppy"]}, "'floppy' is not a disk option"),
    ],
)
@pytest.mark.parametrize("name", ["tcg", "bochs"])
def test_bad_input(name, fields, words):
    fields = {"monitor": PROBE, **fields}
    with pytest.raises(engine.EngineError) as raised:
        engine.run_guest(name, **fields)
    assert words in str(raised.value)


@pytest.mark.parametrize("option", ["icount", "gdb", "net"])
def test_bochs_says_what_it_lacks(option):
    with pytest.raises(engine.EngineError, match=f"Bochs has no --{option}"):
        engine.run_guest("bochs", monitor=PROBE, **{option: True})


def test_missing_engine(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(engine.EngineError, match="qemu-system-i386 is not installed"):
        engine.run_guest("tcg", monitor=PROBE)
    with pytest.raises(engine.EngineError, match="bochs is not installed"):
        engine.run_guest("bochs", monitor=PROBE)
