# SPDX-License-Identifier: MIT
"""Kernels that the monitor cannot boot: the monitor names the cause in one sentence and ends
with a status of its own, and never hangs or resets silently.

The bad kernels are made from a good one, tests/guests/hello, by changing one
thing in it.
"""

import struct
import subprocess

import deadline
import engine
import guest as guests
import pytest
from makefile import must_make

HELLO = guests.read(guests.TESTS / "guests" / "hello")
RINGFENCE = engine.ROOT / "scripts" / "ringfence"


@pytest.fixture(scope="module")
def good():
    must_make("guests/hello")
    return HELLO.elf.read_bytes()


def patch(offset, layout, *values):
    """Returns a function that changes the file at an offset, or at the offset that a function
    finds."""

    def change(image):
        at = offset(image) if callable(offset) else offset
        data = bytearray(image)
        struct.pack_into(layout, data, at, *values)
        return bytes(data)

    return change


def program_header(number, field):
    """Returns a function that gives the offset of a field: 0 type, 4 offset, 8 vaddr, 12 paddr,
    16 filesz, 20 memsz."""

    def find(image):
        table, size = struct.unpack_from("<I", image, 28)[0], 32
        return table + number * size + field

    return find


def note(wanted, part="desc"):
    """Returns a function that finds the owner, header or contents of a note of type `wanted`."""

    def find(image):
        count = struct.unpack_from("<H", image, 44)[0]
        for number in range(count):
            at = program_header(number, 0)(image)
            kind, offset, _, _, size = struct.unpack_from("<5I", image, at)
            if kind != 4:
                continue
            end = offset + size
            while offset < end:
                owner, length, number = struct.unpack_from("<3I", image, offset)
                name = offset + 12
                desc = name + (owner + 3 & ~3)
                if number == wanted and image[name : name + 4] == b"Xen\0":
                    return {"desc": desc, "header": offset, "owner": name}[part]
                offset = desc + (length + 3 & ~3)
        raise AssertionError(f"no note {wanted}")

    return find


def rename_all_notes(image):
    return image.replace(b"\x04\0\0\0\x04\0\0\0\x02\0\0\0Xen\0", b"\0" * 16).replace(
        b"Xen\0", b"Xem\0"
    )


def cut(size):
    return lambda image: image[:size]


ENTRY, HYPERCALL_PAGE, VIRT_BASE, XEN_VERSION, PAE_MODE, HV_START_LOW = 1, 2, 3, 5, 9, 12

KERNELS = {
    "text file": (lambda image: b"#!/bin/sh\necho I am no kernel\n", "not an ELF file"),
    "one byte": (cut(1), "not an ELF file"),
    "header only": (cut(52), "program headers|cut"),
    "half a header": (cut(30), "header|cut"),
    "half": (lambda image: image[: len(image) // 4], "cut"),
    "ELF64": (patch(4, "B", 2), "64-bit"),
    "big-endian": (patch(5, "B", 2), "header|i386"),
    "for ARM": (patch(18, "<H", 40), "i386"),
    "object file": (patch(16, "<H", 1), "not an executable"),
    "no program headers": (patch(44, "<H", 0), "program headers|nothing to load|notes"),
    "program headers beyond": (patch(28, "<I", 0xFFFFFF00), "program headers"),
    "65535 program headers": (patch(44, "<H", 65535), "program headers"),
    "odd program headers": (patch(42, "<H", 1), "program headers"),
    "segment beyond": (patch(program_header(0, 4), "<I", 0xFFFFF000), "beyond the end"),
    "segment of 4 GiB": (patch(program_header(0, 16), "<II", 0xFFFFFFFF, 0xFFFFFFFF), "segment"),
    "file larger than memory": (patch(program_header(0, 20), "<I", 16), "larger in the file"),
    "segment on the monitor": (patch(program_header(0, 12), "<I", 0x3C000000), "below the monitor"),
    "no Xen notes": (rename_all_notes, "no Xen notes"),
    "another ABI": (patch(note(XEN_VERSION), "8s", b"xen-2.0\0"), "another ABI"),
    "no PAE": (patch(note(PAE_MODE), "4s", b"no\0\0"), "PAE"),
    "entry at 0": (patch(note(ENTRY), "<I", 0), "entry point"),
    "entry in the monitor": (patch(note(ENTRY), "<I", 0xFC000000), "entry point"),
    "hypercall page outside": (patch(note(HYPERCALL_PAGE), "<I", 0xD0000000), "hypercall page"),
    "odd hypercall page": (patch(note(HYPERCALL_PAGE), "<I", 0xC0100010), "hypercall page"),
    "base in the monitor": (patch(note(VIRT_BASE), "<I", 0xF5800000), "addresses|segment|entry"),
    "too much address space": (patch(note(HV_START_LOW), "<I", 0xFF000000), "HV_START_LOW"),
    "endless note": (patch(note(ENTRY, "header"), "<II", 4, 0xFFFFFFF0), "note"),
    "note with a long name": (patch(note(ENTRY, "header"), "<I", 0xFFFFFFFF), "note"),
}


def cannot_boot(result):
    """Returns the monitor's sentence; fails if the boot ended in any other way."""
    assert not result.timed_out, result.monitor_log
    assert result.status == engine.CANNOT_BOOT, (result.outcome, result.monitor_log)
    line = result.monitor_line("^cannot boot: ")
    assert line, result.monitor_log
    assert len(line) < 300
    return line


def boot(kernel, **options):
    return engine.run_guest("tcg", kernel, timeout=deadline.BOOT, **{"memory": 64, **options})


@pytest.mark.parametrize("name", KERNELS)
def test_bad_kernel(name, good, tmp_path):
    change, expected = KERNELS[name]
    image = change(good)
    assert image != good
    path = tmp_path / "kernel.elf"
    path.write_bytes(image)
    line = cannot_boot(boot(path))
    assert "module 1" in line
    assert any(word in line for word in expected.split("|")), line


@pytest.mark.parametrize("name", ["ELF64", "no Xen notes", "another ABI", "half"])
def test_launcher_passes_it_on(name, good, tmp_path):
    path = tmp_path / "kernel.elf"
    path.write_bytes(KERNELS[name][0](good))
    done = subprocess.run(
        [RINGFENCE, "run", "--engine", "tcg", "--kernel", path, "--timeout", str(deadline.BOOT)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 125
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert any(word in done.stderr for word in KERNELS[name][1].split("|")), done.stderr


def test_no_module():
    assert "no module" in cannot_boot(engine.run_guest("tcg", timeout=deadline.BOOT, memory=64))


def test_no_memory_map(good, monkeypatch):
    """Of the two engines, Bochs gets its boot information from our own code."""
    monkeypatch.setattr(engine.multiboot, "MBI_MMAP", 0)
    result = engine.run_guest("bochs", HELLO.elf, timeout=deadline.BOCHS, memory=64)
    assert "the boot loader gives no memory map" in cannot_boot(result)


@pytest.mark.parametrize("memory", [3, 4])
def test_too_little_memory(good, memory):
    assert "memory" in cannot_boot(boot(HELLO.elf, memory=memory))


def test_too_little_memory_for_the_initrd(good, tmp_path):
    initrd = tmp_path / "initrd"
    initrd.write_bytes(bytes(10 << 20))
    line = cannot_boot(boot(HELLO.elf, initrd=initrd, monitor_append="guest_mem=8"))
    assert "too little memory" in line


@pytest.mark.parametrize(
    "words, expected",
    [
        ("speed=11", "unknown option speed"),
        ("tick_hz", "tick_hz"),
        ("tick_hz=0", "tick_hz=0"),
        ("tick_hz=fast", "tick_hz=fast"),
        ("tick_hz=99999999999", "tick_hz=99999999999"),
        ("plugin_mode=loose", "plugin_mode=loose"),
        ("console=lpt1", "console=lpt1"),
        ("loglvl=loud", "loglvl=loud"),
        ("x" * 5000, "command line is longer|unknown option"),
    ],
)
def test_bad_monitor_option(good, words, expected):
    line = cannot_boot(boot(HELLO.elf, monitor_append=words))
    assert any(word in line for word in expected.split("|")), line


def test_long_guest_command_line(good):
    """As in Xen the limit is 1,024 bytes with the final 0. A longer one is refused, not cut."""
    result = boot(HELLO.elf, append="y" * 5000)
    assert "command line is longer" in cannot_boot(result)
