# SPDX-License-Identifier: MIT
"""The parser that the kernel uses refuses every broken plugin file, each with
the sentence that names its cause, and reads nothing outside of the file."""

import re

import bad_plg
import pytest
from sdk import MANY, Compiler


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    made = Compiler(tmp_path_factory.mktemp("good")).make(
        "-O1", "-o", "many.plg", MANY
    )
    return made.read_bytes()


@pytest.mark.escape(25)
def test_every_case(good, loader, tmp_path):
    wrong = []
    cases = bad_plg.cases(good)
    paths = [tmp_path / f"{name}.plg" for name, _, _ in cases]
    for path, (_, image, _) in zip(paths, cases):
        path.write_bytes(image)
    for (accepted, answer), (name, image, sentence) in zip(loader(*paths), cases):
        assert image != good, name
        if accepted or not re.search(sentence, answer):
            wrong.append((name, answer))
    assert not wrong
    assert len(cases) >= 70


def test_reasons_are_sentences(good, loader, tmp_path):
    """One sentence: no second full stop, short enough for a line, and distinct."""
    reasons = {}
    for name, image, _ in bad_plg.cases(good):
        path = tmp_path / "bad.plg"
        path.write_bytes(image)
        [(_, reason)] = loader(path)
        assert 20 < len(reason) < 200 and "\n" not in reason, (name, reason)
        assert not reason.endswith("."), (name, reason)
        reasons.setdefault(re.sub(r"\d+|0x\w+", "N", reason), []).append(name)
    assert len(reasons) >= 50


def test_every_length(good, loader, tmp_path):
    """A file that is cut anywhere before its end is refused. Every seventh length is tried."""
    paths = []
    for length in range(0, len(good), 7):
        paths.append(tmp_path / f"{length}.plg")
        paths[-1].write_bytes(good[:length])
    for path, (accepted, answer) in zip(paths, loader(*paths)):
        assert not accepted, (path.name, answer)


def test_every_bit(good, loader, tmp_path):
    """With any one bit inverted the file is accepted or refused, and the sanitizers find
    nothing."""
    head = 52 + 4 * 32
    notes = bad_plg.Plg(good).note_at(bad_plg.ABI)
    paths = []
    for at in [*range(head), *range(notes, notes + 64)]:
        for bit in range(8):
            image = bytearray(good)
            image[at] ^= 1 << bit
            paths.append(tmp_path / f"{at}-{bit}.plg")
            paths[-1].write_bytes(image)
    answers = loader(*paths)
    assert len(answers) == len(paths)
    assert sum(not accepted for accepted, _ in answers) > len(answers) // 3
