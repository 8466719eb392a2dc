# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and texts of others in a printable form."""

from __future__ import annotations

import os

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.text import (
    decode_name,
    escape_name,
    escape_text,
    unescape_name,
)


@pytest.mark.parametrize(
    ("name", "printable"),
    [
        (b"red", "red"),
        (b"a b", "a b"),
        ("grün".encode(), "grün"),
        (b"a\\b", "a\\b"),
        (b"a\\x1b", "a\\\\x1b"),
        (b"a\\\\b", "a\\\\\\\\b"),
        (b"\x1b[31m\\", "\\x1b[31m\\\\"),
        (b"a\nb\r\t", "a\\x0ab\\x0d\\x09"),
        (b"x\xff", "x\\xff"),
        (b"x\x9b", "x\\udc9b"),
        ("x\x9b".encode(), "x\\x9b"),
        ("\u202egpj".encode(), "\\u202egpj"),
        ("\U000e0001".encode(), "\\U000e0001"),
    ],
)
def test_the_form_of_a_name_is_printable_and_leads_back_to_it(name: bytes, printable: str) -> None:
    assert decode_name(name) == printable and printable.isprintable()
    assert os.fsencode(unescape_name(printable)) == name


def test_no_two_names_have_the_same_form() -> None:
    names = [bytes((first, second)) for first in range(1, 256) for second in range(1, 256)]
    names += [b"\\x1b", b"\\\\x1b", b"\\\\", b"\\", b"\\xff", b"\\udcff"]
    forms = {escape_name(os.fsdecode(name)) for name in names}
    assert len(forms) == len(set(names))
    assert {os.fsencode(unescape_name(form)) for form in forms} == set(names)


def test_a_text_keeps_the_characters_that_are_allowed() -> None:
    assert escape_text("one\ntwo\x1b[0m", "\n") == "one\ntwo\\x1b[0m"
    assert escape_text("one\ntwo") == "one\\x0atwo"
    assert escape_text("\\ stays") == "\\ stays"
