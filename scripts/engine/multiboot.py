# SPDX-License-Identifier: MIT
"""Laying a kernel in memory by hand, for an engine that has no boot loader.

Two images are made: the kernel with its modules behind it, and low memory with
the information structure that bochs-rom.S hands on.
"""

import struct

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from .machine import EngineError

PAGE = 4096
MIB = 1 << 20
LOW_BASE = 0xF000  # the page before BOOT_INFO; its last word is BOOT_ENTRY
BOOT_INFO = 0x10000
LOW_END = 0x9FC00

E820_RAM = 1
E820_RESERVED = 2

MBI_MEMORY, MBI_CMDLINE, MBI_MODS, MBI_MMAP = 1, 4, 8, 64


def page_up(value):
    return (value + PAGE - 1) & -PAGE


def memory_map(memory):
    """(base, size, type) as a PC's firmware gives it, ROM at both usual ends."""
    return [
        (0, LOW_END, E820_RAM),
        (LOW_END, 0xA0000 - LOW_END, E820_RESERVED),
        (0xF0000, 0x10000, E820_RESERVED),
        (MIB, memory * MIB - MIB, E820_RAM),
        (0xFFFF0000, 0x10000, E820_RESERVED),
    ]


def load_elf(path):
    """(address, bytes, end with bss, entry) of a multiboot kernel."""
    with open(path, "rb") as stream:
        try:
            elf = ELFFile(stream)
        except ELFError:
            raise EngineError(f"monitor '{path}' is not an ELF file") from None
        loads = [s for s in elf.iter_segments("PT_LOAD") if s["p_memsz"]]
        if elf.elfclass != 32 or not loads:
            raise EngineError(f"monitor '{path}' is not an ELF32 program")
        base = min(s["p_paddr"] for s in loads)
        image = bytearray()
        for segment in loads:
            data = segment.data()
            at = segment["p_paddr"] - base
            image.extend(bytes(max(0, at + len(data) - len(image))))
            image[at : at + len(data)] = data
        end = max(s["p_paddr"] + s["p_memsz"] for s in loads)
        return base, image, end, elf.header.e_entry


def lay_out(machine):
    """[(address, bytes)] for the monitor and its modules."""
    base, image, end, entry = load_elf(machine.monitor)
    modules = []
    for path, words in machine.modules():
        data = path.read_bytes()
        start = page_up(max(end, base + len(image)))
        image.extend(bytes(start - base - len(image)))
        image.extend(data)
        modules.append((start, start + len(data), f"/{path.name} {words}".strip()))
    check_fits(machine, base + len(image))
    low = information(machine, modules)
    return [(base, bytes(image)), (LOW_BASE, low_memory(entry, low))]


def information(machine, modules):
    """The multiboot information structure, to lie at BOOT_INFO."""
    tail = bytearray()
    tail_at = BOOT_INFO + 120

    def put(data):
        tail.extend(bytes(-len(tail) % 4))
        tail.extend(data)
        return tail_at + len(tail) - len(data)

    def text(words):
        return put(words.encode() + b"\0")

    cmdline = text(f"/{machine.monitor.name} {machine.monitor_append}".strip())
    mods = put(
        b"".join(
            struct.pack("<4I", start, end, text(words), 0)
            for start, end, words in modules
        )
    )
    entries = b"".join(
        struct.pack("<IQQI", 20, *entry) for entry in memory_map(machine.memory)
    )
    mmap = put(entries)
    flags = MBI_MEMORY | MBI_CMDLINE | MBI_MMAP | (MBI_MODS if modules else 0)
    header = struct.pack(
        "<7I", flags, LOW_END // 1024, (machine.memory - 1) * 1024, 0, cmdline,
        len(modules), mods,
    )
    header += bytes(16) + struct.pack("<2I", len(entries), mmap)
    return header.ljust(120, b"\0") + tail


def low_memory(entry, at_boot_info):
    return struct.pack("<I", entry).rjust(BOOT_INFO - LOW_BASE, b"\0") + at_boot_info


def check_fits(machine, end):
    if end > machine.memory * MIB:
        raise EngineError(
            f"{machine.memory} MiB of memory is too little: kernel and modules end at "
            f"{end / MIB:.1f} MiB; give --memory a larger number"
        )


# Linux's 32-bit boot protocol (Documentation/x86/boot.rst): field offsets.
SETUP_SECTS, HEADER, HEADER_END = 0x1F1, 0x202, 0x201
TYPE_OF_LOADER, LOADFLAGS, CODE32_START = 0x210, 0x211, 0x214
RAMDISK_IMAGE, RAMDISK_SIZE, CMD_LINE_PTR = 0x218, 0x21C, 0x228
E820_ENTRIES, E820_TABLE = 0x1E8, 0x2D0
CMDLINE_AT = 0x20000


def lay_out_bzimage(machine):
    """[(address, bytes)] for a native bzImage and its initrd."""
    data = machine.kernel.read_bytes()
    if data[HEADER : HEADER + 4] != b"HdrS":
        raise EngineError(f"kernel '{machine.kernel}' is not a bzImage")
    setup_end = ((data[SETUP_SECTS] or 4) + 1) * 512
    params = bytearray(PAGE)
    header_end = HEADER + data[HEADER_END]
    params[SETUP_SECTS:header_end] = data[SETUP_SECTS:header_end]
    images = [(MIB, data[setup_end:])]
    end = MIB + len(images[0][1])
    if machine.initrd:
        initrd = machine.initrd.read_bytes()
        start = machine.memory * MIB - page_up(len(initrd))
        images.append((start, initrd))
        struct.pack_into("<II", params, RAMDISK_IMAGE, start, len(initrd))
        # The kernel unpacks itself at 16 MiB; three times its size is ample.
        end = 16 * MIB + 3 * len(data) + len(initrd)
    check_fits(machine, end)
    params[TYPE_OF_LOADER] = 0xFF
    params[LOADFLAGS] |= 1
    struct.pack_into("<I", params, CMD_LINE_PTR, CMDLINE_AT)
    entries = memory_map(machine.memory)
    params[E820_ENTRIES] = len(entries)
    for number, entry in enumerate(entries):
        struct.pack_into("<QQI", params, E820_TABLE + 20 * number, *entry)
    low = bytes(params).ljust(CMDLINE_AT - BOOT_INFO, b"\0")
    low += machine.append.encode() + b"\0"
    images.append((LOW_BASE, low_memory(MIB, low)))
    return images
