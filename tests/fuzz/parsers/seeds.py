# SPDX-License-Identifier: MIT
"""First inputs of the libFuzzer targets: valid files and almost valid ones.

    seeds.py FOLDER    writes FOLDER/NAME/*, for those targets that have some

Making them needs the SDK's compiler, so they are made for each run. Inputs that fuzzers found,
and inputs that once failed, are in corpus/NAME.base64, one a line: to add one, append the
output of `base64 -w0 CRASH`.
"""

import base64
import pathlib
import random
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "plugins"))

import bad_plg  # noqa: E402

LOAD_HEAD = 64  # bytes of load_fuzz.c before the file


def plugins(folder):
    """Returns {name: contents} of .plg files."""
    sources = {"many": ROOT / "tests" / "plugins" / "many" / "many.c"}
    for name in ("hello", "logger", "gray", "wild"):
        sources[name] = ROOT / "plugin-sdk" / "examples" / name / f"{name}.c"
    made = {}
    for name, source in sources.items():
        for level in ("-O2", "-g") if name == "many" else ("-O2",):
            to = folder / f"{name}{level}.plg"
            subprocess.run(
                [ROOT / "plugin-sdk" / "bin" / "plugin-cc", level, "-o", to, source], check=True, timeout=600
            )
            made[to.stem] = to.read_bytes()
            to.unlink()
    return made


def note(owner, kind, desc):
    owner = owner.encode() + b"\0"
    pad = -len(owner) % 4, -len(desc) % 4
    return struct.pack("<III", len(owner), len(desc), kind) + owner + bytes(pad[0]) + desc + bytes(pad[1])


def kernel():
    """Returns a guest kernel's ELF file with one segment and the notes that a kernel has."""
    notes = b"".join(
        [
            note("Xen", 3, struct.pack("<I", 0xC0000000)),
            note("Xen", 1, struct.pack("<I", 0xC0100010)),
            note("Xen", 2, struct.pack("<I", 0xC0101000)),
            note("Xen", 12, struct.pack("<I", 0xF5800000)),
            note("Xen", 4, struct.pack("<I", 0)),
            note("Xen", 16, struct.pack("<I", 1)),
            note("Xen", 5, b"xen-3.0\0"),
            note("Xen", 9, b"yes\0"),
            note("Ringfence", 1, struct.pack("<I", 1)),
        ]
    )
    head = struct.pack(
        "<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 2, 3, 1, 0xC0100000, 52, 0, 0, 52, 32, 2, 0, 0, 0
    )
    at = 52 + 64
    load = struct.pack("<8I", 1, at, 0xC0100000, 0x100000, len(notes), 0x4000, 5, 4096)
    return head + load + struct.pack("<8I", 4, at, 0, 0, len(notes), len(notes), 4, 4) + notes


def boot(entries, modules=((0x200000, 0x300000), (0x300000, 0x380000)), odd=0x20, words=b"loglvl=info trace=on"):
    """Returns a boot loader's information in the form that boot_fuzz.c reads."""
    memory = b"".join(struct.pack("<IQQI", 20, *entry) for entry in entries)
    return (
        bytes([odd, len(modules)])
        + struct.pack("<I", 0x1F0000)
        + b"".join(struct.pack("<II", *module) for module in modules)
        + struct.pack("<H", len(memory))
        + memory
        + b"qemu\0/boot/rf "
        + words
        + b"\0vmlinux console=hvc0\0"
        + struct.pack("<8H", 1, 2, 300, 4, 5, 6, 7, 8)
    )


def boots():
    """Returns {name: input} for boot_fuzz.c."""
    pc = [(0, 0x9FC00, 1), (0x9FC00, 0x400, 2), (0xF0000, 0x10000, 2), (0x100000, 0x7EE0000, 1)]
    pc += [(0x7FE0000, 0x20000, 2), (0xFFFC0000, 0x40000, 2), (0x100000000, 0x80000000, 1)]
    odd = [(0x100000, 0x40000000, 1), (0x8000000, 0x1234, 2), (0x9000800, 0x800, 4), (0x30000000, 0x20000000, 1)]
    return {
        "pc": boot(pc),
        "odd": boot(odd, modules=((0x7000000, 0x7000123),), words=b"guest_mem=64 tick_hz=1000 console=both"),
        "no-map": boot([], odd=0x22, words=b"plugin_mode=page crash=no loglvl=all"),
    }


def instructions():
    """Returns {name: input}: registers, a limit, and code."""
    registers = struct.pack("<17I", *range(0x1000, 0x1000 + 17 * 0x800, 0x800)) + struct.pack("<I", 0x6000)
    code = ["8b03", "668904cb", "f3a4", "ff5310", "e800000100", "0fb64204", "67660f6f8812", "d9b3ffffff7f", "60", "c3"]
    return {byte: registers + bytes.fromhex(byte) for byte in code}


def graft_op(command, *fields, how=1, rounds=0, status=()):
    """Returns one ioctl as driver_fuzz.c reads it: privileged, all else as usual. Four bytes are
    for its copies from and to user space, three for each round that calls the plugin."""
    return bytes([136 + command, how, *status, 0, *fields]) + bytes(4 + 3 * rounds)


def grafts():
    """Returns {name: input} for driver_fuzz.c: grafts that are attached, asked and detached."""
    attach, detach, graft, ask = 9, 10, 12, 13
    loaded = bytes([0x40])
    trial = {
        scope: loaded + graft_op(attach, 0, 0, number, target, 0, 0)
        for scope, number, target in (("file", 0, 3), ("process", 1, 1), ("caller", 1, 0), ("all", 2, 0))
    }
    answered = graft_op(ask, 0, 3, 0, 0, 0, rounds=3)
    refused = graft_op(ask, 0, 4, 0x80, 0, 0, how=0x81, rounds=3)
    stopped = graft_op(ask, 0, 1, 0, 0, 0, how=0x21, rounds=1, status=[1])
    unasked = graft_op(ask, 0, 3, 0, 0, 0)
    attached, detached = graft_op(graft, 0, 63), graft_op(graft, 0, 62)
    made = {"grafts-file": trial["file"] + attached + unasked}
    made["grafts-process"] = trial["process"] + attached + unasked + graft_op(ask, 1, 3, 0, 0, 0, rounds=3)
    made["grafts-caller"] = trial["caller"] + attached + answered + answered
    made["grafts-all"] = trial["all"] + answered + attached
    made["grafts-detach"] = trial["caller"] + answered + graft_op(detach, 0, 0, 0) + detached + unasked
    made["grafts-refused"] = trial["all"] + answered + refused + detached
    made["grafts-stopped"] = trial["caller"] + stopped + detached + unasked
    made["grafts-ended"] = trial["process"] + graft_op(graft, 0xF1, 62)
    made["grafts-many"] = trial["all"] + trial["caller"][1:] + trial["file"][1:] + answered + refused + answered
    return made


def noise(nr, size):
    """Returns {name: bytes} for targets that use each byte of the input for a choice. The
    inputs are long, so that the first ones make many choices."""
    return {f"noise-{i}": random.Random(i).randbytes(size) for i in range(nr)}


def kept():
    """Yields (target, {name: input}) of each file of the corpus."""
    for path in sorted((pathlib.Path(__file__).parent / "corpus").glob("*.base64")):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        yield path.stem, {f"kept-{i:04}": base64.b64decode(line, validate=True) for i, line in enumerate(lines)}


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    good = plugins(folder)
    broken = {name: bytes(image) for name, image, _ in bad_plg.cases(good["many-O2"])}
    write(folder / "plg", {**good, **broken})
    write(folder / "load", {name: bytes(LOAD_HEAD) + image for name, image in good.items()})
    write(folder / "elf", {"kernel": kernel()})
    write(folder / "boot", boots())
    write(folder / "insn", instructions())
    write(folder / "paging", noise(16, 16000))
    write(folder / "service", noise(16, 600))
    write(folder / "driver", {**noise(16, 600), **grafts()})
    for target, inputs in kept():
        write(folder / target, inputs)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
