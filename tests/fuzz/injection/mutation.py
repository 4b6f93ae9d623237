# SPDX-License-Identifier: MIT
"""The classes of faults. Each is a function of the code and a random.Random that chooses a place, and
returns (the place's address, patches, what is wrong in words), or None if nothing fits there.
Patches are [(address in the plugin, bytes)]. CLASSES has all of them by name."""

from . import stub
from .stub import ESP, REGISTERS

NOP = b"\x90"
CONDITIONS = "o no b ae e ne be a s ns p np l ge le g".split()
# Of each condition that is one about sizes: the one that also holds, or does not hold, if both are equal.
EQUAL_TOO = {0x2: 0x6, 0x6: 0x2, 0x3: 0x7, 0x7: 0x3, 0xC: 0xE, 0xE: 0xC, 0xD: 0xF, 0xF: 0xD}
FLAGS = (0, 2, 4, 6, 7, 8, 9, 10, 11, 12, 14, 17, 18, 21)  # carry to ID; 8: trap, 10: direction
ADDRESSES = (0, 4, 0xFFF, 0x1000, 0x7FFFFFFF, 0x80000000, 0xC0000000, 0xC0100000, 0xF5800000, 0xF8800000, 0xFEA00000)
ADDRESSES += (0xFF000000, 0xFF010000, 0xFFFFF000, 0xFFFFFFFF)
# What only a kernel may execute, and what leads out of the plugin.
PRIVILEGED = {
    "cli": "fa", "sti": "fb", "hlt": "f4", "in": "ed", "out": "ef", "outs": "6f", "mov to cr3": "0f22d8", "mov from cr0": "0f20c0",
    "mov to cr4": "0f22e0", "mov to dr7": "0f23f8", "lgdt": "0f011500100000", "lidt": "0f011d00100000", "lldt": "0f00d0", "ltr": "0f00d8",
    "lmsw": "0f01f0", "clts": "0f06", "invd": "0f08", "wbinvd": "0f09", "invlpg": "0f013d00000000", "rdmsr": "0f32", "wrmsr": "0f30",
    "sysenter": "0f34", "sysexit": "0f35", "int 0x80": "cd80", "int 0x82": "cd82", "int 3": "cc", "int 1": "f1", "int 0xe": "cd0e",
    "into": "ce", "iret": "cf", "retf": "cb", "popf": "9d", "ud2": "0f0b", "lcall": "9a000000000800", "ljmp": "ea0000000008e0",
    "pop ds": "1f", "pop ss": "17", "mov to gs": "8ee8", "lss": "0fb22500100000", "rdtsc": "0f31", "rdpmc": "0f33", "cpuid": "0fa2",
    "vmcall": "0f01c1", "rsm": "0faa", "fninit": "dbe3", "sgdt": "0f010500300000",
}  # fmt: skip


def some(draw, items):
    items = list(items)
    return draw.choice(items) if items else None


def bit(draw):
    return 1 << draw.randrange(32)


def when(code, draw):
    """At which time: always, the first, or some later one."""
    if code.is_early:
        return draw.randrange(2)
    return draw.choice((0, 1, 1, 2, 3, draw.randrange(1, 40)))


def said(number):
    return "each time" if not number else f"time {number}"


def wrong_number(draw, number, size):
    """Another number of so many bytes."""
    top = 1 << 8 * size
    choice = draw.choice((number + 1, number - 1, number * 2, 0, top - 1, top >> 1, number ^ 1 << draw.randrange(8 * size), number + draw.randrange(top)))
    return choice % top if choice % top != number else (number ^ 1) % top


def edit(instruction, at, raw):
    return [(instruction.address + at, raw)]


# ---- what is in memory ----------------------------------------------------------


def text(code, draw):
    instruction = some(draw, code.instructions)
    at, flip = draw.randrange(len(instruction.raw)), 1 << draw.randrange(8)
    return instruction.address, edit(instruction, at, bytes([instruction.raw[at] ^ flip])), f"bit {flip:#x} of byte {at} of '{instruction.text}'"


def patched(code, draw, wrong, what, **more):
    """`wrong` before some instruction."""
    address, time = some(draw, code.starts), when(code, draw)
    patches = stub.build(code, address, wrong, when=time, **more)
    return patches and (address, patches, f"{what}, {said(time)}")


def data_at(code, draw):
    """An address in the constants, the data or the heap."""
    first = next((where for name, where, _, _ in code.plugin.parts() if name != "text"), None)
    end = max(where + size for _, where, _, size in code.plugin.parts())
    if code.plugin.heap and (first is None or draw.random() < 0.5):
        return (end + 0xFFF & ~0xFFF) + draw.randrange(code.plugin.heap)
    return None if first is None else draw.randrange(first, end)


def data(code, draw):
    parts = [(where, raw) for name, where, raw, _ in code.plugin.parts() if name != "text" and raw]
    if parts and draw.random() < 0.3:  # before the plugin is loaded
        where, raw = draw.choice(parts)
        at, flip = draw.randrange(len(raw)), 1 << draw.randrange(8)
        return where + at, [(where + at, bytes([raw[at] ^ flip]))], f"bit {flip:#x} from the begin on"
    address, flip = data_at(code, draw), bit(draw)
    if address is None:
        return None
    address &= ~3
    return patched(code, draw, stub.flip_memory(address, flip), f"bits {flip:#x} of the word at {address:#x}")


def stack(code, draw):
    offset, flip = 4 * draw.randrange(32), bit(draw)
    return patched(code, draw, stub.flip_on_stack(offset, flip), f"bits {flip:#x} of the stack's word at esp+{offset:#x}")


def argument(code, draw):
    function = some(draw, code.functions)
    number, flip, time = draw.randrange(6), draw.choice((bit(draw), draw.randrange(1 << 32))), when(code, draw)
    if function not in code.index:
        return None
    patches = stub.build(code, function, stub.flip_on_stack(4 + 4 * number, flip), when=time)
    return patches and (function, patches, f"bits {flip:#x} of argument {number}, {said(time)}")


# ---- registers ------------------------------------------------------------------


def register(code, draw):
    number, flip = draw.randrange(9), bit(draw)
    if number == 8:
        flip = 1 << draw.choice(FLAGS)
        return patched(code, draw, stub.flip_flags(flip), f"bits {flip:#x} of eflags")
    if number == ESP:
        return patched(code, draw, b"", f"{flip:#x} added to esp", moves_stack=flip)
    return patched(code, draw, stub.flip_register(number, flip), f"bits {flip:#x} of {REGISTERS[number]}")


# ---- control flow ---------------------------------------------------------------


def branch(code, draw):
    """A condition is another one, or holds always or never."""
    jump = some(draw, (i for i in code.instructions if i.is_conditional))
    if not jump:
        return None
    near = jump.opcode[0] == 0x0F
    at = jump.opcode_at + near
    now = jump.raw[at] & 0xF
    to = draw.choice((now ^ 1, now ^ 1, draw.randrange(16), 16, 17))
    if to == 16:
        return jump.address, [(jump.address, NOP * len(jump.raw))], f"'{jump.text}' never"
    if to == 17:
        raw = NOP + b"\xe9" if near else b"\xeb"
        return jump.address, edit(jump, jump.opcode_at, raw), f"'{jump.text}' always"
    return jump.address, edit(jump, at, bytes([jump.raw[at] & 0xF0 | to])), f"'{jump.text}' if {CONDITIONS[to]}"


def bound(code, draw):
    """A loop runs once too often, or once too seldom."""
    jump = some(draw, (i for i in code.instructions if i.is_conditional and i.opcode[-1] & 0xF in EQUAL_TOO))
    if not jump:
        return None
    at = jump.opcode_at + (jump.opcode[0] == 0x0F)
    to = EQUAL_TOO[jump.raw[at] & 0xF]
    return jump.address, edit(jump, at, bytes([jump.raw[at] & 0xF0 | to])), f"'{jump.text}' if {CONDITIONS[to]}"


def target(code, draw):
    """A jump or call leads elsewhere: to another instruction, or into the middle of one."""
    jump = some(draw, (i for i in code.instructions if i.is_relative))
    if not jump:
        return None
    at, size = jump.immediate
    reach = 1 << 8 * size - 1
    if draw.random() < 0.7:
        to = some(draw, (a for a in code.starts if -reach <= a - jump.end < reach and a != jump.target))
    else:
        to = jump.end + draw.randrange(-reach, reach)
    if to is None:
        return None
    return jump.address, edit(jump, at, (to - jump.end).to_bytes(size, "little", signed=True)), f"'{jump.text}' to {to:#x}"


def returns(code, draw):
    """A function, or the whole call, returns early."""
    if draw.random() < 0.4:
        function = some(draw, code.functions[1:])
        return function and (function, [(function, b"\xc3")], "the function returns at once")
    begin = code.plugin.start
    after = next(i for i in code.instructions if i.address > begin and i.opcode == (0xFF,)).end
    return patched(code, draw, b"", "the call returns", leaves_to=after)


def loop(code, draw):
    """The plugin does not get on: an instruction jumps to itself, or back."""
    instruction = some(draw, (i for i in code.instructions if len(i.raw) >= 2))
    first, _ = code.function_of(instruction.address)
    back = some(draw, (a for a in code.starts if first <= a <= instruction.address))
    if draw.random() < 0.3 or instruction.end - back > 120:
        back = instruction.address
    if len(instruction.raw) >= 5:
        raw = stub.jump(instruction.address, back)
    elif back - instruction.address - 2 >= -128:
        raw = b"\xeb" + (back - instruction.address - 2).to_bytes(1, "little", signed=True)
    else:
        return None
    return instruction.address, [(instruction.address, raw)], f"'{instruction.text}' jumps back to {back:#x}"


def dropped(code, draw):
    instruction = some(draw, code.instructions)
    return instruction.address, [(instruction.address, NOP * len(instruction.raw))], f"without '{instruction.text}'"


def doubled(code, draw):
    address = some(draw, code.starts)
    return (patches := stub.build(code, address, b"", twice=1)) and (address, patches, "the instruction twice")


# ---- operands -------------------------------------------------------------------


def operand(code, draw):
    """Another register in an instruction."""
    instruction = some(draw, (i for i in code.instructions if i.modrm is not None))
    fields = (7, 0x38) if instruction.modrm >= 0xC0 else (0x38,) if instruction.modrm & 7 in (4, 5) else (7, 0x38)
    modrm = instruction.modrm ^ draw.choice(fields) & draw.randrange(1, 64)
    if instruction.modrm < 0xC0 and modrm & 7 in (4, 5) and instruction.modrm & 7 not in (4, 5):
        return None  # this would be an instruction of another length
    return instruction.address, edit(instruction, instruction.modrm_at, bytes([modrm])), f"another register in '{instruction.text}'"


def pointer(code, draw):
    """An address in memory is wrong: by a constant, or by its register."""
    instruction = some(draw, (i for i in code.instructions if i.displacement if i.has_memory or i.modrm is None))
    if instruction and draw.random() < 0.6:
        at, size = instruction.displacement
        number = wrong_number(draw, int.from_bytes(instruction.raw[at : at + size], "little"), size)
        return instruction.address, edit(instruction, at, number.to_bytes(size, "little")), f"{number:#x} as offset in '{instruction.text}'"
    instruction = some(draw, (i for i in code.instructions if i.has_memory and i.modrm & 7 not in (4, 5)))
    if not instruction:
        return None
    number, value, time = instruction.modrm & 7, draw.choice((*ADDRESSES, draw.randrange(1 << 32))), when(code, draw)
    patches = stub.build(code, instruction.address, stub.set_register(number, value), when=time)
    return patches and (instruction.address, patches, f"'{instruction.text}' with {REGISTERS[number]} {value:#x}, {said(time)}")


def wild(code, draw):
    """A store, or a load, at an address that is no variable's."""
    address = draw.choice((*ADDRESSES, draw.randrange(1 << 32), draw.randrange(0x1000, 0x40000)))
    if draw.random() < 0.7:
        return patched(code, draw, stub.store(address, draw.randrange(1 << 32)), f"a store to {address:#x}")
    return patched(code, draw, stub.load(address), f"a load from {address:#x}")


def length(code, draw):
    """A constant is wrong: a size, a number of times, a bound, an argument."""
    instruction = some(draw, (i for i in code.instructions if i.immediate and not i.is_relative and i.opcode[0] != 0xCD))
    if not instruction:
        return None
    at, size = instruction.immediate
    number = wrong_number(draw, int.from_bytes(instruction.raw[at : at + size], "little"), size)
    return instruction.address, edit(instruction, at, number.to_bytes(size, "little")), f"{number:#x} as constant in '{instruction.text}'"


def initial(code, draw):
    """A store is left out, so that its variable has what was there before."""
    stores = (i for i in code.instructions if i.opcode[0] in (0x88, 0x89, 0xC6, 0xC7, 0xA2, 0xA3) and (i.modrm is None or i.has_memory))
    instruction = some(draw, stores)
    return instruction and (instruction.address, [(instruction.address, NOP * len(instruction.raw))], f"without '{instruction.text}'")


# ---- the kernel -----------------------------------------------------------------


def end_of_call(code):
    """The instructions of the start stub behind the call of the entry: the value to EDX, and the gate's number."""
    at = next(n for n, i in enumerate(code.instructions) if i.address > code.plugin.start and i.opcode == (0xFF,))
    return code.instructions[at + 1 : at + 3]


def result(code, draw):
    """The value that the entry returns is wrong."""
    displaced, time = end_of_call(code), when(code, draw)
    value = draw.choice((draw.randrange(1 << 32), draw.randrange(64), 0xFFFFFFFF, 0x10000 | draw.randrange(2000)))
    wrong = draw.choice((stub.set_register(0, value), stub.flip_register(0, bit(draw)), b"\x40", b"\x48"))
    patches = stub.build(code, displaced[0].address, wrong, when=time, displaced=displaced)
    return displaced[0].address, patches, f"the result is wrong, {said(time)}"


def answer(code, draw):
    """What the entry leaves in the window is wrong."""
    displaced, time = end_of_call(code), when(code, draw)
    offset, value = draw.choice((draw.randrange(4093), draw.randrange(512, 560), draw.randrange(64))), draw.choice((bit(draw), draw.randrange(1 << 32)))
    wrong = b"\x8b\x4c\x24\x04\x81\xb1" + stub.word(offset) + stub.word(value)  # ECX: the first argument
    patches = stub.build(code, displaced[0].address, wrong, when=time, displaced=displaced)
    return displaced[0].address, patches, f"bits {value:#x} of the window at {offset:#x}, {said(time)}"


def service(code, draw):
    """A request for a service is left out, as if it had been done: of a lock, an unlock, a change."""
    called = code.symbols.get("plugin_service")
    call = called and some(draw, (i for i in code.instructions if i.opcode == (0xE8,) and i.target == called.value))
    return call and (call.address, [(call.address, stub.set_register(0, 0))], "a service is not asked for")


def wrong_request(code, draw):
    """The kernel gets a wrong number, pointer, length or handle; or it is asked for what was not allowed."""
    gates = [n for n, i in enumerate(code.instructions) if i.raw == b"\xcd\x81" and i.address > code.plugin.start + 0x20]
    if not gates or draw.random() < 0.2:
        number = draw.choice((draw.randrange(1, 20), draw.randrange(1 << 32)))
        arguments = [draw.choice((*ADDRESSES, draw.randrange(0x20000), 4, draw.randrange(1 << 32))) for _ in range(4)]
        return patched(code, draw, stub.request(number, arguments), f"a request for service {number:#x}")
    displaced = code.instructions[gates[0] - 1 : gates[0]]  # loads EDI: no argument of a map's service
    gate, time, which = code.instructions[gates[0]], when(code, draw), draw.choice((0, 1, 3, 6, 7))
    value = draw.choice((draw.randrange(20), *ADDRESSES, draw.randrange(1 << 32), draw.randrange(0x8000)))
    wrong = draw.choice((stub.set_register(which, value), stub.flip_register(which, bit(draw))))
    patches = stub.build(code, displaced[0].address, wrong, when=time, displaced=[*displaced, gate])
    return patches and (gate.address, patches, f"a wrong {REGISTERS[which]} for a service, {said(time)}")


def privileged(code, draw):
    name = draw.choice(list(PRIVILEGED))
    return patched(code, draw, bytes.fromhex(PRIVILEGED[name]), name)


CLASSES = {
    function.__name__.replace("_", "-"): function
    for function in (
        text, data, stack, argument, register, branch, bound, target, returns, loop, dropped, doubled, operand, pointer, wild,
        length, initial, result, answer, service, wrong_request, privileged,
    )
}  # fmt: skip
# What is noticed most often.
HARMFUL = ["wild", "privileged", "result", "answer", "returns", "wrong-request"]
