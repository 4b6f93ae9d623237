# SPDX-License-Identifier: MIT
"""Cuts the output of the commands out of the console's bytes.

/init writes "\\x1e" NONCE "{" LF before the commands and "\\x1e" NONCE "}" STATUS LF
behind them; "\\x1e" NONCE "!" TEXT LF before them is a word to the user. The nonce is
new for each boot, so that no output can forge a marker by accident; the terminal is raw
by then, so that every byte comes as it is.
"""

import re

KEEP = 1 << 16  # bytes; a marker has 20


class Frame:
    """Takes the bytes of the console and passes on those that are output of the commands."""

    def __init__(self, nonce, write):
        self.begin = re.compile(b"\x1e" + nonce.encode() + rb"\{\r?\n")
        self.end = re.compile(b"\x1e" + nonce.encode() + rb"\}(\d+)\r?\n")
        self.note = re.compile(b"\x1e" + nonce.encode() + rb"!([^\r\n]*)\r?\n")
        self.noted = ""  # what /init says to the user, not to whom reads the output
        self.write = write
        self.before = bytearray()  # the last of what came before the commands
        self.pending = None  # None until the first marker
        self.status = None

    def feed(self, data):
        """Takes bytes of the console. Returns true once the second marker has come; bytes after
        it are not output."""
        if self.status is not None:
            return True
        if self.pending is None:
            self.before += data
            match = self.begin.search(self.before)
            if note := self.note.search(self.before):
                self.noted = note[1].decode(errors="replace")
            if not match:
                del self.before[:-KEEP]
                return False
            data = self.before[match.end() :]
            self.before.clear()
            self.pending = b""
        self.pending += data
        match = self.end.search(self.pending)
        if match:
            self.write(self.pending[: match.start()])
            self.status = int(match[1])
            self.pending = b""
            return True
        # What may be the start of a marker is kept back.
        keep = self.pending.rfind(b"\x1e", -64)
        if keep < 0:
            keep = len(self.pending)
        self.write(self.pending[:keep])
        self.pending = self.pending[keep:]
        return False

    def flush(self):
        """Called when the guest has ended: bytes held back as a possible marker are output."""
        if self.pending:
            self.write(self.pending)
            self.pending = b""
