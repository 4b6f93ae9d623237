# SPDX-License-Identifier: MIT
"""Runs QEMU and Bochs: the only code that knows their command lines.

    from engine import run_guest
    result = run_guest("tcg", "build/guests/example.elf", timeout=20)
    assert result.status == POWEROFF and result.last_line == "Test result: SUCCESS"

Put scripts/ on sys.path to import it.
"""

from .machine import (  # noqa: F401
    CANNOT_BOOT,
    CRASH,
    OTHER,
    PANIC,
    POWEROFF,
    REBOOT,
    Disk,
    EngineError,
    Machine,
    Result,
)
from .paths import BUILD, DEBUG_MONITOR, ROOT  # noqa: F401
from .limits import choose, probe  # noqa: F401
from .process import run, run_guest  # noqa: F401
from .terminal import run_interactive  # noqa: F401
