# SPDX-License-Identifier: MIT
"""The output of the commands is cut out of the console exactly, in whatever pieces it arrives."""

import pytest

from launcher.frame import Frame

NONCE = "0123456789abcdef"
BEGIN = b"\x1e" + NONCE.encode() + b"{\n"
OUTPUT = b"one\r\ntwo\x1e\x00\xff 0123456789abcdef} \x1e0123\nlast, without an end"


def end(status):
    return b"\x1e%s}%d\n" % (NONCE.encode(), status)


def cut_out(console, size):
    written = bytearray()
    frame = Frame(NONCE, written.extend)
    for at in range(0, len(console), size):
        frame.feed(console[at : at + size])
    frame.flush()
    return bytes(written), frame.status


@pytest.mark.parametrize("size", [1, 2, 3, 7, 19, 10000])
@pytest.mark.parametrize("status", [0, 1, 255])
def test_exact(size, status):
    console = b"noise\r\n" + BEGIN + OUTPUT + end(status) + b"reboot: Power down\r\n"
    assert cut_out(console, size) == (OUTPUT, status)


@pytest.mark.parametrize("size", [1, 5, 10000])
def test_no_end(size):
    assert cut_out(b"noise" + BEGIN + OUTPUT, size) == (OUTPUT, None)


@pytest.mark.parametrize("size", [1, 5, 10000])
def test_no_begin(size):
    assert cut_out(b"noise" + OUTPUT + end(0), size) == (b"", None)


def test_another_nonce_is_output():
    other = b"\x1effffffffffffffff}0\n"
    assert cut_out(BEGIN + other + end(3), 4) == (other, 3)


def test_output_comes_as_it_is_made():
    written = bytearray()
    frame = Frame(NONCE, written.extend)
    frame.feed(BEGIN + b"first line\n")
    assert written == b"first line\n"
