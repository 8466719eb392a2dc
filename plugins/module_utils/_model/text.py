# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and texts of others in a form that is safe to print and to encode.

The kernel takes almost any bytes as the name of a link, a process or a file. Escape sequences among
them would control the terminal on which a message is shown, and Ansible refuses a result with bytes
that are not UTF-8.
"""

from __future__ import annotations

from .lazy_pattern import compile_lazily

_ESCAPE = compile_lazily(r"\\(\\|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


def escape_name(name: str) -> str:
    r"""A printable form of a name, from which ``unescape_name`` returns the name.

    Most names are returned as they are. In others, each character that is not printable is written
    as in Python, such as ``\x1b``, a byte that is not UTF-8 likewise, and ``\`` as ``\\``. Two
    names never have the same form.

    :param name: as ``os.fsdecode`` returns it, with surrogates for bytes that are not UTF-8.
    """
    if name.isprintable() and ("\\" not in name or unescape_name(name) == name):
        return name
    return "".join(map(_escape_character, name.replace("\\", "\\\\")))


def unescape_name(text: str) -> str:
    """The name of which this is the printable form."""
    return _ESCAPE.sub(lambda match: _unescape(match[1]), text) if "\\" in text else text


def _unescape(escape: str) -> str:
    if escape == "\\":
        return escape
    code = int(escape[1:], 16)
    # os.fsdecode maps a byte above 127 that is not UTF-8 to such a surrogate.
    is_byte = escape.startswith("x") and code > 0x9F
    return chr(0xDC00 + code if is_byte else code)


def _escape_character(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if 0xDCA0 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0x9F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def decode_name(data: bytes) -> str:
    """The printable form of a name that the kernel returned."""
    return escape_name(data.decode("utf-8", "surrogateescape"))


def escape_text(text: str, allowed: str = "") -> str:
    """A text with each character that is not printable written as in Python.

    :param allowed: characters that stay, such as line breaks.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character in allowed else _escape_character(character) for character in text
    )
