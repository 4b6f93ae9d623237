# SPDX-License-Identifier: MIT
"""How large the monitor is: its image, and the memory it keeps for itself."""

import engine
import guest as guests
import pytest
from elftools.elf.elffile import ELFFile

MIB = 1 << 20


def test_image():
    with open(engine.BUILD / "hv" / "ringfence.elf", "rb") as file:
        sections = [
            section
            for section in ELFFile(file).iter_sections()
            if section["sh_flags"] & 2 and section["sh_type"] != "SHT_NOBITS"
        ]
        size = sum(section["sh_size"] for section in sections)
    assert size <= 128 << 10, f"text, rodata and data are {size / 1024:.1f} KiB"


@pytest.mark.parametrize("memory", [64, 256, 1024, 3072])
def test_memory(memory):
    hello = guests.read(guests.TESTS / "guests" / "hello")
    result = guests.boot(hello, "tcg", memory=memory)
    line = result.monitor_line(r"^monitor memory: (\d+) KiB")
    assert line, result.monitor_log
    used = int(line.split()[2]) << 10
    assert used <= 2 * MIB + memory * MIB / 256, line
