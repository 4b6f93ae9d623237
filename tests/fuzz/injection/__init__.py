# SPDX-License-Identifier: MIT
"""Faults for grafts: what inject.py, beside this folder, puts into plugins while they work.

instruction.py   the instructions of a plugin, and the fields of each
stub.py          code that is put into a plugin's room, to which a jump leads
mutation.py      the classes of faults
subject.py       the plugins, and the work that each does
*.c              the program that loads, attaches, works and judges in the guest
"""

import sys

import engine

sys.path.insert(0, str(engine.ROOT / "plugin-sdk" / "lib"))  # the modules of plugin-cc
