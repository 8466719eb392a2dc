# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel parameters as the kernel spells them: what is set has to read the same afterwards, or it would be set again by every run."""

from __future__ import annotations

import re
from typing import Any, List

from .._model.errors import Refused

_OTHER_SPELLINGS = re.compile(r"([+-]?)(0[0-9]+|0[xX][0-9a-fA-F]+)", re.ASCII)
_PADDED = re.compile(r"mask|bitmap|key")
"""Parameters of which the kernel itself writes leading zeros."""
_PORTS = "net/ipv4/ip_local_reserved_ports"
_WRITE_ONLY = ("net/ipv4/route/flush", "net/ipv6/route/flush")


def normalize_sysctl(parameter: str, path: str, value: Any, text: str) -> str:
    """The value as it will be read.

    :raises Refused: nobody can read it, or a number is not written as the kernel writes it.
    """
    if path in _WRITE_ONLY:
        raise Refused(
            parameter,
            value,
            "is a parameter that cannot be read, so nobody can tell whether it is set",
        )
    if path == _PORTS and text:
        return _normalize_ports(parameter, value, text)
    for word in () if _PADDED.search(path) else text.split():
        found = _OTHER_SPELLINGS.fullmatch(word)
        if found:
            sign, digits = found.groups()
            try:
                number = int(digits, 16 if digits[1] in "xX" else 8)
            except ValueError:
                raise Refused(
                    parameter, value, f"{word} begins with 0, which makes it octal, and is not"
                ) from None
            raise Refused(
                parameter,
                value,
                f"the kernel makes another spelling of {word}; write {sign.strip('+')}{number}",
            )
    return text


def _normalize_ports(parameter: str, value: Any, text: str) -> str:
    """In order, and each once."""
    pairs: List[List[int]] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if (
            not re.fullmatch(r"[0-9]{1,5}(-[0-9]{1,5})?", part, re.ASCII)
            or not int(first) <= int(last if dash else first) <= 65535
        ):
            raise Refused(parameter, value, "is no list of ports, as 8080,9000-9100")
        pairs.append([int(first), int(last if dash else first)])
    merged: List[List[int]] = []
    for low, high in sorted(pairs):
        if merged and low <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    return ",".join(f"{low}-{high}" if high > low else str(low) for low, high in merged)
