# SPDX-License-Identifier: MIT
"""Which source line each offset of a linked plugin comes from.

    rows(sections, begin, end)    [(offset, file or None, line)], ascending

`sections` is a function from a section's name to its bytes (b"" if there is no
such section). rows() reads DWARF 2 to 5 (.debug_line) and the stabs of tcc (.stab).
A row is valid up to the next row's offset. If its file is None, no line is known
from its offset on. Code outside of `begin` to `end` is skipped: the linker gives
code that it has dropped an address below `begin`. rows() raises Damaged if the
sections are malformed.
"""

import os
import struct

from byte_reader import Bytes, Damaged


def shown_path(folder, name, home):
    """The path as given to the compiler. Of an absolute path only the last component, to hide the build machine."""
    path = os.path.join(folder, name) if folder != home else name
    path = os.path.basename(path) if os.path.isabs(path) else os.path.normpath(path)
    return path


# ---- DWARF: the line number program, chapter 6.2 ------------------------------

LNS_COPY, LNS_ADVANCE_PC, LNS_ADVANCE_LINE, LNS_SET_FILE = 1, 2, 3, 4
LNS_CONST_ADD_PC, LNS_FIXED_ADVANCE_PC = 8, 9
LNE_END_SEQUENCE, LNE_SET_ADDRESS = 1, 2
LNCT_PATH, LNCT_DIRECTORY = 1, 2
FORM_SIZES = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16}


def read_form(unit, form, sections):
    if form in FORM_SIZES:
        return unit.number(FORM_SIZES[form])
    if form == 0x0F:  # udata
        return unit.uleb()
    if form == 0x08:  # string
        return unit.text()
    if form == 0x09:  # block
        return unit.take(unit.uleb())
    if form in (0x0E, 0x1F):  # strp, line_strp
        return Bytes(sections(".debug_str" if form == 0x0E else ".debug_line_str"), unit.number(4)).text()
    raise Damaged(f"its file table has the unknown form {form:#x}")


def read_entries(unit, sections):
    """A table of folders or of files of DWARF 5: [(path, number of its folder)]."""
    formats = [(unit.uleb(), unit.uleb()) for _ in range(unit.number(1))]
    entries = []
    for _ in range(unit.uleb()):
        entry = {what: read_form(unit, form, sections) for what, form in formats}
        path, folder = entry.get(LNCT_PATH), entry.get(LNCT_DIRECTORY, 0)
        if not isinstance(path, bytes) or not isinstance(folder, int):
            raise Damaged("its file table has no paths")
        entries.append((path, folder))
    return entries


def read_files(unit, version, sections):
    """{file number: path} of one unit."""
    if version >= 5:
        folders = [path.decode(errors="replace") for path, _ in read_entries(unit, sections)]
        files = read_entries(unit, sections)
        first = 0
    else:
        folders, files, first = [""], [], 1
        while folder := unit.text():
            folders.append(folder.decode(errors="replace"))
        while name := unit.text():
            files.append((name, unit.uleb()))
            unit.uleb(), unit.uleb()  # time and size
    home = folders[0] if folders else ""
    paths = {}
    for number, (name, folder) in enumerate(files, first):
        folder = folders[folder] if folder < len(folders) else ""
        paths[number] = shown_path(folder, name.decode(errors="replace"), home)
    return paths


def run_program(unit, version, sections):
    """Yields the sequences of one unit, each a list of rows (offset, file, line). The file of a last row is None."""
    if version >= 5:
        unit.take(2)  # sizes of an address and a segment selector
    size = unit.number(4)
    begin = unit.at + size
    scale = unit.number(1)
    if version >= 4:
        unit.number(1)
    unit.number(1)  # default_is_stmt, not needed: each row is used, a statement or not
    base, span, first_special = unit.number(1, signed=True), unit.number(1), unit.number(1)
    if not span or not first_special:
        raise Damaged("a header has zeroes where it cannot")
    operands = [0, *unit.take(first_special - 1)]
    files = read_files(unit, version, sections)
    unit.at = begin
    rows = []
    offset, file, line = 0, 1, 1
    while unit.at < unit.end:
        code = unit.number(1)
        if code >= first_special:
            code -= first_special
            offset += code // span * scale
            line += base + code % span
            rows.append((offset, files.get(file), line))
        elif code == 0:
            size = unit.uleb()
            extended = Bytes(unit.take(size))
            code = extended.number(1)
            if code == LNE_END_SEQUENCE:
                rows.append((offset, None, 0))
                yield rows
                rows = []
                offset, file, line = 0, 1, 1
            elif code == LNE_SET_ADDRESS:
                offset = extended.number(size - 1)
        elif code == LNS_COPY:
            rows.append((offset, files.get(file), line))
        elif code == LNS_ADVANCE_PC:
            offset += unit.uleb() * scale
        elif code == LNS_ADVANCE_LINE:
            line += unit.sleb()
        elif code == LNS_SET_FILE:
            file = unit.uleb()
        elif code == LNS_CONST_ADD_PC:
            offset += (255 - first_special) // span * scale
        elif code == LNS_FIXED_ADVANCE_PC:
            offset += unit.number(2)
        else:  # the column, flags, and opcodes of later versions
            for _ in range(operands[code]):
                unit.uleb()


def dwarf_sequences(sections):
    data = Bytes(sections(".debug_line"))
    while data.at < data.end:
        size = data.number(4)
        unit = Bytes(data.data, data.at, data.at + size)
        data.take(size)
        version = unit.number(2)
        if not 2 <= version <= 5:
            raise Damaged(f"it is DWARF {version}")
        yield from run_program(unit, version, sections)


# ---- stabs, as tcc writes them ------------------------------------------------

N_FUN, N_SLINE, N_SO, N_SOL = 0x24, 0x44, 0x64, 0x84


def stab_sequences(sections):
    """Yields one sequence of rows for each source file. In stabs a line's offset counts from its function's begin."""
    stabs, texts = sections(".stab"), sections(".stabstr")
    if len(stabs) % 12:
        raise Damaged("its stabs end in the middle")
    home, file, function, rows = "", None, 0, []
    for text, kind, _, line, value in struct.iter_unpack("<IBBHI", stabs):
        if kind not in (N_FUN, N_SLINE, N_SO, N_SOL):
            continue
        name = Bytes(texts, text).text().decode(errors="replace")
        if kind == N_SLINE:
            rows.append((function + value, file, line))
        elif kind == N_FUN:
            function = value
        elif kind == N_SOL or name and not name.endswith("/"):
            file = shown_path("", name, home)
        elif name:
            home = name
        else:
            yield sorted(rows, key=lambda row: row[0]) + [(value, None, 0)]
            home, file, rows = "", None, []


# ---- both ---------------------------------------------------------------------


def rows(sections, begin, end):
    sequences = []
    for sequence in (*dwarf_sequences(sections), *stab_sequences(sections)):
        offsets = [row[0] for row in sequence]
        if offsets[0] >= begin and offsets[-1] <= end and offsets == sorted(offsets):
            sequences.append(sequence)
    found = []
    for sequence in sorted(sequences, key=lambda sequence: sequence[0][0]):
        if found and sequence[0][0] < found[-1][0]:
            continue  # the sequences overlap: the earlier one counts
        for offset, file, line in sequence:
            if not file or line <= 0:
                file, line = None, 0
            if found and found[-1][0] == offset:
                found.pop()  # of several rows at one offset the last one counts
            if (found[-1][1:] if found else (None, 0)) != (file, line):
                found.append((offset, file, line))
    return found
