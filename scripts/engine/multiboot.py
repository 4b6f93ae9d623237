# SPDX-License-Identifier: MIT
"""Lays kernel and modules out in memory for an engine without a boot loader.

The result is two images, which must be loaded in this order (bochs-rom.S says why): low
memory with the information structure that the ROM passes to the kernel, then the kernel
followed by its modules.
"""

import os
import struct

from .machine import EngineError

PT_LOAD = 1
PAGE = 4096
MIB = 1 << 20
LOW_BASE = 0xF000  # the page before BOOT_INFO; its last words are for the ROM
BOOT_INFO = 0x10000
LOW_END = 0x9FC00
MOST = 64 * MIB  # of a monitor: far more than any has

E820_RAM = 1
E820_RESERVED = 2

MBI_MEMORY, MBI_CMDLINE, MBI_MODS, MBI_MMAP = 1, 4, 8, 64


def page_up(value):
    return (value + PAGE - 1) & -PAGE


def memory_map(memory):
    """Returns (base, size, type) entries as a PC's firmware reports them, with ROM below 1 MiB
    and below 4 GiB."""
    return [
        (0, LOW_END, E820_RAM),
        (LOW_END, 0xA0000 - LOW_END, E820_RESERVED),
        (0xF0000, 0x10000, E820_RESERVED),
        (MIB, memory * MIB - MIB, E820_RAM),
        (0xFFFF0000, 0x10000, E820_RESERVED),
    ]


def load_elf(path):
    """Returns (address, bytes, end with bss, entry) of a multiboot kernel."""
    data = path.read_bytes()
    try:
        return load_segments(path, data)
    except struct.error:
        raise EngineError(f"monitor '{path}' is cut short; build it again") from None


def load_segments(path, data):
    entry, headers = struct.unpack_from("<II", data, 24)
    size, count = struct.unpack_from("<HH", data, 42)
    loads = []
    for number in range(count):
        fields = struct.unpack_from("<8I", data, headers + number * size)
        kind, offset, _, paddr, file_size, memory_size = fields[:6]
        if kind == PT_LOAD and memory_size:
            loads.append((paddr, data[offset : offset + file_size], memory_size))
    if not loads:
        raise EngineError(f"monitor '{path}' has no segment to load")
    base = min(paddr for paddr, _, _ in loads)
    end = max(paddr + len(part) for paddr, part, _ in loads)
    if end - base > MOST:
        raise EngineError(f"monitor '{path}' needs {(end - base) >> 20} MiB; build it again")
    image = bytearray(end - base)
    for paddr, part, _ in loads:
        image[paddr - base : paddr - base + len(part)] = part
    return base, image, max(paddr + size for paddr, _, size in loads), entry


class Image:
    """The file that Bochs's optramimage loads at 1 MiB. Gaps between the parts are holes of the
    file."""

    def __init__(self):
        self.parts = []
        self.end = MIB

    def put(self, address, data):
        self.parts.append((address, data))
        self.end = max(self.end, address + len(data))

    def write(self, path):
        with open(path, "wb") as stream:
            for address, data in self.parts:
                stream.seek(address - MIB)
                stream.write(data)


def lay_out(machine):
    """Returns (Image, low memory) for the monitor and its modules."""
    base, data, end, entry = load_elf(machine.monitor)
    if base < MIB:
        raise EngineError(f"monitor '{machine.monitor}' loads below 1 MiB")
    image = Image()
    image.put(base, data)
    modules = []
    for path, words in machine.modules():
        start = page_up(max(end, image.end))
        data = path.read_bytes()
        image.put(start, data)
        modules.append((start, start + len(data), f"/{path.name} {words}".strip()))
    check_fits(machine, image.end)
    return image, low_memory(entry, image, information(machine, modules))


def information(machine, modules):
    """Returns the multiboot information structure for address BOOT_INFO."""
    tail = bytearray()
    tail_at = BOOT_INFO + 120

    def put(data):
        tail.extend(bytes(-len(tail) % 4))
        tail.extend(data)
        return tail_at + len(tail) - len(data)

    def text(words):
        return put(os.fsencode(words) + b"\0")

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


def low_memory(entry, image, at_boot_info):
    """Returns the bytes from LOW_BASE up: two words for the ROM, then the information
    structure."""
    words = struct.pack("<II", image.end, entry)
    return words.rjust(BOOT_INFO - LOW_BASE, b"\0") + at_boot_info


def check_fits(machine, end):
    if end > machine.memory * MIB:
        raise EngineError(
            f"{machine.memory} MiB of memory is too little: kernel and modules end at "
            f"{end / MIB:.1f} MiB; give --memory a larger number"
        )


# Linux's 32-bit boot protocol (Documentation/x86/boot.rst): field offsets.
SETUP_SECTS, HEADER_END, HEADER = 0x1F1, 0x201, 0x202
TYPE_OF_LOADER, LOADFLAGS = 0x210, 0x211
RAMDISK_IMAGE, CMD_LINE_PTR, PREF_ADDRESS, INIT_SIZE = 0x218, 0x228, 0x258, 0x260
E820_ENTRIES, E820_TABLE = 0x1E8, 0x2D0
CMDLINE_AT = 0x12000


def lay_out_bzimage(machine):
    """Returns (Image, low memory) for a native bzImage and its initrd."""
    data = machine.kernel.read_bytes()
    if len(data) < PAGE:
        raise EngineError(f"kernel '{machine.kernel}' is cut short; build it again")
    setup_end = ((data[SETUP_SECTS] or 4) + 1) * 512
    params = bytearray(PAGE)
    header_end = HEADER + data[HEADER_END]
    params[SETUP_SECTS:header_end] = data[SETUP_SECTS:header_end]
    image = Image()
    image.put(MIB, data[setup_end:])
    # The address at which the kernel unpacks itself, and the memory that it needs there.
    preferred, size = struct.unpack_from("<QI", data, PREF_ADDRESS)
    start = page_up(max(preferred + size, image.end))
    check_fits(machine, start)
    if machine.initrd:
        initrd = machine.initrd.read_bytes()
        image.put(start, initrd)
        check_fits(machine, image.end)
        struct.pack_into("<II", params, RAMDISK_IMAGE, start, len(initrd))
    params[TYPE_OF_LOADER] = 0xFF
    params[LOADFLAGS] |= 1
    struct.pack_into("<I", params, CMD_LINE_PTR, CMDLINE_AT)
    entries = memory_map(machine.memory)
    params[E820_ENTRIES] = len(entries)
    for number, entry in enumerate(entries):
        struct.pack_into("<QQI", params, E820_TABLE + 20 * number, *entry)
    low = bytes(params).ljust(CMDLINE_AT - BOOT_INFO, b"\0")
    return image, low_memory(MIB, image, low + os.fsencode(machine.append) + b"\0")
