# SPDX-License-Identifier: MIT
"""Makes a program of --put run in place of the busybox applet of the same name.

Debian's busybox runs its applet NAME before a program NAME on PATH: so do its shell, env,
xargs, find and nice. busybox finds applets in a table of names. /.ringfence/busybox is a
copy of busybox with the names of these programs made invalid in the table; /init moves
this copy to /bin/busybox. The unchanged busybox becomes /.ringfence/applets, and
/bin/NAME links to it if the program of --put lies in another folder.
"""

import os
import stat

from .place import FOLDER

BUSYBOX = "bin/busybox"
HEAD = b"[\0[[\0"  # the table is sorted, and these come first
UNCHANGED = f"{FOLDER}/applets"


def table(program):
    """Returns (offset of the table of applets, list of names), or (0, []) if the program has
    none."""
    at = program.find(HEAD)
    end = program.find(b"\0\0", at)
    names = program[at:end].split(b"\0") if at > 0 and end > 0 else []
    return (at, names) if names == sorted(names) else (0, [])


def spoil(program, unwanted):
    """Returns the program without the applets `unwanted`, a set of bytes. In the table their
    names end with "\\1", which keeps the table sorted and is no name that anybody looks up."""
    at, names = table(program)
    table_ = b"\0".join(name[:-1] + b"\1" if name in unwanted else name for name in names)
    return program[:at] + table_ + program[at + len(table_) :]


def give_way(overlay, known):
    """Makes programs that the overlay has added run in place of busybox applets of the same
    name."""
    entry = (known or {}).get(BUSYBOX)
    if entry is None or not stat.S_ISREG(entry.mode) or BUSYBOX in overlay.replaced:
        return
    program = bytes(entry.data)
    applets = set(table(program)[1])
    by_name = {}
    for place in overlay.replaced:
        name = os.fsencode(os.path.basename(place))
        if name in applets:
            by_name.setdefault(name, []).append(place)
    if not by_name:
        return
    overlay.directory(FOLDER)
    overlay.archive.file(f"{FOLDER}/busybox", spoil(program, set(by_name)), 0o755)
    overlay.archive.link(UNCHANGED, f"../{BUSYBOX}")
    for name, places in sorted(by_name.items()):
        link = f"bin/{os.fsdecode(name)}"
        if link not in places and link in known:
            overlay.archive.link(link, f"../{UNCHANGED}")
